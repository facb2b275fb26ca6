"""Key actions: who comes in, stands and leaves before a still camera; what moves otherwise than a moving one; what is none."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

import numpy as np
import pytest
from numpy import ndarray

from tests.analysis.frames import actions_in
from tests.analysis.stills import HEIGHT, WIDTH, crossing, crown, film, slide, visit


def test_who_crosses_the_picture_is_one_action_with_its_times_its_peak_and_its_place() -> None:
    (action,) = actions_in(film(160, crossing(90)))
    # It is seen from the first few of its pixels to the last few: 44 samples.
    assert action.frames[0] == pytest.approx(91, abs=1)
    assert action.frames[1] == pytest.approx(132, abs=2)
    assert action.times == pytest.approx((action.frames[0] / 8, action.frames[1] / 8), abs=1e-6)
    assert action.frames[0] < action.peak < action.frames[1]
    assert action.peak_time == pytest.approx(action.peak / 8, abs=1e-6)
    left, top, width, height = action.box
    place = (action.peak - 90) * 4 - 12
    assert left == pytest.approx(place, abs=5)
    assert left + width == pytest.approx(place + 12, abs=6)
    assert (top, top + height) == pytest.approx((60, 104), abs=5)
    # It fills a 36th of the picture and differs by some 100 grey levels.
    assert 1.0 < action.energy < 4.0
    assert action.shot == 0


def test_who_comes_in_stands_and_leaves_is_one_action() -> None:
    (action,) = actions_in(film(230, visit(90, 110, 180)))
    assert action.frames[0] == pytest.approx(91, abs=1)
    assert action.frames[1] == pytest.approx(199, abs=2)


def test_who_comes_in_and_stays_has_acted_until_it_rests() -> None:
    (action,) = actions_in(film(200, visit(90, 110, 1000)))
    assert action.frames[1] == pytest.approx(109, abs=2)


def test_what_rests_for_long_belongs_to_the_background_and_its_leaving_is_another_action() -> None:
    coming, leaving = actions_in(film(360, visit(90, 110, 310)))
    assert coming.frames[1] == pytest.approx(109, abs=2)
    assert leaving.frames[0] == pytest.approx(310, abs=3)


def test_two_at_different_times_are_two_actions_in_order() -> None:
    def both(number: int) -> float | None:
        return crossing(90)(number) if number < 140 else crossing(150)(number)

    first, second = actions_in(film(210, both))
    assert first.frames[1] < 140 <= second.frames[0]


QUIET = {
    "a still picture": {},
    "noise": {"noise": 10.0},
    "a slow change of light": {"light": lambda number: 1.0 + 0.3 * np.sin(number / 40)},
    "a lamp that is switched on": {"light": lambda number: 0.6 if number < 100 else 1.0},
    "a flash": {"light": lambda number: 1.4 if number in (100, 101) else 1.0},
    "rain": {"rain": 20},
    "a tree in the wind": {"sway": lambda _: 3.0},
    "a tree in a gale": {"sway": lambda _: 8.0},
    "wind that rises": {"sway": lambda number: 0.2 if number < 100 else 3.0},
    "a tree that fills the picture": {"ground": crown(5.0)},
    "a pan": {"ground": slide(3.0)},
    "a slow pan": {"ground": slide(0.6, 0.1)},
}


@pytest.mark.parametrize("name", QUIET)
def test_what_goes_on_by_itself_is_no_action(name: str) -> None:
    assert actions_in(film(220, **QUIET[name])) == []


@pytest.mark.parametrize("name", ["noise", "a slow change of light", "rain", "a tree in the wind", "a tree in a gale"])
def test_a_person_beside_it_is_one_action(name: str) -> None:
    (action,) = actions_in(film(220, crossing(150, 3.0), **QUIET[name]))
    assert action.frames[0] == pytest.approx(151, abs=3)
    assert action.box[1] >= 45


def test_what_moves_otherwise_than_a_camera_that_pans_is_an_action() -> None:
    (action,) = actions_in(film(150, crossing(70, 6.0), ground=slide(3.0)))
    assert action.frames[0] == pytest.approx(72, abs=5)
    assert action.frames[1] == pytest.approx(97, abs=6)
    assert action.box[1] + action.box[3] > 60


def test_a_camera_that_is_turned_ends_what_went_on_before_it() -> None:
    still = film(120, visit(90, 110, 1000))
    (action,) = actions_in(chain(still, film(60, ground=slide(5.0))))
    assert action.frames[0] == pytest.approx(91, abs=2)
    assert 108 <= action.frames[1] < 121


def test_a_cut_is_no_action_and_every_shot_has_its_own() -> None:
    first, second = film(60, crossing(10)), film(120, crossing(60), ground=lambda _: slide(0.0)(0) * 0.8)
    one, other = actions_in(chain(first, second), ends=[59])
    assert (one.shot, other.shot) == (0, 1)
    assert one.frames == pytest.approx((11, 52), abs=2)
    assert other.frames == pytest.approx((121, 162), abs=2)


def test_what_is_at_rest_when_the_shot_ends_has_ended_before() -> None:
    (action,) = actions_in(film(120, visit(10, 30, 1000)), ends=[119])
    assert action.frames[1] == pytest.approx(29, abs=2)


def test_an_action_may_go_on_to_the_end() -> None:
    (action,) = actions_in(film(110, crossing(90)))
    assert action.frames[1] == 109


@pytest.mark.parametrize("count", [0, 1, 2, 3])
def test_a_shot_of_a_few_samples_has_no_action(count: int) -> None:
    assert actions_in(film(count, crossing(0, 20.0))) == []


def test_a_jerk_is_no_action() -> None:
    assert actions_in(film(140, lambda number: 70.0 if number in (100, 101) else None)) == []


def test_times_are_those_of_the_frames_to_the_microsecond() -> None:
    (action,) = actions_in(film(100, crossing(40)), rate=7.0, first=3)
    assert action.times == tuple(round(frame / 7.0, 6) for frame in action.frames)
    assert action.peak_time == round(action.peak / 7.0, 6)


def test_boxes_lie_in_the_picture() -> None:
    for action in actions_in(film(160, crossing(90)), ends=[]):
        left, top, width, height = action.box
        assert 0 <= left < left + width <= WIDTH
        assert 0 <= top < top + height <= HEIGHT


def test_the_same_video_has_the_same_actions() -> None:
    def drawn() -> Iterator[ndarray]:
        return film(150, crossing(70, 6.0), ground=slide(3.0))

    assert actions_in(drawn()) == actions_in(drawn())
