"""Transitions in drawn frames, and what must not be taken for one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from numpy import ndarray

from tests import clips
from tests.analysis.frames import (
    LUMA,
    RATE,
    SMALL,
    FrameFeatures,
    Transition,
    change_between,
    features_of,
    handmade,
    judged_as_cut,
    judged_as_gradual,
    judged_by_spread,
    transitions_by_frame,
    transitions_in,
)
from tests.conftest import SAMPLES
from vkeyframe import extract
from vkeyframe.opencv import cv2

WIDTH, HEIGHT = 320, 192
LINES = ("Tides rise and fall", "twice on most days", "The moon pulls most", "and the sun helps it")
OTHERS = ("Gauges are read often", "at every harbour wall", "Wind may add a metre", "to what was foretold")


def seen(frames: Sequence[ndarray], rate: float = RATE) -> list[FrameFeatures]:
    return [features_of(frame, index / rate, rate) for index, frame in enumerate(frames)]


def find(frames: Sequence[ndarray], rate: float = RATE) -> list[Transition]:
    return transitions_in(seen(frames, rate))


def scene(seed: int, count: int, speed: int = 0) -> list[ndarray]:
    return clips.scene(seed, count, WIDTH, HEIGHT, speed)


def page(lines: Sequence[str], top: int = 50) -> ndarray:
    """Draw a slide."""
    picture = np.full((HEIGHT, WIDTH, 3), 240, np.uint8)
    cv2.rectangle(picture, (0, 0), (WIDTH, 30), (110, 60, 30), -1)
    for number, line in enumerate(lines):
        cv2.putText(picture, line, (12, top + 34 * number), cv2.FONT_HERSHEY_SIMPLEX, 0.7, (30, 30, 30), 2)
    return picture


def with_caption(picture: ndarray, text: str = "A caption") -> ndarray:
    marked = picture.copy()
    cv2.rectangle(marked, (0, 150), (WIDTH, 182), (40, 90, 160), -1)
    cv2.putText(marked, text, (10, 174), cv2.FONT_HERSHEY_SIMPLEX, 0.7, (255, 255, 255), 2)
    return marked


def blend(old: Sequence[ndarray], new: Sequence[ndarray]) -> list[ndarray]:
    steps = len(old) + 1
    pairs = enumerate(zip(old, new, strict=True), 1)
    return [cv2.addWeighted(a, 1 - i / steps, b, i / steps, 0) for i, (a, b) in pairs]


@pytest.mark.parametrize("speed", [0, 2, 8])
def test_a_cut_is_found_in_stillness_and_in_motion(speed: int) -> None:
    (cut,) = find([*scene(1, 12, speed), *scene(2, 12, speed)])
    assert cut == Transition("cut", 11, 12, 12)


@pytest.mark.parametrize("length", [1, 2])
@pytest.mark.parametrize("amount", [60, 120])
def test_a_flash_is_no_transition(amount: int, length: int) -> None:
    frames = scene(1, 20, 1)
    for index in range(9, 9 + length):
        frames[index] = cv2.add(frames[index], np.full_like(frames[index], amount))
    assert find(frames) == []


@pytest.mark.parametrize("place", [1, 2, 17, 18])
def test_a_flash_near_the_beginning_or_the_end_is_no_transition(place: int) -> None:
    frames = scene(1, 20)
    frames[place] = scene(2, 1)[0]
    assert find(frames) == []


def test_drifting_exposure_is_no_transition() -> None:
    assert find([cv2.convertScaleAbs(frame, beta=3 * index) for index, frame in enumerate(scene(1, 24, 1))]) == []


@pytest.mark.parametrize("speed", [0, 1])
def test_a_caption_is_no_transition(speed: int) -> None:
    frames = scene(3, 24, speed)
    assert find([*frames[:8], *(with_caption(frame) for frame in frames[8:16]), *frames[16:]]) == []


def test_a_ticker_over_the_picture_does_not_hide_a_cut() -> None:
    old, new = scene(1, 10, 1), scene(2, 10, 1)
    (cut,) = find([with_caption(frame, "Latest news") for frame in [*old, *new]])
    assert (cut.last, cut.first) == (9, 10)


def test_slides_follow_each_other_and_their_lines_do_not() -> None:
    frames = [page(LINES[:count]) for count in (1, 2, 3, 4) for _ in range(24)]
    frames += [page(OTHERS[:count]) for count in (0, 2, 4) for _ in range(24)]
    assert [(cut.kind, cut.first) for cut in find(frames)] == [("cut", 96)]


def test_a_caption_and_a_cursor_on_a_slide_are_no_transitions() -> None:
    frames = [page(LINES)] * 8 + [with_caption(page(LINES))] * 8 + [page(LINES)] * 8
    for index, picture in enumerate(frames):
        frames[index] = picture.copy()
        if index % 4 < 2:
            cv2.rectangle(frames[index], (280, 60), (284, 80), (0, 0, 0), -1)
        cv2.circle(frames[index], (20 + 10 * index, 100), 5, (0, 0, 200), -1)
    assert find(frames) == []


@pytest.mark.parametrize("length", [3, 6, 10])
def test_a_dissolve_ends_where_it_ends(length: int) -> None:
    old, new = scene(1, 12 + length), scene(2, 12 + length)
    (found,) = find([*old[:12], *blend(old[12:], new[:length]), *new[length:]])
    assert found.kind == "dissolve"
    assert found.last in (11, 12)
    assert found.first in (11 + length, 12 + length)


def test_a_wipe_is_told_from_a_dissolve() -> None:
    old, new = scene(1, 1)[0], scene(2, 1)[0]
    wiped = []
    for step in range(1, 8):
        wiped.append(old.copy())
        wiped[-1][:, : WIDTH * step // 8] = new[:, : WIDTH * step // 8]
    (found,) = find([old] * 8 + wiped + [new] * 8)
    assert found.kind == "wipe"
    assert 7 <= found.last <= 8
    assert 14 <= found.first <= 15


def test_what_passes_through_the_picture_is_no_wipe() -> None:
    ground, thing = scene(1, 1)[0], scene(2, 1)[0]
    frames = []
    for index in range(24):
        frames.append(ground.copy())
        left = max(0, min(WIDTH, 30 * (index - 6)))
        right = min(WIDTH, left + 100)
        if index >= 6 and right > left:
            frames[-1][40:150, left:right] = thing[40:150, : right - left]
    assert find(frames) == []


def test_what_is_gone_counts_and_what_is_added_or_covered_does_not() -> None:
    full, covered = page(LINES), with_caption(page(LINES[:3]))
    pairs = ((page(LINES[:2]), full), (page(LINES[:3]), covered), (full, page([])))
    added, hidden, gone = (change_between(*seen(pair)).lost for pair in pairs)
    assert max(added, hidden) < 0.03
    assert gone > 0.06


@pytest.mark.parametrize("behind", [1, 2, 3])
def test_a_cut_shortly_before_the_end_is_found(behind: int) -> None:
    assert find([*scene(1, 8), *scene(2, behind)]) == [Transition("cut", 7, 8, 8)]


@pytest.mark.parametrize("before", [1, 2])
def test_a_cut_shortly_behind_the_beginning_is_found(before: int) -> None:
    assert find([*scene(1, before), *scene(2, 8)]) == [Transition("cut", before - 1, before, before)]


def test_a_cut_is_told_three_frames_late_and_once() -> None:
    told = transitions_by_frame(seen([*scene(1, 10), *scene(2, 10), *scene(3, 10)]))
    assert [(frame, cut.first) for frame, cuts in enumerate(told) for cut in cuts] == [(13, 10), (23, 20)]


def test_quick_cuts_are_told_in_order() -> None:
    frames = [frame for seed in range(8) for frame in scene(seed, 4)]
    assert [(cut.kind, cut.first) for cut in find(frames)] == [("cut", first) for first in range(4, 32, 4)]


@pytest.mark.parametrize(("rate", "cuts"), [(8.0, 0), (2.0, 0), (1.4, 2), (1.0, 2)])
def test_a_picture_that_is_seen_once_is_a_flash_unless_the_frames_are_far_apart(rate: float, cuts: int) -> None:
    assert len(find([*scene(1, 8), *scene(2, 1), *scene(1, 8)], rate)) == cuts


def fading(old: Sequence[ndarray], new: Sequence[ndarray], level: float) -> list[ndarray]:
    """Fade out to a level, which is seen once, and in again."""
    shares = [1 - (i + 1) / (len(old) + 1) for i in range(len(old))]
    out = [(level + share * (frame - level)).astype(np.uint8) for frame, share in zip(old, shares, strict=True)]
    into = [(level + share * (frame - level)).astype(np.uint8) for frame, share in zip(new, reversed(shares), strict=True)]
    return [*out, np.full_like(old[0], round(level)), *into]


@pytest.mark.parametrize("speed", [0, 1])
@pytest.mark.parametrize("level", [0.0, 255.0])
@pytest.mark.parametrize("length", [4, 5, 7])
def test_a_fade_through_black_or_white_is_one_transition(length: int, level: float, speed: int) -> None:
    old, new = scene(1, 12 + length, speed), scene(2, 12 + length, speed)
    (found,) = find([*old[:12], *fading(old[12:], new[:length], level), *new[length:]])
    darkest = 12 + length
    assert found.kind == "fade"
    assert 11 <= found.last < darkest < found.first <= darkest + length + 1
    assert found.start == darkest


@pytest.mark.parametrize(("rate", "frames"), [(8.0, 18), (4.0, 9)])
def test_a_dissolve_of_two_and_a_half_seconds_is_found_in_full(rate: float, frames: int) -> None:
    old, new = scene(1, 12 + frames), scene(2, 12 + frames)
    (found,) = find([*old[:12], *blend(old[12:], new[:frames]), *new[frames:]], rate)
    assert (found.last, found.first) == (11, 12 + frames)


def test_of_a_longer_dissolve_no_more_is_told_than_it_may_last() -> None:
    old, new = scene(1, 32), scene(2, 32)
    (found,) = find([*old[:12], *blend(old[12:], new[:20]), *new[20:]], 4.0)
    assert found.first - found.last <= 11


def test_a_dissolve_begins_and_ends_to_the_frame_where_all_else_is_still() -> None:
    old, new = scene(1, 1) * 30, scene(2, 1) * 30
    assert find([*old[:12], *blend(old[:7], new[:7]), *new[:12]]) == [Transition("dissolve", 11, 19, 15)]


def test_a_dissolve_may_come_next_to_the_beginning_and_the_end_of_the_video() -> None:
    old, new = scene(1, 9), scene(2, 8)
    assert find([*old[:2], *blend(old[2:9], new[:7]), new[7]]) == [Transition("dissolve", 1, 9, 5)]


def test_two_dissolves_one_behind_the_other_are_two() -> None:
    one, two, three = (scene(seed, 30) for seed in (1, 2, 3))
    video = [*one[:10], *blend(one[10:15], two[:5]), *two[5:15], *blend(two[15:20], three[:5]), *three[5:15]]
    found = find(video)
    assert [transition.kind for transition in found] == ["dissolve", "dissolve"]
    assert [transition.start for transition in found] == pytest.approx([12, 27], abs=1)


def test_a_picture_that_gets_darker_and_light_again_has_no_transition() -> None:
    frames = scene(1, 24)
    assert find([(frame * (1 - 0.6 * np.sin(np.pi * i / 23))).astype(np.uint8) for i, frame in enumerate(frames)]) == []


def test_what_comes_and_goes_is_no_dissolve() -> None:
    old, new = scene(1, 1)[0], scene(2, 1)[0]
    shares = [0, 0, 0, 0.5, 0.1, 0.6, 0.2, 0.7, 0.3, 0.8, 1, 1, 1]
    assert find([cv2.addWeighted(old, 1 - share, new, share, 0) for share in shares]) == []


def mixed(
    shares: Sequence[float | ndarray], aside: Sequence[float] | None = None, new: float = 1.0, by: float = 60.0
) -> list[FrameFeatures]:
    """Mix two pictures, of each frame all or each pixel by its own share; the pictures differ by some grey levels of green.

    Frames may lie `aside` of the way between the pictures, by a part of its length. `new` is the share of the texture that is
    another one in the end.
    """
    source = np.random.default_rng(1)
    first = source.uniform(60, 140, (*SMALL, 3))
    luma, other = 128 + 40 * source.standard_normal((2, *LUMA))
    luma_after = np.where(np.arange(LUMA[1]) < new * LUMA[1], other, luma)
    frames = []
    for index, share in enumerate(shares):
        away = by * (aside[index] if aside else 0.0) * np.array([1, 0, -1]) / np.sqrt(2)
        small = first + by * np.reshape(share, (-1, 1, 1) if np.ndim(share) == 0 else (*SMALL, 1)) * np.array([0, 1, 0]) + away
        frames.append(handmade(index / RATE, luma=luma_after if index else luma, small=small))
    return frames


STEPS = tuple(np.linspace(0, 1, 9))


def test_a_mixture_of_two_pictures_is_a_dissolve() -> None:
    assert judged_as_gradual(mixed(STEPS)) == Transition("dissolve", 0, 8, 4)


def test_pixels_that_turn_one_by_one_are_a_wipe() -> None:
    order = np.random.default_rng(2).permutation(18 * 32).reshape(SMALL) / (18 * 32)
    assert judged_as_gradual(mixed([(order < step).astype(float) for step in STEPS])) == Transition("wipe", 0, 8, 4)


def half_wiped(spread: float) -> list[ndarray]:
    """Give shares for each pixel of each step, of which the deviation is such a part of that in a wipe."""
    order = np.random.default_rng(2).permutation(18 * 32).reshape(SMALL) / (18 * 32)
    part = np.sqrt(spread)
    return [part * (order < step) + (1 - part) * step for step in STEPS]


@pytest.mark.parametrize(("spread", "found"), [(0.2, True), (0.58, False), (0.95, True)])
def test_what_is_neither_a_dissolve_nor_a_wipe_is_doubtful(spread: float, found: bool) -> None:
    aside = [0.0, *[0.15] * 7, 0.0] if spread < 0.5 else [0.0, *[0.06] * 7, 0.0]
    assert (judged_as_gradual(mixed(half_wiped(spread), aside)) is not None) == found
    assert judged_as_gradual(mixed(half_wiped(spread))) is not None


@pytest.mark.parametrize(("aside", "found"), [(0.15, True), (0.2, False)])
def test_frames_must_lie_near_the_way_between_the_pictures(aside: float, found: bool) -> None:
    assert (judged_as_gradual(mixed(STEPS, [0.0, *[aside] * 7, 0.0])) is not None) == found


@pytest.mark.parametrize(("aside", "found"), [(0.5, True), (0.7, False)])
def test_not_even_one_frame_may_lie_far_off(aside: float, found: bool) -> None:
    assert (judged_as_gradual(mixed(STEPS, [0.0, 0.0, 0.0, aside, *[0.0] * 5])) is not None) == found


@pytest.mark.parametrize(("step", "found"), [(0.5, True), (0.6, False)])
def test_most_of_a_gradual_transition_is_not_had_in_one_step(step: float, found: bool) -> None:
    assert (judged_as_gradual(mixed([0.0, 0.1, 0.2, 0.2 + step, 0.9, 1.0])) is not None) == found


@pytest.mark.parametrize(("back", "found"), [(0.15, True), (0.25, False)])
def test_a_gradual_transition_does_not_go_far_back(back: float, found: bool) -> None:
    assert (judged_as_gradual(mixed([0.0, 0.2, 0.5, 0.5 - back, 0.6, 0.8, 1.0])) is not None) == found


@pytest.mark.parametrize(("aside", "found"), [(0.1, True), (0.15, False)])
def test_the_more_it_goes_back_the_nearer_its_frames_must_lie(aside: float, found: bool) -> None:
    shares = [0.0, 0.3, 0.2, 0.5, 0.4, 0.7, 0.6, 1.0]
    assert (judged_as_gradual(mixed(shares, [0.0, *[aside] * 6, 0.0])) is not None) == found


@pytest.mark.parametrize(("aside", "found"), [(0.0, True), (0.2, True), (0.6, False)])
def test_a_fade_is_never_doubtful_but_must_lie_near_its_way(aside: float, found: bool) -> None:
    frames = mixed([0.0] * 5 + [1.0] * 4, [0.0, *[aside] * 7, 0.0])
    faded = [
        handmade(frame.time, luma=frame.luma, small=frame.small * light)
        for frame, light in zip(frames, (1.0, 0.75, 0.5, 0.25, 0.0, 0.25, 0.5, 0.75, 1.0), strict=True)
    ]
    assert (judged_as_gradual(faded) == Transition("fade", 0, 8, 4)) == found


@pytest.mark.parametrize(("new", "found"), [(0.4, False), (0.6, True)])
def test_behind_a_gradual_transition_at_least_half_of_the_texture_is_new(new: float, found: bool) -> None:
    assert (judged_as_gradual(mixed(STEPS, new=new)) is not None) == found


@pytest.mark.parametrize(("beginning", "last", "first"), [(0.03, 1, 6), (0.06, 0, 7)])
def test_what_has_not_begun_to_show_is_not_in_the_transition(beginning: float, last: int, first: int) -> None:
    found = judged_as_gradual(mixed([0.0, beginning, 0.2, 0.4, 0.6, 0.8, 1.0 - beginning, 1.0]))
    assert found is not None
    assert (found.last, found.first) == (last, first)


def test_a_transition_begins_where_half_of_the_new_picture_is_there() -> None:
    found = judged_as_gradual(mixed([0.0, 0.05, 0.1, 0.15, 0.2, 0.3, 0.45, 0.8, 1.0]))
    assert found is not None
    assert found.start == 6


def test_what_can_be_both_is_a_cut() -> None:
    # The colours go half-way in one frame, but all texture is another one from that frame on.
    frames = mixed([0.0] * 6 + [0.5] + [1.0] * 6)
    frames = [
        handmade(frame.time, luma=frames[0].luma if index < 6 else frames[-1].luma, small=frame.small)
        for index, frame in enumerate(frames)
    ]
    assert judged_as_gradual(frames[5:8]) == Transition("dissolve", 5, 7, 6)
    assert transitions_in(frames) == [Transition("cut", 5, 6, 6)]


@pytest.mark.parametrize(("by", "kinds"), [(20.0, []), (30.0, ["dissolve"])])
def test_pictures_that_hardly_differ_do_not_dissolve(by: float, kinds: list[str]) -> None:
    # Of three colours one changes, so that the mean difference is a third.
    frames = mixed([*[0.0] * 6, *STEPS[1:], *[1.0] * 6], by=by)
    assert [found.kind for found in transitions_in(frames)] == kinds


# A change of all texture, and of so much of the colours that its strength is the share.
FAR = 1000.0
STILL = (0.0, 0.0, 0.0)


def strong(strength: float) -> tuple[float, float, float]:
    return (strength, 0.0, FAR)


@pytest.mark.parametrize(("strength", "cut"), [(0.5, False), (0.6, True), (1.0, True)])
def test_amid_stillness_a_change_of_more_than_half_is_a_cut(strength: float, cut: bool) -> None:
    assert judged_as_cut([strong(strength)], [STILL, STILL]) == cut


@pytest.mark.parametrize(("strength", "cut"), [(0.82, False), (0.88, True)])
def test_amid_motion_a_cut_must_be_stronger(strength: float, cut: bool) -> None:
    assert judged_as_cut([strong(strength)], [strong(0.3), strong(0.3)]) == cut
    assert judged_as_cut([strong(strength)], [strong(0.0), strong(0.6)]) == cut


@pytest.mark.parametrize("motion", [0.6, 0.89])
def test_a_whole_change_is_a_cut_amid_any_motion(motion: float) -> None:
    assert judged_as_cut([strong(0.95)], [strong(motion), strong(motion)])
    assert not judged_as_cut([strong(0.85)], [strong(motion), strong(motion)])


def test_amid_other_cuts_a_cut_need_not_be_stronger() -> None:
    assert judged_as_cut([strong(0.85)], [strong(0.9), strong(1.0)])
    assert not judged_as_cut([strong(0.85)], [strong(0.9), strong(0.6)])
    # Little difference of the colours may still be motion.
    assert not judged_as_cut([strong(0.85)], [(0.95, 0.0, 11.0), (0.95, 0.0, 11.0)])
    # Each step of a fade is a whole change, and none is a cut.
    assert not judged_as_cut([strong(0.85)], [strong(0.9), strong(1.0)], may_fade=True)


@pytest.mark.parametrize(
    ("spread", "distance", "beside", "restless", "cut"),
    [
        (0.4, 4.0, 1.5, 0.05, True),
        (0.3, 4.0, 1.5, 0.05, False),
        (0.4, 3.4, 1.5, 0.05, False),
        (0.4, 4.0, 1.5, 0.2, False),
        (0.4, 2.9, 0.1, 0.0, False),
        (0.4, 3.1, 0.1, 0.0, True),
    ],
)
def test_under_a_ticker_a_change_that_stands_out_is_a_cut(
    spread: float, distance: float, beside: float, restless: float, cut: bool
) -> None:
    assert judged_by_spread((0.5, spread, distance), (restless, 0.0, beside)) == cut


@pytest.mark.parametrize(("strength", "cut"), [(0.595, False), (0.63, True)])
def test_where_there_is_nothing_beside_it_some_motion_is_assumed(strength: float, cut: bool) -> None:
    assert judged_as_cut([strong(strength)], []) == cut


def test_one_neighbour_counts_like_two_of_its_kind() -> None:
    for strength in np.linspace(0.5, 1.0, 26):
        assert judged_as_cut([strong(strength)], [strong(0.2)]) == judged_as_cut([strong(strength)], [strong(0.2)] * 2)


def test_of_all_changes_across_a_gap_the_weakest_decides() -> None:
    assert judged_as_cut([strong(1.0), strong(0.9)], [STILL] * 2)
    assert not judged_as_cut([strong(1.0), strong(0.2)], [STILL] * 2)
    # Even if it is another one in colours than in texture.
    assert not judged_as_cut([(1.0, 0.0, 1.0), strong(0.7)], [STILL] * 2)


@pytest.mark.parametrize(
    ("lost", "distance", "noise", "cut"),
    [
        (0.1, 3.0, 0.0, True),
        (0.07, 1.7, 0.2, True),
        (0.05, 3.0, 0.0, False),
        (0.1, 1.3, 0.0, False),
        (0.1, 3.0, 0.3, False),
    ],
)
def test_between_slides_it_is_enough_that_what_was_seen_is_gone(lost: float, distance: float, noise: float, cut: bool) -> None:
    beside = (0.0, 0.0, noise)
    assert judged_as_cut([(0.3, lost, distance)], [beside, beside]) == cut


def test_slides_are_told_by_stillness_on_both_sides() -> None:
    assert not judged_as_cut([(0.3, 0.1, 3.0)], [STILL])
    assert not judged_as_cut([(0.3, 0.1, 3.0)], [STILL, (0.0, 0.0, 1.0)])
    assert not judged_as_cut([(0.3, 0.1, 3.0), (0.3, 0.0, 3.0)], [STILL, STILL])


def test_the_five_slides_of_the_sample_are_five_shots() -> None:
    starts = [shot.start_frame for shot in extract(SAMPLES / "slides.mp4").shots]
    assert starts == [shot["first"] for shot in clips.truth("slides")["shots"]]
