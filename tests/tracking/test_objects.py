"""Attended things in drawn shots: what moves otherwise than the camera, and what is looked at where nothing moves."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from numpy import ndarray

from tests.clips import flat, scene
from vkeyframe.opencv import cv2
from vkeyframe.tracking import objects
from vkeyframe.tracking.objects import enlarged, segment_objects
from vkeyframe.tracking.voting import REACH

WIDTH, HEIGHT = 240, 136
Spot = tuple[float, float, float, float, int]  # x and y in the first frame, pixels a frame to the right, radius, hue


def draw_spots(grounds: list[ndarray], *spots: Spot) -> tuple[list[ndarray], list[ndarray]]:
    """Draw checked discs that move to the right; the pictures, and label maps with 1 for the first disc and so on."""
    pictures, truths = [], []
    for i, ground in enumerate(grounds):
        picture, truth = ground.copy(), np.zeros(ground.shape[:2], np.uint8)
        for number, (x, y, speed, radius, hue) in enumerate(spots, 1):
            down, across = np.indices(truth.shape)
            across = across - (x + speed * i)
            down = down - y
            inside = np.hypot(down, across) <= radius
            light = np.where((across // 5 + down // 5) % 2 == 0, 255, 150)
            hues = np.dstack([np.full_like(light, hue), np.full_like(light, 230), light]).astype(np.uint8)
            colours = cv2.cvtColor(hues, cv2.COLOR_HSV2BGR)
            picture[inside] = colours[inside]
            truth[inside] = number
        pictures.append(picture)
        truths.append(truth)
    return pictures, truths


def grounds(count: int, speed: int = 1, seed: int = 3) -> list[ndarray]:
    """Draw a pale ground over which the camera slides."""
    return [(each // 3 + 90).astype(np.uint8) for each in scene(seed, count, WIDTH, HEIGHT, speed)]


def jaccard(one: ndarray, other: ndarray) -> float:
    return float((one & other).sum() / max(1, (one | other).sum()))


def worst(found: list[ndarray], truths: list[ndarray], number: int = 1) -> float:
    return min(jaccard(each == number, truth == number) for each, truth in zip(found, truths, strict=True))


@pytest.mark.parametrize("speed", [0, 1])
def test_what_moves_otherwise_than_the_camera_is_found(speed: int) -> None:
    pictures, truths = draw_spots(grounds(14, speed), (70, 70, 4, 22, 0))
    found = list(segment_objects(pictures))
    assert [(each.shape, each.dtype) for each in found] == [((HEIGHT, WIDTH), np.uint8)] * 14
    assert worst(found, truths) > 0.7
    assert max(each.max() for each in found) == 1


def test_of_two_things_the_larger_is_the_first_and_both_keep_their_numbers() -> None:
    pictures, truths = draw_spots(grounds(12), (60, 40, 4, 26, 0), (180, 100, -4, 18, 120))
    found = list(segment_objects(pictures))
    assert worst(found, truths, 1) > 0.7
    assert worst(found, truths, 2) > 0.6


@pytest.fixture
def short_windows(monkeypatch: pytest.MonkeyPatch) -> int:
    """Make windows short, so that a short clip has several; the number of frames of one."""
    monkeypatch.setattr(objects, "TUNING", replace(objects.TUNING, past=8, new=8, ahead=REACH))
    return 16 + REACH


def test_numbers_stay_from_window_to_window(short_windows: int) -> None:
    pictures, truths = draw_spots(grounds(short_windows + 13, 0), (40, 40, 3, 20, 0), (200, 100, -3, 14, 120))
    found = list(segment_objects(pictures))
    assert len(found) == len(pictures)
    assert worst(found, truths, 1) > 0.7
    assert worst(found, truths, 2) > 0.6


def test_a_given_thing_is_followed_though_another_moves_more() -> None:
    pictures, truths = draw_spots(grounds(14), (40, 40, 2, 16, 60), (180, 90, -4, 24, 0))
    found = list(segment_objects(pictures, (24, 24, 33, 33)))
    assert worst(found, truths) > 0.6
    assert max(each.max() for each in found) == 1


def test_a_given_thing_that_stays_is_followed() -> None:
    pictures, truths = draw_spots(grounds(8, 0), (90, 70, 0, 24, 0))
    assert worst(list(segment_objects(pictures, (66, 46, 49, 49))), truths) > 0.8


@pytest.mark.parametrize("count", [1, 2, 9])
def test_in_a_still_shot_it_is_what_people_look_at(count: int) -> None:
    pictures, truths = draw_spots([np.full((HEIGHT, WIDTH, 3), 128, np.uint8)] * count, (120, 70, 0, 24, 0))
    assert worst(list(segment_objects(pictures)), truths) > 0.6


def test_nothing_comes_of_no_pictures() -> None:
    assert list(segment_objects([])) == []
    assert list(segment_objects([], (0, 0, 4, 4))) == []


@pytest.mark.parametrize("given", [None, (2, 3, 6, 5)])
@pytest.mark.parametrize(
    "pictures",
    [
        flat(3, 0),
        flat(2, 255, 17, 13),
        flat(1, 90, 1, 1),
        scene(0, 3, 16, 16),
        scene(1, 3, 31, 7),
        scene(2, 2, 401, 9),
        [np.random.default_rng(0).integers(0, 256, (45, 67, 3), np.uint8)] * 3,
    ],
)
def test_any_picture_gets_labels_of_its_size(pictures: list[ndarray], given: tuple[int, int, int, int] | None) -> None:
    found = list(segment_objects(pictures, given))
    assert [each.shape for each in found] == [each.shape[:2] for each in pictures]
    assert max(each.max() for each in found) <= 4


def test_a_box_beyond_the_picture_does_no_harm() -> None:
    pictures, _ = draw_spots(grounds(3), (70, 70, 4, 22, 0))
    for box in (-50, -50, 2000, 2000), (WIDTH - 1, HEIGHT - 1, 1, 1), (10, 10, 0, 0), (900, 900, 10, 10):
        assert len(list(segment_objects(pictures, box))) == 3


def test_frames_are_let_go(short_windows: int) -> None:
    asked = 0

    def pictures() -> Iterator[ndarray]:
        nonlocal asked
        for picture in scene(4, 2 * short_windows, 64, 64):
            asked += 1
            yield picture

    leads = [asked - answered for answered, _ in enumerate(segment_objects(pictures()))]
    assert len(leads) == 2 * short_windows
    assert max(leads) <= short_windows + 1


def test_the_same_frames_give_the_same_labels_with_any_number_of_threads() -> None:
    pictures, _ = draw_spots(grounds(6), (70, 70, 4, 22, 0))
    before = cv2.getNumThreads()
    try:
        results = []
        for threads in 1, 2:
            cv2.setNumThreads(threads)
            results.append(np.stack(list(segment_objects(pictures))))
    finally:
        cv2.setNumThreads(before)
    np.testing.assert_array_equal(*results)


def test_labels_are_enlarged_with_smooth_outlines() -> None:
    labels = np.zeros((8, 8), np.uint8)
    labels[2:6, 1:4], labels[2:6, 4:7] = 1, 3
    large = enlarged(labels, (64, 65))
    assert set(np.unique(large)) == {0, 1, 3}
    assert large[32, 20] == 1
    assert large[32, 45] == 3
    assert abs(float((large > 0).mean()) - 24 / 64) < 0.03
