"""From what was chosen to the keyframes of a report: order, scores, names and regions; and why the others are none."""

from __future__ import annotations

import numpy as np
import pytest

from tests.selection.conftest import MakeCandidate, keyframes_of, make_choice, texture, verdicts_on
from vkeyframe.report.records import Heads
from vkeyframe.selection.candidates import Candidate
from vkeyframe.settings import Settings


@pytest.fixture
def four(make_candidate: MakeCandidate) -> list[Candidate]:
    """Two shots of two candidates each, of different sharpness and exposure."""
    return [
        make_candidate(2.0, 0, 1, 2.0, sharpness=8.0, exposure=1.0),
        make_candidate(4.0, 0, 2, 1.0, sharpness=6.0, exposure=0.5),
        make_candidate(6.0, 1, 3, 2.0, sharpness=2.0, exposure=0.25),
        make_candidate(8.0, 1, 4, 1.0, sharpness=1.0, exposure=0.0),
    ]


def test_keyframes_are_in_order_of_time_and_know_their_rank(four: list[Candidate]) -> None:
    keyframes, _ = keyframes_of(four, [make_choice(3), make_choice(0), make_choice(2)])
    assert [(k.index, k.frame, k.time, k.timecode, k.shot, k.rank) for k in keyframes] == [
        (0, 16, 2.0, "00:00:02.000", 0, 2),
        (1, 48, 6.0, "00:00:06.000", 1, 3),
        (2, 64, 8.0, "00:00:08.000", 1, 1),
    ]


def test_scores_are_shares_of_the_best(four: list[Candidate]) -> None:
    keyframes, _ = keyframes_of(four, [make_choice(0, 4.0, 0.7), make_choice(1, 1.0, 0.3), make_choice(2, 2.0, 0.9)])
    scores = [(k.scores.coverage, k.scores.attention, k.scores.sharpness, k.scores.exposure) for k in keyframes]
    # Sharpness is a share of that of the sharpest candidate of the shot.
    assert scores == [(1.0, 0.7, 1.0, 1.0), (0.25, 0.3, 0.75, 0.5), (0.5, 0.9, 1.0, 0.25)]
    assert [k.score for k in keyframes] == pytest.approx([3.7 / 4, 1.8 / 4, 2.65 / 4])


def test_sharpness_is_measured_against_the_whole_shot(four: list[Candidate]) -> None:
    ((keyframe),), _ = keyframes_of(four, [make_choice(3)])
    assert keyframe.scores.sharpness == 0.5


def test_the_sharpest_of_a_blurred_shot_scores_one(make_candidate: MakeCandidate) -> None:
    ((keyframe),), _ = keyframes_of([make_candidate(2.0, sharpness=0.25)], [make_choice(0)])
    assert keyframe.scores.sharpness == 1.0


def test_scores_have_four_digits(make_candidate: MakeCandidate) -> None:
    candidates = [
        make_candidate(2.0, sharpness=3.0, exposure=1 / 3),
        make_candidate(4.0, sharpness=1.0, exposure=2 / 3),
    ]
    _, other = keyframes_of(candidates, [make_choice(0, 3.0, 0.1), make_choice(1, 1.0, 1 / 7)])[0]
    assert (other.scores.coverage, other.scores.attention, other.scores.sharpness) == (0.3333, 0.1429, 0.3333)
    assert (other.scores.exposure, other.score) == (0.6667, 0.369)


def test_what_adds_nothing_and_has_no_texture_scores_zero(make_candidate: MakeCandidate) -> None:
    ((keyframe),), _ = keyframes_of([make_candidate(2.0, sharpness=0.0)], [make_choice(0, 0.0)])
    assert (keyframe.scores.coverage, keyframe.scores.sharpness) == (0.0, 0.0)


def test_each_keyframe_comes_with_its_picture_and_without_a_name(four: list[Candidate]) -> None:
    keyframes, shown = keyframes_of(four, [make_choice(2), make_choice(0)])
    assert [k.file for k in keyframes] == [None, None]
    assert shown == [four[0], four[2]]


def test_each_keyframe_has_what_is_seen_in_its_own_picture(four: list[Candidate]) -> None:
    keyframes, _ = keyframes_of(four, [make_choice(3), make_choice(1)], size=(640, 360))
    assert [(keyframe.width, keyframe.height) for keyframe in keyframes] == [(640, 360)] * 2
    assert [[region.box[0] for region in keyframe.regions] for keyframe in keyframes] == [[1], [3]]
    assert [keyframe.heads for keyframe in keyframes] == [Heads(shape=0.1), Heads(shape=0.3)]


def test_a_keyframe_says_whether_its_number_is_exact(make_candidate: MakeCandidate) -> None:
    ((keyframe),), _ = keyframes_of([make_candidate(2.0, index_exact=False)], [make_choice(0)])
    assert not keyframe.frame_exact


def reasons(candidates: list[Candidate], settings: Settings) -> list[str]:
    return [verdict.reason for verdict in verdicts_on(candidates, settings)]


def test_a_verdict_is_about_a_frame_of_a_shot(four: list[Candidate]) -> None:
    verdicts = verdicts_on(four, Settings.of(per_shot=1))
    assert [(v.frame, v.time, v.shot) for v in verdicts] == [(16, 2.0, 0), (32, 4.0, 0), (48, 6.0, 1), (64, 8.0, 1)]
    assert [v.kept for v in verdicts] == [True, False, True, False]
    assert verdicts[0].reason == "number 1 of shot 0"


def test_what_is_too_near_to_a_keyframe_is_told_how_near(make_candidate: MakeCandidate) -> None:
    candidates = [make_candidate(2.0, 0, 1, seconds=2.0), make_candidate(3.0, 0, 2, seconds=1.0), make_candidate(9.0, 0, 3)]
    assert reasons(candidates, Settings.of(count=2, min_gap=1.5))[1] == "only 1.00 s from the keyframe at 2.000 s"
    candidates.append(make_candidate(10.0, 0, 2, quality=0.5, seconds=1.0))
    assert reasons(candidates, Settings.of(count=2, min_gap=1.5))[3] == "only 1.00 s from the keyframe at 9.000 s"
    # At the distance itself it is not too near.
    assert reasons(candidates, Settings.of(count=2, min_gap=1.0))[1].startswith("adds ")


def test_what_is_like_a_keyframe_is_told_which_and_how_like(make_candidate: MakeCandidate) -> None:
    candidates = [make_candidate(2.0, 0, 1), make_candidate(4.0, 0, 2), make_candidate(6.0, 1, 1, quality=0.5)]
    again = "its shot shows the same as the keyframe at 2.000 s: similarity 1.00"
    assert reasons(candidates, Settings.of())[2] == again


def test_what_adds_too_little_is_told_how_much_would_do(make_candidate: MakeCandidate) -> None:
    candidates = [make_candidate(4.0, 0, 1, seconds=4.0), make_candidate(6.0, 0, 1, quality=0.5)]
    found = reasons(candidates, Settings.of())[1]
    # Alone 0.04 s, and 3 times as much more at the very time of another keyframe, which fades in 2 s.
    assert found == "adds 0.00 s of what no keyframe shows; here 0.08 s would be enough"
    assert reasons(candidates, Settings.of(count=1))[1].endswith("less than those that were asked for")


def test_what_is_blank_is_told_so(make_candidate: MakeCandidate) -> None:
    candidates = [make_candidate(4.0, 0, 1, seconds=4.0), make_candidate(6.0, 1, np.full_like(texture(1), 3), exposure=0.0)]
    assert reasons(candidates, Settings.of())[1] == "nearly black or blank, or in a shot too short to be seen"


def test_another_piece_of_the_same_stretch_is_told_so(make_candidate: MakeCandidate) -> None:
    candidates = [make_candidate(2.0, stretch="one"), make_candidate(4.0, stretch="one", quality=0.5)]
    assert reasons(candidates, Settings.of(count=1))[1] == "the same segment as the keyframe at 2.000 s"


def test_of_a_state_that_is_not_worth_it_is_told_why(make_candidate: MakeCandidate) -> None:
    candidates = [
        make_candidate(2.0, 0, 1, stands=True, kind="lasting state"),
        make_candidate(4.0, 0, 2, stands=False, kind="lasting state"),
    ]
    found = reasons(candidates, Settings.of(keep="states"))
    assert found[0] == "the best look at a lasting state in shot 0"
    assert found[1] == "a lasting state that is short, incomplete or was shown before"


def test_what_a_filter_takes_out_is_told_which(make_candidate: MakeCandidate) -> None:
    dark = np.full_like(texture(1), 10)
    candidates = [make_candidate(2.0, 0, 1), make_candidate(4.0, 1, dark)]
    assert reasons(candidates, Settings.of(skip_dark=True))[1] == "dark: mean luma 10"
    assert reasons(candidates, Settings.of(skip_flat=True))[1] == "flat: deviation of luma 0.0"
