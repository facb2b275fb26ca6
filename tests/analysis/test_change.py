"""How much of a picture is new in another one: what motion and light change counts for nothing, new texture and colour do."""

from __future__ import annotations

from math import exp

import numpy as np
import pytest
from numpy import ndarray

from tests import reference
from tests.analysis.frames import LUMA, PATCHES, SMALL, FrameFeatures, change_between, handmade, no_change, strength_of
from vkeyframe.opencv import cv2

ROWS, COLUMNS = LUMA


def noise(seed: int) -> ndarray:
    """Draw luma whose neighbouring cells have nothing in common, with a deviation of 40."""
    return (128 + 40 * np.random.default_rng(seed).standard_normal(LUMA)).astype(np.float32)


def colours(seed: int) -> ndarray:
    return np.random.default_rng(seed).uniform(0, 255, (*SMALL, 3)).astype(np.float32)


def with_luma(luma: ndarray) -> FrameFeatures:
    return handmade(luma=luma)


def share(before: ndarray, after: ndarray) -> float:
    return change_between(with_luma(before), with_luma(after)).share


def lost(before: ndarray, after: ndarray) -> float:
    return change_between(with_luma(before), with_luma(after)).lost


def test_the_same_picture_has_not_changed() -> None:
    frame = handmade(luma=noise(1), small=colours(1))
    assert change_between(frame, frame) == pytest.approx((0.0, 0.0, 0.0, 0.0))
    assert no_change() == pytest.approx((0.0, 0.0, 0.0, 0.0))


def test_another_picture_has_changed_altogether() -> None:
    seen = change_between(handmade(luma=noise(1), small=colours(1)), handmade(luma=noise(2), small=colours(2)))
    assert seen.share > 0.99
    assert seen.distance > 15
    assert seen.strength > 0.95


def test_exposure_and_contrast_are_no_change() -> None:
    assert share(noise(1), 40 + 0.7 * noise(1)) == 0.0


@pytest.mark.parametrize(("step", "found"), [((3, 0), True), ((-2, 3), True), ((4, 0), False), ((0, -4), False)])
def test_motion_of_up_to_three_cells_is_no_change(step: tuple[int, int], found: bool) -> None:
    changed = share(noise(1), np.roll(noise(1), step, axis=(0, 1)))
    assert changed < 0.3 if found else changed > 0.9


def test_half_of_a_picture_is_half_a_change() -> None:
    after = noise(1)
    after[:, COLUMNS // 2 :] = noise(2)[:, COLUMNS // 2 :]
    # Blocks across the border are changed as well.
    assert share(noise(1), after) == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize(("likeness", "changed"), [(0.95, 0.0), (0.6, 1.0)])
def test_a_block_is_the_same_if_it_correlates_by_four_fifths(likeness: float, changed: float) -> None:
    other = likeness * (noise(1) - 128) + np.sqrt(1 - likeness**2) * (noise(2) - 128)
    assert share(noise(1), 128 + other) == pytest.approx(changed, abs=0.1)


def test_share_and_distance_are_the_same_in_both_directions_of_time() -> None:
    full, empty = handmade(luma=noise(1), small=colours(1)), handmade(small=colours(1) * 0.2)
    forth, back = change_between(empty, full), change_between(full, empty)
    assert (forth.share, forth.distance) == (back.share, back.distance)
    assert forth.share > 0.99


def test_what_comes_is_not_lost_and_what_goes_is() -> None:
    empty = np.full(LUMA, 128.0, np.float32)
    assert lost(empty, noise(1)) == 0.0
    # A third of the height does not count: it could be a caption.
    assert lost(noise(1), empty) == pytest.approx(2 / 3, abs=0.02)


@pytest.mark.parametrize("top", [0, 12, 24, 32])
def test_what_a_caption_covers_is_not_lost(top: int) -> None:
    covered = noise(1)
    covered[top : top + 4] = 60.0
    assert share(noise(1), covered) > 0.2
    assert lost(noise(1), covered) == 0.0


def test_of_two_captions_one_counts_as_loss() -> None:
    covered = noise(1)
    covered[:4] = covered[-4:] = 60.0
    # Each changes two of the nine rows of blocks.
    assert lost(noise(1), covered) == pytest.approx(2 / 9, abs=0.02)


@pytest.mark.parametrize(("levels", "distance"), [((100, 100), 0.0), ((0, 255), 100.0)])
def test_the_distance_of_grey_pictures_is_that_of_their_lightness(levels: tuple[int, int], distance: float) -> None:
    one, other = (handmade(small=float(level)) for level in levels)
    assert change_between(one, other).distance == pytest.approx(distance, abs=0.1)


def test_a_picture_of_another_hue_is_as_far_as_the_hues_are() -> None:
    pale, red = (np.array(colour, np.float32) for colour in ([120, 120, 120], [90, 90, 180]))
    lab = cv2.cvtColor(np.stack([pale, red])[None] / 255, cv2.COLOR_BGR2LAB)[0]
    distance = change_between(handmade(small=pale), handmade(small=red)).distance
    assert distance == pytest.approx(np.linalg.norm(lab[1] - lab[0]), rel=1e-3)


def reference_of(before: FrameFeatures, after: FrameFeatures) -> tuple[float, float]:
    """Share and distance by the plain twins of the kernels, the larger of both directions."""
    shares, distances = [], []
    for one, other in (before, after), (after, before):
        correlation, texture = reference.block_pearson(one.luma, other.luma, 3, 8, PATCHES)
        shares.append(texture[correlation < 0.8].sum() / texture.sum())
        distances.append(reference.unexplained_change(one.lab, other.lab, 3, 20.0).mean())
    return max(shares), max(distances)


def test_share_and_distance_are_those_of_the_reference() -> None:
    picture = cv2.GaussianBlur(noise(3), (0, 0), 2)
    before = handmade(luma=picture, small=0.2 * colours(3) + 90)
    after = handmade(luma=0.8 * picture + 0.1 * noise(4), small=0.2 * colours(3) + 0.05 * colours(4) + 80)
    seen = change_between(before, after)
    assert 0.1 < seen.share < 0.9
    assert seen.distance > 1.0
    assert (seen.share, seen.distance) == pytest.approx(reference_of(before, after), rel=1e-3)


def test_what_is_kept_of_a_frame_is_enough_to_compare_it() -> None:
    before, after = handmade(luma=noise(1), small=colours(1)), handmade(luma=noise(2), small=colours(2))
    kept = change_between(before.summary(), after.summary())
    assert kept == pytest.approx(change_between(before, after), rel=0.05)


@pytest.mark.parametrize("share", [1.0, 0.5])
def test_the_strength_is_at_most_the_share_and_needs_other_colours(share: float) -> None:
    assert strength_of(share, 0.0) == 0.0
    assert strength_of(share, 4.0) == pytest.approx(share * (1 - exp(-1)))
    assert strength_of(share, 1000.0) == pytest.approx(share)
