"""The frames at which gradual transitions begin and end, of which only some are looked at."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy import ndarray

from tests.analysis.frames import ends_of, features_of
from tests.clips import flat, scene

FPS, STEP = 24.0, 3
Mixer = Callable[[ndarray, ndarray, float], ndarray]


def dissolve(old: ndarray, new: ndarray, share: float) -> ndarray:
    return np.rint((1 - share) * old + share * new).astype(np.uint8)


def wipe(old: ndarray, new: ndarray, share: float) -> ndarray:
    edge = round(old.shape[1] * share)
    return np.hstack([new[:, :edge], old[:, edge:]])


def fade(old: ndarray, new: ndarray, share: float) -> ndarray:
    shown, light = (old, 1 - 2 * share) if share < 0.5 else (new, 2 * share - 1)
    return np.rint(light * shown).astype(np.uint8)


def mixed(mix: Mixer, last: int, first: int, count: int = 72, speed: int = 0) -> list[ndarray]:
    """Draw a video whose frame `last` is the last of the old shot alone, and `first` the first of the new one alone."""
    old, new = scene(1, count, 320, 192, speed), scene(2, count, 320, 192, speed)
    shares = np.clip((np.arange(count) - last) / (first - last), 0.0, 1.0)
    return [mix(one, other, share) for one, other, share in zip(old, new, shares, strict=True)]


def found(kind: str, frames: list[ndarray], old: int, new: int) -> tuple[int, int]:
    """Look at each third frame, say that the transition lies between two of these, and give the frames of its ends.

    Up to three samples beside these two are looked at as well.
    """
    begin, end = max(0, old - 3 * STEP), min(len(frames) - 1, new + 3 * STEP)
    places = range(begin, end + 1, STEP)
    samples = [features_of(frames[place], place / FPS, FPS) for place in places]
    ends = ends_of(kind, samples, places.index(old), places.index(new), np.arange(begin, places[-1] + 1) / FPS)
    return round(ends[0] * FPS), round(ends[1] * FPS)


@pytest.mark.parametrize("speed", [0, 1])
@pytest.mark.parametrize(("last", "first"), [(30, 42), (31, 41), (29, 46)])
@pytest.mark.parametrize("mix", [dissolve, wipe, fade])
def test_the_ends_are_found_between_the_samples(mix: Mixer, last: int, first: int, speed: int) -> None:
    begin, end = found(mix.__name__, mixed(mix, last, first, speed=speed), 27, 48)
    assert abs(begin - last) <= 1 + speed
    assert abs(end - first) <= 1 + speed


@pytest.mark.parametrize("mix", [dissolve, wipe, fade])
def test_where_only_the_inner_part_was_found_the_ends_are_those_of_the_whole(mix: Mixer) -> None:
    begin, end = found(mix.__name__, mixed(mix, 25, 45), 30, 42)
    # The patches that a wipe had passed before do not show how it went on.
    near = 4 if mix is wipe else 1
    assert abs(begin - 25) <= near
    assert abs(end - 45) <= near


@pytest.mark.parametrize("kind", ["dissolve", "wipe", "fade"])
def test_where_nothing_changes_there_is_an_answer_all_the_same(kind: str) -> None:
    begin, end = found(kind, flat(30, 90), 9, 18)
    assert 0 <= begin < end <= 29


def test_two_frames_are_their_own_ends() -> None:
    samples = [features_of(frame, place / FPS, FPS) for place, frame in enumerate(scene(1, 2))]
    assert ends_of("dissolve", samples, 0, 1, np.array([0.0, 1 / FPS])) == (0.0, 1 / FPS)
