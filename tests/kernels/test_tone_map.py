"""High dynamic range on an ordinary screen: against NumPy, for flat, odd-sized and one-pixel pictures."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy import ndarray

from tests import reference
from tests.reference import forms
from vkeyframe.kernels.tone_map import map_planes, tone_map

Kernel = Callable[..., Any]
LIGHT = (np.linspace(0.0, 1.0, 65536) ** 3 * 20.0).astype(np.float32)
WEIGHTS = np.array([0.25, 0.7, 0.05], np.float32)
NO_SYSTEM = np.ones(1, np.float32)
SYSTEM = np.linspace(0.5, 2.0, 4096).astype(np.float32)
# Its negative numbers make light that the screen does not have.
GAMUT = np.array([[1.6, -0.5, -0.1], [-0.1, 1.1, 0.0], [0.0, -0.1, 1.1]], np.float32)
ENCODING = np.rint(255.0 * np.linspace(0.0, 1.0, 4096) ** (2 / 2.4)).astype(np.uint8)


def drawn(seed: int, height: int, width: int) -> ndarray:
    return np.random.default_rng(seed).integers(0, 65536, (height, width, 3), np.uint16)


PICTURES = {
    "seeded": drawn(0, 18, 32),
    "odd": drawn(1, 7, 5),
    "one pixel": drawn(2, 1, 1),
    "black": np.zeros((4, 6, 3), np.uint16),
    "white": np.full((4, 6, 3), 65535, np.uint16),
}


@pytest.mark.parametrize("kernel", forms(tone_map))
@pytest.mark.parametrize("peak", [0.0, 10.0], ids=["as it is", "curved"])
@pytest.mark.parametrize("system", [NO_SYSTEM, SYSTEM], ids=["no system", "system"])
@pytest.mark.parametrize("picture", PICTURES)
def test_a_picture_is_that_of_the_reference(kernel: Kernel, peak: float, system: ndarray, picture: str) -> None:
    given = PICTURES[picture]
    out = np.full(given.shape, 77, np.uint8)
    kernel(given, LIGHT, WEIGHTS, system, GAMUT, np.float32(peak), ENCODING, out)
    expected = reference.tone_map(given, LIGHT, WEIGHTS, system, GAMUT, peak, ENCODING)
    # Half a place of a table more or less, where the last digit differs.
    assert np.abs(out.astype(int) - expected).max() <= 1
    assert np.mean(out != expected) < 0.02


@pytest.mark.parametrize("kernel", forms(tone_map))
def test_the_peak_becomes_white_and_hue_stays(kernel: Kernel) -> None:
    light = np.zeros(65536, np.float32)
    light[1:4] = 10.0, 5.0, 2.5
    picture = np.array([[(1, 1, 1), (1, 2, 3)]], np.uint16)
    out = np.empty(picture.shape, np.uint8)
    kernel(picture, light, WEIGHTS, NO_SYSTEM, np.eye(3, dtype=np.float32), np.float32(10.0), ENCODING, out)
    assert out[0, 0].tolist() == [255, 255, 255]
    blue, green, red = (out[0, 1] / 255.0) ** 2.4
    assert (red, green, blue) == pytest.approx((1.0, 0.5, 0.25), abs=0.01)


PLANES = {"seeded": (18, 32, 40), "odd": (7, 5, 8), "one pixel": (1, 1, 4)}


@pytest.mark.parametrize("kernel", forms(map_planes))
@pytest.mark.parametrize("case", PLANES)
def test_planes_are_those_of_the_reference(kernel: Kernel, case: str) -> None:
    height, width, pitch = PLANES[case]
    source = np.random.default_rng(height)
    # Values beyond the table are taken for its last.
    luma = source.integers(0, 1100, (height, pitch), np.uint16)
    cb, cr = source.integers(0, 1024, (2, (height + 1) // 2, pitch // 2), np.uint16)
    lumas, slopes = np.linspace(0, 255, 1024).astype(np.uint8), np.linspace(0.1, 1.5, 1024).astype(np.float32)
    mix = np.array([[1.1, -0.2], [0.1, 0.9]], np.float32)
    out, outs = np.empty((height, width), np.uint8), np.empty((2, (height + 1) // 2, (width + 1) // 2), np.uint8)
    kernel(luma, cb, cr, lumas, slopes, mix, out, outs)
    expected, colours = reference.map_planes(luma, cb, cr, lumas, slopes, mix, (height, width))
    assert np.array_equal(out, expected)
    assert np.abs(outs.astype(int) - colours).max() <= 1
