"""Pictures with known truth: short edits of the sample videos' scenes, and clips with an object that differs in one way only."""

from __future__ import annotations

import numpy as np
from numpy import ndarray

from vkeyframe.opencv import cv2

CONTRASTS = ("luminance", "colour", "texture", "motion")
OBJECT_WIDTH, OBJECT_HEIGHT = 320, 180
OBJECT_SIDES = (24, 36, 48, 60)
GRAIN = 3.0
Box = tuple[int, int, int, int]


def object_clip(contrast: str, seed: int, count: int = 12) -> tuple[list[ndarray], list[Box]]:
    """Draw an object that its ground would hide but for one contrast, and its box (x, y, width, height) in each frame.

    Ground and object are noise of equal statistics. The object is lighter or darker, of another hue at the same luma, finer or
    coarser at the same mean, or nothing but moving; else it rests. Each frame has the grain of a sensor. Seeds go through
    four sizes and both signs.
    """
    rng = np.random.default_rng(seed)
    side, sign = OBJECT_SIDES[seed % 4], 1 if seed // 4 % 2 else -1
    ground = _cloth(rng, OBJECT_HEIGHT, OBJECT_WIDTH, GRAIN)
    finer = 2.5**sign if contrast == "texture" else 1.0
    skin = _cloth(rng, OBJECT_HEIGHT, OBJECT_WIDTH, GRAIN / finer)[:side, :side]
    if contrast == "luminance":
        skin = skin + 45.0 * sign
    elif contrast == "colour":
        # Blue against red, and as much green as keeps the luma.
        skin = skin + 40.0 * sign * np.array([1.0, (77 - 29) / 150, -1.0])
    x, y = (int(rng.integers(8, size - side - 8)) for size in (OBJECT_WIDTH, OBJECT_HEIGHT))
    pace = 0 if contrast != "motion" else 5 if x < OBJECT_WIDTH / 2 else -5
    frames, boxes = [], []
    for k in range(count):
        picture, left = ground.copy(), min(max(x + pace * k, 0), OBJECT_WIDTH - side)
        picture[y : y + side, left : left + side] = skin
        picture += rng.normal(0.0, 3.0, (OBJECT_HEIGHT, OBJECT_WIDTH, 1))
        frames.append(np.clip(picture, 0, 255).round().astype(np.uint8))
        boxes.append((left, y, side, side))
    return frames, boxes


def _cloth(rng: np.random.Generator, height: int, width: int, grain: float) -> ndarray:
    """Grey noise about 128, blurred over so many pixels, always of the same deviation; (height, width, 3) float64."""
    noise = cv2.GaussianBlur(rng.standard_normal((height, width)), (0, 0), grain)
    return np.repeat((128.0 + 22.0 * (noise - noise.mean()) / noise.std())[..., None], 3, axis=2)
