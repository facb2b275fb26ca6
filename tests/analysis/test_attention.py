"""Attention: which regions it makes of a picture, and which moments stand for many."""

from __future__ import annotations

import numpy as np
import pytest
from numpy import ndarray
from scipy.special import softmax

from tests.analysis.frames import (
    PATCHES,
    directions,
    regions_in,
    shares_over_time,
)
from vkeyframe.analysis.regions import find_regions


def marked(*patches: tuple[int, int, float], shape: tuple[int, int] = PATCHES) -> ndarray:
    attention = np.full(shape, 1e-4)
    for row, column, weight in patches:
        attention[row, column] = weight
    return attention


def test_regions_are_boxes_in_pixels_the_heaviest_first() -> None:
    attention = marked((1, 2, 0.2), (1, 3, 0.1), (7, 15, 0.4))
    assert regions_in(attention, 320, 180) == [((300, 140, 20, 20), 0.4), ((40, 20, 40, 20), 0.3)]


def test_there_are_no_more_than_three_regions() -> None:
    attention = marked((0, 0, 0.1), (2, 2, 0.3), (4, 6, 0.2), (8, 10, 0.15))
    assert [weight for _, weight in regions_in(attention, 320, 180)] == [0.3, 0.2, 0.15]


def test_patches_that_touch_at_a_corner_are_one_region() -> None:
    assert regions_in(marked((3, 3, 0.2), (4, 4, 0.2)), 320, 180) == [((60, 60, 40, 40), 0.4)]


def test_a_region_holds_all_pixels_that_its_patches_touch() -> None:
    # 100 pixels for 16 patches: the second begins at 6.25 and ends at 12.5. 50 for 9: it begins at 5.6 and ends at 11.1.
    assert regions_in(marked((1, 1, 0.5)), 100, 50) == [((6, 5, 7, 7), 0.5)]
    assert regions_in(marked((8, 15, 0.5)), 100, 50) == [((93, 44, 7, 6), 0.5)]


def test_of_equal_regions_the_left_one_comes_first() -> None:
    found = regions_in(marked((4, 9, 0.2), (6, 2, 0.2)), 160, 90)
    assert [box[:2] for box, _ in found] == [(20, 60), (90, 40)]


@pytest.mark.parametrize(("weight", "width"), [(0.0040, 20), (0.0050, 40)])
def test_a_region_has_half_as_much_again_as_the_mean(weight: float, width: int) -> None:
    attention = marked((2, 2, 0.4), (2, 3, weight))
    assert 1.5 * attention.mean() == pytest.approx(0.0044, abs=0.0002)
    ((box, _),) = regions_in(attention, 320, 180)
    assert box == (40, 40, width, 20)


@pytest.mark.parametrize(("weight", "kept"), [(0.019, 1), (0.021, 2)])
def test_a_speck_beside_a_region_is_none(weight: float, kept: int) -> None:
    assert len(regions_in(marked((2, 2, 0.4), (6, 12, weight)), 320, 180)) == kept
    assert len(regions_in(marked((6, 12, weight)), 320, 180)) == 1


def test_regions_do_not_overlap() -> None:
    # A frame of patches around another region, which lies within its box.
    frame = [(row, column, 0.01) for row in range(1, 8) for column in range(2, 9) if row in (1, 7) or column in (2, 8)]
    assert regions_in(marked(*frame, (4, 5, 0.1)), 320, 180) == [((40, 20, 140, 140), 0.24)]


def test_a_region_says_which_head_draws_the_eye_and_where_it_lies() -> None:
    attention = marked((1, 2, 0.3), (7, 15, 0.4))
    face, motion = np.zeros(PATCHES), attention.copy()
    face[1, 2], motion[1, 2] = 0.2, 0.1
    one, other = find_regions(attention, 320, 180, {"face": face, "motion": motion})
    assert (one.cause, other.cause) == ("motion", "face")
    assert other.relative == (0.125, 0.111111, 0.0625, 0.111111)
    assert find_regions(attention, 320, 180)[0].cause is None


def test_an_even_map_has_no_region() -> None:
    assert regions_in(np.full(PATCHES, 1 / 144, np.float32), 320, 180) == []


def test_the_weight_of_a_region_has_four_digits() -> None:
    ((_, weight),) = regions_in(marked((2, 2, 1 / 3)), 320, 180)
    assert weight == 0.3333


def test_directions_have_the_correlation_as_their_product() -> None:
    pictures = np.random.default_rng(3).uniform(0, 255, (5, 60))
    found = directions(pictures)
    np.testing.assert_allclose(found @ found.T, np.corrcoef(pictures), atol=1e-9)


def test_a_flat_picture_has_no_direction() -> None:
    pictures = np.vstack([np.full(60, 90.0), np.arange(60.0)])
    assert not directions(pictures)[0].any()
    assert np.linalg.norm(directions(pictures)[1]) == pytest.approx(1.0)
    np.testing.assert_allclose(directions(0.001 * pictures + 7), directions(pictures), atol=1e-9)


def test_a_moment_that_is_like_the_others_gets_more_attention_than_they() -> None:
    first, last = np.random.default_rng(4).uniform(0, 255, (2, 90))
    shares = shares_over_time(np.stack([first, (first + last) / 2, last]), [1, 1, 1])
    assert shares.sum() == pytest.approx(1.0)
    assert shares[1] > shares[[0, 2]].max() + 0.005


def test_a_moment_that_stands_for_many_frames_counts_as_often() -> None:
    source = np.random.default_rng(5)
    pictures = source.uniform(0, 255, (4, 50)) + source.uniform(0, 255, 50)
    counts = np.array([3, 1, 4, 2])
    each = np.repeat(pictures, counts, axis=0)
    attention = softmax(np.corrcoef(each) / 0.15, axis=1).mean(axis=0)
    expected = np.add.reduceat(attention, [0, 3, 4, 8])
    np.testing.assert_allclose(shares_over_time(pictures, counts), expected, rtol=1e-9)
    assert np.ptp(expected / counts) > 0.02


def test_a_lone_moment_has_all_attention() -> None:
    assert shares_over_time(np.arange(30.0)[None], [7]) == pytest.approx([1.0])
