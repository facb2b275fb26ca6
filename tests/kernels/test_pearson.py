"""Correlations against SciPy, NumPy and OpenCV, and what is said of flat pictures."""

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
import pytest
import scipy.stats
from numpy import ndarray

from tests import reference
from tests.reference import forms, needs_compiler, plain_form, precision
from vkeyframe.kernels.pearson import block_pearson, pearson_matrix, weighted_pearson

Kernel = Callable[..., Any]


def noise(seed: int, *shape: int) -> ndarray:
    return np.random.default_rng(seed).integers(0, 256, shape).astype(np.float32)


def level(value: float, count: int = 30) -> ndarray:
    return np.full(count, value, np.float32)


def weights(seed: int, *shape: int) -> ndarray:
    return np.random.default_rng(seed).random(shape).astype(np.float32)


def one_hot(count: int) -> ndarray:
    return np.eye(1, count, count // 2, dtype=np.float32)[0]


PAIRS = {
    "seeded": (noise(0, 60), noise(1, 60), weights(2, 60)),
    "odd": (noise(0, 101), noise(1, 101), weights(2, 101)),
    "alike": (noise(0, 60), noise(0, 60) * 0.5 + noise(1, 60) * 0.1, weights(2, 60)),
    "even weights": (noise(0, 60), noise(1, 60), np.full(60, 3.0, np.float32)),
    "one value": (noise(0, 1), noise(1, 1), weights(2, 1)),
    "one weight": (noise(0, 31), noise(1, 31), one_hot(31)),
    "same": (noise(0, 60), noise(0, 60), weights(2, 60)),
    "negative": (noise(0, 60), 255 - noise(0, 60), weights(2, 60)),
    "black and white": (level(0), level(255), level(1)),
    "black": (level(0), level(0), level(1)),
    "white": (level(255), level(255), level(1)),
    "one flat": (level(7), noise(0, 30), level(1)),
    "other flat": (noise(0, 30), level(7), level(1)),
}


@pytest.mark.parametrize("pair", PAIRS)
@pytest.mark.parametrize("kernel", forms(weighted_pearson))
def test_weighted_equals_the_reference(kernel: Kernel, pair: str) -> None:
    assert kernel(*PAIRS[pair]) == pytest.approx(reference.weighted_pearson(*PAIRS[pair]), abs=precision(kernel))


@needs_compiler
@pytest.mark.parametrize("pair", PAIRS)
def test_weighted_compiled_equals_python(pair: str) -> None:
    plain = plain_form(weighted_pearson)
    assert weighted_pearson(*PAIRS[pair]) == pytest.approx(plain(*PAIRS[pair]), abs=precision(plain))


@pytest.mark.parametrize("pair", ["seeded", "odd", "alike"])
def test_even_weights_are_those_of_scipy_and_numpy(pair: str) -> None:
    first, second, _ = PAIRS[pair]
    rho = weighted_pearson(first, second, np.full(first.size, 0.25, np.float32))
    assert rho == pytest.approx(scipy.stats.pearsonr(first, second).statistic, abs=precision(weighted_pearson))
    assert rho == pytest.approx(np.corrcoef(first, second)[0, 1], abs=precision(weighted_pearson))


@pytest.mark.parametrize("pair", ["seeded", "odd", "alike", "same", "negative"])
def test_weights_are_those_of_numpy(pair: str) -> None:
    first, second, weight = PAIRS[pair]
    (a, ab), (_, b) = np.cov(first, second, aweights=weight, ddof=0)
    assert weighted_pearson(first, second, weight) == pytest.approx(ab / np.sqrt(a * b), abs=precision(weighted_pearson))


def test_what_has_no_weight_does_not_count() -> None:
    first, second, weight = (array.copy() for array in PAIRS["seeded"])
    weight[::3] = 0
    before = weighted_pearson(first, second, weight)
    first[::3] = 99
    assert weighted_pearson(first, second, weight) == pytest.approx(before, abs=1e-12)
    assert weighted_pearson(first, second, level(1, 60)) != pytest.approx(before, abs=1e-3)


def test_brightness_and_contrast_drop_out() -> None:
    first, second, weight = PAIRS["alike"]
    rho = weighted_pearson(first, second, weight)
    assert 0.5 < rho < 0.99
    assert weighted_pearson(first, second * 0.25 + 90, weight) == pytest.approx(rho, abs=1e-5)
    assert weighted_pearson(first, 90 - second, weight) == pytest.approx(-rho, abs=1e-5)


@pytest.mark.parametrize(("first", "second", "expected"), [(100, 108, 1.0), (108, 100, 1.0), (100, 108.5, 0.0), (0, 255, 0.0)])
def test_flat_pictures_are_alike_up_to_eight_levels(first: float, second: float, expected: float) -> None:
    assert weighted_pearson(level(first), level(second), level(0.5)) == expected


def test_nearly_flat_is_not_flat() -> None:
    ripple = level(0)
    ripple[::2] = 0.004  # a variance of 4e-6
    assert weighted_pearson(ripple, ripple * 9, level(0.1)) == pytest.approx(1.0)
    assert weighted_pearson(ripple / 4, noise(0, 30), level(0.1)) == 0.0


@pytest.mark.parametrize("kernel", forms(weighted_pearson))
def test_large_sums_are_exact(kernel: Kernel) -> None:
    # In float32 the sum of 20,000 values of 4096 drops their fractions, the mean is wrong and correlates with itself.
    rng = np.random.default_rng(0)
    first, second = (4096 + rng.random((2, 20000))).astype(np.float32)
    rho = kernel(first, second, level(1, 20000))
    assert rho == pytest.approx(np.corrcoef(first, second)[0, 1], abs=1e-6)


@pytest.mark.parametrize("offset", [0, 60000])
def test_matrix_equals_the_reference(offset: float) -> None:
    # Eight pictures, two of them flat and close, one flat and far, one a negative.
    pictures = noise(3, 8, 45) + np.float32(offset)
    pictures[2], pictures[4], pictures[5] = offset + 100, offset + 105, offset + 200
    pictures[7] = 2 * offset + 255 - pictures[0]
    rho = pearson_matrix(pictures)
    np.testing.assert_allclose(rho, reference.pearson_matrix(pictures), atol=1e-9)
    np.testing.assert_array_equal(rho, rho.T)
    assert (rho.diagonal() == 1).all()
    assert (rho[2, 4], rho[2, 5], rho[0, 2]) == (1, 0, 0)
    assert rho[0, 7] == pytest.approx(-1.0, abs=1e-6)


def test_matrix_is_that_of_numpy() -> None:
    pictures = noise(5, 6, 50)
    np.testing.assert_allclose(pearson_matrix(pictures), np.corrcoef(pictures), atol=1e-12)
    np.testing.assert_array_equal(pearson_matrix(pictures[:1]), [[1.0]])


@pytest.mark.parametrize("values", [np.zeros((3, 8)), np.full((3, 8), 255.0), np.ones((3, 1))])
def test_matrix_of_flat_pictures_is_all_alike(values: ndarray) -> None:
    np.testing.assert_array_equal(pearson_matrix(values), np.ones((3, 3)))


def blocks(kernel: Kernel, before: ndarray, after: ndarray, *search: Any) -> tuple[ndarray, ndarray]:
    """Run the kernel with the radius, the size and the grid of a search."""
    radius, size, grid = search
    out, texture = np.full(grid, np.nan, np.float32), np.full(grid, np.nan, np.float32)
    kernel(before, after, radius, size, out, texture)
    return out, texture


def smooth(seed: int, height: int, width: int) -> ndarray:
    picture: ndarray = cv2.GaussianBlur(noise(seed, height, width), (0, 0), 1.5)
    return picture


BLOCKS = {
    "seeded": (noise(0, 14, 18), noise(1, 14, 18), 2, 5, (2, 3)),
    "moved": (noise(0, 14, 18), np.roll(noise(0, 14, 18), (1, -2), (0, 1)), 2, 5, (2, 3)),
    "smooth": (smooth(0, 14, 18), np.roll(smooth(0, 14, 18), 2, 1), 3, 6, (3, 3)),
    "odd": (noise(0, 11, 13), noise(1, 11, 13), 1, 3, (3, 5)),
    "no search": (noise(0, 12, 12), noise(1, 12, 12), 0, 4, (3, 3)),
    "one block": (noise(0, 6, 6), noise(1, 6, 6), 3, 6, (2, 2)),
    "one pixel": (noise(0, 1, 1), noise(1, 1, 1), 3, 1, (1, 1)),
    "weak": (100 + noise(0, 12, 12) / 99, 100 + noise(1, 12, 12) / 99, 1, 4, (3, 3)),
    "flat": (np.full((9, 12), 10, np.float32), np.full((9, 12), 90, np.float32), 1, 4, (2, 2)),
    "black and white": (np.zeros((9, 12), np.float32), np.full((9, 12), 255, np.float32), 1, 4, (2, 2)),
    "one flat": (np.zeros((9, 12), np.float32), noise(0, 9, 12), 1, 4, (2, 2)),
}


@pytest.mark.parametrize("case", BLOCKS)
@pytest.mark.parametrize("kernel", forms(block_pearson))
def test_blocks_equal_the_reference(kernel: Kernel, case: str) -> None:
    expected, expected_texture = reference.block_pearson(*BLOCKS[case])
    out, texture = blocks(kernel, *BLOCKS[case])
    # In the kernel squares are float32: of 255 they are off by up to 0.004, the deviation of a weak texture by 0.001.
    np.testing.assert_allclose(out, expected, atol=5e-4 if case == "weak" else 20 * precision(kernel))
    np.testing.assert_allclose(texture, expected_texture, atol=0.05 if case == "weak" else 100 * precision(kernel))


@needs_compiler
@pytest.mark.parametrize("case", BLOCKS)
def test_blocks_compiled_equal_python(case: str) -> None:
    for compiled, plain in zip(
        blocks(block_pearson, *BLOCKS[case]), blocks(plain_form(block_pearson), *BLOCKS[case]), strict=True
    ):
        np.testing.assert_allclose(compiled, plain, atol=0.05 if case == "weak" else 1e-3)


def windows(before: ndarray, after: ndarray, radius: int, size: int) -> tuple[ndarray, float]:
    """TM_CCOEFF_NORMED of the block in the middle of `after` within the search window of `before`, and the block's deviation."""
    top, left = (after.shape[0] - size) // 2, (after.shape[1] - size) // 2
    block = after[top : top + size, left : left + size]
    window = before[top - radius : top + size + radius, left - radius : left + size + radius]
    return cv2.matchTemplate(window, block, cv2.TM_CCOEFF_NORMED), float(block.std())


@pytest.mark.parametrize("seed", range(3))
def test_blocks_are_matched_as_by_opencv(seed: int) -> None:
    before, after = noise(seed, 20, 20), noise(seed + 10, 20, 20)
    found, _ = windows(before, after, 3, 8)
    assert found.max() < 0.75, "else the search would stop early"
    out, _ = blocks(block_pearson, before, after, 3, 8, (1, 1))
    # A variance of 4 on top of one of about 5,400 adds at most 4/5,400.
    assert out[0, 0] == pytest.approx(found.max(), abs=1e-3)


def test_noise_is_added_to_both_blocks() -> None:
    before, after = 90 + noise(0, 20, 20) / 80, 90 + noise(1, 20, 20) / 40
    found, deviation = windows(before, after, 2, 8)
    patches = np.lib.stride_tricks.sliding_window_view(before[4:16, 4:16].astype(np.float64), (8, 8))
    variances = patches.var(axis=(2, 3))
    expected = (found * deviation * np.sqrt(variances) + 4) / np.sqrt((deviation**2 + 4) * (variances + 4))
    out, texture = blocks(block_pearson, before, after, 2, 8, (1, 1))
    assert found.max() + 0.2 < expected.max() < 0.8
    assert out[0, 0] == pytest.approx(expected.max(), abs=2e-3)
    assert texture[0, 0] == pytest.approx(deviation, abs=2e-2)


@pytest.mark.parametrize(("down", "right"), [(0, 0), (3, 0), (0, -3), (-3, 3), (2, -1), (-1, -2)])
def test_exactly_the_displacement_is_found(down: int, right: int) -> None:
    before = noise(7, 22, 22)
    after = np.roll(before, (down, right), (0, 1))
    found, _ = windows(before, after, 3, 8)
    assert np.unravel_index(found.argmax(), found.shape) == (3 - down, 3 - right)
    distance = max(abs(down), abs(right))
    assert blocks(block_pearson, before, after, distance, 8, (1, 1))[0][0, 0] == pytest.approx(1.0, abs=1e-5)
    if distance:
        assert blocks(block_pearson, before, after, distance - 1, 8, (1, 1))[0][0, 0] < 0.6


@pytest.mark.parametrize(("blur", "in_place", "best"), [(0.95, 0.786, 1.0), (1.1, 0.818, 0.818)])
def test_the_search_stops_at_what_is_good_enough(blur: float, in_place: float, best: float) -> None:
    before = cv2.GaussianBlur(noise(3, 20, 20), (0, 0), blur)
    after = np.roll(before, 1, 1)
    assert windows(before, after, 0, 8)[0][0, 0] == pytest.approx(in_place, abs=0.003)
    assert blocks(block_pearson, before, after, 2, 8, (1, 1))[0][0, 0] == pytest.approx(best, abs=0.003)


def test_blocks_do_not_see_exposure() -> None:
    before = noise(3, 20, 20)
    out, texture = blocks(block_pearson, before, before * 0.5 + 90, 0, 8, (2, 2))
    np.testing.assert_allclose(out, 1.0, atol=1e-3)
    assert (texture == 20).all(), "the weight of strong texture is cut off"
    np.testing.assert_allclose(blocks(block_pearson, before, 255 - before, 0, 8, (2, 2))[0], -1.0, atol=2e-3)


def test_the_texture_is_that_of_the_later_picture() -> None:
    ripple = 100 + 10 * np.float32(np.indices((12, 12)).sum(axis=0) % 2)
    assert blocks(block_pearson, noise(0, 12, 12), ripple, 1, 4, (2, 2))[1] == pytest.approx(5.0)


def test_flat_blocks_are_alike_at_any_level() -> None:
    picture = np.full((36, 64), 200.3, np.float32)
    out, texture = blocks(block_pearson, picture, picture, 3, 8, (9, 16))
    np.testing.assert_allclose(out, 1.0, atol=1e-6)
    np.testing.assert_allclose(texture, 0.0, atol=1e-3)
