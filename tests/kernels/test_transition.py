"""Dissolves, wipes and fades are mixtures of two pictures, everything else is not."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy import ndarray

from tests import reference
from tests.reference import Mixture, forms, needs_compiler, plain_form, precision
from vkeyframe.kernels.transition import mixture_test

Kernel = Callable[..., Any]


def judge(kernel: Kernel, frames: ndarray, limit: float, budget: float = 1e12) -> Mixture:
    outputs = np.full((5, len(frames)), np.nan)
    return Mixture(bool(kernel(frames, limit, budget, *outputs)), *outputs)


def picture(seed: int, patches: int = 24) -> ndarray:
    return np.random.default_rng(seed).integers(20, 236, (patches, 3)).astype(np.float64)


def steps(count: int) -> ndarray:
    return np.linspace(0.0, 1.0, count)[:, None, None]


def stack(frames: ndarray) -> ndarray:
    return np.ascontiguousarray(frames, np.float32)


def dissolve(count: int) -> ndarray:
    return stack(picture(0) * (1 - steps(count)) + picture(1) * steps(count))


def wipe(count: int, patches: int = 24) -> ndarray:
    new = np.arange(patches) < np.round(np.linspace(0, patches, count))[:, None]
    return stack(np.where(new[..., None], picture(1, patches), picture(0, patches)))


def fade(count: int, level: float) -> ndarray:
    """From one picture to a level, which is reached in the middle frame, and on to another."""
    out = np.clip(1 - 2 * steps(count), 0, 1)
    into = np.clip(2 * steps(count) - 1, 0, 1)
    return stack(level + out * (picture(0) - level) + into * (picture(1) - level))


def noisy(frames: ndarray, seed: int, deviation: float) -> ndarray:
    return stack(frames + np.random.default_rng(seed).normal(0, deviation, frames.shape))


def unrelated(count: int, patches: int = 24) -> ndarray:
    return stack(np.array([picture(seed, patches) for seed in range(count)]))


STACKS = {
    "unrelated": unrelated(5),
    "odd": unrelated(7, 13),
    "two frames": unrelated(2),
    "one patch": unrelated(4, 1),
    "dissolve": noisy(dissolve(6), 2, 3),
    "wipe": noisy(wipe(6), 3, 3),
    "fade to black": noisy(fade(9, 0), 4, 3),
    "fade to white": noisy(fade(8, 255), 5, 3),
    "back and forth": stack(dissolve(5)[[0, 2, 1, 3, 2, 4]]),
}
# A flat frame is at once a blend and a fade: what the progress is then, is a matter of rounding.
FLAT = {
    "all 0": np.zeros((4, 9, 3), np.float32),
    "all 255": np.full((4, 9, 3), 255, np.float32),
    "black to white": stack(255 * steps(5) + np.zeros((1, 9, 3))),
    "flash in black": stack(np.array([0, 255, 0])[:, None, None] + np.zeros((1, 9, 3))),
}


@pytest.mark.parametrize("case", [*STACKS, *FLAT])
@pytest.mark.parametrize("kernel", forms(mixture_test))
def test_equals_the_reference(kernel: Kernel, case: str) -> None:
    frames = {**STACKS, **FLAT}[case]
    found, expected = judge(kernel, frames, 1e12), reference.mixture_test(frames, 1e12, 1e12)
    assert found.explained
    for name in Mixture._fields:
        if name != "progress" or case in STACKS:
            np.testing.assert_allclose(
                getattr(found, name), getattr(expected, name), rtol=precision(kernel), atol=10 * precision(kernel), err_msg=name
            )


@needs_compiler
@pytest.mark.parametrize("case", [*STACKS, *FLAT])
def test_compiled_equals_python(case: str) -> None:
    frames = {**STACKS, **FLAT}[case]
    compiled, plain = judge(mixture_test, frames, 1e12), judge(plain_form(mixture_test), frames, 1e12)
    for name in Mixture._fields:
        if name != "progress" or case in STACKS:
            np.testing.assert_allclose(getattr(compiled, name), getattr(plain, name), rtol=1e-4, atol=1e-3, err_msg=name)


@pytest.mark.parametrize("count", [3, 6, 11])
def test_a_dissolve_is_explained_and_linear(count: int) -> None:
    found = judge(mixture_test, dissolve(count), 0.001)
    assert found.explained
    np.testing.assert_allclose(found.residual, 0.0, atol=1e-5)
    np.testing.assert_allclose(found.progress, np.linspace(0, 1, count), atol=1e-5)
    np.testing.assert_allclose(found.spread, 0.0, atol=1e-5)
    np.testing.assert_allclose(found.setback, 0.0, atol=1e-5)
    assert found.fading.min() > 0.1, "and no fade"


def test_a_wipe_is_explained_and_spread() -> None:
    found = judge(mixture_test, wipe(7), 0.001)
    assert found.explained
    np.testing.assert_allclose(found.residual, 0.0, atol=1e-5)
    np.testing.assert_allclose(found.spread[1:-1], 1.0, atol=1e-5)
    np.testing.assert_allclose(found.spread[[0, -1]], 0.0, atol=1e-3)
    reach = np.linalg.norm(picture(1) - picture(0), axis=1)
    np.testing.assert_allclose(found.progress, np.append(0, reach.cumsum() / reach.sum())[::4], atol=1e-5)


@pytest.mark.parametrize("level", [0.0, 255.0])
def test_a_fade_is_explained_by_fading(level: float) -> None:
    frames = fade(13, level)
    found = judge(mixture_test, frames, 0.001)
    assert found.explained
    np.testing.assert_allclose(found.residual, 0.0, atol=1e-5)
    np.testing.assert_allclose(found.progress, np.linspace(0, 1, 13), atol=1e-5)
    np.testing.assert_allclose(found.fading[1:-1], 0.0, atol=1e-5)
    # Its ends are not faded; blends of its ends are no explanation for black.
    assert found.fading[[0, -1]].min() > 0.1
    assert not judge(mixture_test, np.delete(noisy(frames, 1, 60), [0, 12], axis=0), 0.2).explained


def test_what_is_hardly_faded_is_no_fade() -> None:
    frames = stack(np.array([picture(0), 0.95 * picture(0), 0.85 * picture(0), picture(1)]))
    found = judge(mixture_test, frames, 9.0)
    assert found.fading[1] > 0.1
    assert found.fading[2] < 1e-5
    assert found.progress[2] == pytest.approx(0.075, abs=1e-5)


@pytest.mark.parametrize("level", [0.0, 255.0])
@pytest.mark.parametrize(
    "way",
    [
        "in",
        "out",
    ],
)
def test_a_fade_to_or_from_nothing_goes_from_0_to_1(way: str, level: float) -> None:
    frames = noisy(fade(11, level), 3, 1)[5:] if way == "in" else noisy(fade(11, level), 3, 1)[:6]
    frames[0 if way == "in" else -1] = level
    found = judge(mixture_test, frames, 0.1)
    assert found.explained
    np.testing.assert_allclose(found.progress, np.linspace(0, 1, 6), atol=0.02)


def test_unrelated_frames_are_not_explained() -> None:
    frames = unrelated(5)
    assert judge(mixture_test, frames, 9.0).residual[1:-1].min() > 0.3
    assert not judge(mixture_test, frames, 0.25).explained


def test_a_moving_camera_is_not_explained() -> None:
    wide = np.random.default_rng(0).integers(0, 256, (8, 30, 3)).astype(np.float32)
    frames = np.stack([wide[:, t : t + 10].reshape(-1, 3) for t in range(0, 15, 3)])
    assert judge(mixture_test, frames, 9.0).residual[1:-1].min() > 0.3


def test_the_test_is_over_at_the_first_frame_above_the_limit() -> None:
    frames = dissolve(6)
    frames[3] = picture(9)
    found = judge(mixture_test, frames, 0.2)
    assert not found.explained
    assert found.residual[3] > 0.2
    assert np.isnan([found.residual[4], found.progress[4], found.spread[5], found.fading[5], found.setback[4]]).all()
    assert judge(mixture_test, frames, float(found.residual[3])).explained, "the limit itself is allowed"
    assert not judge(mixture_test, frames, float(found.residual[3]) - 1e-9).explained


@pytest.mark.parametrize("kernel", forms(mixture_test))
def test_the_test_is_over_when_the_budget_is_spent(kernel: Kernel) -> None:
    frames = unrelated(7)
    whole = judge(kernel, frames, 1e12)
    total = float(whole.residual[1:-1].sum())
    for budget, explained in (total + 1e-6, True), (total - 1e-6, False):
        assert judge(kernel, frames, 1e12, budget).explained == explained
        assert reference.mixture_test(frames, 1e12, budget).explained == explained
    # From the middle outward: the third frame judged is one too many.
    found = judge(kernel, frames, 1e12, float(whole.residual[3:5].sum()) + 1e-6)
    assert not found.explained
    assert np.isfinite(found.residual).tolist() == [False, False, True, True, True, False, False]


@pytest.mark.parametrize("kernel", forms(mixture_test))
def test_what_falls_back_is_a_setback(kernel: Kernel) -> None:
    found = judge(kernel, STACKS["back and forth"], 0.1)
    np.testing.assert_allclose(found.progress, [0, 0.5, 0.25, 0.75, 0.5, 1], atol=1e-4)
    np.testing.assert_allclose(found.setback, [0, 0, 0.25, 0, 0.25, 0], atol=1e-4)


def test_patches_weigh_what_they_change() -> None:
    first, last = np.zeros((3, 3)), np.zeros((3, 3))
    first[:], last[:] = 100, [[130, 100, 100], [100, 110, 100], [100, 100, 100]]
    middle = np.array([last[0], first[1], first[2]])
    found = judge(mixture_test, stack(np.array([first, middle, last])), 0.1)
    assert found.progress[1] == pytest.approx(0.75, abs=1e-6)
    assert found.spread[1] == pytest.approx(1.0, abs=1e-5)


def test_the_residual_is_relative_to_the_change() -> None:
    first, last = np.full((4, 3), 100.0), np.full((4, 3), 100.0)
    last[:, 0] += 40
    middle = (first + last) / 2
    middle[:2, 1] += 20  # half of the patches are off the way by half of its length
    assert judge(mixture_test, stack(np.array([first, middle, last])), 9.0).residual[1] == pytest.approx(0.25, rel=0.01)


def test_two_equal_frames_have_nothing_between() -> None:
    found = judge(mixture_test, stack(np.array([picture(0), picture(0)])), 0.1)
    assert found.explained
    assert not np.concatenate([found.residual, found.progress, found.spread, found.setback]).any()
    assert not judge(mixture_test, stack(np.array([picture(0), picture(1), picture(0)])), 100.0).explained
