"""Writes images.json: small image files made here, and the pixels that PIL reads from them.

    python3 make_images.py > images.json        (with Pillow and NumPy; needed only to make the file anew)

files: name, the file's bytes and the pixels as base64, [height, width, channels]. The pixels are PIL's, turned by
exif_transpose, in RGB or L. resized: a file resized by PIL, in part (box) or as a whole.
"""

import base64
import io
import json
import sys

import numpy as np
import PIL
from PIL import Image, ImageOps

generator = np.random.default_rng(11)


def pack(data):
    return base64.b64encode(bytes(data)).decode()


def photo(height, width, channels=3):
    """Slopes, waves, an edge and a little noise."""
    y, x = np.mgrid[0:height, 0:width]
    planes = [(x * (2 + c) + y * (3 - c)) % 256 * 0.5 + 60 * np.sin(x / (3 + c)) + 60 +
              90 * (x > width / 2) * (y > height / 3) for c in range(channels)]
    noise = generator.normal(0, 6, (height, width, channels))
    return np.clip(np.stack(planes, -1) + noise, 0, 255).astype(np.uint8)


def encoded(image, form, **options):
    stream = io.BytesIO()
    image.save(stream, form, **options)
    return stream.getvalue()


def exif(orientation):
    tags = Image.Exif()
    tags[0x0112] = orientation
    return tags.tobytes()


files = []


def file(name, data, mode="RGB", shrink=1, wanted=None):
    image = Image.open(io.BytesIO(data))
    if shrink > 1 or mode == "L" and image.format == "JPEG":
        # What libjpeg itself makes of it.
        image.draft(mode, (image.width // shrink, image.height // shrink))
    image = ImageOps.exif_transpose(image).convert(mode) if wanted is None else wanted
    pixels = np.asarray(image)
    files.append({"name": name, "bytes": pack(data), "grey": mode == "L", "shrink": shrink, "height": image.height,
                  "width": image.width, "pixels": pack(pixels.tobytes())})
    return data


colour = Image.fromarray(photo(23, 37))
grey = Image.fromarray(photo(19, 26, 1)[:, :, 0])
for quality, subsampling in ((90, "4:2:0"), (75, "4:2:2"), (95, "4:4:4")):
    file(f"jpeg {subsampling}", encoded(colour, "JPEG", quality=quality, subsampling=subsampling))
file("jpeg progressive", encoded(colour, "JPEG", quality=85, progressive=True))
file("jpeg grey", encoded(grey, "JPEG", quality=85), "L")
file("jpeg grey as colours", encoded(grey, "JPEG", quality=85))
file("jpeg colours as grey", encoded(colour, "JPEG", quality=85), "L")
file("jpeg inks", encoded(colour.convert("CMYK"), "JPEG", quality=90))
large = encoded(Image.fromarray(photo(53, 61)), "JPEG", quality=80)
for shrink in (2, 4, 8):
    file(f"jpeg 1/{shrink}", large, shrink=shrink)
file("jpeg wide", encoded(Image.fromarray(photo(12, 240)), "JPEG", quality=80))
for orientation in range(1, 9):
    file(f"jpeg turned {orientation}", encoded(Image.fromarray(photo(9, 14)), "JPEG", quality=90,
                                               exif=exif(orientation)))
file("png turned 6", encoded(Image.fromarray(photo(5, 8)), "PNG", exif=exif(6)))
file("png", encoded(colour, "PNG"))
file("png as grey", encoded(colour, "PNG"), "L")
file("png grey", encoded(grey, "PNG"), "L")
file("png palette", encoded(colour.quantize(40), "PNG"))
file("png palette of 2 bits", encoded(colour.quantize(4), "PNG", bits=2))
clear = photo(12, 17, 4)
file("png transparent", encoded(Image.fromarray(clear), "PNG"))
file("png one bit", encoded(grey.point(lambda v: 255 * (v > 128)).convert("1"), "PNG"), "L")
deep = generator.integers(0, 65536, (6, 7)).astype(np.uint16)
file("png of 16 bits", encoded(Image.fromarray(deep), "PNG"), "L",
     wanted=Image.fromarray((deep >> 8).astype(np.uint8)))
file("webp", encoded(colour, "WEBP", lossless=True))
file("webp as grey", encoded(colour, "WEBP", lossless=True), "L")
file("webp transparent", encoded(Image.fromarray(clear), "WEBP", lossless=True, exact=True))
file("webp turned 8", encoded(Image.fromarray(photo(7, 12)), "WEBP", lossless=True, exif=exif(8)))
file("webp lossy", encoded(colour, "WEBP", quality=80))

source = Image.fromarray(photo(45, 67))
resized = []
whole = (0, 0, source.width, source.height)
for width, height, box, how in ((32, 32, whole, "bilinear"), (67, 20, whole, "bilinear"), (9, 45, whole, "bilinear"),
                                (100, 130, whole, "bilinear"), (1, 1, whole, "bilinear"), (3, 2, whole, "bilinear"),
                                (30, 30, (11.5, 3.25, 56.5, 40.75), "bilinear"),
                                (40, 50, (10, 5, 20, 17.5), "bilinear"), (24, 24, whole, "nearest"),
                                (90, 61, whole, "nearest"), (16, 16, (3, 4, 60, 41), "nearest")):
    image = source.resize((width, height), Image.Resampling[how.upper()], box=box)
    resized.append({"width": width, "height": height, "box": box, "how": how,
                    "pixels": pack(np.asarray(image).tobytes())})

json.dump({"source": f"Pillow {PIL.__version__}, by make_images.py", "files": files,
           "resize": {"bytes": pack(encoded(source, "PNG")), "cases": resized}}, sys.stdout, indent=0)
print()
