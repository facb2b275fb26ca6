"""Histograms of oriented gradients: against their definition, and on flat, tiny and edged pictures."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy import ndarray

from tests import reference
from tests.reference import forms, precision
from vkeyframe.kernels.gradients import ORIENTATIONS, oriented_gradients


def seeded(seed: int, rows: int, columns: int, cell: int = 4) -> ndarray:
    return np.random.default_rng(seed).integers(0, 256, (rows * cell, columns * cell)).astype(np.float32)


def step(upright: bool) -> ndarray:
    picture = np.zeros((16, 16), np.float32)
    picture[:, 8:] = 255.0
    return picture if upright else np.ascontiguousarray(picture.T)


PICTURES = {
    "seeded": seeded(0, 5, 6),
    "one cell": seeded(1, 1, 1),
    "a row": seeded(2, 1, 4),
    "black": np.zeros((12, 12), np.float32),
    "white": np.full((12, 12), 255.0, np.float32),
    "upright edge": step(True),
    "level edge": step(False),
}


@pytest.mark.parametrize("form", forms(oriented_gradients))
@pytest.mark.parametrize("picture", PICTURES.values(), ids=PICTURES)
def test_it_is_the_histogram_of_the_reference(form: Callable[..., Any], picture: ndarray) -> None:
    rows, columns = picture.shape[0] // 4, picture.shape[1] // 4
    out = np.full((rows, columns, ORIENTATIONS), 7.0, np.float32)
    form(picture, 4, 0.2, 0.01, out)
    wanted = reference.oriented_gradients(picture, 4, 0.2, 0.01, rows, columns)
    np.testing.assert_allclose(out, wanted, atol=max(1e-5, precision(form)))


def test_an_edge_is_seen_in_its_direction_alone() -> None:
    out = np.empty((4, 4, ORIENTATIONS), np.float32)
    oriented_gradients(step(True), 4, 0.2, 0.01, out)
    assert set(np.flatnonzero(out[1, 1])) == {0, 18}
    oriented_gradients(np.float32(255.0) - step(True), 4, 0.2, 0.01, out)
    assert set(np.flatnonzero(out[1, 1] > 1e-6)) == {9, 18}
