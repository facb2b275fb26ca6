"""The small pictures that a frame is reduced to: means, colours and sharpness, from a BGR picture and from the codec's planes."""

from __future__ import annotations

import numpy as np
import pytest
from numpy import ndarray

from tests.analysis.frames import LUMA, PATCHES, SMALL, features_of, features_of_planes, handmade
from vkeyframe.opencv import cv2


def picture(seed: int = 1, height: int = 144, width: int = 256) -> ndarray:
    noise = np.random.default_rng(seed).uniform(0, 255, (9, 16, 3))
    return np.clip(cv2.resize(noise, (width, height), interpolation=cv2.INTER_CUBIC), 0, 255).astype(np.uint8)


def reduced(values: ndarray, shape: tuple[int, int]) -> ndarray:
    """Area means."""
    return cv2.resize(values.astype(np.float32), shape[::-1], interpolation=cv2.INTER_AREA)


def luma_of(bgr: ndarray) -> ndarray:
    return bgr.astype(np.float64) @ [29 / 256, 150 / 256, 77 / 256]


def test_luma_and_colours_are_area_means() -> None:
    frame = features_of(picture())
    assert (frame.luma.shape, frame.small.shape, frame.gradients.shape) == (LUMA, (*SMALL, 3), PATCHES)
    np.testing.assert_allclose(frame.luma, reduced(luma_of(picture()), LUMA), atol=0.01)
    np.testing.assert_allclose(frame.small, reduced(picture(), SMALL), atol=0.01)


def test_gradients_are_those_of_the_full_picture() -> None:
    noisy = np.random.default_rng(3).integers(0, 256, (144, 256, 3), np.uint8)
    luma = luma_of(noisy)
    energy = np.diff(luma, axis=1, append=luma[:, -1:]) ** 2 + np.diff(luma, axis=0, append=luma[-1:]) ** 2
    np.testing.assert_allclose(features_of(noisy).gradients, reduced(energy, PATCHES), rtol=1e-4)


def test_a_blurred_picture_has_smaller_gradients() -> None:
    sharp = np.random.default_rng(3).integers(0, 256, (144, 256, 3), np.uint8)
    blurred = cv2.GaussianBlur(sharp, (0, 0), 2)
    assert features_of(blurred).gradients.max() < features_of(sharp).gradients.min() / 10


def test_a_frame_keeps_its_number_and_its_time() -> None:
    frame = features_of(picture(), 1.5)
    assert (frame.index, frame.time) == (12, 1.5)


def test_contrast_is_the_deviation_of_luma() -> None:
    stripes = np.where(np.arange(64) % 2, 100.0, 140.0)
    assert handmade(luma=stripes).contrast == pytest.approx(20.0)
    assert handmade(luma=77.0).contrast == 0.0


def lab_of(small: ndarray) -> ndarray:
    return cv2.cvtColor(small / 255, cv2.COLOR_BGR2LAB)


def test_lab_tells_colours_and_leaves_out_the_level_of_light() -> None:
    frame = features_of(picture())
    expected = lab_of(frame.small)
    np.testing.assert_allclose(frame.lab[..., 1:], expected[..., 1:], atol=1e-3)
    np.testing.assert_allclose(frame.lab[..., 0], expected[..., 0] - expected[..., 0].mean(), atol=1e-3)


def test_a_flat_picture_keeps_its_level_as_nothing_else_tells_it_apart() -> None:
    black, white = handmade(small=0.0), handmade(small=255.0)
    assert (black.lab[..., 0].mean(), white.lab[..., 0].mean()) == pytest.approx((0.0, 100.0), abs=0.01)


@pytest.mark.parametrize(("deviation", "keeps"), [(0.8, True), (1.2, False)])
def test_a_picture_is_flat_up_to_a_deviation_of_one(deviation: float, keeps: bool) -> None:
    # About the middle a grey level more or less is 0.39 of lightness.
    stripes = 128 + np.where(np.arange(32) % 2, 1, -1)[None, :, None] * deviation / 0.39
    assert (handmade(small=stripes).lab[..., 0].mean() > 40) == keeps


def test_what_is_kept_to_the_end_is_rounded_to_whole_grey_levels() -> None:
    frame = features_of(picture(), 2.0)
    kept = frame.summary()
    assert (kept.index, kept.time) == (frame.index, frame.time)
    np.testing.assert_array_equal(kept.luma, np.rint(frame.luma))
    np.testing.assert_allclose(kept.lab, frame.lab, atol=1.5)
    assert abs((kept.lab - frame.lab).mean()) < 0.02


# Y, Cb and Cr of the whole range as JPEG has them.
FULL = np.array([[1, 1.772, 0, -226.816], [1, -0.344136, -0.714136, 135.458816], [1, 0, 1.402, -179.456]])


def planes_of(bgr: ndarray, padding: int = 0) -> tuple[ndarray, ndarray, ndarray]:
    """Luma, and colour differences of half the size; what pads each line is not the picture."""
    height, width = bgr.shape[:2]
    y, cr, cb = cv2.split(cv2.cvtColor(bgr, cv2.COLOR_BGR2YCrCb))
    half = ((width + 1) // 2, (height + 1) // 2)
    parts = y, *(cv2.resize(part, half, interpolation=cv2.INTER_AREA) for part in (cb, cr))
    return tuple(np.pad(part, ((0, 0), (0, padding)), constant_values=255) for part in parts)


@pytest.mark.parametrize(("width", "padding"), [(256, 0), (255, 0), (256, 64), (255, 33)])
def test_planes_are_reduced_to_the_same_as_their_bgr_picture(width: int, padding: int) -> None:
    bgr = picture(2, width=width)
    from_planes = features_of_planes(*planes_of(bgr, padding), width, FULL)
    from_bgr = features_of(bgr)
    np.testing.assert_allclose(from_planes.luma, from_bgr.luma, atol=4)
    # Of an odd width the last pixel has its colour to itself, so that all others lie a little aside.
    np.testing.assert_allclose(from_planes.small, from_bgr.small, atol=8 if width % 2 == 0 else 16)
    assert np.abs(from_planes.small - from_bgr.small).mean() < (1.0 if width % 2 == 0 else 2.5)
    np.testing.assert_allclose(from_planes.gradients, from_bgr.gradients, rtol=0.2, atol=0.3)


def test_the_gradients_of_planes_of_less_range_are_as_large_as_those_of_the_picture() -> None:
    luma, blue, red = planes_of(picture(2))
    plain = features_of_planes(luma, blue, red, 256, FULL)
    narrow = features_of_planes(luma // 2, blue, red, 256, FULL * [2, 1, 1, 1])
    assert narrow.gradients.mean() == pytest.approx(plain.gradients.mean(), rel=0.2)
    assert narrow.luma.mean() == pytest.approx(plain.luma.mean(), abs=2)


def test_colours_beyond_black_and_white_are_cut_off() -> None:
    extreme = np.full((72, 64), 255, np.uint8)
    white = features_of_planes(np.full((144, 128), 255, np.uint8), extreme // 2, extreme // 2, 128, FULL * [1.2, 1, 1, 1])
    assert white.small.max() == 255.0
    blue = features_of_planes(np.zeros((144, 128), np.uint8), extreme, extreme // 2, 128, FULL)
    assert (blue.small.min(), round(float(blue.small[0, 0, 0]))) == (0.0, 225)
