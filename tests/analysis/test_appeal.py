"""What makes a cover: a face with open eyes before one with closed eyes, before none, before a title card."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy import ndarray

from tests.clips import write_clip
from vkeyframe import Settings, extract
from vkeyframe.analysis.appeal import appeal


def scene() -> ndarray:
    """Draw a picture of many colours without a face."""
    source = np.random.default_rng(3)
    return cv2.resize(source.integers(20, 230, (9, 16, 3), np.uint8), (640, 360), interpolation=cv2.INTER_CUBIC)


def face(eyes: str, side: int = 160) -> ndarray:
    """Draw a face with eyes that are open, closed, or one of each, on a quiet ground."""
    picture = np.full((360, 640, 3), 90, np.uint8)
    picture[:, 320:] = (90, 70, 60)

    def spot(x: float, y: float, wide: float, high: float, colour: tuple[int, int, int], turn: float = 0.0) -> None:
        axes = max(1, int(wide * side)), max(1, int(high * side))
        cv2.ellipse(picture, (int(320 + x * side), int(180 + y * side)), axes, turn, 0, 360, colour, -1, cv2.LINE_AA)

    spot(0, -0.12, 0.47, 0.62, (40, 50, 60))
    spot(0, 0.08, 0.38, 0.52, (150, 180, 215))
    for place in (-1, 1):
        spot(place * 0.18, 0.2, 0.12, 0.1, (165, 195, 228))
        spot(place * 0.17, -0.02, 0.13, 0.075, (95, 120, 150))
        spot(place * 0.17, -0.1, 0.13, 0.025, (30, 40, 50), place * 8)
        if eyes == "open" or (eyes == "one" and place == 1):
            spot(place * 0.17, 0, 0.085, 0.042, (235, 238, 240))
            spot(place * 0.17, 0, 0.04, 0.042, (40, 45, 60))
            spot(place * 0.17, 0, 0.018, 0.02, (5, 5, 5))
        else:
            spot(place * 0.17, 0.01, 0.085, 0.012, (60, 80, 100))
    spot(0, 0.13, 0.05, 0.12, (165, 195, 228))
    spot(0, 0.23, 0.075, 0.03, (100, 125, 160))
    spot(0, 0.36, 0.15, 0.035, (80, 80, 150))
    return cv2.GaussianBlur(picture, (0, 0), 1.5)


def card() -> ndarray:
    """Draw a title card."""
    picture = np.full((360, 640, 3), 30, np.uint8)
    cv2.putText(picture, "CHAPTER ONE", (140, 200), cv2.FONT_HERSHEY_DUPLEX, 1.8, (240, 240, 240), 3, cv2.LINE_AA)
    return picture


def test_open_eyes_come_before_closed_ones_before_no_face_before_a_card() -> None:
    values = [appeal(picture) for picture in (face("open"), face("one"), face("closed"), scene(), card())]
    assert values == sorted(values, reverse=True)
    assert values[0] == pytest.approx(1.0)
    assert values[1] == pytest.approx(0.1 + 0.9 * (0.25 + 0.75 / 4))
    assert values[2] == pytest.approx(0.1 + 0.9 * 0.25)
    assert values[3] == pytest.approx(0.1)
    assert values[4] < 0.03


def test_a_small_face_counts_less() -> None:
    assert 0.1 < appeal(face("open", 60)) < appeal(face("open"))


@pytest.mark.parametrize("size", [(1, 1), (1, 640), (640, 1), (17, 9), (1080, 1920)])
def test_any_size_has_an_appeal(size: tuple[int, int]) -> None:
    assert 0.0 < appeal(np.zeros((*size, 3), np.uint8)) < 0.1


def test_the_cover_is_the_face_with_open_eyes_however_short_its_shot(tmp_path: Path) -> None:
    parts = [(card(), 50), (scene(), 100), (face("closed"), 20), (face("open"), 15)]
    clip = write_clip(tmp_path / "a.mp4", [picture for picture, frames in parts for _ in range(frames)])
    (found,) = extract(clip, Settings.from_preset("thumbnail")).keyframes
    assert found.frame >= 170
    # Without the preference the longest shot comes first.
    (other,) = extract(clip, Settings.of(count=1)).keyframes
    assert 50 <= other.frame < 150
