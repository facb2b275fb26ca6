"""The small picture: its means are OpenCV's, its gradients those of finite differences."""

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
import pytest
from numpy import ndarray

from tests import reference
from tests.reference import forms, needs_compiler, plain_form
from vkeyframe.kernels.downsample import downsample, downsample_plane

Kernel = Callable[..., Any]


def reduce(kernel: Kernel, picture: ndarray, rows: int, columns: int) -> tuple[ndarray, ndarray]:
    means, gradients = np.full((rows, columns, 3), np.nan, np.float32), np.full((rows, columns), np.nan, np.float32)
    kernel(picture, means, gradients)
    return means, gradients


def seeded(height: int, width: int) -> ndarray:
    return np.random.default_rng(height * width).integers(0, 256, (height, width, 3), np.uint8)


def flat(height: int, width: int, *colour: int) -> ndarray:
    return np.full((height, width, 3), colour, np.uint8)


def luma(picture: ndarray) -> ndarray:
    return picture.astype(np.float64) @ [29 / 256, 150 / 256, 77 / 256]


CASES = {
    "seeded": (seeded(24, 32), 4, 8),
    "odd": (seeded(37, 29), 5, 3),
    "tall cells": (seeded(75, 9), 2, 2),
    "one cell": (seeded(13, 7), 1, 1),
    "one pixel": (seeded(1, 1), 3, 5),
    "one row": (seeded(1, 17), 2, 4),
    "one column": (seeded(17, 1), 4, 2),
    "smaller than the grid": (seeded(4, 5), 9, 16),
    "flat": (flat(12, 20, 10, 200, 90), 3, 5),
    "black": (flat(12, 20, 0), 3, 5),
    "white": (flat(12, 20, 255), 3, 5),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("kernel", forms(downsample))
def test_equals_the_reference(kernel: Kernel, case: str) -> None:
    means, gradients = reduce(kernel, *CASES[case])
    expected_means, expected_gradients = reference.downsample(*CASES[case])
    np.testing.assert_allclose(means, expected_means, rtol=1e-6)
    np.testing.assert_allclose(gradients, expected_gradients, rtol=1e-6, atol=1e-9)


@needs_compiler
@pytest.mark.parametrize("case", CASES)
def test_compiled_equals_python_to_the_last_bit(case: str) -> None:
    for compiled, plain in zip(reduce(downsample, *CASES[case]), reduce(plain_form(downsample), *CASES[case]), strict=True):
        np.testing.assert_array_equal(compiled, plain)


@pytest.mark.parametrize(
    ("height", "width", "rows", "columns"), [(24, 32, 4, 8), (36, 64, 36, 64), (35, 21, 7, 3), (12, 9, 2, 9)]
)
def test_means_are_those_of_opencv(height: int, width: int, rows: int, columns: int) -> None:
    picture = seeded(height, width)
    expected = cv2.resize(picture.astype(np.float32), (columns, rows), interpolation=cv2.INTER_AREA)
    np.testing.assert_allclose(reduce(downsample, picture, rows, columns)[0], expected, rtol=1e-5)


def test_gradients_are_squared_differences_to_the_right_and_below() -> None:
    picture = seeded(24, 30)
    light = luma(picture)
    energy = np.diff(light, axis=1, append=light[:, -1:]) ** 2 + np.diff(light, axis=0, append=light[-1:]) ** 2
    expected = energy.reshape(4, 6, 5, 6).mean(axis=(1, 3))
    np.testing.assert_allclose(reduce(downsample, picture, 4, 5)[1], expected, rtol=1e-6)


@pytest.mark.parametrize(("height", "step"), [(60, 5), (34, 2), (22, 1)])
def test_tall_cells_are_read_in_evenly_spaced_rows(height: int, step: int) -> None:
    picture = flat(height, 6, 200)
    for top in 0, height // 2:
        picture[top : top + height // 2 : step] = 10
    means, gradients = reduce(downsample, picture, 2, 3)
    assert (means == 10).all()
    assert (gradients > 0).all() == (step > 1), "the row below is read, too"


def test_tall_cells_of_a_smooth_picture_keep_its_means() -> None:
    ramp = np.linspace(0, 255, 180)[:, None, None] + np.zeros((180, 4, 3))
    means, _ = reduce(downsample, ramp.astype(np.uint8), 6, 1)
    expected = cv2.resize(ramp.astype(np.uint8).astype(np.float32), (1, 6), interpolation=cv2.INTER_AREA)
    np.testing.assert_allclose(means[:, 0], expected[:, 0], atol=3.5)


@pytest.mark.parametrize("kernel", forms(downsample))
def test_bytes_do_not_wrap_around(kernel: Kernel) -> None:
    checks = flat(8, 8, 0)
    checks[::2, ::2] = checks[1::2, 1::2] = 255
    means, gradients = reduce(kernel, checks, 1, 1)
    assert (means == 127.5).all()
    assert gradients[0, 0] == pytest.approx(255**2 * 2 * 8 * 7 / 64, rel=1e-7)
    falling = flat(1, 2, 255)
    falling[0, 1] = 0
    np.testing.assert_array_equal(reduce(kernel, falling, 1, 2)[1], reduce(kernel, 255 - falling, 1, 2)[1])


@pytest.mark.parametrize(("channel", "weight"), [(0, 29), (1, 150), (2, 77)])
def test_luma_is_that_of_bt_601(channel: int, weight: int) -> None:
    edge = flat(1, 2, 0)
    edge[0, 1, channel] = 200
    means, gradients = reduce(downsample, edge, 1, 1)
    assert gradients[0, 0] == pytest.approx((200 * weight / 256) ** 2 / 2, rel=1e-6)
    assert means[0, 0, channel] == 100


def test_a_cell_smaller_than_a_pixel_takes_the_nearest() -> None:
    picture = seeded(2, 3)
    means, gradients = reduce(downsample, picture, 4, 9)
    np.testing.assert_array_equal(means, picture.repeat(2, axis=0).repeat(3, axis=1))
    assert gradients[3, 8] == 0, "nothing to the right of the last pixel or below it"


@pytest.mark.parametrize("kernel", forms(downsample))
def test_large_sums_are_exact(kernel: Kernel) -> None:
    # 132,000 pixels make 2.3e7, where float32 steps by 2; their squared gradients are larger still.
    stripes = flat(11, 12000, 255)
    stripes[:, ::2] = 100
    means, gradients = reduce(kernel, stripes, 1, 1)
    assert (means == 177.5).all()
    assert gradients[0, 0] == pytest.approx(155**2 * 11999 / 12000, rel=1e-7)


@pytest.mark.parametrize("kernel", forms(downsample_plane))
@pytest.mark.parametrize(("height", "width"), [(36, 64), (75, 131), (7, 5), (1, 1)])
def test_a_plane_is_reduced_as_a_grey_picture_is(kernel: Kernel, height: int, width: int) -> None:
    padded = np.random.default_rng(height).integers(0, 256, (height, width + 9), dtype=np.uint8)
    means, gradients = np.empty((5, 6), np.float32), np.empty((5, 6), np.float32)
    kernel(padded, width, means, gradients)
    expected = reference.downsample_plane(padded[:, :width], 5, 6)
    np.testing.assert_allclose(means, expected[0], rtol=1e-6)
    np.testing.assert_allclose(gradients, expected[1], rtol=1e-6)
    only_means = np.empty((5, 6), np.float32)
    kernel(padded, width, only_means, np.empty((0, 0), np.float32))
    np.testing.assert_array_equal(only_means, means)
