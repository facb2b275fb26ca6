"""Attention: where in a picture the eye goes and which regions that makes, and which moments stand for many."""

from __future__ import annotations

import numpy as np
import pytest
from numpy import ndarray
from scipy.spatial.distance import cdist
from scipy.special import softmax
from scipy.stats import entropy

from tests import subjects
from tests.analysis.frames import (
    LUMA,
    PATCHES,
    SMALL,
    attention_of,
    correlation_weights,
    directions,
    features_of,
    handmade,
    regions_in,
    shares_over_time,
)
from vkeyframe.analysis.regions import find_regions
from vkeyframe.opencv import cv2

# One of the patches, and its cells in the luma and its pixels in the small picture.
PATCH = (5, 11)
CELLS = np.s_[20:24, 44:48]
PIXELS = np.s_[10:12, 22:24]
# By how much one patch must differ for a deviation of 1 among all 144.
ALONE = 144 / np.sqrt(143)


def raised(shape: tuple[int, ...], where: object, by: float, level: float = 128.0) -> ndarray:
    picture = np.full(shape, level)
    picture[where] += by  # type: ignore[index]
    return picture


def peak(attention: ndarray) -> tuple[int, int]:
    row, column = np.unravel_index(attention.argmax(), attention.shape)
    return int(row), int(column)


def test_in_a_flat_picture_attention_is_even() -> None:
    attention, heads = attention_of(handmade(), handmade())
    np.testing.assert_allclose(attention, 1 / 144, rtol=1e-6)
    assert heads == {"luminance": 0.25, "colour": 0.25, "texture": 0.25, "motion": 0.25}


def blue(by: float) -> ndarray:
    """Draw grey with a patch that is bluer by so much, at the same luma."""
    return np.full((*SMALL, 3), 128.0) + raised(SMALL, PIXELS, 1.0, 0.0)[..., None] * by * np.array([1.0, 0.0, -29 / 77])


def deviation_of_colour(by: float) -> float:
    lab = cv2.cvtColor(blue(by).astype(np.float32) / 255, cv2.COLOR_BGR2LAB)[..., 1:]
    return float(np.sqrt(((lab - lab.mean(axis=(0, 1))) ** 2).mean()))


# For each kind of contrast a frame in which one patch differs by so many deviations, and the frame before it.
CONTRASTS = {
    "luminance": lambda by: (handmade(luma=raised(LUMA, CELLS, 2.0 * by * ALONE)), None),
    "colour": lambda by: (handmade(small=blue(by * 20.0 / deviation_of_colour(20.0))), None),
    "texture": lambda by: (handmade(gradients=np.expm1(raised(PATCHES, PATCH, 0.15 * by * ALONE, 1.0))), None),
    "motion": lambda by: (
        handmade(luma=128.0),
        # Half of the cells of the patch get lighter and half get darker; all of the picture gets darker, which is no motion.
        handmade(luma=148.0 + raised(LUMA, CELLS, 1.5 * by * ALONE, 0.0) * np.resize([1, -1], LUMA)),
    ),
}


@pytest.mark.parametrize("contrast", CONTRASTS)
def test_one_patch_that_differs_gets_the_attention(contrast: str) -> None:
    attention, heads = attention_of(*CONTRASTS[contrast](4.0))
    assert peak(attention) == PATCH
    assert attention.sum() == pytest.approx(1.0)
    assert attention[PATCH] > 10 * np.median(attention)
    assert heads.pop(contrast) == pytest.approx(1.0)
    assert set(heads.values()) == {0.0}


@pytest.mark.parametrize("contrast", CONTRASTS)
def test_what_differs_by_less_than_noise_is_not_seen(contrast: str) -> None:
    assert attention_of(*CONTRASTS[contrast](0.95))[1][contrast] == 0.25
    assert attention_of(*CONTRASTS[contrast](1.1))[1][contrast] == pytest.approx(1.0)


def test_without_a_frame_before_there_is_no_motion() -> None:
    frame, before = CONTRASTS["motion"](4.0)
    assert attention_of(frame, before)[1]["motion"] == pytest.approx(1.0)
    assert attention_of(before, None)[1]["motion"] == 0.0


def test_what_rests_does_not_move() -> None:
    textured = handmade(luma=128 + 30 * np.random.default_rng(7).standard_normal(LUMA))
    assert attention_of(textured, textured)[1] == {"luminance": 1.0, "colour": 0.0, "texture": 0.0, "motion": 0.0}


def expected_surprise(tokens: ndarray) -> ndarray:
    """Distance of each token from the mean of the others, by a Gaussian of their distance at two deviations a step; sums to 1."""
    x = 2.0 * (tokens - tokens.mean(axis=0))
    x /= np.sqrt(((tokens - tokens.mean(axis=0)) ** 2).mean())
    logits = -cdist(x, x, "sqeuclidean") / 2 / np.sqrt(x.shape[1] + 1)
    np.fill_diagonal(logits, -np.inf)
    surprise = np.linalg.norm(x - softmax(logits, axis=1) @ x, axis=1)
    return surprise / surprise.sum()


def test_attention_is_how_far_a_patch_is_from_what_the_others_make_of_it() -> None:
    luma = 128 + 30 * np.random.default_rng(1).standard_normal(LUMA)
    tokens = luma.reshape(9, 4, 16, 4).swapaxes(1, 2).reshape(144, 16)
    attention, _ = attention_of(handmade(luma=luma))
    np.testing.assert_allclose(attention.ravel(), expected_surprise(tokens), rtol=1e-3)


def test_a_contrast_counts_by_how_little_it_spreads() -> None:
    source = np.random.default_rng(2)
    luma = np.kron(128 + 30 * source.standard_normal(PATCHES), np.ones((4, 4)))
    gradients = np.expm1(raised(PATCHES, PATCH, 4.0, 1.0) + 0.1 * source.random(PATCHES))
    attention, heads = attention_of(handmade(luma=luma, gradients=gradients))
    shares = {
        "luminance": expected_surprise(np.repeat(luma[::4, ::4].reshape(-1, 1), 16, axis=1)),
        "texture": expected_surprise(np.log1p(gradients).reshape(-1, 1)),
    }
    gains = {head: 1 - entropy(each) / np.log(144) for head, each in shares.items()}
    assert heads["texture"] > 2 * heads["luminance"] > 0
    for head, gain in gains.items():
        assert heads[head] == pytest.approx(gain / sum(gains.values()), rel=1e-3)
    expected = sum(gains[head] * each for head, each in shares.items()) / sum(gains.values())
    np.testing.assert_allclose(attention.ravel(), expected, rtol=1e-3)


@pytest.mark.parametrize("contrast", ["luminance", "colour", "motion"])
def test_a_drawn_object_gets_the_attention(contrast: str) -> None:
    (first, second, *_), (_, (x, y, width, height), *_) = subjects.object_clip(contrast, seed=6)
    row, column = peak(attention_of(features_of(second, 0.125), features_of(first))[0])
    # A patch has 20 pixels.
    assert x - 20 <= 20 * column <= x + width
    assert y - 20 <= 20 * row <= y + height


def test_half_of_the_weight_in_a_correlation_is_attention() -> None:
    attention = np.zeros(PATCHES)
    attention[PATCH] = 1.0
    weights = correlation_weights(attention)
    assert weights.sum() == pytest.approx(12.0)
    # A patch is two pixels high and wide, of three values each.
    assert weights[PIXELS].sum() == pytest.approx(6.0 + 6.0 / 144)
    assert np.ptp(weights[PIXELS]) == 0.0
    outside = weights.copy()
    outside[PIXELS] = 0.5 / 144
    assert np.ptp(outside) == pytest.approx(0.0, abs=1e-9)


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
