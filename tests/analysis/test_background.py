"""The moving pixels before a still camera."""

from __future__ import annotations

from itertools import islice

import numpy as np

from tests.analysis.stills import THING, crossing, film, visit
from vkeyframe.analysis.background import BackgroundModel

WIDTH, TOP, HEIGHT = THING


def test_a_thing_that_moves_is_told_from_the_noise_of_the_wall() -> None:
    pictures = film(60, crossing(20), noise=4.0)
    model = BackgroundModel(next(pictures))
    for number, picture in enumerate(pictures, 1):
        mask = model.moving(picture) > 0
        left = round(crossing(20)(number) or -99)
        thing = np.zeros(mask.shape, bool)
        thing[TOP : TOP + HEIGHT, max(0, left) : max(0, left + WIDTH)] = True
        if number < 20:
            assert mask.mean() < 0.001
        elif left >= 0:
            # Some of the wall's places are nearly as dark as the thing.
            assert (mask & thing).sum() >= 0.7 * thing.sum()
            assert (mask & ~thing).sum() <= 0.1 * thing.sum()


def test_what_comes_to_rest_is_remembered() -> None:
    pictures = film(300, visit(1, 21, 9999))
    model = BackgroundModel(next(pictures))
    shares = [(model.moving(picture) > 0)[TOP : TOP + HEIGHT, 68:80].mean() for picture in pictures]
    assert min(shares[22:]) > 0.6


def test_a_place_that_was_covered_at_first_is_taken_into_the_background() -> None:
    pictures = film(400, lambda number: 70.0 if number < 5 else None)
    model = BackgroundModel(next(pictures))
    shares = [(model.moving(picture) > 0)[TOP : TOP + HEIGHT, 70:82].mean() for picture in pictures]
    assert shares[0] == 0.0
    assert shares[10] > 0.5
    assert shares[-1] < 0.25


def test_the_same_pictures_have_the_same_masks() -> None:
    def masks() -> list[bytes]:
        first, *others = islice(film(30, crossing(5)), 30)
        model = BackgroundModel(first)
        return [model.moving(picture).tobytes() for picture in others]

    assert masks() == masks()


def test_a_part_of_a_larger_picture_may_be_looked_at() -> None:
    first, second = film(2)
    model = BackgroundModel(first[10:80, 20:90])
    assert model.moving(second[10:80, 20:90]).shape == (70, 70)
