"""Candidates: which frame of each stretch of a shot shows it best, and what a transition leaves of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from weakref import ref

import numpy as np
import pytest
from numpy import ndarray

from tests.analysis.frames import LUMA, FrameFeatures, handmade
from tests.selection.conftest import WELL_EXPOSED, Cut, collect, exposure_of, look, seen, with_change

SECOND = 8


def video(sharpness: Sequence[float], picture: int = 1, start: int = 0) -> list[FrameFeatures]:
    """Make frames that show one picture more or less sharp."""
    return [seen(start + number, picture, sharp) for number, sharp in enumerate(sharpness)]


def still(count: int, picture: int = 1, start: int = 0) -> list[FrameFeatures]:
    return video([1.0] * count, picture, start)


def test_a_still_shot_has_a_candidate_every_two_seconds_that_stand_for_all_its_frames() -> None:
    ((kept, rest),) = collect(still(24)).shots
    assert (kept.first, kept.last, kept.count) == (0, 15, 16)
    assert (rest.first, rest.last, rest.count) == (16, 23, 8)
    assert (kept.sharpness, kept.exposure, kept.quality) == (1.0, 1.0, 1.0)


def test_the_sharpest_frame_shows_a_stretch() -> None:
    found = collect(video([1.0] * 10 + [1.2] + [1.1] * 5))
    assert found.frames == [[10]]
    assert found.pictures == [[10]]


def test_of_equally_sharp_frames_the_first_settled_one_shows_it() -> None:
    assert collect(still(16)).frames == [[1]]


@pytest.mark.parametrize(("sharpness", "frame"), [(1.6, 1), (1.75, 0)])
def test_the_first_frame_of_a_shot_must_be_clearly_sharper(sharpness: float, frame: int) -> None:
    assert collect(video([sharpness, *[1.0] * 15])).frames == [[frame]]


@pytest.mark.parametrize(("gradual", "frame"), [(False, 10), (True, 11)])
def test_so_must_the_second_one_behind_a_gradual_transition(gradual: bool, frame: int) -> None:
    frames = still(8) + video([1.0, 1.0, 1.6, 1.5] + [1.0] * 12, picture=2, start=8)
    assert collect(frames, [Cut(7, 9, gradual)]).frames[1] == [frame]


def test_a_frame_may_be_shown_by_a_sharper_one_just_before_it() -> None:
    frames = [seen(2 * number, rate=16.0) for number in range(12)]
    found = collect(frames, sharpest={8: seen(7, sharpness=1.5, rate=16.0)})
    assert found.frames == [[7]]
    assert found.pictures == [[7]]


@pytest.mark.parametrize(("luma", "exposure"), [(5.0, 0.5), (250.0, 0.5), (15.0, 0.5), (16.0, 1.0), (239.0, 1.0), (240.0, 0.5)])
def test_exposure_is_the_share_that_is_neither_black_nor_burnt_out(luma: float, exposure: float) -> None:
    picture = WELL_EXPOSED.copy()
    picture[:, : LUMA[1] // 2] = luma
    assert exposure_of(handmade(luma=picture)) == pytest.approx(exposure)


@pytest.mark.parametrize(("deviation", "exposure"), [(0, 0.0), (6, 0.25), (12, 0.5), (24, 1.0), (60, 1.0)])
def test_exposure_needs_contrast(deviation: float, exposure: float) -> None:
    picture = 128 + deviation * np.where(np.arange(64) % 2, 1, -1)
    assert exposure_of(handmade(luma=picture)) == pytest.approx(exposure)


def half_black() -> ndarray:
    luma = WELL_EXPOSED.copy()
    luma[:, : LUMA[1] // 2] = 0
    return luma


@pytest.mark.parametrize(("sharpness", "frame"), [(1.6, 1), (1.75, 10)])
def test_a_badly_exposed_frame_must_be_clearly_sharper(sharpness: float, frame: int) -> None:
    frames = still(16)
    frames[10] = seen(10, sharpness=sharpness, luma=half_black())
    assert collect(frames).frames == [[frame]]


@pytest.mark.parametrize(("sharpness", "frame"), [(2.5, 1), (3.0, 10)])
def test_a_flash_must_be_much_sharper_than_its_neighbours(sharpness: float, frame: int) -> None:
    frames = still(16)
    frames[10] = seen(10, sharpness=sharpness, light=24.0)
    assert collect(frames).frames == [[frame]]


def test_a_frame_in_a_steady_change_is_as_good_as_one_at_rest() -> None:
    frames = [seen(number, light=1.0 * number) for number in range(16)]
    frames[10] = seen(10, sharpness=1.01, light=10.0)
    ((kept,),) = collect(frames).shots
    assert kept.frame == 10
    assert kept.quality == pytest.approx(1.01)


def test_the_last_frame_of_the_video_is_taken_only_for_want_of_another() -> None:
    assert collect([*still(12), seen(12, sharpness=9.0)]).frames == [[1]]
    assert collect([*still(12), seen(12, sharpness=9.0), seen(13)]).frames == [[12]]
    assert collect([seen(0)]).frames == [[0]]


def test_the_sharpness_is_the_mean_over_the_picture() -> None:
    gradients = np.random.default_rng(1).uniform(5, 10, (9, 16))
    ((kept,),) = collect([seen(0), seen(1, sharpness=gradients), seen(2)]).shots
    assert kept.sharpness == pytest.approx(gradients.mean(), rel=1e-5)


def test_other_content_is_another_candidate() -> None:
    ((one, other),) = collect(still(8, 1) + still(12, 2, start=8)).shots
    assert (one.first, one.last, one.count) == (0, 7, 8)
    assert (other.first, other.last, other.count) == (8, 19, 12)


def test_what_returns_is_a_candidate_of_its_own() -> None:
    assert [kept.count for kept in collect(still(8, 1) + still(8, 2, 8) + still(8, 1, 16)).shots[0]] == [8, 8, 8]


@pytest.mark.parametrize(("subdivision_depth", "counts"), [(0, [16] * 3), (1, [8] * 6), (2, [4] * 12), (3, [2] * 24)])
def test_a_long_stretch_is_cut_every_two_seconds_or_a_part_of_that(subdivision_depth: int, counts: list[int]) -> None:
    (shot,) = collect(still(48), subdivision_depth=subdivision_depth).shots
    assert [kept.count for kept in shot] == counts


def test_the_best_frame_of_every_piece_shows_it() -> None:
    sharpness = [1.0] * 32
    for frame in (3, 12, 21, 30):
        sharpness[frame] = 1.2
    assert collect(video(sharpness), subdivision_depth=1).frames == [[3, 12, 21, 30]]


def test_without_pieces_a_stretch_may_last() -> None:
    ((kept,),) = collect(still(80), subdivision_depth=None, keep="steps").shots
    assert kept.count == 80


def pan(count: int) -> list[FrameFeatures]:
    """Move a camera over the same pattern by two pixels of 128 a frame."""
    ground = np.random.default_rng(3).uniform(0, 255, (12, 60, 3)).astype(np.float32).repeat(6, 0).repeat(6, 1)
    return [look(ground[:, 2 * i : 2 * i + 128].astype(np.uint8), i / SECOND) for i in range(count)]


def test_a_step_of_the_camera_is_shown_from_its_middle() -> None:
    (shot,) = collect(pan(80), subdivision_depth=None, keep="steps", sensitivity=0.0).shots
    assert len(shot) == pytest.approx(160 / 25.6, abs=1.1)
    for kept in shot[1:-1]:
        assert 0.25 <= (kept.frame - kept.first) / (kept.last - kept.first) <= 0.75


@pytest.mark.parametrize("sensitivity", [0.0, 0.5, 1.0])
@pytest.mark.parametrize(("share", "count"), [(0.045, 1), (0.06, 2)])
def test_content_is_other_content_where_a_twentieth_has_changed_whatever_the_sensitivity(
    share: float, count: int, sensitivity: float
) -> None:
    changed = with_change(1, share)
    frames = still(8) + [seen(8 + number, changed) for number in range(8)]
    assert len(collect(frames, sensitivity=sensitivity).shots[0]) == count


def test_a_frame_stands_for_those_up_to_the_next_one() -> None:
    ((kept,),) = collect([seen(index) for index in (0, 3, 6, 12, 14)]).shots
    # The last one for as many as the one before.
    assert kept.count == 3 + 3 + 6 + 2 + 2
    ((alone,),) = collect([seen(5)]).shots
    assert alone.count == 1


def test_every_shot_has_candidates_of_its_own() -> None:
    found = collect(still(8, 1) + still(8, 1, start=8), [Cut(7, 8)])
    assert [[(kept.first, kept.last, kept.count) for kept in shot] for shot in found.shots] == [[(0, 7, 8)], [(8, 15, 8)]]
    assert found.left_over == []


def test_what_lies_in_a_transition_belongs_to_no_shot() -> None:
    found = collect(still(8, 1) + video([9.0] * 4, 2, 8) + still(8, 3, 12), [Cut(7, 12, gradual=True)])
    assert [[(kept.first, kept.last) for kept in shot] for shot in found.shots] == [[(0, 7)], [(12, 19)]]
    assert found.left_over == []


def test_a_transition_that_is_noticed_late_takes_back_what_lies_in_it() -> None:
    found = collect(video([1.0, 1.0, 1.1, 1.2, *[9.0] * 9]), [Cut(4, 16, gradual=True, noticed=12)])
    (kept,) = found.shots[0]
    assert (kept.frame, kept.count) == (3, 5)
    assert found.pictures[0] == [3]
    assert found.left_over == []


@pytest.mark.parametrize("start", [0, 80])
def test_so_it_takes_back_what_lies_in_a_stretch_that_is_over(start: int) -> None:
    frames = video([1.0, 1.0, 1.1, 1.2, *[9.0] * 4], 1, start) + still(8, 2, start + 8)
    found = collect(frames, [Cut(start + 4, start + 20, gradual=True, noticed=start + 15)])
    assert found.frames[0] == [start + 3]
    assert found.pictures[0] == [start + 3]
    assert found.left_over == []


@pytest.mark.parametrize("last", range(1, 24))
def test_however_late_a_transition_is_noticed_a_good_frame_before_it_is_left(last: int) -> None:
    # Every frame is better than the one before, as in a slow zoom; three seconds later the transition is known.
    found, _ = collect(video([1.0 + 0.1 * number for number in range(25)]), [Cut(last, 26, noticed=24)]).shots
    assert all(kept.frame <= last for kept in found)
    assert last - found[-1].frame <= SECOND // 2


def test_a_long_transition_is_reached_back_over() -> None:
    sharpness = [1.0] * 32
    for frame, sharp in ((4, 1.2), (8, 1.3), (28, 1.4)):
        sharpness[frame] = sharp
    assert collect(video(sharpness), [Cut(7, 31, gradual=True, noticed=30)]).frames[0] == [4]


def test_a_frame_upon_the_last_one_is_taken_only_for_want_of_another() -> None:
    ((kept,), _) = collect(video([1.0, 1.0, 1.0, 2.0]) + still(8, 2, 4), [Cut(3, 4)]).shots
    assert kept.frame == 1
    (one, other), _ = collect(video([1.0] * 4) + still(1, 3, start=4) + still(8, 2, 5), [Cut(4, 5)]).shots
    assert (one.frame, other.frame) == (1, 4)
    assert other.quality < 0.01 * one.quality


def test_a_cut_that_is_noticed_late_leaves_the_next_shot_what_is_its_own() -> None:
    found = collect(still(8, 1) + still(12, 2, start=8), [Cut(7, 8, noticed=11)])
    assert [(kept.first, kept.last, kept.count) for kept in found.shots[0]] == [(0, 7, 8)]
    assert (found.shots[1][0].first, found.shots[1][-1].last) == (8, 19)
    assert sum(kept.count for kept in found.shots[1]) == 12
    assert found.left_over == []


def test_behind_a_cut_that_is_noticed_late_no_habit_of_the_shot_before_is_left() -> None:
    restless = [seen(number, number) for number in range(60)]
    before, behind = collect(restless + still(12, 1, start=60), [Cut(59, 60, noticed=71)]).shots
    assert min(kept.habit for kept in before) > 5.0
    assert behind
    assert max(kept.habit for kept in behind) == 0.0


def test_behind_a_cut_that_is_noticed_late_all_frames_are_settled() -> None:
    frames = still(8, 1) + still(4, 2, start=8) + video([1.5, *[1.0] * 8], 2, start=12)
    assert 12 in collect(frames, [Cut(7, 8, noticed=11)]).frames[1]


def test_a_candidate_upon_the_edge_of_a_gradual_transition_is_dropped() -> None:
    frames = still(8, 1) + still(1, 2, start=8) + still(8, 3, start=12)
    assert collect(frames, [Cut(8, 12, gradual=True)]).frames[0] == [1]
    assert collect(frames, [Cut(8, 12, gradual=False)]).frames[0] == [1, 8]
    behind = still(8, 1) + still(1, 2, start=12) + still(8, 3, start=13)
    assert collect(behind, [Cut(7, 12, gradual=True)]).frames[1] == [14]
    assert collect(behind, [Cut(7, 12, gradual=False)]).frames[1] == [12, 14]


def test_a_frame_upon_the_edge_of_a_gradual_transition_does_not_show_a_candidate_however_sharp() -> None:
    frames = still(8, 1) + video([3.0, *[1.0] * 9], 2, start=12)
    assert collect(frames, [Cut(7, 12, gradual=True)]).frames[1] == [14]
    assert collect(frames, [Cut(7, 12, gradual=False)]).frames[1] == [12]


def test_a_candidate_upon_the_edge_stays_if_it_is_the_only_one() -> None:
    # Of the second shot two frames half a second apart are seen, one on the edge of either transition.
    frames = [*still(8, 1), seen(12, 2), seen(16, 2), *still(8, 3, start=24)]
    assert collect(frames, [Cut(7, 12, gradual=True), Cut(16, 24, gradual=True)]).frames[1] == [12]


@pytest.mark.parametrize(("count", "kept"), [(1, 0), (2, 0), (3, 0), (4, 1), (5, 1)])
@pytest.mark.parametrize("gradual", [(True, False), (False, True), (True, True)])
def test_a_shot_of_less_than_a_third_of_a_second_beside_a_gradual_transition_is_not_seen(
    gradual: tuple[bool, bool], count: int, kept: int
) -> None:
    frames = still(8, 1) + still(count, 2, start=12) + still(8, 3, start=30)
    cuts = [Cut(7, 12, gradual[0]), Cut(11 + count, 30, gradual[1])]
    found = collect(frames, cuts)
    assert len(found.shots[1]) == kept
    assert (len(found.shots[0]), len(found.shots[2])) == (1, 1)
    assert found.left_over == []


@pytest.mark.parametrize("count", [1, 2, 3])
def test_between_cuts_a_short_shot_is_kept(count: int) -> None:
    frames = still(8, 1) + still(count, 2, start=8) + still(8, 3, start=8 + count)
    assert len(collect(frames, [Cut(7, 8), Cut(7 + count, 8 + count)]).shots[1]) == 1


@pytest.mark.parametrize("gradual", [False, True])
@pytest.mark.parametrize("late", [0, 2, 6])
@pytest.mark.parametrize("subdivision_depth", [0, 3])
def test_no_picture_is_left_that_belongs_to_no_candidate(subdivision_depth: int, late: int, gradual: bool) -> None:
    source = np.random.default_rng(3)
    frames = [seen(number, number // 5 % 4, float(source.uniform(1, 2))) for number in range(96)]
    cuts = [Cut(end, end + 3, gradual, end + 3 + late) for end in range(9, 80, 12)]
    found = collect(frames, cuts, subdivision_depth)
    assert found.left_over == []
    assert found.pictures == found.frames
    assert min(len(shot) for shot in found.shots) >= 1


class Alive:
    """Counts how many of some objects are in use at a time, at most."""

    def __init__(self) -> None:
        self._known: list[ref[Any]] = []
        self.most = 0

    def add(self, thing: Any) -> Any:
        self._known.append(ref(thing))
        return thing

    def count(self) -> None:
        self.most = max(self.most, sum(known() is not None for known in self._known))


def test_what_no_transition_can_reach_back_to_is_let_go() -> None:
    pictures, frames = Alive(), Alive()

    def count() -> None:
        pictures.count()
        frames.count()

    # Ever sharper, and other content every two seconds.
    made = (frames.add(seen(number, number // 16, 1.0 + 0.1 * number)) for number in range(400))
    found = collect(made, pictures=lambda index: pictures.add(np.full((1, 1, 3), index)), watch=count)
    assert len(found.shots[0]) == 25
    assert pictures.most <= 30
    assert frames.most <= 32
