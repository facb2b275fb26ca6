"""What divides a shot: states of a still picture, steps of a moving camera."""

from __future__ import annotations

import numpy as np
import pytest
from numpy import ndarray

from tests.analysis.frames import FrameFeatures
from tests.selection.conftest import Part, divide, look, texture, with_change

RATE = 8
ROOM = np.clip(texture(1) // 3 + 90, 0, 255).astype(np.uint8)


def with_box(ground: ndarray, x: int, y: int = 20, size: int = 24, level: int = 20) -> ndarray:
    picture = ground.copy()
    picture[y : y + size, max(0, x) : max(0, x + size)] = level
    return picture


def noisy(pictures: list[ndarray], deviation: float = 3.0) -> list[FrameFeatures]:
    source = np.random.default_rng(5)
    return [
        look(np.clip(p + source.normal(0, deviation, p.shape), 0, 255).astype(np.uint8), i / RATE) for i, p in enumerate(pictures)
    ]


def clear(pictures: list[ndarray]) -> list[FrameFeatures]:
    return [look(picture, i / RATE) for i, picture in enumerate(pictures)]


def stretches(pictures: list[ndarray], cuts: tuple[int, ...] = ()) -> list[Part]:
    """Return the stretch of each frame; every keyworthy one is named once in `standing`."""
    return divide(noisy(pictures), "states", 0.5, cuts)


def standing(found: list[Part]) -> list[str]:
    return list({(part.shot, part.number): part.kind for part in found if part.keyworthy}.values())


STILL = [ROOM] * (5 * RATE)
PASSING = [with_box(ROOM, x) for x in range(-24, 130, 4)]


def test_noise_is_one_state() -> None:
    assert standing(stretches(STILL * 4)) == ["lasting state"]


def test_exposure_drift_is_one_state() -> None:
    drifting = [np.clip(ROOM * (1 + 0.3 * np.sin(i / 40)), 0, 255).astype(np.uint8) for i in range(30 * RATE)]
    assert standing(stretches(drifting)) == ["lasting state"]


def test_a_picture_is_a_state_once_it_has_been_still_for_a_second() -> None:
    first = RATE
    kinds = [part.kind for part in stretches(STILL)]
    assert kinds == ["passing change"] * first + ["lasting state"] * (len(STILL) - first)


def test_what_is_put_down_is_a_state_once_it_has_been_seen_to_rest() -> None:
    late = 11
    # Motion is seen for half a second more, as frames are compared over so long.
    found = stretches(STILL + [with_box(ROOM, 60)] * (3 * RATE))
    numbers = [part.number for part in found if part.kind == "lasting state"]
    assert numbers.index(numbers[-1]) == len([part for part in found[: len(STILL) + late] if part.kind == "lasting state"])
    assert {part.kind for part in found[len(STILL) : len(STILL) + late]} == {"passing change"}


def block_of_room(blocks: int, by: int) -> ndarray:
    """Draw the room with so many blocks of 8 pixels in a row lighter than they were."""
    picture = ROOM.copy()
    picture[24:32, 32 : 32 + 8 * blocks] += np.uint8(by)
    return picture


def states_of(*pictures: ndarray, sensitivity: float = 0.5) -> int:
    """Count the states of a video without any noise in which each picture is shown for four seconds."""
    found = divide(clear([picture for picture in pictures for _ in range(4 * RATE)]), "states", sensitivity)
    return standing(found).count("lasting state")


@pytest.mark.parametrize(("blocks", "states"), [(2, 1), (3, 2)])
def test_it_takes_three_blocks_to_make_another_state(blocks: int, states: int) -> None:
    assert states_of(ROOM, block_of_room(blocks, 60)) == states


@pytest.mark.parametrize(
    ("sensitivity", "by", "states"), [(0.5, 3, 1), (0.5, 5, 2), (1.0, 3, 2), (1.0, 1, 1), (0.0, 7, 1), (0.0, 9, 2)]
)
def test_it_takes_four_grey_levels_or_more_or_less_by_the_sensitivity(sensitivity: float, by: int, states: int) -> None:
    assert states_of(ROOM, block_of_room(6, by), sensitivity=sensitivity) == states


def test_a_slow_change_is_no_new_state() -> None:
    # Twelve grey levels in a minute.
    video = [block_of_room(6, round(i / 40)) for i in range(60 * RATE)]
    assert standing(divide(clear(video), "states", 0.5)) == ["lasting state"]


def test_what_passes_is_no_state() -> None:
    assert standing(stretches(STILL + PASSING + STILL)) == ["lasting state"]


def test_what_comes_to_rest_a_moment_later_is_part_of_the_state() -> None:
    # Something is put down, and two frames later the hand beside it stops, which is a tenth as large.
    placed = with_box(ROOM, 8, 8, 56)
    later = with_box(placed, 96, 40, 16)
    found = stretches(STILL + [placed] * 2 + [later] * (3 * RATE))
    assert {part.kind for part in found[len(STILL) : len(STILL) + 13]} == {"passing change"}
    assert {(part.kind, part.number) for part in found[len(STILL) + 13 :]} == {("lasting state", found[-1].number)}


def test_what_is_put_down_is_a_new_state() -> None:
    placed = [with_box(ROOM, 60)] * (5 * RATE)
    found = stretches(STILL + [with_box(ROOM, x) for x in range(-24, 60, 8)] + placed)
    assert [kind for kind in standing(found) if kind == "lasting state"] == ["lasting state"] * 2
    assert found[-1].kind == "lasting state"
    assert found[-1].number != found[4 * RATE].number


def test_a_state_that_returns_counts_once() -> None:
    gone = STILL + [with_box(ROOM, 60)] * (5 * RATE) + STILL
    assert standing(stretches(gone)) == ["lasting state"] * 2


def test_a_state_that_returns_in_another_shot_counts_once() -> None:
    found = stretches(STILL + STILL, cuts=(5 * RATE,))
    assert [part.kind for part in found if part.shot == 1][-1] == "lasting state"
    assert standing(found) == ["lasting state"]


def slide(lines: int, title: int = 30) -> ndarray:
    """Draw a slide: a dark title as wide as it says, and lines of text below it."""
    page = np.full((72, 128, 3), 235, np.uint8)
    page[4:12, 8 : 8 + 3 * title : 2] = 20
    for line in range(lines):
        top = 20 + 10 * line
        page[top : top + 6, 10 : 100 - 7 * line : 2] = 40
    return page


def test_a_slide_that_fills_up_is_one_state_when_it_is_complete() -> None:
    video = [slide(lines) for lines in (1, 2, 3, 4) for _ in range(3 * RATE)]
    found = stretches(video)
    assert standing(found) == ["lasting state"]
    assert found[-1].keyworthy


def test_so_it_is_on_dark_slides() -> None:
    video = [255 - slide(lines) for lines in (1, 2, 3, 4) for _ in range(3 * RATE)]
    assert standing(stretches(video)) == ["lasting state"]


def test_a_slide_on_which_one_line_is_added_and_another_one_changed_is_another_state() -> None:
    other = slide(3)
    # Wider letters in the place of the second line.
    other[30:36, 10:93] = 235
    other[30:36, 10:93:4] = other[30:36, 11:93:4] = 40
    video = [slide(2)] * (4 * RATE) + [other] * (4 * RATE)
    assert standing(stretches(video)) == ["lasting state"] * 2


def test_the_next_slide_is_another_state() -> None:
    video = [slide(4)] * (4 * RATE) + [slide(2, title=20)] * (4 * RATE)
    assert standing(stretches(video)) == ["lasting state"] * 2


def test_a_cursor_and_a_speaker_in_the_corner_do_not_matter() -> None:
    source = np.random.default_rng(2)
    video = []
    for lines in (2, 3, 4):
        for i in range(4 * RATE):
            page = slide(lines)
            page[10 + i : 14 + i, 110:113] = 0
            page[56:72, 112:128] = 80 + 60 * source.integers(0, 2, (2, 2, 1), np.uint8).repeat(8, 0).repeat(8, 1)
            video.append(page)
    assert standing(stretches(video)) == ["lasting state"]


def test_what_always_moves_is_no_state_and_hides_none_beside_it() -> None:
    source = np.random.default_rng(6)
    video = list(STILL)
    for _ in range(150):
        video.append(ROOM.copy())
        video[-1][8:40, 16:48] = source.integers(0, 255, (4, 4, 1), np.uint8).repeat(8, 0).repeat(8, 1)
    found = stretches(video + [with_box(ROOM, 96, 44)] * (4 * RATE))
    assert found[-1].kind == "lasting state"
    assert found[-1].number != found[len(STILL) - 1].number


def test_what_passes_for_long_is_cut() -> None:
    found = stretches(STILL + PASSING * 5 + STILL)
    assert len({part.number for part in found[len(STILL) : -2 * RATE] if part.kind == "passing change"}) == 3


def begun(frames: list[FrameFeatures]) -> list[int]:
    """List the frames with which segments of like content begin."""
    numbers = [part.number for part in divide(frames, "content")]
    return [i for i, number in enumerate(numbers) if number not in numbers[:i]]


def test_like_content_is_divided_every_two_seconds() -> None:
    assert begun(clear([ROOM] * (5 * RATE))) == [0, 2 * RATE, 4 * RATE]
    assert begun(noisy([ROOM] * (5 * RATE))) == [0, 2 * RATE, 4 * RATE]


def test_other_content_begins_a_segment_be_it_a_tenth_of_the_picture() -> None:
    assert begun(clear([ROOM] * 12 + [with_box(ROOM, 60, size=30)] * 8)) == [0, 12]
    assert begun(clear([ROOM] * 12 + [with_box(ROOM, 60, size=12)] * 8)) == [0, 16]


@pytest.mark.parametrize(("share", "first"), [(0.15, 4), (0.2, 4), (0.3, 1), (1.0, 1)])
def test_in_less_than_half_a_second_only_what_may_be_a_cut_begins_another_one(share: float, first: int) -> None:
    assert begun(clear([texture(1)] + [with_change(1, share)] * 12)) == [0, first]


def test_what_always_moves_begins_none_once_that_is_known() -> None:
    source = np.random.default_rng(2)
    video = []
    for _ in range(20 * RATE):
        video.append(ROOM.copy())
        video[-1][16:48, 32:64] = source.integers(0, 255, (4, 4, 1), np.uint8).repeat(8, 0).repeat(8, 1)
    apart = np.diff(begun(clear(video)))
    assert (apart[:4] < 2 * RATE).all()
    assert (apart[-4:] == 2 * RATE).all()


def test_a_newcomer_beside_what_always_moves_begins_another_one() -> None:
    source = np.random.default_rng(2)
    video = []
    for i in range(20 * RATE + 12):
        video.append(ROOM.copy() if i < 20 * RATE + 4 else with_box(ROOM, 90))
        video[-1][16:48, 32:64] = source.integers(0, 255, (4, 4, 1), np.uint8).repeat(8, 0).repeat(8, 1)
    assert 20 * RATE + 4 in begun(clear(video))


def test_no_habit_is_taken_along_into_the_next_shot() -> None:
    restless = [texture(number) for number in range(10 * RATE)]
    found = divide(clear(restless + [ROOM] * 12 + [with_box(ROOM, 60, size=30)] * 4), "content", cuts=(10 * RATE,))
    of_room, of_box = {part.number for part in found[-16:-4]}, {part.number for part in found[-4:]}
    assert (len(of_room), len(of_box), len(of_room | of_box)) == (1, 1, 2)


def test_steps_are_even_along_the_path() -> None:
    ground = np.random.default_rng(3).uniform(0, 255, (12, 60, 3)).astype(np.float32).repeat(6, 0).repeat(6, 1)
    panned = [ground[:, x : x + 128].astype(np.uint8) for x in range(0, 230, 2)]
    numbers = [part.number for part in divide(clear(panned), "steps", sensitivity=0.0)]
    # 228 pixels of a picture 128 wide: 1.78 widths, a fifth in each step.
    assert numbers[-1] == pytest.approx(8.9, abs=1.0)
    lengths = np.bincount(numbers)[1:-1]
    assert lengths.max() - lengths.min() <= 3


def test_a_camera_at_rest_makes_no_step() -> None:
    assert {part.number for part in divide(noisy(STILL * 2), "steps", sensitivity=1.0)} == {1}


def test_sensitivity_makes_steps_shorter() -> None:
    panned = clear([np.roll(texture(8), 2 * i, axis=1) for i in range(60)])
    counts = [len({part.number for part in divide(panned, "steps", sensitivity)}) for sensitivity in (0.0, 0.5, 1.0)]
    assert counts[0] < counts[1] < counts[2]


def test_the_middle_of_a_step_shows_it_best() -> None:
    ground = np.random.default_rng(3).uniform(0, 255, (12, 60, 3)).astype(np.float32).repeat(6, 0).repeat(6, 1)
    found = divide(clear([ground[:, x : x + 128].astype(np.uint8) for x in range(0, 230, 2)]), "steps", sensitivity=0.0)
    for number in range(1, found[-1].number):
        fits = [part.fit for part in found if part.number == number]
        assert 0.3 <= fits.index(max(fits)) / (len(fits) - 1) <= 0.7
        assert max(fits) > 0.9
        assert 0.5 <= min(fits[0], fits[-1]) < 0.7
    assert {(part.kind, part.keyworthy) for part in found} == {("step of the camera", True)}


def test_an_empty_sky_does_not_hide_the_motion_of_the_ground() -> None:
    ground = np.random.default_rng(3).uniform(0, 255, (12, 60, 3)).astype(np.float32).repeat(6, 0).repeat(6, 1)
    video = [ground[:, x : x + 128].astype(np.uint8) for x in range(0, 120, 2)]
    under_sky = [np.vstack([np.full((32, 128, 3), 200, np.uint8), picture[:40]]) for picture in video]
    counts = [divide(clear(pictures), "steps", sensitivity=0.5)[-1].number for pictures in (video, under_sky)]
    assert counts[0] == pytest.approx(118 / 12.8, abs=1.0)
    assert counts[1] == pytest.approx(counts[0], abs=1.0)


def test_a_very_slow_camera_makes_steps_too() -> None:
    ground = np.random.default_rng(3).uniform(0, 255, (12, 60, 3)).astype(np.float32).repeat(6, 0).repeat(6, 1)
    # A pixel of 128 each half second: 20 pixels in all.
    found = divide(clear([ground[:, x // 4 : x // 4 + 128].astype(np.uint8) for x in range(80)]), "steps", sensitivity=1.0)
    # Some places are seen to move a little more than the camera does.
    assert found[-1].number == pytest.approx(19 / 6.4, abs=1.1)
