// Images: from the bytes of a file to pixels, and to pixels of another size.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace glia::data {

// Eight bits for each channel: 1, grey, or 3, red, green and blue.
struct Image {
  int height = 0, width = 0, channels = 0;
  std::vector<std::uint8_t> pixels;  // [height, width, channels]
  friend bool operator==(const Image&, const Image&) = default;
};

enum class ImageFormat { jpeg, png, webp };

// What the head of a file says.
struct ImageInfo {
  ImageFormat format = ImageFormat::jpeg;
  int width = 0, height = 0;  // as stored
  int orientation = 1;        // Exif's: 1 to 8; from 5 on width and height change places when shown
  int shown_width() const { return orientation < 5 ? width : height; }
  int shown_height() const { return orientation < 5 ? height : width; }
};

// Larger ones are refused before anything is decoded: a small file may claim any size.
inline constexpr std::int64_t kMostPixels = std::int64_t{1} << 27;

// The format, known by the content and not by the name, the size and the orientation. Reads the
// heads of a file's segments only, and of a PNG or WebP file whether it was cut short. Errors:
// E-DATA-130 no image that is read here (JPEG, PNG, WebP), -131 damaged, -132 no pixels, or more
// than kMostPixels. `name` is the file's, for messages.
ImageInfo inspect_image(std::string_view bytes, std::string_view name);

enum class Colour { rgb, grey };

struct DecodeOptions {
  Colour colour = Colour::rgb;
  // The size that the image is to be resized to. A JPEG of at least twice that on both sides is
  // decoded at a half, a quarter or an eighth of its size, never below twice: much faster, and what
  // a resize with antialiasing makes of it is nearly the same. 0: always the whole.
  int width = 0, height = 0;
  // Columns of the image that are needed, as it is shown; 0 and 0: all. Of a JPEG that is not
  // turned the others are left out, which saves half the work for each.
  double left = 0, right = 0;
};

// What was decoded of an image: columns from `left` on of one that would be `width` wide.
struct Decoded {
  int left = 0, width = 0;
};

// The pixels as they are to be shown, turned as Exif says. JPEG is decoded with the accurate
// integer transform and smooth chroma, as libjpeg does by default; CMYK as Adobe stores it. Sixteen
// bits: the upper eight. Transparency is left out, and what colour lies under it is kept, as PIL's
// convert("RGB") does. Grey of a JPEG is its luma; of other colours that of ITU-R 601, (19595 R +
// 38470 G + 7471 B + 2^15) / 2^16, rounded down. Errors as of inspect_image, and E-DATA-89 where
// the module that decodes cannot be loaded.
Image decode_image(std::string_view bytes, std::string_view name, const DecodeOptions& = {});

// The same into an image that is used again and again, so that memory is taken once; the only one
// that heeds left and right. `info`: of these bytes.
Decoded decode_image(std::string_view bytes, std::string_view name, const ImageInfo& info,
                     const DecodeOptions& options, Image& to);

// A PNG file. Errors: E-DATA-89; E-DATA-132 an image without pixels, or of other than 1, 3 or 4
// channels.
std::string encode_png(const Image& image);

// `orientation`: Exif's, 1 to 8.
void turn(Image& image, int orientation);

enum class Interpolation { bilinear, nearest };

// A part of an image, in pixels from its upper left corner; it may cut through pixels.
struct Region {
  double left = 0, top = 0, right = 0, bottom = 0;
};

// The part `region` of an image at another size. Bilinear is antialiased: where it makes smaller,
// the triangle is as wide as the pixels that become one, as PIL's and torchvision's
// (antialias=True). It agrees with theirs to one level of 255: they round twice, this once. Pixels
// outside the region, but inside the image, take part at the region's edge, so that resizing a
// region is the same as resizing the whole and cutting it out. Errors: E-DATA-136 a region that is
// not inside the image, or no size.
void resize(const Image& from, const Region& region, int width, int height, Interpolation how,
            Image& to);
Image resize(const Image& from, int width, int height, Interpolation how = Interpolation::bilinear);

// Bytes [H, W, C] to numbers [C, H, W]: byte * scale[c] + shift[c].
void to_planes(const Image& image, std::span<const float> scale, std::span<const float> shift,
               float* to);

}  // namespace glia::data
