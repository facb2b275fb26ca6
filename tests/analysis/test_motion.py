"""Motion that the camera does not explain, and what lies over a video unchanged."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from numpy import ndarray
from scipy import ndimage

from tests.analysis.frames import handmade, sample_of
from vkeyframe.analysis.features import Earlier
from vkeyframe.analysis.motion import motion_in, own_motion
from vkeyframe.analysis.overlays import OverlayFinder
from vkeyframe.opencv import cv2


def cloth(seed: int, height: int = 60, width: int = 90, grain: float = 2.0) -> ndarray:
    noise = cv2.GaussianBlur(np.random.default_rng(seed).standard_normal((height, width)), (0, 0), grain)
    return (128 + 40 * noise / noise.std()).clip(0, 255).astype(np.float32)


def scene(shift: tuple[int, int] = (0, 0), x: int | None = None) -> ndarray:
    """Cut (36, 64) out of a cloth, moved by some pixels, with a block of another cloth at (x, 12)."""
    ground = cloth(1)[10 + shift[1] :, 10 + shift[0] :][:36, :64].copy()
    if x is not None:
        ground[12:24, x : x + 14] = cloth(2)[:12, :14]
    return ground


def inside(found: ndarray, x: int) -> float:
    """Mean in the block, at twice the size."""
    return float(found[26:46, 2 * x + 2 : 2 * x + 26].mean())


def outside(found: ndarray, x: int) -> float:
    kept = np.ones(found.shape, bool)
    kept[14:58, max(0, 2 * x - 10) : 2 * x + 40] = False
    return float(found[kept].mean())


def test_what_rests_does_not_move() -> None:
    found = own_motion(scene(), scene())
    assert found.shape == (72, 128)
    assert found.dtype == np.float32
    assert found.max() < 0.05


def test_a_block_that_moves_is_found_where_it_is_now() -> None:
    found = own_motion(scene(x=20), scene(x=23))
    assert inside(found, 23) > 0.5
    assert inside(found, 23) > 8 * outside(found, 23)


@pytest.mark.parametrize("shift", [(2, 0), (-2, 1), (0, 2)])
def test_motion_of_the_camera_is_no_motion(shift: tuple[int, int]) -> None:
    found = own_motion(scene(), scene(shift))
    assert found.mean() < 0.1


def test_of_what_comes_in_at_the_edge_no_motion_is_known() -> None:
    found = own_motion(scene(), scene((4, 0)))
    assert found[:, -7:].max() == 0.0


def test_a_camera_that_comes_nearer_does_not_move_things() -> None:
    near = cv2.warpAffine(scene(), np.array([[1.05, 0, -1.6], [0, 1.05, -0.9]]), (64, 36), borderMode=cv2.BORDER_REFLECT)
    assert own_motion(scene(), near)[8:-8, 8:-8].mean() < 0.1


def test_a_block_moves_against_the_camera() -> None:
    found = own_motion(scene(x=20), scene((2, 0), x=23))
    assert inside(found, 23) > 0.5
    assert inside(found, 23) > 4 * outside(found, 23)


def test_flat_pictures_do_not_move() -> None:
    assert own_motion(np.full((36, 64), 20, np.float32), np.full((36, 64), 200, np.float32)).max() == 0.0


def test_the_camera_is_what_most_of_the_picture_does() -> None:
    # A block of a third of the picture, against a camera that turns the other way.
    found = []
    for shift, x in ((0, 10), (3, 13)):
        picture = scene((shift, 0))
        picture[4:34, x : x + 24] = cloth(2)[:30, :24]
        found.append(picture)
    moved = own_motion(*found)
    assert moved[14:60, 32:68].mean() > 5 * moved[:, 84:118].mean()
    assert moved[:, 84:118].mean() < 0.05


def test_noise_where_there_is_no_texture_hides_no_motion_and_is_none() -> None:
    source, found = np.random.default_rng(5), []
    for x in (20, 23):
        picture = scene(x=x)
        picture[:, 44:] = 128 + source.normal(0, 1, (36, 20))
        found.append(picture)
    moved = own_motion(*found)
    assert inside(moved, 23) > 0.65
    assert moved[:, 92:].mean() < 0.25


@pytest.mark.parametrize(
    ("shot_start", "seconds", "seen"), [(0, 0.125, True), (8, 0.125, True), (9, 0.125, False), (0, 0.5, True), (0, 0.51, False)]
)
def test_motion_is_seen_from_one_sample_to_the_next_of_a_shot(shot_start: int, seconds: float, seen: bool) -> None:
    before = Earlier(8, 1.0, scene(x=20))
    frame = replace(handmade(1.0 + seconds, luma=scene(x=23)), before=before)
    for each in (frame, frame.summary()):
        found = motion_in(each, shot_start)
        assert (found is not None) == seen
        if found is not None:
            np.testing.assert_allclose(found, own_motion(before.luma, frame.luma), atol=0.2)
            assert inside(found, 23) > 0.5


def test_the_first_frame_does_not_move() -> None:
    assert motion_in(handmade(), 0) is None


@pytest.fixture
def _threads() -> Iterator[None]:
    before = cv2.getNumThreads()
    yield
    cv2.setNumThreads(before)


@pytest.mark.usefixtures("_threads")
def test_threads_change_nothing() -> None:
    found = []
    for count in (1, 2, 5):
        cv2.setNumThreads(count)
        found.append(own_motion(scene(x=20), scene((1, 1), x=22)))
    assert all(np.array_equal(found[0], other) for other in found[1:])


def lasting(pictures: list[ndarray]) -> ndarray:
    finder = OverlayFinder()
    for number, picture in enumerate(pictures):
        finder.push(sample_of(handmade(number / 8, luma=picture)))
    return finder.finish()


def with_logo(picture: ndarray) -> ndarray:
    picture = picture.copy()
    picture[2:6, 50:60] = 230
    return picture


def test_a_logo_over_changing_scenes_lasts() -> None:
    found = lasting([with_logo(cloth(seed, 36, 64)) for seed in range(20)])
    assert found.shape == (36, 64)
    assert found.dtype == np.float32
    # Its outline is seen a little beside it.
    assert found[:9, 47:63].min() == 1.0
    found[:9, 47:63] = 0.0
    assert found.max() < 0.5
    assert found.mean() < 0.01


def test_where_all_rests_nothing_is_laid_over() -> None:
    assert not lasting([with_logo(cloth(1, 36, 64))] * 20).any()
    # As before a still camera, where something passes by.
    pictures = [cloth(1, 36, 64) for _ in range(20)]
    for number, picture in enumerate(pictures):
        picture[10:22, 2 * number : 2 * number + 12] = 250
    assert not lasting(pictures).any()


def test_a_little_unrest_lays_nothing_over() -> None:
    for deviation, seen in ((20, False), (28, True)):
        pictures = [128 + deviation / 40 * (cloth(seed, 36, 64) - 128) for seed in range(40)]
        assert lasting([with_logo(picture) for picture in pictures]).any() == seen


def test_of_a_few_samples_nothing_is_said() -> None:
    pictures = [with_logo(cloth(seed, 36, 64)) for seed in range(16)]
    assert not lasting(pictures[:15]).any()
    assert lasting(pictures).any()


def test_change_is_the_deviation_over_time() -> None:
    pictures = np.stack([cloth(seed, 36, 64) for seed in range(30)])
    pictures[:, :18] = 100 + np.linspace(0, 0.5, 64) * (pictures[:, :18] - 100)
    share = pictures.std(axis=0)
    share = share / np.median(share)
    still = 1 - ((share - 0.1) / 0.15).clip(0, 1)
    expected = ndimage.grey_dilation(ndimage.grey_opening(still, (2, 2)), (7, 7))
    np.testing.assert_allclose(lasting(list(pictures))[4:-4, 4:-4], expected[4:-4, 4:-4], atol=1e-4)
    assert 0.1 < expected.mean() < 0.9


def test_a_single_still_point_is_chance() -> None:
    pictures = [cloth(seed, 36, 64) for seed in range(20)]
    for picture in pictures:
        picture[10, 20] = 200
    assert not lasting(pictures).any()
