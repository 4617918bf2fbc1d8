"""Writes augment.json: images moved by torch's grid_sample, and colours turned by colorsys.

    python3 make_augment.py > augment.json      (with PyTorch and NumPy; needed only to make the file anew)

moved: matrices are put together here, forwards, as homogeneous 3 x 3 ones, and inverted; torch samples the image.
"""

import colorsys
import json
import sys

import numpy as np
import torch

generator = np.random.default_rng(3)
CHANNELS, HEIGHT, WIDTH = 2, 9, 13
image = np.round(generator.uniform(0, 1, (CHANNELS, HEIGHT, WIDTH)), 3)


def forward(m):
    cx, cy = (WIDTH - 1) / 2, (HEIGHT - 1) / 2
    turn, shear = np.deg2rad(m["degrees"]), np.tan(np.deg2rad(m["shear_degrees"]))
    steps = [
        [[1, 0, -cx], [0, 1, -cy], [0, 0, 1]],
        [[-1 if m["mirror_x"] else 1, 0, 0], [0, -1 if m["mirror_y"] else 1, 0], [0, 0, 1]],
        [[m["zoom"], 0, 0], [0, m["zoom"], 0], [0, 0, 1]],
        [[1, shear, 0], [0, 1, 0], [0, 0, 1]],
        # Against the clock, where y points down.
        [[np.cos(turn), np.sin(turn), 0], [-np.sin(turn), np.cos(turn), 0], [0, 0, 1]],
        [[1, 0, cx + m["right"]], [0, 1, cy + m["down"]], [0, 0, 1]],
    ]
    matrix = np.eye(3)
    for step in steps:
        matrix = np.array(step) @ matrix
    return matrix


def moved(m, border):
    back = np.linalg.inv(forward(m))
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    source = back @ np.stack([x.ravel(), y.ravel(), np.ones(x.size)])
    grid = np.stack([(2 * source[0] + 1) / WIDTH - 1, (2 * source[1] + 1) / HEIGHT - 1], -1)
    result = torch.nn.functional.grid_sample(
        torch.tensor(image)[None], torch.tensor(grid.reshape(1, HEIGHT, WIDTH, 2)), mode="bilinear",
        padding_mode={"constant": "zeros", "nearest": "border", "reflect": "reflection"}[border], align_corners=False)
    return [round(v, 6) for v in result.flatten().tolist()]


def motion(**changes):
    return {"mirror_x": False, "mirror_y": False, "zoom": 1, "shear_degrees": 0, "degrees": 0, "right": 0, "down": 0,
            **changes}


cases = []
for m in (motion(degrees=30), motion(degrees=90), motion(zoom=1.7), motion(zoom=0.6), motion(shear_degrees=20),
          motion(right=2.25, down=-1.5), motion(mirror_x=True, degrees=-15),
          motion(mirror_y=True, zoom=1.2, shear_degrees=-10, degrees=200, right=3, down=1)):
    for border in ("constant", "nearest", "reflect"):
        cases.append({"motion": m, "border": border, "pixels": moved(m, border)})

hues = []
for _ in range(60):
    r, g, b = np.round(generator.uniform(0, 1, 3), 3)
    turn = round(float(generator.uniform(-0.5, 0.5)), 3)
    h, s, v = colorsys.rgb_to_hsv(r, g, b)
    hues.append({"rgb": [r, g, b], "hue": turn, "turned": colorsys.hsv_to_rgb((h + turn) % 1, s, v)})

json.dump({"source": f"torch {torch.__version__}, NumPy {np.__version__}, by make_augment.py", "channels": CHANNELS,
           "height": HEIGHT, "width": WIDTH, "image": image.flatten().tolist(), "moved": cases, "hues": hues},
          sys.stdout)
print()
