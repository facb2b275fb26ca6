"""Nearest tokens against all of them sorted; votes against powers of the matrix of attention."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy import ndarray

from tests import reference
from tests.reference import forms, needs_compiler, plain_form
from vkeyframe.kernels.voting import nearest_tokens, vote

Kernel = Callable[..., Any]


def features(seed: int, *shape: int) -> ndarray:
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def search(kernel: Kernel, queries: ndarray, keys: ndarray, itself: int, radius: int, count: int) -> tuple[ndarray, ndarray]:
    size = queries[0].size
    nearest, distances = np.full((size, count), -1, np.int32), np.full((size, count), np.nan, np.float32)
    kernel(queries, keys, itself, radius, nearest, distances)
    return nearest, distances


FRAMES = features(0, 3, 4, 5, 6)
SEARCHES = {
    "seeded": (FRAMES[1], FRAMES, 1, 2, 5),
    "of another frame": (features(1, 4, 5, 6), FRAMES, -1, 1, 3),
    "fewer than asked for": (FRAMES[0], FRAMES[:1], 0, 1, 12),
    "a lone token": (FRAMES[0, :, :1, :1].copy(), FRAMES[:1, :, :1, :1].copy(), 0, 3, 2),
    "the whole frame": (FRAMES[2], FRAMES, 2, 9, 4),
    "all alike": (np.zeros((2, 3, 3), np.float32), np.zeros((2, 2, 3, 3), np.float32), 0, 1, 4),
    "all 0 and all 255": (np.zeros((2, 3, 4), np.float32), np.full((1, 2, 3, 4), 255, np.float32), -1, 1, 2),
}


@pytest.mark.parametrize("case", SEARCHES)
@pytest.mark.parametrize("kernel", forms(nearest_tokens))
def test_the_nearest_equal_the_reference(kernel: Kernel, case: str) -> None:
    nearest, distances = search(kernel, *SEARCHES[case])
    expected, expected_distances = reference.nearest_tokens(*SEARCHES[case])
    np.testing.assert_array_equal(nearest, expected)
    np.testing.assert_allclose(distances, expected_distances, rtol=1e-5)


@needs_compiler
@pytest.mark.parametrize("case", SEARCHES)
def test_the_nearest_compiled_equal_python(case: str) -> None:
    for compiled, plain in zip(
        search(nearest_tokens, *SEARCHES[case]), search(plain_form(nearest_tokens), *SEARCHES[case]), strict=True
    ):
        np.testing.assert_allclose(compiled, plain, rtol=1e-6)


def ballot(kernel: Kernel, *given: Any) -> ndarray:
    out = np.full(len(given[2]), np.nan, np.float32)
    kernel(*given, out)
    return out


def seeded(size: int, count: int) -> tuple[ndarray, ndarray, ndarray, ndarray]:
    rng = np.random.default_rng(size)
    shares = rng.random((size, count)).astype(np.float32)
    shares /= shares.sum(axis=1, keepdims=True)
    nearest = rng.integers(0, size, (size, count)).astype(np.int32)
    return shares, nearest, rng.random(size).astype(np.float32), rng.random(size).astype(np.float32)


ALONE = np.zeros((1, 2), np.float32), np.zeros((1, 2), np.int32), np.float32([0.3]), np.float32([1])
VOTES = {
    "seeded": (*seeded(9, 4), 0.8, 5),
    "odd": (*seeded(7, 3), 0.95, 20),
    "no rounds": (*seeded(5, 2), 0.8, 0),
    "a lone token": (*ALONE, 0.8, 4),
    "no trust": (*seeded(6, 3)[:3], np.zeros(6, np.float32), 0.8, 5),
    "one that is trusted": (*seeded(6, 3)[:3], np.float32([0, 0, 1, 0, 0, 0]), 0.9, 5),
    "nothing but others": (*seeded(6, 3), 1.0, 5),
}


@pytest.mark.parametrize("case", VOTES)
@pytest.mark.parametrize("kernel", forms(vote))
def test_votes_equal_the_reference(kernel: Kernel, case: str) -> None:
    np.testing.assert_allclose(ballot(kernel, *VOTES[case]), reference.vote(*VOTES[case]), rtol=1e-5)


@needs_compiler
@pytest.mark.parametrize("case", VOTES)
def test_votes_compiled_equal_python(case: str) -> None:
    np.testing.assert_allclose(ballot(vote, *VOTES[case]), ballot(plain_form(vote), *VOTES[case]), rtol=1e-6)


def test_all_say_what_the_only_one_says_that_is_trusted() -> None:
    ring = np.float32([[0.5, 0.5]] * 6), np.int32([[(i - 1) % 6, (i + 1) % 6] for i in range(6)])
    found = ballot(vote, *ring, np.float32([0.7, 0, 0, 0, 0, 0]), np.float32([1, 0, 0, 0, 0, 0]), 0.9, 8)
    np.testing.assert_allclose(found, 0.7, rtol=1e-6)
