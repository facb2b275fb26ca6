"""What a still camera sees, drawn sample by sample: a wall, a tree in the wind, noise, rain, lamps, and a thing that moves."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy import ndarray

from vkeyframe.opencv import cv2

WIDTH, HEIGHT = 160, 120
# Where the thing is, its left edge, by the number of the sample; None where it is not there.
Path = Callable[[int], float | None]
THING = (12, 60, 44)  # width, top edge and height in pixels


def texture(seed: int, width: int = WIDTH, height: int = HEIGHT) -> ndarray:
    """Draw grey noise of three scales, (height, width) float64, 128 on average."""
    source = np.random.default_rng(seed)
    ground = np.zeros((height, width))
    for cells, weight in ((8, 1.0), (24, 0.7), (60, 0.4)):
        noise = source.uniform(-1, 1, (cells * height // width + 1, cells))
        ground += weight * cv2.resize(noise, (width, height), interpolation=cv2.INTER_CUBIC)
    return 128.0 + 30.0 * ground / ground.std()


def crossing(first: int, speed: float = 4.0) -> Path:
    """Go through the picture from the left to the right, from a sample on."""
    return lambda number: (number - first) * speed - THING[0] if number >= first else None


def visit(first: int, stop: int, leave: int, speed: float = 4.0) -> Path:
    """Come in from the left, stand from one sample to another, and go back."""

    def place(number: int) -> float | None:
        if number < first:
            return None
        stands = (stop - first) * speed - THING[0]
        return min((number - first) * speed - THING[0], stands, stands - (number - leave) * speed)

    return place


def film(
    count: int,
    thing: Path = lambda _: None,
    noise: float = 2.0,
    sway: Callable[[int], float] = lambda _: 0.0,
    light: Callable[[int], float] = lambda _: 1.0,
    rain: int = 0,
    ground: Callable[[int], ndarray] | None = None,
) -> Iterator[ndarray]:
    """Draw so many samples: `sway` is how far a tree at the right leans, `light` a factor, `rain` a number of drops."""
    wall, tree = texture(1), texture(2, 60, 70)
    for number in range(count):
        source = np.random.default_rng(number)
        grey = wall.copy() if ground is None else ground(number)
        if sway(0) or sway(number):
            reach = sway(number)
            shift = np.float32([[1, 0, reach * (np.sin(0.55 * number) + 0.4 * np.sin(0.23 * number + 1))], [0, 1, 0]])
            grey[10:80, 90:150] = cv2.warpAffine(tree, shift, (60, 70), borderMode=cv2.BORDER_REFLECT)
        left = thing(number)
        if left is not None and -THING[0] < left < WIDTH:
            grey[THING[1] : THING[1] + THING[2], max(0, round(left)) : max(0, round(left) + THING[0])] = 30.0
        grey = grey * light(number) + source.normal(0.0, noise, grey.shape)
        for x, y in source.integers(0, (WIDTH, HEIGHT - 8), (rain, 2)).tolist():
            grey[y : y + 8, x] = 210.0
        yield np.repeat(np.clip(grey, 0, 255).astype(np.uint8)[..., None], 3, axis=2)


def slide(across: float, down: float = 0.0) -> Callable[[int], ndarray]:
    """Let the ground move by so many pixels a sample, as before a camera that pans."""
    large = texture(3, 4 * WIDTH, 2 * HEIGHT)

    def ground(number: int) -> ndarray:
        shift = np.float32([[1, 0, -across * number], [0, 1, -down * number]])
        return np.asarray(cv2.warpAffine(large, shift, (WIDTH, HEIGHT), borderMode=cv2.BORDER_REFLECT))

    return ground


def crown(reach: float) -> Callable[[int], ndarray]:
    """Let branches over most of the picture sway, each by itself, so many pixels far; a wall is left at the side."""
    wall, leaves = texture(1), texture(7).astype(np.float32)
    phases = np.random.default_rng(5).uniform(0.0, 6.28, (5, 6))
    y, x = np.mgrid[:HEIGHT, :WIDTH].astype(np.float32)

    def ground(number: int) -> ndarray:
        force = reach * (1.0 + 0.8 * np.sin(0.05 * number))
        swayed = (np.sin(0.9 * number + phases), 0.5 * np.sin(0.63 * number + 2 * phases))
        across, down = (cv2.resize((force * each).astype(np.float32), (WIDTH, HEIGHT)) for each in swayed)
        moved = cv2.remap(leaves, x + across, y + down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
        return np.where(x < 45, wall, moved)

    return ground
