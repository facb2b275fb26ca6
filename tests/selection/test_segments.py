"""What divides a shot: states and events of a still picture, steps of a moving camera, like content."""

from collections import deque

import numpy as np
import pytest
from numpy import ndarray

from tests.selection.conftest import look, texture
from vkeyframe.analysis.features import FrameFeatures
from vkeyframe.selection.segments import Segment, StateSegmenter, StepSegmenter, segmenter_factory

RATE = 8
KEPT_AT_LEAST = np.clip(texture(1) // 3 + 90, 0, 255).astype(np.uint8)


def with_box(ground: ndarray, x: int, y: int = 20, size: int = 24, level: int = 20) -> ndarray:
    picture = ground.copy()
    picture[y : y + size, max(0, x) : max(0, x + size)] = level
    return picture


def noisy(pictures: list[ndarray], deviation: float = 3.0) -> list[FrameFeatures]:
    source = np.random.default_rng(5)
    return [
        look(np.clip(p + source.normal(0, deviation, p.shape), 0, 255).astype(np.uint8), i / RATE) for i, p in enumerate(pictures)
    ]


def stretches(pictures: list[ndarray], events: bool, known: deque[ndarray] | None = None) -> list[Segment]:
    """Return the stretch of each frame; every lasting one is named once in `standing`."""
    divider = StateSegmenter(4.0, events, deque() if known is None else known)
    return [divider(features, None)[0] for features in noisy(pictures)]


def standing(found: list[Segment]) -> list[str]:
    unique = list(dict.fromkeys(found))
    return [stretch.kind for stretch in unique if stretch.stands]


STILL = [KEPT_AT_LEAST] * (5 * RATE)
PASSING = [with_box(KEPT_AT_LEAST, x) for x in range(-24, 130, 4)]


@pytest.mark.parametrize("events", [False, True])
def test_noise_is_one_state(events: bool) -> None:
    assert standing(stretches(STILL * 4, events)) == ["lasting state"]


@pytest.mark.parametrize("events", [False, True])
def test_exposure_drift_is_one_state(events: bool) -> None:
    drifting = [np.clip(KEPT_AT_LEAST * (1 + 0.3 * np.sin(i / 40)), 0, 255).astype(np.uint8) for i in range(30 * RATE)]
    assert standing(stretches(drifting, events)) == ["lasting state"]


def test_what_passes_is_an_event_and_no_state() -> None:
    video = STILL + PASSING + STILL
    assert standing(stretches(video, events=False)) == ["lasting state"]
    assert standing(stretches(video, events=True)) == ["lasting state", "passing change"]


@pytest.mark.parametrize("events", [False, True])
def test_what_is_put_down_is_a_new_state(events: bool) -> None:
    placed = [with_box(KEPT_AT_LEAST, 60)] * (5 * RATE)
    found = stretches(STILL + [with_box(KEPT_AT_LEAST, x) for x in range(-24, 60, 8)] + placed, events)
    assert [kind for kind in standing(found) if kind == "lasting state"] == ["lasting state"] * 2
    assert found[-1].kind == "lasting state"
    assert found[-1] is not found[4 * RATE]


def test_a_state_that_returns_counts_only_where_changes_do() -> None:
    gone = STILL + [with_box(KEPT_AT_LEAST, 60)] * (5 * RATE) + STILL
    assert standing(stretches(gone, events=False)) == ["lasting state"] * 2
    assert standing(stretches(gone, events=True)).count("lasting state") == 3


def test_a_state_that_returns_in_another_shot_counts_once() -> None:
    known: deque[ndarray] = deque()
    assert standing(stretches(STILL, False, known)) == ["lasting state"]
    assert standing(stretches(STILL, False, known)) == []


def slide(lines: int, title: int = 30) -> ndarray:
    """Draw a slide: a dark title as wide as it says, and lines of text below it."""
    page = np.full((72, 128, 3), 235, np.uint8)
    page[4:12, 8 : 8 + 3 * title : 2] = 20
    for line in range(lines):
        top = 20 + 10 * line
        page[top : top + 6, 10 : 100 - 7 * line : 2] = 40
    return page


def test_a_slide_that_fills_up_is_one_state_when_it_is_complete() -> None:
    video = [slide(lines) for lines in (1, 2, 3, 4) for _ in range(3 * RATE)]
    found = stretches(video, events=False)
    assert standing(found) == ["lasting state"]
    assert found[-1].stands


def test_the_next_slide_is_another_state() -> None:
    video = [slide(4)] * (4 * RATE) + [slide(2, title=20)] * (4 * RATE)
    assert standing(stretches(video, events=False)) == ["lasting state"] * 2


def test_a_cursor_and_a_speaker_in_the_corner_do_not_matter() -> None:
    source = np.random.default_rng(2)
    video = []
    for lines in (2, 3, 4):
        for i in range(4 * RATE):
            page = slide(lines)
            page[10 + i : 14 + i, 110:113] = 0
            page[56:72, 112:128] = 80 + 60 * source.integers(0, 2, (2, 2, 1), np.uint8).repeat(8, 0).repeat(8, 1)
            video.append(page)
    assert standing(stretches(video, events=False)) == ["lasting state"]


def test_a_long_event_is_cut() -> None:
    found = stretches(STILL + PASSING * 5 + STILL, events=True)
    assert standing(found).count("passing change") == 3


def test_steps_are_even_along_the_path() -> None:
    ground = np.random.default_rng(3).uniform(0, 255, (12, 60, 3)).astype(np.float32).repeat(6, 0).repeat(6, 1)
    panned = [ground[:, x : x + 128].astype(np.uint8) for x in range(0, 230, 2)]
    divider = StepSegmenter(0.2)
    numbers = [divider(look(picture, i / RATE), None)[0].number for i, picture in enumerate(panned)]
    # 228 pixels of a picture 128 wide: 1.78 widths, a fifth in each step.
    assert numbers[-1] == pytest.approx(8.9, abs=1.0)
    lengths = np.bincount(numbers)[:-1]
    assert lengths.max() - lengths.min() <= 3


def test_a_camera_at_rest_makes_no_step() -> None:
    divider = StepSegmenter(0.05)
    assert {divider(features, None)[0].number for features in noisy(STILL * 2)} == {0}


def test_sensitivity_makes_steps_shorter() -> None:
    panned = [np.roll(texture(8), 2 * i, axis=1) for i in range(60)]
    counts = []
    for sensitivity in (0.0, 0.5, 1.0):
        divider = segmenter_factory("steps", sensitivity)()
        counts.append(len({divider(look(picture, i / RATE), None)[0].number for i, picture in enumerate(panned)}))
    assert counts[0] < counts[1] < counts[2]
