"""Attention against SciPy's softmax, and change that neither motion nor a copy nearby explains."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy import ndarray
from scipy.special import softmax

from tests import reference
from tests.reference import forms, needs_compiler, plain_form, precision
from vkeyframe.kernels.attention import attend, unexplained_change

Kernel = Callable[..., Any]
Tokens = tuple[ndarray, ndarray, ndarray, ndarray]  # queries, keys, values, masses


def normal(seed: int, *shape: int) -> ndarray:
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def ones(count: int) -> ndarray:
    return np.ones(count, np.float32)


def look(kernel: Kernel, tokens: Tokens, exclude_self: bool) -> tuple[ndarray, ndarray]:
    queries, keys, values, masses = tokens
    out, received = np.full((len(queries), values.shape[1]), np.nan, np.float32), np.full(len(keys), np.nan)
    kernel(queries, keys, values, masses, exclude_self, out, received)
    return out, received


TOKENS = {
    "seeded": ((normal(0, 12, 4), normal(1, 9, 4), normal(2, 9, 3), np.abs(normal(3, 9))), False),
    "odd, itself left out": ((normal(0, 11, 5), normal(1, 11, 5), normal(2, 11, 1), np.abs(normal(3, 11))), True),
    "more queries than keys": ((normal(0, 7, 2), normal(1, 3, 2), normal(2, 3, 2), ones(3)), True),
    "one token": ((normal(0, 1, 3), normal(1, 1, 3), normal(2, 1, 3), ones(1)), False),
    "a lone token": ((normal(0, 1, 3), normal(1, 1, 3), normal(2, 1, 3), ones(1)), True),
    "no masses": ((normal(0, 4, 2), normal(1, 5, 2), normal(2, 5, 2), np.zeros(5, np.float32)), False),
    "some masses": ((normal(0, 4, 2), normal(1, 5, 2), normal(2, 5, 2), np.float32([0, 1, 0, 2, 0])), False),
    "all 0": ((np.zeros((4, 3), np.float32), np.zeros((5, 3), np.float32), normal(2, 5, 2), ones(5)), False),
    "all 255": ((np.full((4, 3), 255, np.float32), np.full((5, 3), 255, np.float32), normal(2, 5, 2), ones(5)), True),
    "sharp": ((normal(0, 6, 4) * 40, normal(1, 7, 4) * 40, normal(2, 7, 2), ones(7)), False),
}


@pytest.mark.parametrize("case", TOKENS)
@pytest.mark.parametrize("kernel", forms(attend))
def test_attention_equals_the_reference(kernel: Kernel, case: str) -> None:
    for found, expected in zip(look(kernel, *TOKENS[case]), reference.attend(*TOKENS[case][0], TOKENS[case][1]), strict=True):
        np.testing.assert_allclose(found, expected, atol=100 * precision(kernel))


@needs_compiler
@pytest.mark.parametrize("case", TOKENS)
def test_attention_compiled_equals_python(case: str) -> None:
    for compiled, plain in zip(look(attend, *TOKENS[case]), look(plain_form(attend), *TOKENS[case]), strict=True):
        np.testing.assert_allclose(compiled, plain, atol=5e-4)


def test_attention_is_that_of_scipy() -> None:
    tokens, exclude_self = TOKENS["seeded"]
    queries, keys, values, masses = tokens
    shares = softmax(queries @ keys.T / 2.0 + np.log(masses), axis=1)
    out, received = look(attend, tokens, exclude_self)
    np.testing.assert_allclose(out, shares @ values, atol=1e-5)
    np.testing.assert_allclose(received, shares.sum(axis=0), atol=1e-5)


@pytest.mark.parametrize("exclude_self", [False, True])
def test_heads_are_attention_each_by_itself(exclude_self: bool) -> None:
    queries, keys, values, masses = normal(0, 3, 6, 4), normal(1, 3, 6, 4), normal(2, 3, 6, 2), np.abs(normal(3, 6))
    heads = [look(attend, (q, k, v, masses), exclude_self) for q, k, v in zip(queries, keys, values, strict=True)]
    outs, received = np.stack([out for out, _ in heads]), np.stack([got for _, got in heads])
    logits = np.einsum("hnd,hmd->hnm", queries, keys) / 2.0 + np.log(masses)
    if exclude_self:
        logits[:, range(6), range(6)] = -np.inf
    shares = softmax(logits, axis=2)
    np.testing.assert_allclose(outs, shares @ values, atol=1e-5)
    np.testing.assert_allclose(received, shares.sum(axis=1), atol=1e-5)
    for found, expected in zip(
        (outs, received), reference.attend_with_heads(queries, keys, values, masses, exclude_self), strict=True
    ):
        np.testing.assert_allclose(found, expected, atol=1e-5)


def test_a_mass_counts_like_as_many_tokens() -> None:
    queries, keys, values = normal(0, 5, 3), normal(1, 4, 3), normal(2, 4, 2)
    copies = np.array([1, 3, 2, 5])
    out, received = look(attend, (queries, keys, values, copies.astype(np.float32)), False)
    each_out, each = look(attend, (queries, keys.repeat(copies, axis=0), values.repeat(copies, axis=0), ones(11)), False)
    np.testing.assert_allclose(out, each_out, atol=1e-5)
    np.testing.assert_allclose(received, np.add.reduceat(each, [0, 1, 4, 6]), atol=1e-5)


def test_what_is_received_is_what_all_queries_give() -> None:
    for exclude_self in False, True:
        out, received = look(attend, (normal(0, 9, 4), normal(1, 9, 4), np.ones((9, 1), np.float32), ones(9)), exclude_self)
        assert received.sum() == pytest.approx(9.0)
        np.testing.assert_allclose(out, 1.0, atol=1e-6)


def test_a_lone_token_is_left_with_nothing() -> None:
    out, received = look(attend, *TOKENS["a lone token"])
    assert not out.any()
    assert not received.any()


def test_of_two_tokens_each_sees_the_other() -> None:
    values = np.float32([[1, 0], [0, 1]])
    out, received = look(attend, (normal(0, 2, 3), normal(1, 2, 3), values, ones(2)), True)
    np.testing.assert_array_equal(out, values[::-1])
    np.testing.assert_array_equal(received, 1.0)


def test_large_logits_do_not_overflow() -> None:
    tokens = np.float32([[4000, 0], [0, 4000], [-4000, 0]])
    out, _ = look(attend, (tokens, tokens, np.float32([[1], [2], [3]]), ones(3)), False)
    np.testing.assert_array_equal(out[:, 0], [1, 2, 3])


@pytest.mark.parametrize("kernel", forms(attend))
def test_small_masses_are_not_lost_beside_a_large_one(kernel: Kernel) -> None:
    masses = ones(5000)
    masses[0] = 2.0**24  # where a sum in float32 would stay
    zeros = np.zeros((5000, 1), np.float32)
    _, received = look(kernel, (zeros[:1], zeros, zeros, masses), False)
    assert received.sum() == pytest.approx(1.0, abs=1e-9)


@pytest.mark.parametrize("kernel", forms(attend))
def test_attention_falls_exponentially_down_to_the_faintest_that_counts(kernel: Kernel) -> None:
    depths = np.float32([0, 0.5, 1, 3, 7, 15, 25, 33, 39, 39.9, 40.1, 60])
    _, received = look(kernel, (np.float32([[1]]), -depths[:, None], depths[:, None], ones(len(depths))), False)
    np.testing.assert_allclose(received[:-2] / received[0], np.exp(-depths[:-2].astype(float)), rtol=1e-5)
    assert not received[-2:].any()


def lab(seed: int, height: int, width: int, contrast: float = 60) -> ndarray:
    return (np.random.default_rng(seed).random((height, width, 3)) * contrast).astype(np.float32)


def left_over(kernel: Kernel, before: ndarray, after: ndarray, radius: int, temperature: float) -> ndarray:
    out = np.full(after.shape[:2], np.nan, np.float32)
    kernel(before, after, radius, temperature, out)
    return out


def plain(value: float, height: int = 5, width: int = 6) -> ndarray:
    return np.full((height, width, 3), value, np.float32)


PICTURES = {
    "seeded": (lab(0, 8, 9), lab(1, 8, 9), 2, 20.0),
    "odd": (lab(0, 7, 5), lab(1, 7, 5), 3, 200.0),
    "moved": (lab(0, 8, 8), np.roll(lab(0, 8, 8), 1, 0), 2, 20.0),
    "hardly changed": (lab(0, 6, 6), lab(0, 6, 6) + lab(1, 6, 6, 1.2), 1, 20.0),
    "no search": (lab(0, 6, 6), lab(1, 6, 6), 0, 20.0),
    "one pixel": (lab(0, 1, 1), lab(1, 1, 1), 3, 20.0),
    "same": (lab(0, 6, 6), lab(0, 6, 6), 3, 20.0),
    "flat": (plain(10), plain(40), 2, 20.0),
    "all 0 and all 255": (plain(0), plain(255), 2, 20.0),
    "one flat": (plain(0), lab(1, 5, 6), 2, 20.0),
}


@pytest.mark.parametrize("case", PICTURES)
@pytest.mark.parametrize("kernel", forms(unexplained_change))
def test_change_equals_the_reference(kernel: Kernel, case: str) -> None:
    expected = reference.unexplained_change(*PICTURES[case])
    np.testing.assert_allclose(left_over(kernel, *PICTURES[case]), expected, atol=50 * precision(kernel))


@needs_compiler
@pytest.mark.parametrize("case", PICTURES)
def test_change_compiled_equals_python(case: str) -> None:
    compiled, python = (left_over(form, *PICTURES[case]) for form in (unexplained_change, plain_form(unexplained_change)))
    np.testing.assert_allclose(compiled, python, atol=1e-3)


@pytest.mark.parametrize(("temperature", "tolerance"), [(2000.0, 1e-4), (20.0, 0.05)])
def test_change_is_what_the_softmax_of_scipy_leaves(temperature: float, tolerance: float) -> None:
    before, after = lab(0, 9, 10), lab(1, 9, 10)
    found = left_over(unexplained_change, before, after, 2, temperature)
    for y in range(2, 7):
        for x in range(2, 8):
            keys = before[y - 2 : y + 3, x - 2 : x + 3].reshape(25, 3)
            # In a warm softmax every key counts, in a cold one those beyond ten temperatures are left out.
            shares = softmax(-((keys - after[y, x]) ** 2).sum(axis=1) / temperature)
            assert found[y, x] == pytest.approx(np.linalg.norm(shares @ keys - after[y, x]), abs=tolerance)


def test_motion_within_reach_is_explained_and_beyond_it_is_not() -> None:
    before = lab(0, 12, 12)
    after = np.roll(before, (3, -2), (0, 1))
    inside = np.s_[3:9, 3:9]
    assert left_over(unexplained_change, before, after, 3, 1.0)[inside].max() < 0.5
    assert left_over(unexplained_change, before, after, 2, 1.0)[inside].mean() > 10
    corner = left_over(unexplained_change, before, np.roll(before, (3, 3), (0, 1)), 3, 1.0)
    assert corner[inside].max() < 0.5, "the window is square"


def test_motion_by_half_a_pixel_is_explained() -> None:
    ramp = np.zeros((5, 16, 3), np.float32)
    ramp[..., 0] = np.arange(16) * 4
    after = ramp + np.float32([2, 0, 0])
    assert left_over(unexplained_change, ramp, after, 1, 20.0)[:, 1:-1].max() < 0.6
    assert left_over(unexplained_change, ramp, after, 0, 20.0) == pytest.approx(2.0)


def test_what_differs_by_less_than_one_is_not_searched() -> None:
    before = lab(0, 5, 5)
    after = before + np.float32([0.6, 0, 0.6])
    before[:, 1::2] = after[:, :-1:2]  # a perfect match for every second pixel, next to it
    found = left_over(unexplained_change, before, after, 1, 1.0)
    np.testing.assert_allclose(found[:, ::2], np.sqrt(0.72), atol=1e-4)
    assert left_over(unexplained_change, before, after + 1, 1, 1.0)[:, ::2].mean() > 1


def test_new_colour_is_measured_as_colour_difference() -> None:
    np.testing.assert_allclose(left_over(unexplained_change, plain(10), plain(10) + np.float32([3, 4, 12]), 3, 20.0), 13.0)


@pytest.mark.parametrize("kernel", forms(unexplained_change))
def test_the_mean_of_many_equal_colours_is_that_colour(kernel: Kernel) -> None:
    before = plain(254.3, 30, 30)
    after = before.copy()
    after[15, 15] = 54.3
    found = left_over(kernel, before, after, 15, 20.0)
    assert found[15, 15] == pytest.approx(np.sqrt(3) * 200, rel=precision(kernel) / 4)
