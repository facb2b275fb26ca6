"""Attention across sound and picture: a slow twin, moments at which both change, and what that does to the choice."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some
from hypothesis.extra.numpy import arrays

from vkeyframe.analysis.changes import Changes
from vkeyframe.selection.hearing import GRID_SECONDS, TUNING, Hearing, change_together
from vkeyframe.sound.features import STEP_SECONDS

Values = arrays(np.float64, some.integers(1, 40), elements=some.floats(0.0, 50.0))


def strength(values: np.ndarray, least: float) -> np.ndarray:
    full = max(least, np.quantile(values, 0.95) - np.median(values))
    return np.clip((values - np.median(values)) / full, 0.0, 1.0)


def course(values: np.ndarray, place: int) -> np.ndarray:
    around = np.array([values[min(max(place + lag, 0), len(values) - 1)] for lag in range(-4, 5)])
    around = around - around.mean()
    length = np.sqrt((around**2).sum())
    return around / length if length > 1e-6 else np.zeros(9)


def slow_twin(sound: np.ndarray, picture: np.ndarray) -> np.ndarray:
    """Attend step by step, as the formula says."""
    values, found = strength(picture, 6.0), []
    for asking in range(len(sound)):
        asked = [other for other in range(asking - 4, asking + 5) if 0 <= other < len(sound)]
        weights = np.exp([course(sound, asking) @ course(picture, other) / 0.25 for other in asked])
        found.append(sum(weight * values[other] for weight, other in zip(weights, asked, strict=True)) / weights.sum())
    return np.asarray(strength(sound, 6.0) * found)


@given(Values, some.integers(0, 2**31))
def test_it_is_what_the_formula_says(sound: np.ndarray, seed: int) -> None:
    picture = np.random.default_rng(seed).uniform(0.0, 30.0, len(sound))
    found = change_together(sound, picture)
    assert found == pytest.approx(slow_twin(sound, picture), abs=1e-9)
    assert ((found >= 0.0) & (found <= 1.0)).all()


def impulses(*places: int, steps: int = 200, high: float = 20.0) -> np.ndarray:
    values = np.zeros(steps)
    values[list(places)] = high
    return values


def test_both_must_change_and_one_may_come_a_little_later() -> None:
    together = change_together(impulses(30, 80, 130), impulses(31, 133, 170))
    # The sound at 80 and the picture at 170 change alone.
    assert together[30] > 0.6
    assert together[130] > 0.6
    assert together[80] == together[170] == 0.0
    assert np.flatnonzero(together > 0.0).tolist() == [30, 130]


@pytest.mark.parametrize("steps", [0, 1, 2, 5])
def test_what_is_short_or_silent_gives_zeros(steps: int) -> None:
    assert change_together(np.zeros(steps), np.ones(steps)).tolist() == [0.0] * steps


def test_the_times_of_sound_and_picture_are_brought_together() -> None:
    times = np.arange(0.0, 20.0, 0.1)
    values = np.where(np.isclose(times, 12.0), 30.0, 1.0)
    # The sound begins 1.5 s after the picture; it rises at 12 s.
    rise = np.zeros(int(15.0 / STEP_SECONDS))
    rise[round((12.0 - 1.5) / STEP_SECONDS)] = 25.0
    together = Hearing(1.5, rise, Changes(times, values)).together
    assert int(together.argmax()) == round(12.0 / GRID_SECONDS)
    assert together.max() > 0.5
    assert TUNING.reach * GRID_SECONDS == 0.5


def test_without_sound_or_samples_nothing_changes_together() -> None:
    assert not Hearing(0.0, np.zeros(0), Changes(np.arange(9.0), np.ones(9))).together.any()
    assert len(Hearing(0.0, np.ones(9), Changes(np.zeros(0), np.zeros(0))).together) == 0
