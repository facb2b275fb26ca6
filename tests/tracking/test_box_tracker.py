"""The tracker of boxes, on drawn things of which it is known where they are."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from numpy import ndarray

from tests.tracking import drawn
from tests.tracking.drawn import Box
from vkeyframe.tracking.box_tracker import BoxTracker, TrackedBox


def follow(pictures: Sequence[ndarray], box: Box) -> list[TrackedBox]:
    tracker = BoxTracker(pictures[0], box)
    return [tracker.update(picture) for picture in pictures[1:]]


def overlaps(found: Sequence[TrackedBox], boxes: Sequence[Box]) -> list[float]:
    return [drawn.overlap((f.x, f.y, f.width, f.height), box) for f, box in zip(found, boxes, strict=True)]


def test_a_moving_square_is_followed() -> None:
    boxes = drawn.moving(25)
    found = follow(drawn.with_thing(boxes), boxes[0])
    assert min(overlaps(found, boxes[1:])) > 0.7
    assert {box.state for box in found} == {"seen"}
    assert all(0.0 <= box.score <= 1.0 for box in found)


def test_a_thing_that_comes_nearer_is_followed() -> None:
    boxes = [(100.0 - i / 2, 60.0 - i / 2, 30.0 + i, 30.0 + i) for i in range(30)]
    found = follow(drawn.with_thing(boxes), boxes[0])
    assert min(overlaps(found, boxes[1:])) > 0.6
    assert found[-1].width > 1.6 * boxes[0][2]


def test_a_thing_that_becomes_wider_only_is_followed() -> None:
    boxes = [(90.0 - i / 4, 60.0, 40.0 + i / 2, 40.0) for i in range(40)]
    found = follow(drawn.with_thing(boxes), boxes[0])
    assert found[-1].width / found[-1].height > 1.08
    assert min(overlaps(found, boxes[1:])) > 0.6


def test_a_hidden_thing_is_lost_and_found_again_elsewhere() -> None:
    before, away = drawn.moving(12), range(12, 24)
    boxes = [*before, *[before[-1]] * len(away), *[(180.0, 30.0 + i, 32.0, 32.0) for i in range(24)]]
    found = follow(drawn.with_thing(boxes, hidden=away), boxes[0])
    states = [box.state for box in found]
    assert set(states[:11]) == {"seen"}
    assert "lost" in states[11 : 11 + 5]
    assert set(states[16:23]) == {"lost"}
    assert states[-1] == "seen"
    assert min(overlaps(found[-5:], boxes[-5:])) > 0.7


def test_a_lost_thing_stays_where_it_was_seen_last() -> None:
    boxes = drawn.moving(20)
    found = [box for box in follow(drawn.with_thing(boxes, hidden=range(8, 20)), boxes[0]) if box.state == "lost"]
    assert found
    assert len({(box.x, box.y, box.width, box.height) for box in found}) == 1


def test_a_thing_that_never_comes_back_is_not_found() -> None:
    boxes = drawn.moving(50)
    found = follow(drawn.with_thing(boxes, hidden=range(8, 50)), boxes[0])
    assert {box.state for box in found[-20:]} == {"lost"}


def test_after_a_cut_the_thing_must_be_found_again() -> None:
    boxes = drawn.moving(8)
    pictures = drawn.with_thing(boxes)
    tracker = BoxTracker(pictures[0], boxes[0])
    tracker.update(pictures[1])
    tracker.lose()
    assert tracker.update(np.zeros_like(pictures[0])).state == "lost"
    tracker.lose()
    assert tracker.update(pictures[2]).state == "seen"


@pytest.mark.parametrize("value", [0, 128, 255])
def test_a_flat_picture_gives_finite_boxes(value: int) -> None:
    picture = np.full((90, 120, 3), value, np.uint8)
    for box in follow([picture] * 4, (40.0, 30.0, 20.0, 20.0)):
        assert np.isfinite([box.x, box.y, box.width, box.height, box.score]).all()


@pytest.mark.parametrize("box", [(0.0, 0.0, 6.0, 6.0), (100.0, 70.0, 20.0, 20.0), (0.0, 0.0, 120.0, 90.0)])
def test_boxes_at_the_edge_and_as_large_as_the_picture_are_followed(box: Box) -> None:
    picture = np.random.default_rng(1).integers(0, 256, (90, 120, 3), np.uint8)
    for found in follow([picture] * 3, box):
        assert drawn.overlap((found.x, found.y, found.width, found.height), box) > 0.6
