"""What a user may ask of the choice: numbers, gaps and filters, on candidates made by hand."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from tests.selection.conftest import MakeCandidate, choose, request_of, shots_of, verdicts_on
from vkeyframe.selection import pruning
from vkeyframe.selection.candidates import Candidate
from vkeyframe.selection.choice import Selection, select
from vkeyframe.selection.pruning import prune_candidates
from vkeyframe.selection.request import SelectionRequest
from vkeyframe.settings import Settings


def times(candidates: list[Candidate], selection: Selection) -> list[float]:
    return sorted(candidates[choice.candidate].best.features.time for choice in selection.choices)


@pytest.fixture
def varied(make_candidate: MakeCandidate) -> list[Candidate]:
    """Five shots of three different stretches each, 2 s a stretch."""
    return [
        make_candidate(2.0 * (i + 1), shot=i // 3, picture=i, quality=1.0 + 0.1 * (i * 7 % 5), sharpness=1.0 + i % 3)
        for i in range(15)
    ]


def test_without_wishes_every_shot_has_a_keyframe(varied: list[Candidate]) -> None:
    selection = choose(varied, Settings.of(sensitivity=0.0))
    assert sorted(varied[choice.candidate].shot for choice in selection.choices) == [0, 1, 2, 3, 4]
    assert selection.warnings == ()


def test_count_is_exact_and_nested(varied: list[Candidate]) -> None:
    before: list[float] = []
    for count in range(1, 16):
        selection = choose(varied, Settings.of(count=count))
        assert len(selection.choices) == count
        assert set(before) < set(times(varied, selection))
        assert selection.warnings == ()
        before = times(varied, selection)


def test_a_count_beyond_what_there_is_is_said(varied: list[Candidate]) -> None:
    selection = choose(varied, Settings.of(count=16))
    assert len(selection.choices) == 15
    assert selection.warnings == ("The video has only 15 frames that differ; 16 were asked for.",)


@pytest.mark.parametrize(("rate", "expected"), [(0.001, 1), (2.0, 1), (6.0, 3), (20.0, 10)])
def test_per_minute_counts_by_the_length(rate: float, expected: int, varied: list[Candidate]) -> None:
    assert len(choose(varied, Settings.of(per_minute=rate)).choices) == expected


@pytest.mark.parametrize("number", [1, 2, 3])
def test_per_shot_gives_each_shot_as_many(number: int, varied: list[Candidate]) -> None:
    selection = choose(varied, Settings.of(per_shot=number))
    shots = [varied[choice.candidate].shot for choice in selection.choices]
    assert sorted(shots) == sorted(list(range(5)) * number)


def test_max_takes_the_first_of_the_ranking(varied: list[Candidate]) -> None:
    every = choose(varied, Settings.of()).choices
    assert len(every) > 3
    assert choose(varied, Settings.of(max=3)).choices == every[:3]
    assert len(choose(varied, Settings.of(count=9, max=4)).choices) == 4
    assert len(choose(varied, Settings.of(per_minute=20.0, max=4)).choices) == 4


@pytest.mark.parametrize("gap", [2.5, "00:00:05", "52f"])
@pytest.mark.parametrize("more", [{}, {"count": 4}, {"per_shot": 2}, {"sensitivity": 1.0}])
def test_min_gap_keeps_keyframes_apart(gap: str | float, more: dict[str, float], varied: list[Candidate]) -> None:
    seconds = {2.5: 2.5, "00:00:05": 5.0, "52f": 6.5}[gap]
    found = times(varied, choose(varied, Settings.of(min_gap=gap, **more)))  # type: ignore[arg-type]
    assert len(found) >= 3
    assert all(later - earlier >= seconds for earlier, later in pairwise(found))


@pytest.mark.parametrize("gap", [2.0, 4.0, 7.0])
def test_max_gap_leaves_no_stretch_without_a_keyframe(gap: float, make_candidate: MakeCandidate) -> None:
    alike = [make_candidate(1.0 + i, picture=3, quality=1.0 + i % 3, seconds=1.0) for i in range(30)]
    assert len(choose(alike, Settings.of()).choices) == 1
    selection = choose(alike, Settings.of(max_gap=gap))
    found = [0.0, *times(alike, selection), alike[-1].last.time]
    assert max(later - earlier for earlier, later in pairwise(found)) <= gap
    assert len(selection.choices) <= 2 * 30 / gap
    assert selection.warnings == ()
    assert all(choice.reason.startswith("fills a gap") for choice in selection.choices[1:])


def test_a_gap_is_filled_late_and_with_the_best(make_candidate: MakeCandidate) -> None:
    qualities = {2.0: 9.0, 3.0: 1.0, 4.0: 2.0, 5.0: 1.0, 6.0: 9.0}
    alike = [make_candidate(float(time), quality=qualities.get(time, 1.0), seconds=1.0) for time in range(1, 12)]
    alike[0] = make_candidate(1.0, quality=20.0, seconds=1.0)
    # From the keyframe at 1 s on: what is sharpest at first comes too early to be of use, at 4 s is the best of the rest.
    selection = choose(alike, Settings.of(max_gap=4.0), end=8.5)
    assert times(alike, selection) == [1.0, 4.0, 7.0]
    assert [choice.reason for choice in selection.choices[1:]] == ["fills a gap of 7.50 s", "fills a gap of 4.50 s"]


def test_what_fills_a_gap_is_a_choice_like_others(make_candidate: MakeCandidate) -> None:
    alike = [make_candidate(1.0 + i, seconds=1.0) for i in range(6)]
    filling = choose(alike, Settings.of(max_gap=3.0)).choices[1]
    assert (filling.gain, filling.needed) == (0.0, False)
    assert filling.attention == pytest.approx(1 / 6)


def test_nothing_unusable_fills_a_gap(make_candidate: MakeCandidate) -> None:
    candidates = [make_candidate(2.0 * i + 2, 0, flat(10) if i % 2 else 1) for i in range(6)]
    selection = choose(candidates, Settings.of(max_gap=4.5, skip_dark=True))
    assert times(candidates, selection) == [2.0, 6.0, 10.0]


def test_before_a_hole_the_last_frame_and_behind_it_the_first_are_taken(make_candidate: MakeCandidate) -> None:
    candidates = [make_candidate(time, seconds=1.0) for time in (1.0, 2.0, 3.0, 20.0, 21.0, 22.0)]
    candidates[0] = make_candidate(1.0, quality=5.0, seconds=1.0)
    selection = choose(candidates, Settings.of(max_gap=5.0))
    assert times(candidates, selection) == [1.0, 3.0, 20.0]
    assert selection.warnings == ("A stretch of 17.00 s is left without a keyframe; it holds no frame that may be one.",)


def test_the_end_of_the_video_is_no_gap(make_candidate: MakeCandidate) -> None:
    candidates = [make_candidate(2.0), make_candidate(4.0, quality=0.5)]
    assert times(candidates, choose(candidates, Settings.of(max_gap=3.0), end=5.0)) == [2.0]
    assert times(candidates, choose(candidates, Settings.of(max_gap=3.0), end=5.1)) == [2.0, 4.0]


def test_a_gap_that_cannot_be_filled_is_said(make_candidate: MakeCandidate) -> None:
    candidates = [make_candidate(1.0, seconds=1.0), make_candidate(9.0, seconds=1.0)]
    selection = choose(candidates, Settings.of(max_gap=3.0))
    assert times(candidates, selection) == [1.0, 9.0]
    assert selection.warnings == ("A stretch of 8.00 s is left without a keyframe; it holds no frame that may be one.",)


@pytest.mark.parametrize("keep", ["steps", "states"])
def test_where_there_is_one_frame_for_each_step_a_gap_names_what_gives_more(keep: str, make_candidate: MakeCandidate) -> None:
    selection = choose([make_candidate(1.0), make_candidate(9.0)], Settings.of(max_gap=3.0, keep=keep))
    assert len(selection.warnings) == 1
    assert selection.warnings[0].endswith("each step or state gives one frame only, and a higher sensitivity=… more of them.")


def test_max_gap_respects_min_gap(make_candidate: MakeCandidate) -> None:
    alike = [make_candidate(0.5 * (i + 1), seconds=0.5) for i in range(40)]
    found = times(alike, choose(alike, Settings.of(max_gap=3.0, min_gap=1.5)))
    assert all(1.5 <= later - earlier <= 3.0 for earlier, later in pairwise(found))


def test_sensitivity_gives_more_and_never_fewer(varied: list[Candidate]) -> None:
    numbers = [len(choose(varied, Settings.of(sensitivity=s)).choices) for s in (0.0, 0.25, 0.5, 0.75, 1.0)]
    assert numbers == sorted(numbers)
    assert numbers[0] == 5
    assert numbers[-1] == 15


def dark(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 24, (72, 128, 3), np.uint8)


def flat(level: int) -> np.ndarray:
    return np.full((72, 128, 3), level, np.uint8)


def test_filters_take_out_what_they_name(make_candidate: MakeCandidate) -> None:
    candidates = [
        make_candidate(2.0, 0, dark(1)),
        make_candidate(4.0, 1, flat(200)),
        make_candidate(6.0, 2, 1, sharpness=4.0, quality=1.0),
        make_candidate(8.0, 2, 2, sharpness=1.0, quality=2.0),
        make_candidate(10.0, 3, 3),
    ]
    assert times(candidates, choose(candidates, Settings.of(count=5))) == [2.0, 4.0, 6.0, 8.0, 10.0]
    assert times(candidates, choose(candidates, Settings.of(count=5, skip_dark=True))) == [4.0, 6.0, 8.0, 10.0]
    assert times(candidates, choose(candidates, Settings.of(count=5, skip_flat=True))) == [6.0, 8.0, 10.0]
    assert times(candidates, choose(candidates, Settings.of(count=5, min_sharpness=0.5))) == [2.0, 4.0, 6.0, 10.0]
    everything = Settings.of(count=5, skip_dark=True, skip_flat=True, min_sharpness=0.5)
    assert times(candidates, choose(candidates, everything)) == [6.0, 10.0]


def striped(level: int, deviation: int) -> np.ndarray:
    """Draw broad stripes that are so much lighter or darker than a level."""
    stripes = level + deviation * np.where(np.arange(128) // 16 % 2, 1, -1)
    return np.broadcast_to(stripes[None, :, None], (72, 128, 3)).astype(np.uint8)


@pytest.mark.parametrize(("level", "deviation", "left"), [(20, 15, 1), (28, 15, 2), (120, 7, 1), (120, 9, 2)])
def test_dark_is_a_mean_below_24_and_flat_a_deviation_below_8(
    level: int, deviation: int, left: int, make_candidate: MakeCandidate
) -> None:
    candidates = [make_candidate(2.0, 0, 1), make_candidate(4.0, 1, striped(level, deviation))]
    assert len(choose(candidates, Settings.of(count=2, skip_dark=True, skip_flat=True)).choices) == left


@pytest.mark.parametrize(("least", "left"), [(0.5, 2), (0.51, 1)])
def test_a_frame_may_be_just_as_sharp_as_is_asked_for(least: float, left: int, make_candidate: MakeCandidate) -> None:
    candidates = [make_candidate(2.0, 0, 1, sharpness=0.8), make_candidate(4.0, 0, 2, sharpness=0.4)]
    assert len(choose(candidates, Settings.of(count=2, min_sharpness=least)).choices) == left
    # A shot of its own is sharp by its own measure.
    candidates[1] = replace(candidates[1], shot=1)
    assert len(choose(candidates, Settings.of(count=2, min_sharpness=least)).choices) == 2


def test_what_two_filters_hit_is_told_by_the_first(make_candidate: MakeCandidate) -> None:
    candidates = [make_candidate(2.0, 0, 1), make_candidate(4.0, 1, flat(10))]
    (reason,) = choose(candidates, Settings.of(skip_dark=True, skip_flat=True)).unusable.values()
    assert reason == "dark: mean luma 10"


@pytest.mark.parametrize("settings", [Settings.of(skip_dark=True), Settings.of(skip_dark=True, skip_flat=True, count=1)])
def test_a_filter_yields_before_nothing_is_left(settings: Settings, make_candidate: MakeCandidate) -> None:
    candidates = [make_candidate(2.0, 0, dark(1)), make_candidate(4.0, 1, flat(0))]
    selection = choose(candidates, settings)
    assert len(selection.choices) >= 1
    assert "skip_dark would leave no frame, so it was not applied." in selection.warnings


def test_a_filter_that_yields_leaves_the_others_at_work(make_candidate: MakeCandidate) -> None:
    candidates = [
        make_candidate(2.0, 0, dark(1)),
        make_candidate(4.0, 1, dark(2), sharpness=4.0),
        make_candidate(6.0, 1, dark(3)),
    ]
    selection = choose(candidates, Settings.of(skip_dark=True, min_sharpness=0.5, count=3))
    assert times(candidates, selection) == [2.0, 4.0]


def test_states_decide_where_there_are_any(make_candidate: MakeCandidate) -> None:
    candidates = [make_candidate(2.0 * (i + 1), i // 4, picture=1, stands=i in (1, 3)) for i in range(8)]
    selection = choose(candidates, Settings.of())
    # The second shot has no state; its picture is shown already.
    assert times(candidates, selection) == [4.0, 8.0]
    candidates[-1] = make_candidate(16.0, 1, picture=2, stands=False)
    assert times(candidates, choose(candidates, Settings.of())) == [4.0, 8.0, 16.0]


def test_every_candidate_gets_a_reason(varied: list[Candidate]) -> None:
    settings = Settings.of(count=4, min_gap=3.0, min_sharpness=0.6, explain=True)
    selection = choose(varied, settings)
    verdicts = verdicts_on(varied, settings)
    assert [verdict.frame for verdict in verdicts] == [candidate.best.features.index for candidate in varied]
    assert [v.time for v in verdicts if v.kept] == times(varied, selection)
    dropped = [verdict.reason for verdict in verdicts if not verdict.kept]
    assert any(reason.startswith("not sharp: 0.50 of the sharpest within 2 s") for reason in dropped)
    assert any(reason.startswith("only 2.00 s from the keyframe at ") for reason in dropped)
    assert any(reason.startswith("adds ") for reason in dropped)


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        (Settings.of(), 0),
        (Settings.of(count=15), 0),
        (Settings.of(count=30), 0),
        (Settings.of(count=31), 1),
        (Settings.of(count=100_000), 5),
        (Settings.of(per_minute=15.0), 0),
        (Settings.of(per_minute=16.0), 1),
        (Settings.of(per_shot=1), 0),
        (Settings.of(per_shot=3), 3),
        (Settings.of(max_gap=8.0), 0),
        (Settings.of(max_gap=3.0), 2),
        (Settings.of(keep="states", count=100), 0),
    ],
)
def test_stretches_are_cut_finely_enough(settings: Settings, expected: int) -> None:
    assert SelectionRequest.of(settings.selection, 25.0, 120.0).subdivision_depth == expected


def test_an_unknown_duration_does_no_harm() -> None:
    assert SelectionRequest.of(Settings.of(count=2).selection, 25.0, 0.0).subdivision_depth == 5
    assert SelectionRequest.of(Settings.of(count=2).selection, 25.0, -1.0).subdivision_depth == 5


def thinned(candidates: list[Candidate], settings: Settings) -> list[Candidate]:
    return prune_candidates(candidates, shots_of(candidates), request_of(settings))


@pytest.mark.parametrize("sensitivity", [0.5, 1.0])
def test_thinning_keeps_what_is_chosen_without_wishes(sensitivity: float, varied: list[Candidate]) -> None:
    settings = Settings.of(sensitivity=sensitivity)
    chosen = times(varied, choose(varied, settings))
    mass = sum(candidate.frame_count for candidate in varied)
    staying = thinned(varied, settings)
    assert sum(candidate.frame_count for candidate in staying) == mass
    assert times(staying, choose(staying, settings)) == chosen
    assert len(staying) < len(varied) or len(chosen) == len(varied)


def test_what_stays_takes_over_the_frames_of_what_goes_next_to_it(make_candidate: MakeCandidate) -> None:
    alike = [make_candidate(2.0 * (i + 1), quality=float(quality)) for i, quality in enumerate((1, 9, 1, 1, 1))]
    alike += [make_candidate(12.0 + 2.0 * i, 1, picture, quality=3.0 - i) for i, picture in enumerate((2, 2, 3))]
    staying = thinned(alike, Settings.of())
    assert [(candidate.best.features.time, candidate.frame_count) for candidate in staying] == [(4.0, 80), (12.0, 32), (16.0, 16)]


def test_of_two_that_stay_in_a_shot_the_nearer_one_takes_over(make_candidate: MakeCandidate) -> None:
    shot = [make_candidate(2.0 * (i + 1), 0, picture, quality) for i, (picture, quality) in enumerate(((1, 3), (2, 3), (2, 1)))]
    staying = thinned(shot, Settings.of(sensitivity=1.0))
    assert [(candidate.best.features.time, candidate.frame_count) for candidate in staying] == [(2.0, 16), (4.0, 32)]


def test_thinning_keeps_what_lies_near_together(make_candidate: MakeCandidate) -> None:
    candidates = [make_candidate(0.5 * (i + 1), 0, i, seconds=0.5) for i in range(6)]
    settings = Settings.of(min_gap=1.0, sensitivity=1.0)
    assert len(choose(candidates, settings).choices) < 6
    assert len(thinned(candidates, settings)) == 6


def test_thinning_prefers_what_may_be_chosen(make_candidate: MakeCandidate) -> None:
    alike = [make_candidate(2.0, 0, 1), make_candidate(4.0, 1, 1, quality=0.5), make_candidate(6.0, 1, flat(10), quality=5.0)]
    assert [candidate.best.features.time for candidate in thinned(alike, Settings.of(skip_dark=True))] == [2.0, 4.0]


def test_thinning_leaves_every_shot_its_best(make_candidate: MakeCandidate) -> None:
    # All alike, so that one would do for all.
    alike = [make_candidate(2.0 * (i + 1), shot=i // 3, quality=1.0 + i % 3) for i in range(15)]
    best = [candidate for i, candidate in enumerate(alike) if i % 3 == 2]
    staying = thinned(alike, Settings.of())
    assert [candidate.token for candidate in staying] == [candidate.token for candidate in best]


def test_thinning_leaves_enough_for_a_number(varied: list[Candidate], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pruning, "KEPT_AT_LEAST", 8)
    assert len(thinned(varied, Settings.of(count=3))) == 8
    assert len(thinned(varied, Settings.of(count=12))) == 12
    assert len(thinned(varied, Settings.of(per_minute=1.0))) == 8
    assert len(thinned(varied, Settings.of(per_minute=13.0))) == 13


def test_shots_with_fewer_keyframes_than_asked_for_each_are_named(make_candidate: MakeCandidate) -> None:
    candidates = [
        make_candidate(2.0, 0, 1),
        make_candidate(4.0, 0, 2),
        make_candidate(6.0, 2, 3),
        make_candidate(6.1, 3, 4, seconds=0.1),
    ]
    found = select(candidates, 4, request_of(Settings.of(per_shot=1)), (0.0, 6.1))
    assert sorted(candidates[choice.candidate].shot for choice in found.choices) == [0, 2, 3]
    assert found.warnings == ("1 of 4 shots have fewer than 1 keyframes (1); they are short or lie within transitions.",)


def test_sharpness_is_asked_of_what_lies_nearby_only(make_candidate: MakeCandidate) -> None:
    candidates = [make_candidate(2.0, picture=1, quality=9.0), make_candidate(3.9, picture=2), make_candidate(4.1, picture=3)]
    found = choose(candidates, Settings.of(min_sharpness=0.5))
    assert sorted(found.unusable) == [1]
