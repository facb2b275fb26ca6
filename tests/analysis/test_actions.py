"""Key actions: when much more moves than is usual in a shot, for how long, and how much."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from tests.analysis.frames import LUMA, FrameFeatures, ToldAction, actions_in, handmade

# Half of the cells get lighter by as much as the other half gets darker.
SIDES = np.where(np.indices(LUMA).sum(axis=0) % 2, 1.0, -1.0)


def moving(
    motion: Sequence[float], rate: float = 8.0, first: int = 0, exposure: Sequence[float] | None = None
) -> list[FrameFeatures]:
    """Make frames of which each differs from the one before by so many grey levels everywhere."""
    level, frames = 0.0, []
    for number, amount in enumerate(motion):
        level += amount if level <= 0 else -amount
        light = 128.0 + (exposure[number] if exposure else 0.0)
        frames.append(handmade((first + number) / rate, luma=light + level * SIDES, rate=rate))
    return frames


def actions_of(motion: Sequence[float], rate: float = 8.0) -> list[ToldAction]:
    """Find the actions of a single shot."""
    (actions,) = actions_in(moving(motion, rate))
    return actions


def test_an_action_is_told_with_its_frames_its_times_its_peak_and_its_mean_motion() -> None:
    (action,) = actions_of([1.0] * 8 + [6.0, 9.0, 6.0, 5.0, 4.0] + [1.0] * 11)
    assert action == ToldAction((8, 12), (1.0, 1.5), 9, 6.0)


def test_actions_come_in_order_of_time() -> None:
    found = actions_of([1.0] * 8 + [5.0] * 4 + [1.0] * 8 + [9.0] * 4 + [1.0] * 8)
    assert [action.frames for action in found] == [(8, 11), (20, 23)]


@pytest.mark.parametrize(("frames", "told"), [(1, False), (2, False), (3, True), (4, True)])
def test_a_jerk_of_less_than_a_quarter_of_a_second_is_no_action(frames: int, told: bool) -> None:
    assert bool(actions_of([1.0] * 10 + [9.0] * frames + [1.0] * 10)) == told


def test_two_jerks_do_not_add_up_to_an_action() -> None:
    assert actions_of([1.0] * 8 + [9.0, 9.0, 1.0] * 4 + [1.0] * 20) == []


@pytest.mark.parametrize(("motion", "told"), [(4.9, False), (5.1, True)])
def test_an_action_moves_two_and_a_half_times_as_much_as_usual(motion: float, told: bool) -> None:
    assert bool(actions_of([2.0] * 10 + [motion] * 5 + [2.0] * 10)) == told


@pytest.mark.parametrize(("motion", "told"), [(0.75, False), (0.85, True)])
def test_the_noise_of_a_still_picture_is_no_action(motion: float, told: bool) -> None:
    assert bool(actions_of([0.1] * 10 + [motion] * 5 + [0.1] * 10)) == told


@pytest.mark.parametrize(("calm", "told"), [(3, False), (4, True)])
def test_usual_is_what_half_of_the_frames_stay_below(calm: int, told: bool) -> None:
    # The first frame has nothing before it and counts for neither half.
    assert bool(actions_of([0.0] + [1.0] * calm + [4.0] * 3)) == told


def test_drifting_exposure_is_no_action() -> None:
    frames = moving([0.0] + [1.0] * 30, exposure=[3.0 * max(0, number - 20) for number in range(31)])
    assert actions_in(frames) == [[]]


def test_an_action_may_go_on_to_the_end_of_the_shot() -> None:
    (action,) = actions_of([0.0] * 20 + [0.9] * 4)
    assert action.frames == (20, 23)


def test_a_cut_is_no_motion() -> None:
    # Two restless frames behind the cut are too few for an action; with the jump to the new picture they would be one.
    frames = moving([1.0] * 16) + moving([60.0, 9.0, 9.0] + [1.0] * 13, first=16)
    assert actions_in(frames, ends=[15]) == [[], []]


def test_the_first_frame_of_a_shot_is_at_rest() -> None:
    assert actions_of([0.0, 0.9, 0.9] + [0.0] * 20) == []
    assert [action.frames for action in actions_of([0.0, 0.9, 0.9, 0.9] + [0.0] * 20)] == [(1, 3)]


def test_every_shot_has_actions_of_its_own() -> None:
    calm, wild = [0.0] + [1.0] * 12 + [4.0] * 4, [0.0] + [9.0] * 12 + [30.0] * 4
    told = actions_in(moving(calm) + moving(wild, first=17), ends=[16])
    assert [[action.frames for action in shot] for shot in told] == [[(13, 16)], [(30, 33)]]


def test_what_lies_behind_the_end_of_a_shot_belongs_to_the_next_one() -> None:
    frames = moving([1.0] * 14 + [9.0] * 3 + [0.0] + [90.0] * 5 + [1.0] * 14)
    ((action,), (other,)) = actions_in(frames, ends=[16])
    assert action == ToldAction((14, 16), (1.75, 2.0), 14, 9.0)
    assert other.frames == (18, 22)


@pytest.mark.parametrize("count", [0, 1, 2, 3])
def test_a_shot_of_a_few_frames_has_no_action(count: int) -> None:
    assert actions_of([9.0] * count, rate=1.0) == []


def test_times_are_told_to_the_microsecond_and_motion_to_four_digits() -> None:
    (action,) = actions_of([0.1] * 31 + [7.0, 7.0, 8.0] * 4 + [0.1] * 14, rate=30.0)
    assert action.times == (1.033333, 1.4)
    assert action.energy == 7.3333
    (action,) = actions_of([0.1] * 30 + [7.0] * 9 + [0.1] * 14, rate=30.0)
    assert action.times == (1.0, 1.266667)
