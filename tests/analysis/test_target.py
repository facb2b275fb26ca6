"""How like a picture is to a target, cropped, mirrored, under a caption or in another light, and which frames rank first."""

from __future__ import annotations

import numpy as np
import pytest
from numpy import ndarray

from tests.analysis.frames import place_of, ranks_against
from tests.clips import scene
from vkeyframe.opencv import cv2


def picture(seed: int, height: int = 180, width: int = 320) -> ndarray:
    return scene(seed, 1, width, height)[0]


def with_caption(bgr: ndarray) -> ndarray:
    covered = bgr.copy()
    height, width = bgr.shape[:2]
    covered[height * 5 // 6 :] //= 4
    cv2.putText(covered, "a caption over the picture", (width // 20, height - 8), cv2.FONT_HERSHEY_SIMPLEX, 0.6, (240,) * 3, 2)
    return covered


def letter_boxed(bgr: ndarray, bar: int = 30) -> ndarray:
    return cv2.copyMakeBorder(bgr, bar, bar, 0, 0, cv2.BORDER_CONSTANT)


def test_a_picture_is_altogether_like_itself() -> None:
    found = place_of(picture(1), picture(1))
    assert (found.score, found.plain, found.weighted) == pytest.approx((1.0, 1.0, 1.0), abs=1e-4)
    assert not found.mirrored
    assert (found.window.x, found.window.y, found.window.width, found.window.height) == (0.0, 0.0, 1.0, 1.0)


@pytest.mark.parametrize("seed", [2, 3, 4, 5, 6])
def test_another_picture_is_not_like_it(seed: int) -> None:
    assert place_of(picture(1), picture(seed)).score < 0.5


@pytest.mark.parametrize("mirrored", [False, True])
def test_a_part_is_found_where_it_is(mirrored: bool) -> None:
    whole = picture(1)
    part = whole[9:163, 40:310]
    found = place_of(part[:, ::-1] if mirrored else part, whole)
    assert found.score > 0.9
    assert found.mirrored == mirrored
    window = found.window
    expected = (40 / 320, 9 / 180, 270 / 320, 154 / 180)
    assert (window.x, window.y, window.width, window.height) == pytest.approx(expected, abs=0.01)
    assert found.plain > 0.97


def test_what_shows_more_than_the_frame_reaches_beyond_it() -> None:
    whole = picture(1)
    found = place_of(whole, whole[:, 16:304])
    assert found.score > 0.9
    assert found.window.x == pytest.approx(-16 / 288, abs=0.01)
    assert found.window.width == pytest.approx(320 / 288, abs=0.01)


def test_a_caption_does_not_count() -> None:
    found = place_of(with_caption(picture(1)), picture(1))
    assert found.score > 0.9
    assert (found.window.x, found.window.width) == pytest.approx((0.0, 1.0), abs=0.01)
    # In the map it does.
    assert found.local.map[78:88, 10:150].mean() < 0.6
    assert found.local.map[:60].mean() > 0.9


def test_bars_do_not_count_on_either_side() -> None:
    for target, frame, expected in (
        (letter_boxed(picture(1)), picture(1), (0.0, 0.0, 1.0, 1.0)),
        (picture(1), letter_boxed(picture(1)), (0.0, 30 / 240, 1.0, 180 / 240)),
    ):
        found = place_of(target, frame)
        assert found.score > 0.9
        window = found.window
        assert (window.x, window.y, window.width, window.height) == pytest.approx(expected, abs=0.02)


@pytest.mark.parametrize("light", [-30, 30])
def test_light_and_colour_do_not_count(light: int) -> None:
    changed = np.clip(picture(1).astype(int) + light, 0, 255).astype(np.uint8)
    assert place_of(changed, picture(1)).score > 0.85
    grey = cv2.cvtColor(cv2.cvtColor(picture(1), cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR)
    assert place_of(grey, picture(1)).score > 0.99


def test_of_equal_pictures_the_one_of_nearest_light_ranks_first() -> None:
    ranks = ranks_against(picture(1), [np.clip(picture(1).astype(int) + light, 0, 255).astype(np.uint8) for light in (20, 0, 8)])
    assert sorted(ranks, key=ranks.__getitem__) == [0, 2, 1]


def test_a_flat_picture_is_like_a_flat_one_of_its_level() -> None:
    def flat(value: int) -> ndarray:
        return np.full((90, 160, 3), value, np.uint8)

    assert place_of(flat(20), flat(20)).score == 1.0
    assert place_of(flat(20), flat(50)).score == pytest.approx(0.5)
    assert place_of(flat(20), flat(200)).score == 0.0
    assert place_of(flat(20), picture(1)).score < 0.1
    assert place_of(picture(1), flat(20)).score < 0.1


def test_the_frame_is_found_among_many_and_no_others_are_kept() -> None:
    pictures = [picture(seed, 90, 160) for seed in range(400)]
    ranks = ranks_against(with_caption(picture(333, 180, 320))[10:, 30:], pictures)
    assert max(ranks, key=ranks.__getitem__) == 333
    assert 10 <= len(ranks) <= 40


def test_of_frames_close_together_the_right_one_is_found() -> None:
    frames = scene(7, 60, speed=3)
    ranks = ranks_against(frames[33], frames, spacing=0.04)
    assert max(ranks, key=ranks.__getitem__) == 33
    assert ranks[33] == pytest.approx(1.5, abs=1e-4)


@pytest.mark.parametrize(("height", "width"), [(1, 2000), (2000, 1), (1, 1), (1080, 1920)])
def test_a_picture_of_any_shape_can_be_compared(height: int, width: int) -> None:
    bgr = np.random.default_rng(5).integers(0, 256, (height, width, 3), np.uint8)
    assert place_of(bgr, bgr).score == pytest.approx(1.0, abs=1e-4)
