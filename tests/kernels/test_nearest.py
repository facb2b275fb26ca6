"""Dot products of bytes against NumPy."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy import ndarray

from tests import reference
from tests.reference import forms
from vkeyframe.analysis.descriptor import EVEN_FIRST, MIRROR, SIZE, describe
from vkeyframe.kernels.nearest import EVEN, WIDTH, best_dots

Kernel = Callable[..., Any]


def drawn(seed: int, count: int) -> ndarray:
    return np.random.default_rng(seed).integers(-127, 128, (count, WIDTH))


CASES = {
    "seeded": (drawn(0, 23), drawn(1, 12)),
    "one of each": (drawn(2, 1), drawn(3, 1)),
    "none stored": (drawn(2, 0), drawn(3, 2)),
    "flat": (np.zeros((3, WIDTH)), drawn(4, 2)),
    "largest": (np.full((2, WIDTH), -127), np.full((3, WIDTH), 127)),
    "itself": (drawn(5, 4), drawn(5, 4)),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("kernel", forms(best_dots))
def test_equals_the_reference(kernel: Kernel, case: str) -> None:
    stored, queries = CASES[case]
    out = np.full(len(stored), 7, np.int32)
    kernel(stored.astype(np.int8), queries.astype(np.int16), out)
    np.testing.assert_array_equal(out, reference.best_dots(stored, queries))


@pytest.mark.parametrize("kernel", forms(best_dots))
def test_without_a_query_nothing_is_like(kernel: Kernel) -> None:
    out = np.zeros(2, np.int32)
    kernel(drawn(0, 2).astype(np.int8), np.empty((0, WIDTH), np.int16), out)
    assert out.tolist() == [np.iinfo(np.int32).min] * 2


def test_a_descriptor_has_so_many_numbers() -> None:
    assert (SIZE, int((MIRROR > 0).sum())) == (WIDTH, EVEN)
    assert (MIRROR[EVEN_FIRST][:EVEN] > 0).all()


def test_a_mirror_image_differs_in_these_signs() -> None:
    labs = np.random.default_rng(6).normal(50, 30, (3, 18, 32, 3)).astype(np.float32)
    np.testing.assert_allclose(describe(labs[:, :, ::-1]), describe(labs) * MIRROR, atol=1e-4)
