"""The choice before a still camera: each action is shown, and none too often."""

from __future__ import annotations

from itertools import pairwise

import pytest

from tests.selection.conftest import MakeCandidate, choose, keyframes_of, request_of
from vkeyframe.analysis.sections import Action
from vkeyframe.selection.candidates import Candidate
from vkeyframe.selection.choice import Selection
from vkeyframe.selection.events import rest_on_actions, with_keyframes
from vkeyframe.settings import Settings


def action(start: float, end: float, peak: float | None = None, energy: float = 1.0, shot: int = 0) -> Action:
    """Make an action at 8 frames a second."""
    middle = (start + end) / 2 if peak is None else peak
    return Action(
        round(8 * start), round(8 * end), start, end, round(8 * middle), energy, shot=shot, peak_time=middle, box=(0, 0, 8, 8)
    )


@pytest.fixture
def different(make_candidate: MakeCandidate) -> list[Candidate]:
    """A candidate each second for ten seconds, each of another content."""
    return [make_candidate(float(second), picture=second) for second in range(1, 11)]


@pytest.fixture
def alike(make_candidate: MakeCandidate) -> list[Candidate]:
    """The same, all of the same content."""
    return [make_candidate(float(second), picture=1, quality=2.0 if second == 1 else 1.0) for second in range(1, 11)]


def times(candidates: list[Candidate], selection: Selection) -> list[float]:
    return sorted(candidates[choice.candidate].best.features.time for choice in selection.choices)


def rested(candidates: list[Candidate], *actions: Action, **options: object) -> Selection:
    settings = Settings.of(keep="events", sensitivity=1.0, **options)
    return rest_on_actions(choose(candidates, settings), candidates, actions, request_of(settings))


def test_without_actions_all_stays_as_it_is(different: list[Candidate]) -> None:
    selection, before = rested(different), choose(different, Settings.of(keep="events", sensitivity=1.0))
    assert (selection.choices, selection.unusable) == (before.choices, before.unusable)


def test_a_short_action_has_one_keyframe_and_what_lies_outside_stays(different: list[Candidate]) -> None:
    before = times(different, choose(different, Settings.of(keep="events", sensitivity=1.0)))
    selection = rested(different, action(2.6, 6.2))
    inside = [time for time in times(different, selection) if 2.6 <= time <= 6.2]
    assert len([time for time in before if 2.6 <= time <= 6.2]) > 1
    assert len(inside) == 1
    assert [time for time in times(different, selection) if time not in inside] == [t for t in before if not 2.6 <= t <= 6.2]
    left_out = [different[number].best.features.time for number in selection.unusable]
    assert all(2.6 <= time <= 6.2 for time in left_out)
    assert set(selection.unusable.values()) == {"the action from 2.60 s to 6.20 s is shown already"}


def test_what_lies_beside_an_action_shows_the_same(different: list[Candidate]) -> None:
    assert {2.0, 7.0} <= set(times(different, rested(different, action(2.6, 6.2))))
    # With half a second on each side of it, these are but two more looks at the action.
    assert len([time for time in times(different, rested(different, action(2.4, 6.6))) if 2.0 <= time <= 7.0]) == 2


def test_a_long_action_has_one_more_for_every_four_seconds(different: list[Candidate]) -> None:
    assert len(times(different, rested(different, action(0.5, 10.5)))) == 3


def test_an_action_that_new_content_does_not_show_gets_the_candidate_at_its_peak(alike: list[Candidate]) -> None:
    assert times(alike, choose(alike, Settings.of(keep="events"))) == [1.0]
    selection = rested(alike, action(4.5, 8.5, peak=7.1))
    assert times(alike, selection) == [1.0, 7.0]
    assert selection.choices[-1].reason == "the best look at the action from 4.50 s to 8.50 s"
    assert selection.choices[-1].needed


def test_two_actions_at_once_are_shown_by_one_keyframe(alike: list[Candidate]) -> None:
    selection = rested(alike, action(4.5, 8.5, peak=6.0, energy=2.0), action(5.5, 9.5))
    assert times(alike, selection) == [1.0, 6.0]


def test_an_action_without_a_candidate_has_no_keyframe(alike: list[Candidate]) -> None:
    assert times(alike, rested(alike, action(4.2, 4.8))) == [1.0]


def test_the_most_and_the_least_distance_hold(alike: list[Candidate]) -> None:
    actions = action(2.5, 4.5, energy=3.0), action(5.5, 7.5, energy=2.0), action(8.5, 10.0)
    assert times(alike, rested(alike, *actions, max=2)) == [1.0, 3.0] or times(alike, rested(alike, *actions, max=2)) == [
        1.0,
        4.0,
    ]
    chosen = times(alike, rested(alike, *actions, min_gap="3"))
    assert all(later - earlier >= 3.0 for earlier, later in pairwise(chosen))


def test_an_action_tells_the_keyframe_nearest_to_its_peak(different: list[Candidate]) -> None:
    selection = rested(different)
    keyframes, _ = keyframes_of(different, selection.choices)
    own = [keyframe.time for keyframe in keyframes]
    inside, between, elsewhere = with_keyframes(
        [action(0.0, 20.0, peak=own[1] + 0.1), action(own[0] + 0.1, own[0] + 0.2), action(0.0, 20.0, shot=1)], keyframes
    )
    assert inside.keyframe == 1
    assert between.keyframe is None
    assert elsewhere.keyframe is None
