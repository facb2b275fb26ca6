"""How much of a picture has become another: against NumPy, and for pictures that are the same or nowhere alike."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy import ndarray

from tests import reference
from tests.reference import forms, needs_compiler, plain_form, precision
from vkeyframe.kernels.unlike import unlike_matrix, unlike_share

Kernel = Callable[..., Any]
NOISE = np.float32(2.0)
BETWEEN = np.float32(144.0)


def lab(seed: int, rows: int = 18, columns: int = 32, spread: float = 20.0) -> ndarray:
    """Draw a picture of so many places; a greater spread leaves fewer of them alike."""
    return np.random.default_rng(seed).normal(50.0, spread, (rows, columns, 3)).astype(np.float32)


def even(value: float, rows: int = 18, columns: int = 32) -> ndarray:
    return np.full((rows, columns), value, np.float32)


def uneven(seed: int, rows: int = 18, columns: int = 32) -> ndarray:
    return np.random.default_rng(seed).uniform(1.0, 2000.0, (rows, columns)).astype(np.float32)


BLACK, WHITE = np.zeros((18, 32, 3), np.float32), np.full((18, 32, 3), 255.0, np.float32)
PAIRS = {
    "seeded": (lab(0), lab(1), uneven(2)),
    "much alike": (lab(0), lab(0) + lab(1, spread=3.0) - 50.0, uneven(2)),
    "odd": (lab(0, 5, 7), lab(1, 5, 7), uneven(2, 5, 7)),
    "one place": (lab(0, 1, 1), lab(1, 1, 1), uneven(2, 1, 1)),
    "same": (lab(0), lab(0), uneven(2)),
    "black and white": (BLACK, WHITE, even(144.0)),
    "black": (BLACK, BLACK, even(144.0)),
    "white": (WHITE, WHITE, even(144.0)),
    "all tolerated": (lab(0), lab(1), even(1e9)),
    "hardly any tolerated": (lab(0), lab(1), even(1e-9)),
}
MATRICES = {
    "one group": (np.stack([lab(i) for i in range(5)]), np.zeros(5, np.int64), uneven(9)[None]),
    "three groups": (
        np.stack([lab(i) for i in range(6)]),
        np.array([0, 2, 0, 1, 2, 1]),
        np.stack([uneven(7), uneven(8), uneven(9)]),
    ),
    "odd": (np.stack([lab(i, 3, 5) for i in range(3)]), np.array([0, 1, 1]), np.stack([uneven(7, 3, 5), uneven(8, 3, 5)])),
    "one picture": (lab(0)[None], np.zeros(1, np.int64), uneven(9)[None]),
    "black and white": (np.stack([BLACK, WHITE, BLACK]), np.array([0, 0, 1]), np.stack([even(1.0), even(1e9)])),
}


def matrix(kernel: Kernel, pictures: ndarray, groups: ndarray, tolerances: ndarray) -> ndarray:
    shares = np.full((len(pictures), len(pictures)), np.nan)
    kernel(pictures, groups, tolerances, NOISE, BETWEEN, shares)
    return shares


@pytest.mark.parametrize("pair", PAIRS)
@pytest.mark.parametrize("kernel", forms(unlike_share))
def test_a_share_equals_the_reference(kernel: Kernel, pair: str) -> None:
    assert kernel(*PAIRS[pair], NOISE) == pytest.approx(reference.unlike_share(*PAIRS[pair], 2.0), abs=precision(kernel))


@pytest.mark.parametrize("case", MATRICES)
@pytest.mark.parametrize("kernel", forms(unlike_matrix))
def test_a_matrix_equals_the_reference(kernel: Kernel, case: str) -> None:
    expected = reference.unlike_matrix(*MATRICES[case], 2.0, 144.0)
    np.testing.assert_allclose(matrix(kernel, *MATRICES[case]), expected, rtol=0.0, atol=precision(kernel))


@needs_compiler
@pytest.mark.parametrize("pair", PAIRS)
def test_a_share_compiled_equals_python(pair: str) -> None:
    assert unlike_share(*PAIRS[pair], NOISE) == pytest.approx(plain_form(unlike_share)(*PAIRS[pair], NOISE), abs=1e-4)


@needs_compiler
@pytest.mark.parametrize("case", MATRICES)
def test_a_matrix_compiled_equals_python(case: str) -> None:
    plain = matrix(plain_form(unlike_matrix), *MATRICES[case])
    np.testing.assert_allclose(matrix(unlike_matrix, *MATRICES[case]), plain, rtol=0.0, atol=1e-4)


@pytest.mark.parametrize("kernel", forms(unlike_share))
def test_a_share_is_0_for_the_same_and_1_where_no_place_is_alike_and_the_same_both_ways(kernel: Kernel) -> None:
    assert kernel(lab(0), lab(0), even(144.0), NOISE) == 0.0
    assert kernel(BLACK, WHITE, even(144.0), NOISE) == pytest.approx(1.0, abs=1e-9)
    assert kernel(lab(0), lab(1), uneven(2), NOISE) == kernel(lab(1), lab(0), uneven(2), NOISE)


@pytest.mark.parametrize("kernel", forms(unlike_share))
@pytest.mark.parametrize(("beyond", "left"), [(-0.1, 1.0), (0.0, 1.0), (12.0, np.exp(-1)), (24.0, np.exp(-4))])
def test_noise_is_none_and_beyond_it_a_difference_of_the_tolerance_leaves_37_percent(
    kernel: Kernel, beyond: float, left: float
) -> None:
    # A distance of 2 + beyond, along all three axes.
    other = (lab(0) + (2.0 + beyond) / np.sqrt(3.0)).astype(np.float32)
    assert kernel(lab(0), other, even(144.0), NOISE) == pytest.approx(1.0 - left, abs=1e-5)


@pytest.mark.parametrize("kernel", forms(unlike_share))
def test_each_place_has_its_own_tolerance(kernel: Kernel) -> None:
    tolerance = even(144.0)
    tolerance[:9] = 1e9
    assert kernel(BLACK, WHITE, tolerance, NOISE) == pytest.approx(0.5, abs=1e-3)


@pytest.mark.parametrize("kernel", forms(unlike_matrix))
def test_pictures_of_different_groups_have_the_tolerance_between(kernel: Kernel) -> None:
    pictures, shares = np.stack([lab(0), lab(1), lab(1)]), np.full((3, 3), np.nan)
    kernel(pictures, np.array([0, 0, 1]), np.stack([even(1e9), even(1e9)]), NOISE, BETWEEN, shares)
    assert shares[0, 1] < 1e-4
    assert shares[0, 2] == pytest.approx(unlike_share(lab(0), lab(1), even(144.0), NOISE), abs=1e-4)
    assert (shares == shares.T).all()


@pytest.mark.parametrize("kernel", forms(unlike_matrix))
def test_what_is_known_of_different_groups_stays(kernel: Kernel) -> None:
    pictures, shares = np.stack([lab(0), lab(1), lab(2)]), np.full((3, 3), 0.25)
    shares[0, 2] = shares[2, 0] = np.nan
    kernel(pictures, np.array([0, 0, 1]), np.stack([even(144.0), even(144.0)]), NOISE, BETWEEN, shares)
    assert shares[1, 2] == shares[2, 1] == 0.25
    assert shares[0, 2] == pytest.approx(unlike_share(lab(0), lab(2), even(144.0), NOISE), abs=1e-4)
    assert shares[0, 1] == pytest.approx(unlike_share(lab(0), lab(1), even(144.0), NOISE), abs=1e-4)
