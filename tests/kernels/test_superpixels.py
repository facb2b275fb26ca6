"""Superpixels follow colour, stay near their cell, and their means are means."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy import ndarray

from tests import reference
from tests.reference import forms, needs_compiler, plain_form
from vkeyframe.kernels.superpixels import label_means, superpixels

Kernel = Callable[..., Any]


def lab(seed: int, height: int, width: int, contrast: float = 60.0) -> ndarray:
    return (np.random.default_rng(seed).random((height, width, 3)) * contrast).astype(np.float32)


def cut(kernel: Kernel, picture: ndarray, grid: tuple[int, int], compactness: float = 10.0, rounds: int = 3) -> ndarray:
    labels = np.full(picture.shape[:2], -1, np.int32)
    kernel(picture, grid, compactness, rounds, labels)
    return labels


CASES = {
    "seeded": (lab(0, 12, 16), (3, 4)),
    "odd": (lab(1, 11, 7), (3, 2)),
    "one superpixel": (lab(2, 5, 6), (1, 1)),
    "one pixel": (lab(3, 1, 1), (1, 1)),
    "a superpixel each": (lab(4, 3, 4), (3, 4)),
    "flat": (np.full((8, 8, 3), 40, np.float32), (2, 2)),
    "black and white": (np.float32([0, 100])[np.indices((9, 9)).sum(0) // 4 % 2][..., None].repeat(3, 2), (3, 3)),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("kernel", forms(superpixels))
def test_superpixels_equal_the_reference(kernel: Kernel, case: str) -> None:
    np.testing.assert_array_equal(cut(kernel, *CASES[case]), reference.superpixels(*CASES[case], 10.0, 3))


@needs_compiler
@pytest.mark.parametrize("case", CASES)
def test_superpixels_compiled_equal_python(case: str) -> None:
    np.testing.assert_array_equal(cut(superpixels, *CASES[case]), cut(plain_form(superpixels), *CASES[case]))


def test_superpixels_keep_to_an_edge() -> None:
    picture = np.zeros((16, 16, 3), np.float32)
    picture[:, 6:] = 50.0
    labels = cut(superpixels, picture, (2, 2))
    assert not set(labels[:, :6].ravel()) & set(labels[:, 6:].ravel())


def test_compact_superpixels_are_the_cells_of_the_grid() -> None:
    labels = cut(superpixels, lab(5, 16, 24), (2, 3), compactness=1e4)
    rows, columns = np.indices(labels.shape)
    np.testing.assert_array_equal(labels, rows // 8 * 3 + columns // 8)


def means(kernel: Kernel, values: ndarray, labels: ndarray, count: int) -> ndarray:
    out = np.full((count, values.shape[2]), np.nan, np.float32)
    kernel(values, labels.astype(np.int32), out)
    return out


LABELLED = {
    "seeded": (lab(0, 9, 8), np.random.default_rng(1).integers(0, 5, (9, 8)), 5),
    "an empty label": (lab(1, 4, 4), np.full((4, 4), 1), 3),
    "one pixel": (lab(2, 1, 1), np.zeros((1, 1), int), 1),
    "all 0 and all 255": (np.float32([0, 255])[np.indices((6, 6))[0] // 3][..., None], np.indices((6, 6))[0] // 3, 2),
}


@pytest.mark.parametrize("case", LABELLED)
@pytest.mark.parametrize("kernel", forms(label_means))
def test_means_equal_the_reference(kernel: Kernel, case: str) -> None:
    np.testing.assert_allclose(means(kernel, *LABELLED[case]), reference.label_means(*LABELLED[case]), rtol=1e-5)


@needs_compiler
@pytest.mark.parametrize("case", LABELLED)
def test_means_compiled_equal_python(case: str) -> None:
    np.testing.assert_allclose(means(label_means, *LABELLED[case]), means(plain_form(label_means), *LABELLED[case]), rtol=1e-6)


def test_the_mean_of_many_equal_values_is_that_value() -> None:
    found = means(label_means, np.full((600, 600, 1), 0.1, np.float32), np.zeros((600, 600)), 1)
    assert found[0, 0] == pytest.approx(0.1, rel=1e-6)
