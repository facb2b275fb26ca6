"""Numbers of things: the most attended first, kept through occlusion, and no number for what is small or short."""

import numpy as np
from numpy import ndarray

from vkeyframe.tracking.numbers import Numbering

HEIGHT, WIDTH = 60, 100
STILL = np.zeros((HEIGHT, WIDTH, 2), np.float32)
Block = tuple[int, int, int]  # left and top edge, side


def mask(*blocks: Block) -> ndarray:
    out = np.zeros((HEIGHT, WIDTH), bool)
    for x, y, side in blocks:
        out[max(0, y) : y + side, max(0, x) : x + side] = True
    return out


def number(numbering: Numbering, masks: list[ndarray], first: bool = True) -> list[ndarray]:
    backs = [None if first else STILL, *[STILL] * (len(masks) - 1)]
    return numbering.number(masks, [each.astype(np.float32) for each in masks], backs)


def numbers_at(labels: list[ndarray], x: int, y: int) -> list[int]:
    return [int(each[y, x]) for each in labels]


def test_the_most_attended_thing_is_the_first() -> None:
    labels = number(Numbering(), [mask((10, 10, 10), (60, 20, 20))] * 9)
    assert numbers_at(labels, 65, 25) == [1] * 9
    assert numbers_at(labels, 15, 15) == [2] * 9


def test_a_thing_keeps_its_number_in_the_next_window_though_another_is_larger_there() -> None:
    numbering = Numbering()
    number(numbering, [mask((60, 20, 20))] * 9)
    labels = number(numbering, [mask((60, 20, 20), (5, 5, 30))] * 9, first=False)
    assert numbers_at(labels, 65, 25) == [1] * 9
    assert numbers_at(labels, 15, 15) == [2] * 9


def test_what_is_small_or_seen_for_a_moment_gets_no_number() -> None:
    main = (60, 20, 20)
    masks = [mask(main, (10, 10, 7))] * 3 + [mask(main, (10, 40, 15))] * 3 + [mask(main)] * 6
    labels = number(Numbering(), masks)
    assert max(int(each.max()) for each in labels) == 1
    assert numbers_at(labels, 65, 25) == [1] * 12


def test_what_is_lost_and_found_nearby_is_the_same() -> None:
    labels = number(Numbering(), [mask((30, 20, 20))] * 9 + [mask()] * 4 + [mask((52, 20, 20))] * 9)
    assert numbers_at(labels, 35, 25)[:9] == [1] * 9
    assert numbers_at(labels, 60, 25)[13:] == [1] * 9


def test_what_comes_far_away_while_the_first_is_there_is_another() -> None:
    labels = number(Numbering(), [mask((5, 5, 20))] * 9 + [mask((5, 5, 20), (70, 30, 18))] * 9)
    assert numbers_at(labels, 75, 35)[9:] == [2] * 9


def test_halves_on_both_sides_of_a_pole_are_one_thing() -> None:
    halves = mask((30, 20, 20))
    halves[:, 39:41] = False
    labels = number(Numbering(), [mask((30, 20, 20))] * 9 + [halves] * 9)
    assert max(int(each.max()) for each in labels) == 1
    assert numbers_at(labels, 48, 25) == [1] * 18


def test_two_things_that_meet_stay_two() -> None:
    masks = [mask((5 + 3 * i, 20, 20), (75 - 3 * i, 20, 16)) for i in range(10)]
    for i, each in enumerate(number(Numbering(), masks)):
        assert each[25, 8 + 3 * i] == 1
        assert each[25, 88 - 3 * i] == 2


def test_empty_masks_give_no_numbers() -> None:
    labels = number(Numbering(), [mask()] * 3)
    assert not np.any(labels)
    assert labels[0].dtype == np.uint8
