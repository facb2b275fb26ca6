"""Greedy facility location: the gains are differences of the objective, and greedy is good."""

from collections.abc import Callable
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from numpy import ndarray

from tests import reference
from tests.reference import forms, needs_compiler, plain_form
from vkeyframe.kernels.coverage import coverage_gains

Kernel = Callable[..., Any]


def gains(kernel: Kernel, similarity: ndarray, weights: ndarray, covered: ndarray) -> ndarray:
    out = np.full(len(weights), np.nan)
    kernel(similarity, weights, covered, out)
    return out


def seeded(count: int) -> tuple[ndarray, ndarray, ndarray]:
    rng = np.random.default_rng(count)
    # Not symmetric: what k adds is in column k.
    return rng.random((count, count)), rng.random(count), rng.random(count) * 0.5


def objective(similarity: ndarray, weights: ndarray, chosen: list[int]) -> float:
    return float(weights @ similarity[:, chosen].max(axis=1)) if chosen else 0.0


CASES = {
    "seeded": seeded(8),
    "odd": seeded(13),
    "one item": seeded(1),
    "nothing alike": (np.eye(5), np.arange(5.0), np.zeros(5)),
    "all alike": (np.ones((5, 5)), np.arange(5.0), np.zeros(5)),
    "all zero": (np.zeros((5, 5)), np.ones(5), np.zeros(5)),
    "all covered": (seeded(6)[0], np.ones(6), np.ones(6)),
    "no weight": (seeded(6)[0], np.zeros(6), np.zeros(6)),
    "255": (np.full((3, 3), 255.0), np.full(3, 255.0), np.zeros(3)),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("kernel", forms(coverage_gains))
def test_equals_the_reference(kernel: Kernel, case: str) -> None:
    np.testing.assert_allclose(gains(kernel, *CASES[case]), reference.coverage_gains(*CASES[case]), rtol=1e-12, atol=1e-12)


@needs_compiler
@pytest.mark.parametrize("case", CASES)
def test_compiled_equals_python_to_the_last_bit(case: str) -> None:
    np.testing.assert_array_equal(gains(coverage_gains, *CASES[case]), gains(plain_form(coverage_gains), *CASES[case]))


@pytest.mark.parametrize("chosen", [[], [2], [0, 5, 3]])
def test_a_gain_is_what_the_objective_grows_by(chosen: list[int]) -> None:
    similarity, weights, _ = seeded(9)
    covered = similarity[:, chosen].max(axis=1) if chosen else np.zeros(9)
    found = gains(coverage_gains, similarity, weights, covered)
    before = objective(similarity, weights, chosen)
    for k in range(9):
        assert found[k] == pytest.approx(objective(similarity, weights, [*chosen, k]) - before, abs=1e-12)
    assert (found[chosen] == 0).all()


@pytest.mark.parametrize("seed", range(5))
def test_greedy_choice_comes_close_to_the_best_of_all_subsets(seed: int) -> None:
    rng = np.random.default_rng(seed)
    points = rng.normal(size=(9, 2))
    similarity = np.exp(-((points[:, None] - points) ** 2).sum(axis=2))
    weights = rng.random(9)
    covered = np.zeros(9)
    chosen: list[int] = []
    for budget in range(1, 5):
        chosen.append(int(gains(coverage_gains, similarity, weights, covered).argmax()))
        covered = np.maximum(covered, similarity[:, chosen[-1]])
        optimum = max(objective(similarity, weights, list(subset)) for subset in combinations(range(9), budget))
        reached = objective(similarity, weights, chosen)
        assert (1 - 1 / np.e) * optimum <= reached <= optimum + 1e-12
        assert budget > 1 or reached == pytest.approx(optimum), "of one, the greedy choice is the best"


@pytest.mark.parametrize("kernel", forms(coverage_gains))
def test_small_gains_are_not_lost_beside_large_ones(kernel: Kernel) -> None:
    similarity, weights = np.zeros((40, 40)), np.ones(40)
    similarity[:, 0] = 1.0
    weights[0] = 2.0**24  # where a sum in float32 would stay
    assert gains(kernel, similarity, weights, np.zeros(40))[0] == 2**24 + 39
