"""Descriptors and small pictures in bytes."""

import numpy as np
from numpy import ndarray

from vkeyframe.analysis.descriptor import PARTS, describe, small_lab
from vkeyframe.library.views import SCALE, SMALL_SHAPE, VIEW_SIZE, VIEWS, bare_lab, pack, pack_lab, pack_views, unpack_lab
from vkeyframe.opencv import cv2


def drawn(seed: int = 1) -> ndarray:
    coarse = np.random.default_rng(seed).integers(0, 256, (9, 16, 3), dtype=np.uint8)
    return np.asarray(cv2.resize(coarse, (320, 180), interpolation=cv2.INTER_CUBIC))


def test_shapes_and_types() -> None:
    packed = pack_views(drawn())
    assert (packed.views.shape, packed.views.dtype) == ((VIEWS, VIEW_SIZE), np.int8)
    assert (packed.small.shape, packed.small.dtype) == (SMALL_SHAPE, np.uint8)
    assert packed.views.nbytes <= 256 * VIEWS


def test_bytes_keep_the_dot_products() -> None:
    exact = describe(np.stack([bare_lab(drawn(seed)) for seed in range(12)]), PARTS).reshape(-1, VIEW_SIZE)
    packed = pack(exact).astype(np.int64)
    np.testing.assert_allclose(packed @ packed.T / SCALE**2, exact @ exact.T, atol=0.02)


def test_a_descriptor_of_one_number_fits() -> None:
    assert pack(np.eye(VIEW_SIZE, dtype=np.float32) * [[-1]]).min() == -SCALE


def test_a_flat_picture_has_zeros() -> None:
    assert not pack_views(np.full((90, 160, 3), 77, np.uint8)).views.any()


def test_a_tiny_picture_has_views() -> None:
    assert pack_views(np.zeros((1, 1, 3), np.uint8)).views.shape == (VIEWS, VIEW_SIZE)


def test_a_letter_box_changes_little() -> None:
    picture = drawn()
    boxed = cv2.copyMakeBorder(picture, 30, 30, 0, 0, cv2.BORDER_CONSTANT, value=(0, 0, 0))
    one, other = (pack_views(each).views[0].astype(np.int64) for each in (picture, boxed))
    assert one @ other / SCALE**2 > 0.97
    with_bars = pack(describe(small_lab(boxed)[None])[0, 0]).astype(np.int64)
    assert one @ with_bars / SCALE**2 < 0.8


def test_lab_of_bytes_is_that_of_opencv() -> None:
    picture = drawn(3)
    small = cv2.resize(picture, SMALL_SHAPE[1::-1], interpolation=cv2.INTER_AREA)
    opencv = cv2.cvtColor(small, cv2.COLOR_BGR2LAB).astype(int)
    packed = pack_lab(small_lab(picture))
    assert np.abs(packed - opencv).max() <= 2
    np.testing.assert_allclose(unpack_lab(packed), small_lab(picture), atol=0.51)
