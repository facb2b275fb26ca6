"""The heads of the gaze map: detail, closed shapes, lines of text and skin, held against slow, obvious twins or drawings."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy import ndarray
from scipy import ndimage

from vkeyframe.analysis.heads import corners, shapes, shrink, skin, text_lines
from vkeyframe.opencv import cv2

HEADS: list[Callable[[ndarray], ndarray]] = [corners, shapes, text_lines, skin]


def ground(height: int = 90, width: int = 120, colour: tuple[int, int, int] = (120, 120, 120)) -> ndarray:
    return np.full((height, width, 3), colour, np.uint8)


@pytest.mark.parametrize("head", HEADS)
@pytest.mark.parametrize("size", [(90, 120), (1, 1), (1, 90), (7, 5)])
def test_a_flat_picture_has_nothing_to_see(head: Callable[[ndarray], ndarray], size: tuple[int, int]) -> None:
    found = head(ground(*size))
    assert found.dtype == np.float32
    assert np.ptp(found) == pytest.approx(0.0, abs=1e-5)
    assert np.isfinite(found).all()


def test_corners_are_the_geometric_mean_of_the_eigenvalues_by_their_mean() -> None:
    picture = np.repeat(np.random.default_rng(1).integers(0, 256, (40, 50, 1), np.uint8), 3, axis=2)
    grey = picture[..., 0].astype(float)
    dx, dy = (ndimage.sobel(grey, axis, mode="mirror") for axis in (1, 0))
    # A window of 13 cells, as OpenCV has it for float pictures: 4 deviations to each side.
    xx, yy, xy = (ndimage.gaussian_filter(each, 2.0, mode="mirror", radius=8) for each in (dx * dx, dy * dy, dx * dy))
    tensors = np.stack([np.stack([xx, xy], -1), np.stack([xy, yy], -1)], -1)
    values = np.maximum(np.linalg.eigvalsh(tensors), 0.0)
    expected = np.sqrt(values.prod(axis=-1) / values.sum(axis=-1))
    np.testing.assert_allclose(corners(picture), expected, rtol=0.01)


def test_a_corner_is_seen_and_an_edge_is_not() -> None:
    picture = ground()
    picture[45:, 60:] = 220
    found = corners(picture)
    assert np.hypot(*(np.array(np.unravel_index(found.argmax(), found.shape)) - (45, 60))) < 4
    assert found[80, 60] < 0.05 * found.max()


def expected_shapes(picture: ndarray) -> ndarray:
    """Boolean maps by the letter: every channel, threshold and polarity, labelled by SciPy."""
    lab = cv2.cvtColor(picture, cv2.COLOR_BGR2LAB).astype(float)
    values = lab.reshape(-1, 3) - lab.reshape(-1, 3).mean(axis=0)
    _, axes = np.linalg.eigh(np.cov(values.T))
    total = np.zeros(lab.shape[:2])
    for channel in np.moveaxis((values @ axes).reshape(lab.shape), 2, 0):
        if np.ptp(channel) < 6:
            continue
        for level in range(16):
            above = channel > channel.min() + np.ptp(channel) * (level + 0.5) / 16
            for area in (above, ~above):
                labels, _ = ndimage.label(area, np.ones((3, 3)))
                open_ones = np.unique(np.r_[labels[0], labels[-1], labels[:, 0], labels[:, -1]])
                closed = ndimage.binary_dilation(area & ~np.isin(labels, open_ones), np.ones((3, 3)))
                if closed.any():
                    total += closed / np.sqrt(closed.sum())
    return total


@pytest.mark.parametrize("seed", range(3))
def test_shapes_are_what_thresholds_cut_out(seed: int) -> None:
    coarse = np.random.default_rng(seed).integers(0, 256, (7, 9, 3), np.uint8)
    picture = cv2.resize(coarse, (120, 90), interpolation=cv2.INTER_CUBIC)
    np.testing.assert_allclose(shapes(picture), expected_shapes(picture), atol=0.02 * expected_shapes(picture).max())


def test_what_touches_the_edge_is_ground() -> None:
    inside, outside = ground(), ground()
    inside[30:50, 40:60] = outside[30:50, 100:] = (40, 200, 90)
    assert shapes(inside)[40, 50] > 10 * shapes(inside)[10, 10]
    assert not shapes(outside).any()


def test_the_smaller_of_two_shapes_stands_out_more() -> None:
    found = []
    for side in (10, 40):
        picture = ground()
        picture[30 : 30 + side, 40 : 40 + side] = 220
        found.append(float(shapes(picture)[32, 42]))
    assert found[0] > 2 * found[1]


def test_a_colour_within_the_noise_is_no_shape() -> None:
    picture = ground()
    picture[30:50, 40:60] += 1
    assert not shapes(picture).any()


def test_text_is_seen_and_an_upright_edge_or_a_grid_is_not() -> None:
    text, edge, grid = ground(180, 320), ground(180, 320), ground(180, 320)
    cv2.putText(text, "lines of text", (60, 100), cv2.FONT_HERSHEY_SIMPLEX, 0.6, (255, 255, 255), 1)
    edge[:, 160:] = 255
    grid[:, ::4] = 255
    row, _ = np.unravel_index(text_lines(text).argmax(), (180, 320))
    assert 80 <= row <= 105
    inner = np.s_[40:140, 60:260]
    assert text_lines(edge)[inner].max() == 0.0
    assert text_lines(grid)[inner].max() < 0.05 * text_lines(text).max()


# The middle of the Monk scale of skin tones (5 to 8), BGR; what is lighter or darker has hardly any colour.
TONES = [(150, 189, 215), (86, 126, 160), (67, 92, 130), (52, 65, 96)]


@pytest.mark.parametrize("tone", TONES)
def test_skin_is_seen_whether_light_or_dark(tone: tuple[int, int, int]) -> None:
    assert float(skin(ground(colour=tone)).mean()) > 0.25


@pytest.mark.parametrize("colour", [(200, 60, 40), (60, 160, 60), (128, 128, 128), (0, 0, 255), (0, 255, 255), (8, 10, 14)])
def test_other_colours_are_no_skin(colour: tuple[int, int, int]) -> None:
    assert float(skin(ground(colour=colour)).max()) < 0.1


@pytest.mark.parametrize(("size", "small"), [((600, 800), (240, 320)), ((90, 45), (320, 160)), ((1, 900), (1, 320))])
def test_the_longer_side_is_resized(size: tuple[int, int], small: tuple[int, int]) -> None:
    assert shrink(ground(*size), 320).shape == (*small, 3)
