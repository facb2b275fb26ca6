"""Pictures in which something moves, with where it is."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy import ndarray

from tests import clips
from vkeyframe.opencv import cv2

Box = tuple[float, float, float, float]
WIDTH, HEIGHT = 240, 160


def texture(seed: int, width: int, height: int) -> ndarray:
    """Draw coloured spots that look like nothing else."""
    blocks = np.random.default_rng(seed).integers(0, 256, (6, 6, 3), np.uint8)
    return np.asarray(cv2.resize(blocks, (width, height), interpolation=cv2.INTER_CUBIC))


def with_thing(boxes: Sequence[Box], seed: int = 3, hidden: range = range(0)) -> list[ndarray]:
    """Draw a thing on a ground that stands still, in a box for each picture; while it is hidden there is only the ground."""
    coarse = clips.scene(11, 1, WIDTH, HEIGHT)[0] / 4
    fine = cv2.GaussianBlur(np.random.default_rng(5).uniform(0, 255, (HEIGHT, WIDTH, 1)), (0, 0), 1.0)
    ground = np.clip(coarse + fine[..., None] - 32, 0, 255).astype(np.uint8)
    pictures = []
    for index, (x, y, width, height) in enumerate(boxes):
        picture = ground.copy()
        if index not in hidden:
            left, top = round(x), round(y)
            picture[top : top + round(height), left : left + round(width)] = texture(seed, round(width), round(height))
        pictures.append(picture)
    return pictures


def moving(count: int, size: float = 32.0) -> list[Box]:
    """Return the boxes of a square that moves right and down."""
    return [(30.0 + 3.0 * i, 40.0 + 1.5 * i, size, size) for i in range(count)]


def overlap(one: Box, other: Box) -> float:
    """Intersection over union of two boxes."""
    width = max(0.0, min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0]))
    height = max(0.0, min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1]))
    return width * height / (one[2] * one[3] + other[2] * other[3] - width * height)
