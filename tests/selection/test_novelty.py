"""Novelty: what has changed in its place, beyond what always goes on there."""

from __future__ import annotations

import numpy as np
import pytest
from numpy import ndarray

from tests.analysis.frames import SMALL, FrameFeatures, features_of, handmade
from tests.selection.conftest import (
    colours,
    habit_after,
    habit_of_segment,
    novelty_between,
    novelty_of,
    novelty_of_all,
    texture,
    with_change,
)

QUIET = np.zeros(SMALL, np.float32)
TOP = np.index_exp[: SMALL[0] // 3]
BOTTOM = np.index_exp[-SMALL[0] // 3 :]


def lab(picture: ndarray) -> ndarray:
    return features_of(picture).lab


def restless(count: int, deviation: float, where: tuple[slice, ...] = np.index_exp[:], rate: float = 8.0) -> list[FrameFeatures]:
    """Make frames of one picture of which some places get other colours every time."""
    rng = np.random.default_rng(4)
    frames = []
    for index in range(count):
        small = colours(1) * 0.4 + 76
        small[where] += rng.normal(0.0, deviation, small[where].shape)
        frames.append(handmade(index / rate, small=small, rate=rate))
    return frames


def changes_in_a_second(frames: list[FrameFeatures]) -> ndarray:
    return np.stack([np.linalg.norm(now.lab - before.lab, axis=2) for before, now in zip(frames, frames[8:], strict=False)])


@pytest.mark.parametrize("deviation", [5.0, 20.0])
def test_a_habit_is_what_four_of_five_changes_of_a_place_in_a_second_are_below(deviation: float) -> None:
    frames = restless(400, deviation)
    usual = np.quantile(changes_in_a_second(frames), 0.8)
    assert habit_after(frames).mean() == pytest.approx(usual, rel=0.1)


def test_a_habit_is_that_of_its_place() -> None:
    habit = habit_after(restless(100, 20.0, TOP))
    assert habit[TOP][:-1].min() > 5.0
    # Of all places the mean lightness is removed, which the restless ones move a little.
    assert habit[BOTTOM].max() < 0.5
    # It reaches one place further, for what moves there may come so far.
    beyond = habit[TOP[0].stop :]
    assert beyond[0].min() > 2.0
    assert beyond[1:].max() < 0.5


def test_a_segment_knows_the_habits_of_its_shot() -> None:
    frames = restless(40, 20.0, TOP)
    assert habit_after(frames).max() > 5.0
    assert (habit_of_segment(frames) == habit_after(frames)).all()


def test_what_goes_on_no_more_is_forgotten_and_more_slowly_than_it_was_learnt() -> None:
    moving, still = restless(80, 20.0), restless(240, 0.0)
    known = habit_after(moving).mean()
    assert habit_after(moving[:56]).mean() > 0.7 * known, "after seven seconds"
    at_rest = [handmade(10.0 + frame.time, small=frame.small) for frame in still]
    assert habit_after(moving + at_rest[:40]).mean() > 0.3 * known, "five seconds later"
    assert habit_after(moving + at_rest).mean() < 0.01 * known, "half a minute later"


@pytest.mark.parametrize(("count", "rate"), [(1, 8.0), (2, 8.0), (6, 8.0), (18, 25.0)])
def test_in_less_than_seven_tenths_of_a_second_no_habit_is_learnt(count: int, rate: float) -> None:
    assert (habit_after(restless(count, 20.0, rate=rate)) == 0.0).all()
    assert (habit_after(restless(count + 1, 20.0, rate=rate)) == 0.0).all() == (count < 6)


def test_samples_more_than_a_second_apart_make_habits_too() -> None:
    assert habit_after(restless(100, 20.0, rate=0.5)).mean() > 5.0


def test_a_still_shot_has_no_habit() -> None:
    assert (habit_after(restless(80, 0.0)) == 0.0).all()


@pytest.mark.parametrize(("where", "before", "after"), [(TOP, 0.8, 0.2), (np.index_exp[:], 0.9, 0.45)])
def test_little_of_what_always_moves_is_novel(where: tuple[slice, ...], before: float, after: float) -> None:
    frames = restless(80, 20.0, where)
    one, other = frames[-12].lab, frames[-1].lab
    assert novelty_between(one, other, QUIET) > before
    assert novelty_between(one, other, habit_after(frames)) < after


def newcomer(where: tuple[slice, ...]) -> tuple[FrameFeatures, FrameFeatures]:
    """Make two frames; in the second one there is something new in 3 % of the picture, in a third that is named."""
    without, small = restless(1, 0.0)[0], colours(1) * 0.4 + 76
    small[where][1:4, 8:14] = 255.0
    return without, handmade(small=small)


def test_a_newcomer_of_three_percent_counts_and_less_in_a_restless_place() -> None:
    habit = habit_after(restless(80, 20.0, TOP))
    in_quiet, in_restless = (novelty_between(one.lab, other.lab, habit) for one, other in (newcomer(BOTTOM), newcomer(TOP)))
    assert in_quiet > 0.3
    assert in_restless < 0.5 * in_quiet


@pytest.mark.parametrize("share", [0.0, 0.01, 0.03, 0.1, 0.5, 1.0])
@pytest.mark.parametrize("habit", [0.0, 3.0, 30.0])
def test_novelty_is_half_by_a_small_part_and_half_by_a_large_one(share: float, habit: float) -> None:
    one, other = lab(texture(1)), lab(with_change(1, share))
    expected = novelty_of(one, other, habit)
    assert novelty_between(one, other, QUIET + habit) == pytest.approx(expected, abs=1e-4)
    assert novelty_between(other, one, QUIET + habit) == pytest.approx(expected, abs=1e-4)


def test_novelty_grows_from_0_to_1_with_what_has_changed() -> None:
    found = [novelty_between(lab(texture(1)), lab(with_change(1, share)), QUIET) for share in np.linspace(0.0, 1.0, 21)]
    assert found[0] == 0.0
    assert found == sorted(found)
    assert 0.95 < found[-1] <= 1.0


def test_the_novelty_of_all_pairs_is_that_of_each_pair_of_a_shot() -> None:
    pictures = [lab(picture) for picture in (texture(1), with_change(1, 0.05), with_change(1, 0.2), texture(2))]
    habit = habit_after(restless(80, 20.0, TOP))
    found = novelty_of_all(pictures, [0, 0, 0, 0], {0: habit})
    expected = [[novelty_between(one, other, habit) for other in pictures] for one in pictures]
    np.testing.assert_allclose(found, expected, atol=1e-6)
    assert (found == found.T).all()
    assert (found.diagonal() == 0.0).all()


def test_different_shots_have_no_habits_in_common() -> None:
    one, other = lab(texture(1)), lab(with_change(1, 0.1))
    habits = {3: QUIET + 100.0, 7: QUIET + 100.0}
    assert novelty_of_all([one, other], [3, 3], habits)[0, 1] < 0.05
    assert novelty_of_all([one, other], [3, 7], habits)[0, 1] == pytest.approx(novelty_of(one, other), abs=1e-4)


def test_of_a_shot_of_which_no_habits_are_known_all_counts() -> None:
    one, other = lab(texture(1)), lab(with_change(1, 0.1))
    found = novelty_of_all([one, other, one, other], [0, 0, 2, 2], {2: QUIET + 100.0})
    assert found[0, 1] == pytest.approx(novelty_of(one, other), abs=1e-4)
    assert found[2, 3] < 0.05


def test_one_picture_is_not_novel_to_itself() -> None:
    assert novelty_of_all([lab(texture(1))], [0], {}).tolist() == [[0.0]]
