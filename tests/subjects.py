"""Clips of one shot with an object of which is known what sets it apart, where it is, and when."""

from __future__ import annotations

import numpy as np
from numpy import ndarray

from vkeyframe.opencv import cv2

WIDTH, HEIGHT = 320, 180
FPS = 25.0
CONTRASTS = ("luminance", "colour", "texture", "motion")
OBJECT_SIDES = (24, 36, 48, 60)
SUBJECT_SIDES = (48, 64, 80, 96)
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
    ground = _cloth(rng, HEIGHT, WIDTH, GRAIN)
    finer = 2.5**sign if contrast == "texture" else 1.0
    skin = _cloth(rng, HEIGHT, WIDTH, GRAIN / finer)[:side, :side]
    if contrast == "luminance":
        skin = skin + 45.0 * sign
    elif contrast == "colour":
        # Blue against red, and as much green as keeps the luma.
        skin = skin + 40.0 * sign * np.array([1.0, (77 - 29) / 150, -1.0])
    x, y = (int(rng.integers(8, size - side - 8)) for size in (WIDTH, HEIGHT))
    pace = 0 if contrast != "motion" else 5 if x < WIDTH / 2 else -5
    frames, boxes = [], []
    for k in range(count):
        picture, left = ground.copy(), min(max(x + pace * k, 0), WIDTH - side)
        picture[y : y + side, left : left + side] = skin
        frames.append(_with_grain(rng, picture))
        boxes.append((left, y, side, side))
    return frames, boxes


def focus_clip(seed: int, count: int = 50) -> tuple[list[ndarray], Box]:
    """Draw a lighter or darker object before a ground of more or less contrast, the focus going from one to the other."""
    rng = np.random.default_rng(seed)
    side, sign = SUBJECT_SIDES[seed % 4], 1 if seed // 4 % 2 else -1
    ground, skin = (_cloth(rng, HEIGHT, WIDTH, 1.5) for _ in range(2))
    ground = 128.0 + (ground - 128.0) * (0.15, 0.3, 0.6)[seed % 3]
    x, y = (int(rng.integers(8, size - side - 8)) for size in (WIDTH, HEIGHT))
    frames = []
    for k in range(count):
        near = abs((k - 0.5) / count - seed % 2)
        picture = cv2.GaussianBlur(ground, (0, 0), 0.1 + 2.0 * near)
        picture[y : y + side, x : x + side] = cv2.GaussianBlur(skin, (0, 0), 2.1 - 2.0 * near)[:side, :side] + 45.0 * sign
        frames.append(_with_grain(rng, picture))
    return frames, (x, y, side, side)


def event_clip(seed: int, count: int = 100) -> tuple[list[ndarray], range]:
    """Draw a resting ground on which a lighter or darker object lies for a while, and the frames in which it does."""
    rng = np.random.default_rng(seed)
    side, sign = SUBJECT_SIDES[seed % 4], 1 if seed // 4 % 2 else -1
    ground = _cloth(rng, HEIGHT, WIDTH, GRAIN)
    x, y = (int(rng.integers(8, size - side - 8)) for size in (WIDTH, HEIGHT))
    first = int(rng.integers(count // 5, count // 2))
    shown = range(first, first + 3 * count // 10)
    visited = ground.copy()
    visited[y : y + side, x : x + side] += 45.0 * sign
    return [_with_grain(rng, visited if k in shown else ground) for k in range(count)], shown


def _with_grain(rng: np.random.Generator, picture: ndarray) -> ndarray:
    """Add the grain of a sensor; (height, width, 3) uint8."""
    return np.clip(picture + rng.normal(0.0, 3.0, (*picture.shape[:2], 1)), 0, 255).round().astype(np.uint8)


def _cloth(rng: np.random.Generator, height: int, width: int, grain: float) -> ndarray:
    """Grey noise about 128, blurred over so many pixels, always of the same deviation; (height, width, 3) float64."""
    noise = cv2.GaussianBlur(rng.standard_normal((height, width)), (0, 0), grain)
    return np.repeat((128.0 + 22.0 * (noise - noise.mean()) / noise.std())[..., None], 3, axis=2)
