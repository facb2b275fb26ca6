"""Where in a frame a target lies, and the similarity of each place, against the formula written out."""

from __future__ import annotations

import numpy as np
import pytest
from numpy import ndarray

from tests.clips import scene
from vkeyframe.analysis.alignment import (
    COLUMNS,
    ROWS,
    TUNING,
    Template,
    Window,
    frame_structure,
    local_similarity,
    structure,
)
from vkeyframe.opencv import cv2


def luma(seed: int, scale: int = 1) -> ndarray:
    return cv2.cvtColor(scene(seed, 1, COLUMNS * scale, ROWS * scale)[0], cv2.COLOR_BGR2GRAY)


def cut(picture: ndarray, window: Window) -> ndarray:
    """Return a window of a large picture in the size that is compared."""
    height, width = picture.shape
    left, top = round(window.x * width), round(window.y * height)
    part = picture[top : top + round(window.height * height), left : left + round(window.width * width)]
    return cv2.resize(part, (COLUMNS, ROWS), interpolation=cv2.INTER_AREA)


def distance(one: Window, other: Window) -> float:
    return max(abs(one.x - other.x), abs(one.y - other.y), abs(one.width - other.width), abs(one.height - other.height))


WINDOWS = [Window(0.1, 0.05, 0.85, 0.9), Window(0.0, 0.0, 1.0, 1.0), Window(0.02, 0.15, 0.92, 0.83), Window(0.18, 0.18, 0.8, 0.8)]


@pytest.mark.parametrize("window", WINDOWS, ids=str)
def test_a_window_is_searched_for_and_then_found_more_exactly(window: Window) -> None:
    whole = luma(1, scale=4)
    template, frame = Template(cut(whole, window)), frame_structure(cut(whole, Window(0.0, 0.0, 1.0, 1.0)))
    correlation, near = template.search(frame)
    assert correlation > 0.6
    assert distance(near, window) < 0.08
    exact = template.refine(frame, near)
    assert distance(exact, window) < 0.01
    assert template.compare(cut(whole, Window(0.0, 0.0, 1.0, 1.0)), exact).score > 0.95


def test_structure_does_not_know_the_light() -> None:
    picture = np.clip(luma(1), 40, 200)
    assert structure(picture + 30) == pytest.approx(structure(picture), abs=1e-3)
    assert structure(np.full((20, 30), 90, np.uint8)) == pytest.approx(np.zeros((20, 30)), abs=1e-5)


def test_noise_is_not_taken_for_structure() -> None:
    flat = np.full((ROWS, COLUMNS), 90, np.uint8)
    noise = flat + np.random.default_rng(2).integers(0, 2, flat.shape, np.uint8)
    assert abs(Template(luma(1)).search(frame_structure(noise))[0]) < 0.05
    assert Template(luma(1)).search(frame_structure(luma(1)))[0] == pytest.approx(1.0, abs=1e-4)


def test_the_similarity_of_a_place_is_that_of_its_window() -> None:
    one, other = luma(1), np.clip(luma(1).astype(int) // 2 + luma(2) // 2, 0, 255).astype(np.uint8)
    inside = np.ones((ROWS, COLUMNS), bool)
    inside[:, :20] = False
    found = local_similarity(one, other, inside)
    half = TUNING.window_px // 2
    for y, x in ((20, 40), (45, 100), (80, 150)):
        a, b = (p[y - half : y + half + 1, x - half : x + half + 1].astype(float) for p in (one, other))
        shared = ((a - a.mean()) * (b - b.mean())).mean()
        expected = (2 * shared + TUNING.flat) / (a.var() + b.var() + TUNING.flat)
        if half <= y < ROWS - half and half <= x < COLUMNS - half:
            assert found.map[y, x] == pytest.approx(expected, abs=0.01)
            assert found.weights[y, x] == pytest.approx(np.sqrt(a.var() + b.var()) + TUNING.plain, rel=0.01)
    assert (found.map[:, :20] == 0.0).all()
    values, weights = found.map[:, 20:].ravel(), found.weights[:, 20:].ravel()
    best = np.argsort(values)[int(0.2 * values.size) :]
    assert found.score == pytest.approx(np.average(values[best], weights=weights[best]), abs=1e-3)


def test_what_shows_less_than_half_of_the_target_is_not_like_it() -> None:
    inside = np.zeros((ROWS, COLUMNS), bool)
    inside[:, : COLUMNS // 2 - 1] = True
    assert local_similarity(luma(1), luma(1), inside).score == 0.0


def test_a_window_of_a_part_is_one_of_the_whole() -> None:
    inner = Window(0.5, 0.0, 0.5, 1.0).within((0.0, 0.1, 1.0, 0.8))
    assert (inner.x, inner.y, inner.width, inner.height) == pytest.approx((0.5, 0.1, 0.5, 0.8))
