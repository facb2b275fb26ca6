"""How much of the picture moves before a still camera, and where."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain

import pytest
from numpy import ndarray

from tests.analysis.frames import features_of, sample_of, span, video_of
from tests.analysis.stills import HEIGHT, THING, WIDTH, crossing, film, slide
from vkeyframe.analysis.moving import MovingFinder
from vkeyframe.analysis.sections import Moving
from vkeyframe.opencv import cv2
from vkeyframe.video.frame import Frame

AREA = THING[0] * THING[2] / (WIDTH * HEIGHT)


def moving_in(pictures: Iterable[ndarray], ends: Sequence[int] = ()) -> list[Moving]:
    finder = MovingFinder()
    for number, picture in enumerate(pictures):
        if number == 0:
            finder.begin(video_of(picture))
        finder.see(Frame(number, number / 8, picture))
        finder.push(sample_of(features_of(picture, number / 8)))
        if number in ends:
            finder.end_shot(span(0, number, number + 1))
    finder.end_shot(span(1))
    return list(finder.finish())


@pytest.mark.parametrize("scale", [1, 4])
def test_the_share_and_the_box_are_those_of_what_moves(scale: int) -> None:
    film_of_any_size = (cv2.resize(p, None, fx=scale, fy=scale, interpolation=cv2.INTER_NEAREST) for p in film(60, crossing(30)))
    found = moving_in(film_of_any_size)
    assert [item.frame for item in found] == list(range(60))
    assert max(item.share for item in found[:30]) < 0.002
    for item in found[36:58]:
        assert item.share == pytest.approx(AREA, rel=0.45)
        left, top, width, height = (value / scale for value in item.box or (0,) * 4)
        place = (item.frame - 30) * 4 - THING[0]
        assert left == pytest.approx(place, abs=4)
        assert left + width == pytest.approx(place + THING[0], abs=4)
        assert (top, top + height) == pytest.approx((THING[1], THING[1] + THING[2]), abs=4)


def test_nothing_moves_in_a_picture_without_noise_and_then_there_is_no_box() -> None:
    assert {(item.share, item.box) for item in moving_in(film(10, noise=0.0))} == {(0.0, None)}


def test_a_camera_that_moves_tells_nothing() -> None:
    assert moving_in(film(60, ground=slide(5.0))) == []


def test_every_shot_has_a_background_of_its_own() -> None:
    found = moving_in(chain(film(30), film(30, ground=slide(0.0))), ends=[29])
    assert [item.frame for item in found] == list(range(60))
    assert max(item.share for item in found) < 0.002


def test_a_video_without_samples_has_nothing() -> None:
    assert moving_in([]) == []
