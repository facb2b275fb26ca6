"""Whether the camera moves, and what moves beside that."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy import ndarray

from tests.analysis.frames import features_of
from tests.analysis.stills import Path, crossing, film, slide
from vkeyframe.analysis.camera import CameraWatch


def lumas(count: int, thing: Path = lambda _: None, **drawn: Any) -> list[ndarray]:
    return [features_of(picture).luma for picture in film(count, thing, **drawn)]


@pytest.mark.parametrize("speed", [1.0, 3.0, 6.0])
def test_a_pan_is_motion_of_the_camera_and_leaves_little(speed: float) -> None:
    before, after = lumas(2, ground=slide(speed, speed / 3))
    step = CameraWatch().compare(before, after)
    assert step.moves
    assert step.energy < 0.5


def test_a_camera_that_is_still_does_not_move_with_the_noise() -> None:
    before, after = lumas(2, noise=4.0)
    step = CameraWatch().compare(before, after)
    assert not step.moves
    assert step.energy < 0.2


def test_what_moves_beside_the_camera_is_left_and_told_with_its_place() -> None:
    before, after = lumas(42, crossing(30, 6.0), ground=slide(2.0))[-2:]
    step = CameraWatch().compare(before, after)
    left, top, width, _ = step.box
    # It went from 48 to 54 of 160 pixels, in the lower part of the picture.
    assert 17 <= left <= left + width <= 29
    assert top >= 15
    assert step.energy > 2 * CameraWatch().compare(*lumas(42, ground=slide(2.0))[-2:]).energy


def test_nothing_between_two_flat_pictures() -> None:
    flat = np.full((36, 64), 90.0, np.float32)
    step = CameraWatch().compare(flat, flat)
    assert (step.moves, step.energy, step.box) == (False, 0.0, (0, 0, 64, 36))
