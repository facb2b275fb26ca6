"""Novelty: what moves faster than its place has seen is new; noise, rain, light and trees are not."""

from __future__ import annotations

from itertools import chain

import numpy as np
import pytest

from tests.analysis.frames import novelty_in
from tests.analysis.stills import crossing, film, slide

QUIET = {
    "noise": {"noise": 8.0},
    "light": {"light": lambda number: 1.0 + 0.3 * np.sin(number / 40)},
    "rain": {"rain": 12},
    "tree": {"sway": lambda _: 2.0},
}


@pytest.mark.parametrize("name", QUIET)
def test_who_walks_by_is_news_and_what_goes_on_by_itself_is_none(name: str) -> None:
    values = novelty_in(film(150, crossing(110), **QUIET[name]))
    person, before = [value for _, value in values[115:145]], [value for _, value in values[:105]]
    assert len(values) == 150
    assert np.median(person) > 4 * max(before)


def test_there_is_a_value_for_each_sample_and_little_without_motion() -> None:
    values = novelty_in(film(40))
    assert [frame for frame, _ in values] == list(range(40))
    assert all(0.0 <= value < 0.2 for _, value in values)


def test_what_is_usual_in_a_place_is_no_news_there() -> None:
    def again(number: int) -> float | None:
        return crossing(0)(number % 45)

    values = [value for _, value in novelty_in(film(450, again))]
    assert np.median(values[400:]) < 0.5 * np.median(values[5:40])


def test_who_runs_is_more_than_who_walks() -> None:
    walks, runs = (max(value for _, value in novelty_in(film(80, crossing(30, speed)))) for speed in (2.0, 6.0))
    assert runs > 3 * walks


def test_before_a_camera_that_moves_nothing_is_news() -> None:
    assert novelty_in(film(60, crossing(20), ground=slide(4.0))) == []


def test_a_cut_is_no_news_and_another_shot_has_other_habits() -> None:
    video = chain(film(60), film(60, ground=lambda _: slide(0.0)(0) * 0.7))
    values = novelty_in(video, ends=[59])
    assert [frame for frame, _ in values] == list(range(120))
    # The second wall has less texture, in which noise moves more.
    assert max(value for _, value in values) < 5.0


def test_a_clip_of_one_sample_has_no_news() -> None:
    assert novelty_in(film(1)) == [(0, 0.0)]
    assert novelty_in(film(0)) == []


def test_the_same_video_has_the_same_values() -> None:
    assert novelty_in(film(40, crossing(10))) == novelty_in(film(40, crossing(10)))
