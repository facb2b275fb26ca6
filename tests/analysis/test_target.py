"""How like a picture is to a target, and what share of several likenesses each has."""

from __future__ import annotations

import numpy as np
import pytest
from numpy import ndarray
from scipy.special import softmax

from tests.analysis.frames import likeness, scores_against, shares_of_similarities
from vkeyframe.opencv import cv2


def picture(seed: int, height: int = 90, width: int = 160) -> ndarray:
    noise = np.random.default_rng(seed).uniform(0, 255, (9, 16, 3))
    return np.clip(cv2.resize(noise, (width, height), interpolation=cv2.INTER_CUBIC), 0, 255).astype(np.uint8)


def luma_of(bgr: ndarray) -> ndarray:
    return bgr.astype(np.float64) @ [29 / 256, 150 / 256, 77 / 256]


def test_a_picture_is_altogether_like_itself() -> None:
    assert likeness(picture(1), picture(1)) == pytest.approx((1.0, 1.0, 0.0), abs=1e-5)


def test_likeness_is_the_correlation_of_luma_and_the_difference_tells_light() -> None:
    plain, _, difference = likeness(picture(1), picture(2))
    one, other = luma_of(picture(1)).ravel(), luma_of(picture(2)).ravel()
    assert plain == pytest.approx(np.corrcoef(one, other)[0, 1], abs=1e-4)
    assert difference == pytest.approx(np.abs(one - other).mean(), abs=0.01)
    darker = (picture(1) * 0.5).astype(np.uint8)
    assert likeness(picture(1), darker)[:2] == pytest.approx((1.0, 1.0), abs=1e-3)
    assert likeness(picture(1), darker)[2] > 50


def test_where_the_target_draws_the_eye_counts_for_more() -> None:
    def drawn(ground: int, spot: int) -> ndarray:
        drawing = picture(ground) // 6 + 60
        drawing[40:50, 70:80] = spot
        return drawing

    plain, weighted, _ = likeness(drawn(1, 220), drawn(3, 220))
    assert weighted > plain + 0.1
    plain, weighted, _ = likeness(drawn(1, 220), drawn(1, 80))
    assert weighted < plain - 0.1


def test_of_pictures_that_correlate_alike_the_one_of_nearest_light_ranks_first() -> None:
    scores = scores_against(picture(1), [(picture(1) * light).astype(np.uint8) for light in (0.5, 1.0, 0.8)])
    assert scores[1] > scores[2] > scores[0]
    # A hundred grey levels count like a correlation of 1 or 0.
    plain, weighted, difference = likeness(picture(1), (picture(1) * 0.5).astype(np.uint8))
    assert scores[0] == pytest.approx((plain + weighted) / 2 - difference / 100)


@pytest.mark.parametrize(("height", "width"), [(45, 80), (180, 320), (1080, 1920)])
def test_the_size_of_the_picture_does_not_matter(height: int, width: int) -> None:
    scaled = cv2.resize(picture(1), (width, height), interpolation=cv2.INTER_CUBIC)
    plain, weighted, difference = likeness(picture(1), scaled)
    assert min(plain, weighted) > 0.99
    assert difference < 4


@pytest.mark.parametrize(("height", "width"), [(720, 1280), (1280, 720)])
def test_pictures_are_compared_at_640_pixels_of_the_longest_side(height: int, width: int) -> None:
    grey = np.full((height, width, 3), 120, np.uint8)
    fine, coarse = grey.copy(), grey.copy()
    fine[::2], fine[1::2] = 100, 140
    coarse[::4], coarse[1::4], coarse[2::4], coarse[3::4] = 100, 100, 140, 140
    assert likeness(grey, fine)[2] == pytest.approx(0.0, abs=0.5)
    assert likeness(grey, coarse)[2] == pytest.approx(20.0, abs=0.5)


@pytest.mark.parametrize(("height", "width"), [(1, 2000), (2000, 1), (1, 1)])
def test_a_picture_of_one_line_can_be_compared(height: int, width: int) -> None:
    line = np.random.default_rng(5).integers(0, 256, (height, width, 3), np.uint8)
    assert likeness(line, line) == pytest.approx((1.0, 1.0, 0.0), abs=1e-5)


def test_shares_are_a_softmax_that_favours_the_likest() -> None:
    shares = shares_of_similarities([0.9, 0.85, 0.2])
    assert shares == pytest.approx(softmax(np.array([0.9, 0.85, 0.2]) / 0.05))
    assert shares[0] / shares[1] == pytest.approx(np.e)


def test_shares_of_any_similarities_sum_to_one() -> None:
    assert shares_of_similarities([-1.0, -1.0, -1.0]) == pytest.approx([1 / 3] * 3)
    assert shares_of_similarities([60.0, -60.0]) == pytest.approx([1.0, 0.0])
