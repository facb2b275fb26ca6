"""The heads of the gaze map: each sees one kind of thing that people look at.

Each takes a small BGR picture and gives a map of any size and scale, ≥ 0; a picture without contrast gives zeros.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy import ndarray

from vkeyframe.opencv import cv2


@dataclass(frozen=True, slots=True)
class HeadTuning:
    """Sizes and scales of the heads; tried on OSIE (175 pictures, 15 people), by the correlation with where people look.

    Attributes
    ----------
    corner_px : float
        Deviation of the window in which gradients are gathered, in a picture of 320 pixels.
    shape_side_px : int
        Longest side of the picture for Boolean maps; 160 and 240 give the same and take two and four times as long.
    shape_levels : int
        Thresholds of each channel; 32 give the same.
    least_range : float
        A channel that spans less, in levels of 8-bit Lab, is noise.
    line_heights_px : tuple of int
        Heights of the lines of text that are looked for, in a picture of 320 pixels.
    skin_hue, skin_hue_deviation : float
        Degrees in CIE Lab. Skin of all people has about one hue, while its lightness differs. A narrower band about 45 fits
        these pictures by 0.0003 of AUC better, and paler and darker people worse.
    skin_chroma, skin_chroma_deviation : float
        Of CIE Lab.
    skin_lightness : float
        Of CIE Lab, 0 to 100; in what is darker colour is noise.
    """

    corner_px: float = 2.0
    shape_side_px: int = 120
    shape_levels: int = 16
    least_range: float = 6.0
    line_heights_px: tuple[int, ...] = (5, 9, 15)
    skin_hue: float = 50.0
    skin_hue_deviation: float = 20.0
    skin_chroma: float = 22.0
    skin_chroma_deviation: float = 10.0
    skin_lightness: float = 15.0


TUNING = HeadTuning()


def shrink(picture: ndarray, longest_px: int) -> ndarray:
    """Resize a picture so that its longer side has so many pixels."""
    height, width = picture.shape[:2]
    scale = longest_px / max(height, width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA))


def corners(picture: ndarray) -> ndarray:
    """Measure fine detail that runs in more than one direction: √(det/trace) of the structure tensor.

    Parameters
    ----------
    picture : (height, width, 3) uint8, BGR

    Returns
    -------
    (height, width) float32

    References
    ----------
    Förstner, Gülch, "A fast operator for detection and precise location of distinct points, corners and centres of circular
    features", ISPRS Intercommission Workshop 1987.
    """
    grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY).astype(np.float32)
    dx, dy = cv2.Sobel(grey, cv2.CV_32F, 1, 0), cv2.Sobel(grey, cv2.CV_32F, 0, 1)
    xx, yy, xy = (cv2.GaussianBlur(product, (0, 0), TUNING.corner_px) for product in (dx * dx, dy * dy, dx * dy))
    return np.asarray(np.sqrt(np.maximum(xx * yy - xy * xy, 0.0) / (xx + yy + 1e-3)))


def shapes(picture: ndarray) -> ndarray:
    """Measure how often a place lies in a closed area that one threshold of colour or lightness cuts out: Boolean maps.

    An area that touches the edge of the picture is ground. Small areas weigh more, by the square root of the area of all that
    the threshold cuts out.

    Parameters
    ----------
    picture : (height, width, 3) uint8, BGR

    Returns
    -------
    (rows, columns) float32

    References
    ----------
    Zhang, Sclaroff, "Saliency detection: a Boolean map approach", ICCV 2013, doi:10.1109/ICCV.2013.26.
    """
    lab = cv2.cvtColor(shrink(picture, TUNING.shape_side_px), cv2.COLOR_BGR2LAB)
    total = np.zeros(lab.shape[:2], np.float32)
    kernel = np.ones((3, 3), np.uint8)
    for channel in _whitened(lab):
        low, span = float(channel.min()), float(np.ptp(channel))
        if span < TUNING.least_range:
            continue
        for level in range(TUNING.shape_levels):
            above = (channel > low + span * (level + 0.5) / TUNING.shape_levels).astype(np.uint8)
            for area in (above, 1 - above):
                closed = cv2.dilate(_without_ground(area), kernel)
                size = int(closed.sum())
                if size:
                    total += closed * np.float32(size**-0.5)
    return total


def _whitened(lab: ndarray) -> Iterator[ndarray]:
    """Turn the channels of a uint8 picture so that they do not correlate; (rows, columns) float32 each, the weakest first."""
    values = lab.reshape(-1, 3).astype(np.int64)
    # Sums of whole numbers do not depend on their order, and so not on threads.
    mean = values.sum(axis=0) / len(values)
    covariance = (values.T @ values) / len(values) - np.outer(mean, mean)
    _, axes = np.linalg.eigh(covariance)
    for axis in axes.T:
        yield np.asarray(((lab - mean) * axis).sum(axis=2), np.float32)


def _without_ground(area: ndarray) -> ndarray:
    """Leave out the parts of an area that touch the edge of the picture; both (rows, columns) uint8, 0 or 1."""
    count, labels = cv2.connectedComponents(area, connectivity=8)
    closed = np.ones(count, np.uint8)
    closed[0] = 0
    for line in (labels[0], labels[-1], labels[:, 0], labels[:, -1]):
        closed[line] = 0
    return np.asarray(closed[labels])


def text_lines(picture: ndarray) -> ndarray:
    """Measure where upright strokes stand side by side in a line, with less above and below: text.

    Parameters
    ----------
    picture : (height, width, 3) uint8, BGR

    Returns
    -------
    (height, width) float32
    """
    grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY).astype(np.float32)
    strokes = np.abs(cv2.Sobel(grey, cv2.CV_32F, 1, 0))
    found = np.zeros_like(strokes)
    for tall in TUNING.line_heights_px:
        if tall >= min(strokes.shape):
            continue
        wide, square = cv2.boxFilter(strokes, -1, (3 * tall, tall)), cv2.boxFilter(strokes, -1, (tall, tall))
        filled = np.minimum(square, np.minimum(_moved(square, tall, 1), _moved(square, -tall, 1)))
        beside = np.maximum(_moved(wide, tall, 0), _moved(wide, -tall, 0))
        found = np.maximum(found, filled - beside)
    return found


def _moved(picture: ndarray, by: int, axis: int) -> ndarray:
    """Move a picture by some pixels along an axis; what comes in is 0."""
    moved = np.roll(picture, by, axis)
    new = slice(0, by) if by > 0 else slice(by, None)
    moved[(new, slice(None)) if axis == 0 else (slice(None), new)] = 0.0
    return moved


def skin(picture: ndarray) -> ndarray:
    """Measure how near to the hue of skin a colour is, 0 to 1, however light or dark it is.

    Wood, sand and bread have that hue too, and the darkest skin in poor light has too little colour to be seen by it.

    Parameters
    ----------
    picture : (height, width, 3) uint8, BGR

    Returns
    -------
    (height, width) float32
    """
    lab = cv2.cvtColor(picture.astype(np.float32) / 255.0, cv2.COLOR_BGR2LAB)
    lightness, a, b = cv2.split(lab)
    hue = (np.degrees(np.arctan2(b, a)) - TUNING.skin_hue) / TUNING.skin_hue_deviation
    chroma = (np.hypot(a, b) - TUNING.skin_chroma) / TUNING.skin_chroma_deviation
    seen = np.clip((lightness - TUNING.skin_lightness) / 10.0, 0.0, 1.0)
    return np.asarray(np.exp(-(hue * hue + chroma * chroma) / 2) * seen, np.float32)
