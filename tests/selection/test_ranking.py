"""The ranking: what is needed comes first, then what adds most; what is the same again, passing or blank is not needed."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from numpy import ndarray

from tests.analysis.frames import SMALL, features_of, shares_over_time
from tests.selection.conftest import MakeCandidate, like, likeness, novelty_of, rank, texture, thresholds, with_change
from vkeyframe.opencv import cv2


def test_a_shot_of_like_moments_needs_one_keyframe(make_candidate: MakeCandidate) -> None:
    found = rank([make_candidate(2.0 * (i + 1), picture=1) for i in range(5)])
    assert len(found) == 1
    assert found.needed == found.times


def test_the_sharpest_of_like_moments_is_chosen(make_candidate: MakeCandidate) -> None:
    candidates = [make_candidate(2.0 * (i + 1), picture=1, quality=quality) for i, quality in enumerate((1.0, 3.0, 2.0))]
    assert rank(candidates).times == [4.0]
    assert rank(candidates, count=3).times == [4.0, 6.0, 2.0]


def test_what_a_shot_shows_for_long_goes_before_what_is_a_little_sharper(make_candidate: MakeCandidate) -> None:
    candidates = [make_candidate(6.0, picture=1, quality=0.8, seconds=6.0), make_candidate(7.0, picture=2, seconds=1.0)]
    assert rank(candidates, count=1).times == [6.0]


@pytest.mark.parametrize(("sharpness", "first"), [(0.5, 2.0), (0.6, 6.0)])
def test_what_is_shown_half_as_long_goes_first_where_it_is_almost_twice_as_sharp(
    sharpness: float, first: float, make_candidate: MakeCandidate
) -> None:
    lasting = make_candidate(6.0, picture=like(1, 2, 0.02), quality=sharpness, seconds=4.0)
    assert rank([make_candidate(2.0, picture=1), lasting], count=1).times == [first]


@pytest.mark.parametrize(("likeness", "needed"), [(0.95, [4.0]), (0.90, [2.0, 4.0])])
def test_a_shot_that_shows_the_same_again_needs_no_keyframe(
    likeness: float, needed: list[float], make_candidate: MakeCandidate
) -> None:
    again = like(1, 2, likeness)
    found = rank([make_candidate(2.0, 0, again, quality=0.5), make_candidate(4.0, 1, 1, seconds=2.5)])
    assert found.needed == needed


@pytest.mark.parametrize(("share", "needed"), [(0.01, False), (0.02, True), (1.0, True)])
def test_two_seconds_in_which_a_fiftieth_has_changed_need_one_more(
    share: float, needed: bool, make_candidate: MakeCandidate
) -> None:
    found = rank([make_candidate(4.0, picture=1, seconds=4.0), make_candidate(6.0, picture=with_change(1, share))])
    assert found.times == ([4.0, 6.0] if needed else [4.0])


def test_what_always_changes_there_needs_no_more(make_candidate: MakeCandidate) -> None:
    restless = np.full(SMALL, 200.0**2, np.float32)
    candidates = [
        make_candidate(4.0, picture=1, seconds=4.0, tolerance=restless),
        make_candidate(6.0, picture=with_change(1, 0.02), tolerance=restless),
    ]
    assert rank(candidates).times == [4.0]


@pytest.mark.parametrize("start", [0.0, 100.0])
@pytest.mark.parametrize(("shown", "frames", "needed"), [(4.0, 1, False), (4.0, 2, True), (1.0, 1, True)])
def test_the_nearer_a_keyframe_the_longer_must_other_content_last(
    shown: float, frames: int, needed: bool, start: float, make_candidate: MakeCandidate
) -> None:
    candidates = [
        make_candidate(start + 4.0, picture=1, seconds=4.0, shown=start + shown),
        make_candidate(start + 4.0 + frames / 8, picture=2, seconds=frames / 8),
    ]
    assert len(rank(candidates)) == 1 + needed


@pytest.mark.parametrize("start", [0.0, 100.0])
@pytest.mark.parametrize(("frames", "rest", "needed"), [(6, 0.0, False), (8, 0.0, True), (1, 10.0, False), (2, 10.0, True)])
def test_the_nearer_a_cut_the_longer_must_other_content_last(
    frames: int, rest: float, needed: bool, start: float, make_candidate: MakeCandidate
) -> None:
    end = start + 4.0 + frames / 8
    candidates = [
        make_candidate(start + 4.0, picture=1, seconds=4.0),
        make_candidate(end, picture=2, seconds=frames / 8),
        make_candidate(end + rest + 10.0, 1, 3, seconds=10.0),
    ]
    if rest:
        candidates.insert(2, make_candidate(end + rest, picture=1, seconds=rest))
    assert len(rank(candidates)) == 2 + needed


@pytest.mark.parametrize(("shot", "shots", "needed"), [(0, 1, True), (1, 2, False), (0, 2, False)])
def test_a_part_of_a_video_knows_the_cuts_around_it(shot: int, shots: int, needed: bool, make_candidate: MakeCandidate) -> None:
    candidates = [
        make_candidate(1.0, shot, picture=1, seconds=1.0),
        make_candidate(1.5, shot, picture=2, seconds=0.5),
        make_candidate(2.5, shot, picture=1, seconds=1.0),
    ]
    assert len(rank(candidates, shots=shots)) == 1 + needed


def test_at_the_least_sensitivity_a_shot_needs_no_more_than_one(make_candidate: MakeCandidate) -> None:
    candidates = [make_candidate(2.0 * (i + 1), i // 2, i) for i in range(4)]
    assert len(rank(candidates, sensitivity=0.0)) == 2
    assert len(rank(candidates, sensitivity=0.5)) == 4


def test_the_usual_sensitivity_is_a_half() -> None:
    assert thresholds() == thresholds(0.5)


def test_the_more_sensitive_the_less_must_be_added_and_the_more_alike_may_shots_be() -> None:
    found = [thresholds(sensitivity) for sensitivity in (0.0, 0.01, 0.25, 0.5, 0.75, 1.0)]
    assert found[0][1] == np.inf
    assert all(one[1] > other[1] > 0.0 for one, other in pairwise(found))
    assert all(one[0] < other[0] < 1.0 for one, other in pairwise(found))


@pytest.mark.parametrize(
    ("sensitivity", "likeness", "needed"), [(0.0, 0.8, False), (0.0, 0.7, True), (0.5, 0.8, True), (1.0, 0.98, True)]
)
def test_the_more_sensitive_the_more_alike_may_two_shots_be(
    sensitivity: float, likeness: float, needed: bool, make_candidate: MakeCandidate
) -> None:
    candidates = [make_candidate(3.0, 0, 1, seconds=3.0), make_candidate(5.0, 1, like(1, 2, likeness), quality=0.5)]
    assert len(rank(candidates, sensitivity=sensitivity)) == 1 + needed


def recoloured(wanted: float) -> tuple[ndarray, ndarray]:
    """Draw two pictures of the same luma whose colours correlate so much."""
    ground = texture(1) * 0.4 + 76
    blue = cv2.resize(np.random.default_rng(2).uniform(-1, 1, (6, 8)), (128, 72))[..., None] * np.array([1.0, 0.0, -29 / 77])
    low, high = 0.0, 160.0
    for _ in range(20):
        pictures = [np.clip(ground + sign * (low + high) / 2 * blue, 0, 255).astype(np.uint8) for sign in (1, -1)]
        low, high = ((low + high) / 2, high) if likeness(*pictures) > wanted else (low, (low + high) / 2)
    assert likeness(*pictures) == pytest.approx(wanted, abs=0.01)
    return pictures[0], pictures[1]


@pytest.mark.parametrize(
    ("sensitivity", "likeness", "needed"), [(0.0, 0.8, False), (0.0, 0.7, True), (0.5, 0.95, False), (0.5, 0.9, True)]
)
def test_other_colours_count_even_where_the_texture_is_the_same(
    sensitivity: float, likeness: float, needed: bool, make_candidate: MakeCandidate
) -> None:
    one, other = recoloured(likeness)
    assert len(rank([make_candidate(2.0, 0, one), make_candidate(4.0, 1, other)], sensitivity=sensitivity)) == 1 + needed


@pytest.mark.parametrize(("share", "frames", "needed"), [(0.01, 8, True), (0.005, 8, False), (1.0, 1, True)])
def test_at_the_greatest_sensitivity_little_and_short_changes_count(
    share: float, frames: int, needed: bool, make_candidate: MakeCandidate
) -> None:
    candidates = [
        make_candidate(4.0, picture=1, seconds=4.0),
        make_candidate(4.0 + frames / 8, picture=with_change(1, share), seconds=frames / 8),
    ]
    assert len(rank(candidates, sensitivity=1.0)) == 1 + needed
    assert len(rank(candidates)) == 1, "usually"


@pytest.mark.parametrize(("frames", "needed"), [(1, False), (2, True)])
def test_a_shot_of_less_than_a_fifth_of_a_second_is_not_needed(frames: int, needed: bool, make_candidate: MakeCandidate) -> None:
    candidates = [make_candidate(4.0, 0, 1, seconds=4.0), make_candidate(4.0 + frames / 8, 1, 2, seconds=frames / 8)]
    assert len(rank(candidates)) == 1 + needed


def test_two_parts_of_a_shot_make_it_long_enough(make_candidate: MakeCandidate) -> None:
    parts = [make_candidate(4.0 + i / 8, 1, 2, seconds=1 / 8) for i in (1, 2)]
    assert len(rank([make_candidate(4.0, 0, 1, seconds=4.0), *parts])) == 2


def black_with_logo(level: int, place: int = 0) -> ndarray:
    """Draw a spot of a grey level on black, at one of eight places."""
    picture = np.zeros((72, 128, 3), np.uint8)
    picture[32:40, 16 * place : 16 * place + 8] = level
    return picture


@pytest.mark.parametrize(("exposure", "logo", "needed"), [(0.01, 44, False), (0.01, 52, True), (0.03, 44, True)])
def test_a_blank_picture_is_not_needed_unless_there_is_a_logo_on_it(
    exposure: float, logo: int, needed: bool, make_candidate: MakeCandidate
) -> None:
    candidates = [make_candidate(2.0, 0, 1), make_candidate(4.0, 1, black_with_logo(logo), exposure=exposure)]
    assert len(rank(candidates)) == 1 + needed


def test_a_video_of_nothing_but_blank_pictures_has_one_keyframe(make_candidate: MakeCandidate) -> None:
    found = rank([make_candidate(2.0 * (i + 1), i, black_with_logo(40, i), exposure=0.0) for i in range(3)])
    assert len(found) == 1
    assert found[0].needed


def test_the_needed_ones_come_before_all_others(make_candidate: MakeCandidate) -> None:
    # The first shot is long and varied, but so insensitive a choice needs one keyframe of it.
    candidates = [make_candidate(4.0 * (i + 1), 0, like(1, 10 + i, 0.6), seconds=4.0) for i in range(4)]
    candidates += [make_candidate(16.5 + 0.5 * i, 1 + i, 20 + i, quality=0.5, seconds=0.5) for i in range(3)]
    found = rank(candidates, count=7, sensitivity=0.0)
    assert [ranked.needed for ranked in found] == [True] * 4 + [False] * 3
    assert sorted(found.times[1:4]) == [16.5, 17.0, 17.5]
    assert min(ranked.gain for ranked in found[4:]) > max(ranked.gain for ranked in found[1:4])


def objective(similarity: ndarray, weights: ndarray, chosen: list[int]) -> float:
    return float(weights @ similarity[:, chosen].max(axis=1))


def test_a_gain_is_what_a_frame_adds_to_the_likeness_of_all_to_those_chosen(make_candidate: MakeCandidate) -> None:
    numbers = [1, 2, 3, 1, 4, 2]
    seconds = [2.0, 1.0, 3.0, 1.0, 2.0, 4.0]
    ends = np.cumsum(seconds)
    drawn = [like(number, 9, 0.95 - 0.02 * place) for place, number in enumerate(numbers)]
    candidates = [make_candidate(float(ends[i]), 0, drawn[i], seconds=seconds[i]) for i in range(6)]
    found = rank(candidates, count=6)
    pictures = np.stack([features_of(picture).lab for picture in drawn])
    alike = 1.0 - np.array([[novelty_of(one, other) for other in pictures] for one in pictures])
    order = [int(np.flatnonzero(ends == time)[0]) for time in found.times]
    reached = [objective(alike, np.array(seconds), order[: i + 1]) for i in range(6)]
    np.testing.assert_allclose([ranked.gain for ranked in found], np.diff([0.0, *reached]), atol=1e-3)
    assert sum(ranked.gain for ranked in found) == pytest.approx(13.0, abs=1e-3)


def test_shots_that_do_not_correlate_have_nothing_in_common(make_candidate: MakeCandidate) -> None:
    one, other = texture(1), 255 - texture(1)
    candidates = [make_candidate(2.0, 0, one), make_candidate(4.0, 1, other)]
    assert [ranked.gain for ranked in rank(candidates, count=2)] == pytest.approx([2.0, 2.0], abs=0.02)


def test_attention_is_shared_among_the_moments_of_a_shot_and_among_the_shots(make_candidate: MakeCandidate) -> None:
    pictures = [like(1, 5, 0.8), like(1, 6, 0.7), texture(2), texture(3)]
    candidates = [
        make_candidate(2.0 * (i + 1), min(i, 1) if i < 3 else 3, picture, seconds=1.0 + i) for i, picture in enumerate(pictures)
    ]
    found = rank(candidates, count=4, shots=5)
    lab = np.stack([features_of(picture).lab.ravel() for picture in pictures])
    first = shares_over_time(lab[:1], [8])
    second = shares_over_time(lab[1:3], [16, 24])
    assert found.attention == pytest.approx([*first, *second, 1.0], abs=1e-6)
    assert found.shot_attention.sum() == pytest.approx(1.0)
    assert (found.shot_attention > 0).tolist() == [True, True, False, True, False]
    assert [ranked.attention for ranked in found] == [found.attention[[2.0, 4.0, 6.0, 8.0].index(time)] for time in found.times]


def test_a_longer_shot_gets_more_attention(make_candidate: MakeCandidate) -> None:
    found = rank([make_candidate(6.0, 0, 1, seconds=6.0), make_candidate(8.0, 1, 2, seconds=2.0)])
    assert found.shot_attention == pytest.approx([0.75, 0.25], abs=0.02)


def test_a_shot_of_a_single_frame_gets_attention(make_candidate: MakeCandidate) -> None:
    found = rank([make_candidate(4.0, 0, 1, seconds=4.0), make_candidate(4.125, 1, 2, seconds=1 / 8)])
    assert 0.01 < found.shot_attention[1] < 0.1


@pytest.mark.parametrize("sensitivity", [0.0, 0.5, 1.0])
def test_a_video_of_a_single_frame_has_one_keyframe(sensitivity: float, make_candidate: MakeCandidate) -> None:
    found = rank([make_candidate(0.0, picture=1, seconds=1 / 8)], sensitivity=sensitivity)
    assert found.needed == [0.0]
    assert found.shot_attention.tolist() == [1.0]


def test_what_may_not_be_chosen_is_still_to_be_represented(make_candidate: MakeCandidate) -> None:
    candidates = [
        make_candidate(4.0, picture=1, seconds=4.0),
        make_candidate(5.0, picture=with_change(1, 0.01), seconds=1.0),
        make_candidate(6.5, picture=3, seconds=1.5),
    ]
    assert rank(candidates, count=3).times == [4.0, 6.5, 5.0]
    assert rank(candidates, count=3, unusable=[0]).times == [5.0, 6.5]
    assert rank(candidates, count=1, unusable=[0, 1]).times == [6.5]


@pytest.mark.parametrize(("gap", "times"), [(2.0, [2.0, 4.0, 6.0]), (2.1, [2.0, 6.0]), (4.1, [6.0])])
def test_what_is_too_near_to_a_chosen_one_is_left_out(gap: float, times: list[float], make_candidate: MakeCandidate) -> None:
    candidates = [make_candidate(2.0 * (i + 1), picture=i, quality=1.0 + 0.1 * i) for i in range(3)]
    assert sorted(rank(candidates, count=3, min_gap=gap).times) == times


def test_a_small_distance_is_kept_as_well(make_candidate: MakeCandidate) -> None:
    candidates = [make_candidate(0.5 * (i + 1), picture=i, seconds=0.5) for i in range(3)]
    assert len(rank(candidates, count=3, min_gap=0.5)) == 3
    assert len(rank(candidates, count=3, min_gap=0.6)) == 2


@pytest.mark.parametrize("number", [1, 2, 3])
def test_so_many_for_each_shot_are_needed(number: int, make_candidate: MakeCandidate) -> None:
    candidates = [make_candidate(2.0 * (i + 1), i // 3, 1) for i in range(6)]
    found = rank(candidates, per_shot=number)
    assert sorted(candidates[round(time / 2) - 1].shot for time in found.times) == [0] * number + [1] * number


def patterned(seed: int) -> ndarray:
    """Draw picture 1 with a pattern that is too fine for its colours, and another one for each seed."""
    cells = np.random.default_rng(seed).integers(0, 2, (18, 32)) * 2 - 1
    pattern = np.kron(cells, np.array([[1, -1], [-1, 1]])).repeat(2, axis=0).repeat(2, axis=1)
    return np.clip(texture(1) * 0.6 + 50 + 30 * pattern[..., None], 0, 255).astype(np.uint8)


def test_slides_of_the_same_colours_but_other_text_are_both_needed(make_candidate: MakeCandidate) -> None:
    assert likeness(patterned(1), patterned(2)) > 0.99
    assert len(rank([make_candidate(2.0, 0, patterned(1)), make_candidate(4.0, 1, patterned(2))])) == 2
    assert len(rank([make_candidate(2.0, 0, patterned(1)), make_candidate(4.0, 1, patterned(1))])) == 1
    assert len(rank([make_candidate(2.0, 0, patterned(1)), make_candidate(4.0, 0, patterned(2))])) == 1, "in one shot"


@pytest.mark.parametrize(("share", "needed"), [(0.08, False), (0.25, True)])
def test_other_text_is_that_of_which_a_seventh_is_new(share: float, needed: bool, make_candidate: MakeCandidate) -> None:
    other = patterned(1)
    other[:, : round(share * 128)] = patterned(2)[:, : round(share * 128)]
    found = rank([make_candidate(2.0, 0, patterned(1)), make_candidate(4.0, 1, other)])
    assert len(found) == 1 + needed


def test_every_choice_has_a_reason(make_candidate: MakeCandidate) -> None:
    candidates = [
        make_candidate(4.0, 0, 1, seconds=4.0),
        make_candidate(6.0, 0, with_change(1, 0.1), quality=0.9),
        make_candidate(8.0, 1, 3, quality=0.5, seconds=1.0),
        make_candidate(10.0, 1, like(3, 4, 0.8), quality=0.4, seconds=0.25),
    ]
    changed = novelty_of(features_of(texture(1)).lab, features_of(with_change(1, 0.1)).lab)
    reasons = {ranked.time: ranked.reason for ranked in rank(candidates, count=4)}
    assert reasons[4.0] == "the best look at shot 0"
    assert reasons[6.0] == f"new content in shot 0: unlike all chosen before it by {changed:.2f}"
    assert reasons[8.0] == "the best look at shot 1"
    assert reasons[10.0] == "asked for: adds most to the 3 chosen before it"
    of_shots = {ranked.time: ranked.reason for ranked in rank(candidates, per_shot=2)}
    assert (of_shots[8.0], of_shots[10.0]) == ("number 1 of shot 1", "number 2 of shot 1")


def test_lasting_states_are_needed_and_named_and_nothing_else_where_there_are_any(make_candidate: MakeCandidate) -> None:
    candidates = [
        make_candidate(2.0, 0, 1, stands=True, kind="lasting state"),
        make_candidate(4.0, 0, 2, stands=False, kind="passing change"),
        make_candidate(6.0, 0, 1, stands=True, kind="lasting state"),
        make_candidate(8.0, 1, 3, stands=False, kind="passing change"),
        make_candidate(10.0, 2, 1, stands=False, kind="passing change"),
    ]
    found = rank(candidates)
    assert found.needed == [2.0, 6.0, 8.0]
    reasons = {ranked.time: ranked.reason for ranked in found}
    assert reasons[2.0] == reasons[6.0] == "the best look at a lasting state in shot 0"
    assert reasons[8.0] == "the best look at shot 1"


def test_a_shot_with_a_state_needs_nothing_else_though_that_be_better(make_candidate: MakeCandidate) -> None:
    candidates = [
        make_candidate(6.0, 0, 1, stands=False, quality=2.0, seconds=6.0),
        make_candidate(8.0, 0, 2, stands=True, quality=1.0),
        make_candidate(10.0, 1, black_with_logo(20), stands=False, exposure=0.01),
    ]
    assert rank(candidates).needed == [8.0]


def cut_up(make_candidate: MakeCandidate, pieces: int) -> list:
    """Make three stretches of 4 s in so many pieces each, of which one is the best."""
    candidates = []
    for stretch in range(3):
        for piece in range(pieces):
            end = 4.0 * stretch + 4.0 * (piece + 1) / pieces
            # The best frame of a stretch, and of its half, is the same however finely it is cut.
            quality = 1.0 + 0.1 * stretch + {0: 0.3, pieces // 2: 0.2}.get(piece, 0.01 * piece)
            candidates.append(
                make_candidate(
                    end,
                    stretch // 2,
                    stretch + 1,
                    quality=quality,
                    seconds=4.0 / pieces,
                    stretch=("s", pieces, stretch),
                    piece=piece,
                    # However finely it is cut, the frame that shows its beginning is the same.
                    shown=4.0 * stretch + 1.0 if piece == 0 else end,
                )
            )
    return candidates


def test_of_pieces_the_best_of_each_whole_comes_first_and_then_that_of_each_half(make_candidate: MakeCandidate) -> None:
    found = rank(cut_up(make_candidate, 4), count=12, subdivision_depth=2)
    assert len(set(found.times)) == 12
    # Of each stretch its first piece, then the third, then the second and the fourth.
    assert sorted(found.times[:3]) == [1.0, 5.0, 9.0]
    assert sorted(found.times[3:6]) == [3.0, 7.0, 11.0]
    assert [ranked.needed for ranked in found[3:]] == [False] * 9


def test_of_pieces_those_add_nothing_whose_whole_is_shown(make_candidate: MakeCandidate) -> None:
    found = rank(cut_up(make_candidate, 4), count=12, subdivision_depth=2)
    assert [ranked.gain > 1.0 for ranked in found] == [True] * 3 + [False] * 9
    assert [ranked.gain for ranked in found[3:]] == pytest.approx([0.0] * 9, abs=1e-9)


def test_of_pieces_that_add_as_much_that_farther_from_what_is_chosen_comes_first(make_candidate: MakeCandidate) -> None:
    near = make_candidate(2.0, picture=5, seconds=1.0, shown=1.25, stretch="near", piece=1, quality=0.99)
    far = make_candidate(4.0, picture=6, seconds=1.0, stretch="far", piece=1, quality=0.92)
    best = [make_candidate(end, picture=end, seconds=1.0, stretch=name) for end, name in ((1, "near"), (3, "far"))]
    assert rank([best[0], near, best[1], far], count=4, subdivision_depth=1).times[2:] == [4.0, 1.25]


def test_a_shot_that_is_not_shown_yet_goes_before_what_else_is_needed(make_candidate: MakeCandidate) -> None:
    candidates = [make_candidate(4.0 * (i + 1), 0, 1 + i, seconds=4.0) for i in range(3)]
    candidates.append(make_candidate(12.5, 1, 5, quality=0.5, seconds=0.5))
    found = rank(candidates)
    assert found.times[1] == 12.5
    assert len(found) > 2
    assert found[1].gain < found[2].gain


def test_of_one_number_of_pieces_the_first_are_the_same_for_each_count(make_candidate: MakeCandidate) -> None:
    candidates = cut_up(make_candidate, 4)
    for fewer, more in pairwise(range(1, 13)):
        assert rank(candidates, fewer, subdivision_depth=2).times == rank(candidates, more, subdivision_depth=2).times[:fewer]


def test_the_first_are_the_same_however_finely_stretches_are_cut(make_candidate: MakeCandidate) -> None:
    coarse, fine = cut_up(make_candidate, 1), cut_up(make_candidate, 4)
    assert [time // 4.1 for time in rank(coarse, 3).times] == [time // 4.1 for time in rank(fine, 3, subdivision_depth=2).times]
    assert rank(coarse, 3).shot_attention == pytest.approx(rank(fine, 3, subdivision_depth=2).shot_attention)


def test_what_is_alike_lasts_together_be_it_pieces_of_a_stretch_or_not(make_candidate: MakeCandidate) -> None:
    whole = make_candidate(4.0, picture=1, seconds=4.0)
    pieces = [make_candidate(4.125 + 0.125 * i, picture=2, seconds=0.125, stretch="short", piece=i) for i in range(2)]
    assert len(rank([whole, *pieces], subdivision_depth=1).needed) == 2
    apart = [make_candidate(4.125 + 0.125 * i, picture=2, seconds=0.125) for i in range(2)]
    assert len(rank([whole, *apart]).needed) == 2
    assert len(rank([whole, apart[0]]).needed) == 1
    unlike = [make_candidate(4.125 + 0.125 * i, picture=2 + i, seconds=0.125) for i in range(2)]
    assert len(rank([whole, *unlike]).needed) == 1


def test_a_piece_that_may_not_be_chosen_leaves_its_stretch_to_another(make_candidate: MakeCandidate) -> None:
    found = rank(cut_up(make_candidate, 4), count=3, subdivision_depth=2, unusable=[0])
    assert sorted(found.times) == [3.0, 5.0, 9.0]
