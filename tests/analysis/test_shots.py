"""Transitions in drawn frames, and what must not be taken for one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from numpy import ndarray

from tests import clips
from tests.conftest import SAMPLES
from vkeyframe import extract
from vkeyframe.analysis.change import measure_change
from vkeyframe.analysis.features import FrameFeatures, extract_features
from vkeyframe.analysis.sample import ShotStart
from vkeyframe.analysis.shots import Boundary, ShotDetector
from vkeyframe.opencv import cv2

RATE = 8.0
WIDTH, HEIGHT = 320, 192
LINES = ("Tides rise and fall", "twice on most days", "The moon pulls most", "and the sun helps it")
OTHERS = ("Gauges are read often", "at every harbour wall", "Wind may add a metre", "to what was foretold")


def features(picture: ndarray, index: int) -> FrameFeatures:
    time = index / RATE
    return extract_features(picture, index, time, ShotStart(index, time, time - 1 / RATE))


def find(frames: Sequence[ndarray]) -> list[Boundary]:
    detector = ShotDetector()
    found = [boundary for index, frame in enumerate(frames) for boundary in detector.push(features(frame, index))]
    return found + detector.finish()


def scene(seed: int, count: int, speed: int = 0) -> list[ndarray]:
    return clips.scene(seed, count, WIDTH, HEIGHT, speed)


def page(lines: Sequence[str], top: int = 50) -> ndarray:
    """Draw a slide."""
    picture = np.full((HEIGHT, WIDTH, 3), 240, np.uint8)
    cv2.rectangle(picture, (0, 0), (WIDTH, 30), (110, 60, 30), -1)
    for number, line in enumerate(lines):
        cv2.putText(picture, line, (12, top + 34 * number), cv2.FONT_HERSHEY_SIMPLEX, 0.7, (30, 30, 30), 2)
    return picture


def with_caption(picture: ndarray, text: str = "A caption") -> ndarray:
    marked = picture.copy()
    cv2.rectangle(marked, (0, 150), (WIDTH, 182), (40, 90, 160), -1)
    cv2.putText(marked, text, (10, 174), cv2.FONT_HERSHEY_SIMPLEX, 0.7, (255, 255, 255), 2)
    return marked


def blend(old: Sequence[ndarray], new: Sequence[ndarray]) -> list[ndarray]:
    steps = len(old) + 1
    pairs = enumerate(zip(old, new, strict=True), 1)
    return [cv2.addWeighted(a, 1 - i / steps, b, i / steps, 0) for i, (a, b) in pairs]


@pytest.mark.parametrize("speed", [0, 2, 8])
def test_a_cut_is_found_in_stillness_and_in_motion(speed: int) -> None:
    (cut,) = find([*scene(1, 12, speed), *scene(2, 12, speed)])
    assert (cut.kind, cut.last, cut.first, cut.shot_start.frame) == ("cut", 11, 12, 12)


@pytest.mark.parametrize("length", [1, 2])
@pytest.mark.parametrize("amount", [60, 120])
def test_a_flash_is_no_transition(amount: int, length: int) -> None:
    frames = scene(1, 20, 1)
    for index in range(9, 9 + length):
        frames[index] = cv2.add(frames[index], np.full_like(frames[index], amount))
    assert find(frames) == []


def test_drifting_exposure_is_no_transition() -> None:
    assert find([cv2.convertScaleAbs(frame, beta=3 * index) for index, frame in enumerate(scene(1, 24, 1))]) == []


@pytest.mark.parametrize("speed", [0, 1])
def test_a_caption_is_no_transition(speed: int) -> None:
    frames = scene(3, 24, speed)
    assert find([*frames[:8], *(with_caption(frame) for frame in frames[8:16]), *frames[16:]]) == []


def test_a_ticker_over_the_picture_does_not_hide_a_cut() -> None:
    old, new = scene(1, 10, 1), scene(2, 10, 1)
    (cut,) = find([with_caption(frame, "Latest news") for frame in [*old, *new]])
    assert (cut.last, cut.first) == (9, 10)


def test_slides_follow_each_other_and_their_lines_do_not() -> None:
    frames = [page(LINES[:count]) for count in (1, 2, 3, 4) for _ in range(24)]
    frames += [page(OTHERS[:count]) for count in (0, 2, 4) for _ in range(24)]
    assert [(cut.kind, cut.first) for cut in find(frames)] == [("cut", 96)]


def test_a_caption_and_a_cursor_on_a_slide_are_no_transitions() -> None:
    frames = [page(LINES)] * 8 + [with_caption(page(LINES))] * 8 + [page(LINES)] * 8
    for index, picture in enumerate(frames):
        frames[index] = picture.copy()
        if index % 4 < 2:
            cv2.rectangle(frames[index], (280, 60), (284, 80), (0, 0, 0), -1)
        cv2.circle(frames[index], (20 + 10 * index, 100), 5, (0, 0, 200), -1)
    assert find(frames) == []


@pytest.mark.parametrize("length", [3, 6, 10])
def test_a_dissolve_ends_where_it_ends(length: int) -> None:
    old, new = scene(1, 12 + length), scene(2, 12 + length)
    (found,) = find([*old[:12], *blend(old[12:], new[:length]), *new[length:]])
    assert found.kind == "dissolve"
    assert found.last in (11, 12)
    assert found.first in (11 + length, 12 + length)


def test_a_wipe_is_told_from_a_dissolve() -> None:
    old, new = scene(1, 1)[0], scene(2, 1)[0]
    wiped = []
    for step in range(1, 8):
        wiped.append(old.copy())
        wiped[-1][:, : WIDTH * step // 8] = new[:, : WIDTH * step // 8]
    (found,) = find([old] * 8 + wiped + [new] * 8)
    assert found.kind == "wipe"
    assert 7 <= found.last <= 8
    assert 14 <= found.first <= 15


def test_what_passes_through_the_picture_is_no_wipe() -> None:
    ground, thing = scene(1, 1)[0], scene(2, 1)[0]
    frames = []
    for index in range(24):
        frames.append(ground.copy())
        left = max(0, min(WIDTH, 30 * (index - 6)))
        right = min(WIDTH, left + 100)
        if index >= 6 and right > left:
            frames[-1][40:150, left:right] = thing[40:150, : right - left]
    assert find(frames) == []


def test_what_is_gone_counts_and_what_is_added_or_covered_does_not() -> None:
    full, covered = page(LINES), with_caption(page(LINES[:3]))
    pairs = ((page(LINES[:2]), full), (page(LINES[:3]), covered), (full, page([])))
    added, hidden, gone = (measure_change(features(one, 0), features(other, 1)).lost for one, other in pairs)
    assert max(added, hidden) < 0.03
    assert gone > 0.06


def test_the_five_slides_of_the_sample_are_five_shots() -> None:
    starts = [shot.start_frame for shot in extract(SAMPLES / "slides.mp4").shots]
    assert starts == [shot["first"] for shot in clips.truth("slides")["shots"]]
