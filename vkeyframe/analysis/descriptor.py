"""A short description of a picture that stands scale, crop, grey, captions, letter-box and mirror: 147 numbers.

The discrete cosine transform of the small Lab picture, the mean of each channel left out so that brightness does not count, each
coefficient times its frequency, because pictures have less of what is fine, and then its signed square root, so that a few large
ones do not outweigh the others. Two pictures are compared by the dot product of their descriptors; of a picture and its mirror
image the better counts, and of parts of a picture the best.

References
----------
.. [1] Arandjelović, Zisserman, "Three things everyone should know to improve object retrieval", CVPR 2012,
   doi:10.1109/CVPR.2012.6248018: the square root.
.. [2] Field, "Relations between the statistics of natural images and the response properties of cortical cells", JOSA A 4, 1987,
   doi:10.1364/JOSAA.4.002379: amplitudes fall with the frequency.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy import ndarray

from vkeyframe.kernels.grid import COLOUR_COLUMNS, COLOUR_ROWS
from vkeyframe.opencv import cv2

# Left and upper edge, width and height of a part of a picture, as shares of its width and height.
Part = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class DescriptorTuning:
    """Which frequencies count, and how much colour; set on 200 disturbed pictures among 1,692 others.

    Attributes
    ----------
    luma_frequency, colour_frequency : float
        The highest ones, in half waves along the longer side.
    columns, rows : int
        Most half waves across and down.
    colour : float
        Weight of a colourful picture's colour, where luma has 1.
    colour_at : float
        Strength of colour that has half of that weight, in units of the coefficients; a grey picture has none.
    brightest_bar, bar_noise, bar_edge : float
        A letter-box is no brighter than the first, even to the second, and darker than what is beside it by the third, in grey
        levels; set by eye.
    widest_bar : float
        Share of the height or width that one bar may have.
    uneven_bars : float
        Share by which the bars on both sides may differ, else they are part of the picture.
    """

    luma_frequency: float = 13.5
    colour_frequency: float = 7.5
    columns: int = 12
    rows: int = 10
    colour: float = 0.5
    colour_at: float = 20.0
    brightest_bar: float = 64.0
    bar_noise: float = 14.0
    bar_edge: float = 14.0
    widest_bar: float = 0.3
    uneven_bars: float = 0.03


TUNING = DescriptorTuning()
# The whole picture, and what is left of it when a seventh of its width and height is cut off at the corners or around it.
KEPT = 0.85
PARTS: tuple[Part, ...] = (
    (0.0, 0.0, 1.0, 1.0),
    *((x * (1.0 - KEPT), y * (1.0 - KEPT), KEPT, KEPT) for x, y in ((0, 0), (1, 0), (0, 1), (1, 1), (0.5, 0.5))),
)
# What a picture that was cut out of another may have been cut out of: as much more at the corners or around it, where what lies
# at the edge goes on. So described it is like the whole other one; 87 % find more of 200 disturbed pictures than 85 or 82 %.
_CUT_OUT = 0.87
WIDER: tuple[Part, ...] = (
    (0.0, 0.0, 1.0, 1.0),
    *(
        (-x * (1.0 / _CUT_OUT - 1.0), -y * (1.0 / _CUT_OUT - 1.0), 1.0 / _CUT_OUT, 1.0 / _CUT_OUT)
        for x, y in ((0, 0), (1, 0), (0, 1), (1, 1), (0.5, 0.5))
    ),
)


@cache
def _waves(size: int, count: int, start: float, length: float) -> ndarray:
    """Return the matrix that cuts a part out of a row of values, brings it to their number, and transforms it; (count, size)."""
    places = (start + length * (np.arange(size) + 0.5) / size) * size - 0.5
    places = np.clip(places, 0.0, size - 1.0)
    left = np.minimum(places.astype(int), size - 2)
    cut = np.zeros((size, size))
    cut[np.arange(size), left] = 1.0 - (places - left)
    cut[np.arange(size), left + 1] += places - left
    waves = np.cos(np.pi * np.outer(np.arange(count), np.arange(size) + 0.5) / size) * np.sqrt(2.0 / size)
    waves[0] *= np.sqrt(0.5)
    return np.asarray(waves @ cut, np.float32)


def _frequencies() -> ndarray:
    down, across = np.meshgrid(np.arange(TUNING.rows), np.arange(TUNING.columns), indexing="ij")
    return np.asarray(np.hypot(across, down * COLOUR_COLUMNS / COLOUR_ROWS), np.float32)


_FREQUENCY = _frequencies()
_LUMA = (_FREQUENCY > 0.0) & (TUNING.luma_frequency >= _FREQUENCY)
_COLOUR = (_FREQUENCY > 0.0) & (TUNING.colour_frequency >= _FREQUENCY)
LUMA_SIZE = int(_LUMA.sum())
SIZE = LUMA_SIZE + 2 * int(_COLOUR.sum())
_SIGNS = np.where(np.arange(TUNING.columns) % 2, -1, 1) * np.ones((TUNING.rows, 1), int)
# What a descriptor is multiplied by to be that of the mirror image: -1 where there are odd half waves across, (147,) int8.
MIRROR = np.concatenate([_SIGNS[_LUMA], _SIGNS[_COLOUR], _SIGNS[_COLOUR]]).astype(np.int8)
# Its numbers in another order: first those that are the same for the mirror image.
EVEN_FIRST = np.argsort(MIRROR < 0, kind="stable")
# A picture whose roots are shorter than this, of some hundred where there is something to see, has but noise of rounding.
_LEAST_LENGTH = 0.5
# What of a descriptor is coarse in its luma, fine in its luma, and colour: the heads of the attention over time.
HEADS: dict[str, ndarray] = {
    "layout": np.flatnonzero(_FREQUENCY[_LUMA] <= TUNING.colour_frequency),
    "detail": np.flatnonzero(_FREQUENCY[_LUMA] > TUNING.colour_frequency),
    "colour": np.arange(LUMA_SIZE, SIZE),
}


def small_lab(picture: ndarray) -> ndarray:
    """Reduce a (height, width, 3) uint8 BGR picture to the (18, 32, 3) float32 Lab picture that is described."""
    small = cv2.resize(picture, (COLOUR_COLUMNS, COLOUR_ROWS), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.cvtColor(small.astype(np.float32) / 255.0, cv2.COLOR_BGR2LAB))


def describe(pictures: ndarray, parts: Sequence[Part] = PARTS[:1]) -> ndarray:
    """Describe small Lab pictures, and parts of them.

    Parameters
    ----------
    pictures : (n, 18, 32, 3) float32
        As `small_lab` gives them.
    parts : sequence of Part
        What of each picture is described: without it, the whole.

    Returns
    -------
    (n, len(parts), 147) float32
        Of length 1, and so -1 to 1 each; 0 for a flat picture.
    """
    count = len(pictures)
    channels = np.ascontiguousarray(np.asarray(pictures, np.float32).transpose(1, 0, 3, 2)).reshape(COLOUR_ROWS, -1)
    described = np.empty((count, len(parts), SIZE), np.float32)
    for number, (x, y, width, height) in enumerate(parts):
        down = _waves(COLOUR_ROWS, TUNING.rows, y, height) @ channels
        both = down.reshape(-1, COLOUR_COLUMNS) @ _waves(COLOUR_COLUMNS, TUNING.columns, x, width).T
        waves = both.reshape(TUNING.rows, count, 3, TUNING.columns).transpose(2, 1, 0, 3) * _FREQUENCY
        described[:, number] = _join(waves[0][:, _LUMA], np.hstack([waves[1][:, _COLOUR], waves[2][:, _COLOUR]]))
    return described


def describe_part(descriptors: ndarray, part: Part) -> ndarray:
    """Describe a part of pictures of which there are but the descriptors, as well as these tell.

    The transform of a picture is in its descriptor but for its strength, and what is finer than a descriptor holds is missing
    in that of the part: of a part of 85 % the result is like the true one by 0.9.

    Parameters
    ----------
    descriptors : (n, 147) float32
        Of whole pictures, as `describe` gives them.
    part : Part

    Returns
    -------
    (n, 147) float32
    """
    x, y, width, height = part
    down = _waves(COLOUR_ROWS, TUNING.rows, y, height) @ _waves(COLOUR_ROWS, TUNING.rows, 0.0, 1.0).T
    across = _waves(COLOUR_COLUMNS, TUNING.columns, x, width) @ _waves(COLOUR_COLUMNS, TUNING.columns, 0.0, 1.0).T
    powers = np.sign(descriptors) * descriptors * descriptors
    first, second = powers[:, :LUMA_SIZE], powers[:, LUMA_SIZE:]
    half = second.shape[1] // 2
    waves = np.zeros((3, len(descriptors), TUNING.rows, TUNING.columns), np.float32)
    for channel, (values, mask) in enumerate([(first, _LUMA), (second[:, :half], _COLOUR), (second[:, half:], _COLOUR)]):
        waves[channel][:, mask] = values / _FREQUENCY[mask]
    moved = down @ waves @ across.T * _FREQUENCY
    luma, colour = moved[0][:, _LUMA], np.hstack([moved[1][:, _COLOUR], moved[2][:, _COLOUR]])
    weight = np.linalg.norm(descriptors[:, LUMA_SIZE:], axis=1, keepdims=True)
    parts = _to_length_one(_root(luma)) * np.sqrt(np.maximum(1.0 - weight * weight, 0.0)), _to_length_one(_root(colour)) * weight
    return _to_length_one(np.hstack(parts))


def _to_length_one(vectors: ndarray) -> ndarray:
    """Scale vectors of whatever length; 0 stays 0."""
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.where(length > 0.0, length, 1.0), np.float32)


def without_bars(picture: ndarray) -> Part:
    """Find what of a picture is left without the black bars of a letter-box, on two sides that face each other or on all.

    Parameters
    ----------
    picture : (height, width) uint8
        Luma.
    """
    top, bottom = _bars(picture)
    left, right = _bars(picture.T)
    return left, top, 1.0 - left - right, 1.0 - top - bottom


def _bars(lines: ndarray) -> tuple[float, float]:
    """Return the shares of the bars before and behind the lines of a picture; in one of both there may be a caption."""
    count, level = len(lines), float(min(np.median(lines[0]), np.median(lines[-1])))
    apart = np.abs(lines - np.float32(level))
    # How many lines there are before and behind the picture.
    first, last = _runs(apart.max(axis=1) <= TUNING.bar_noise)
    uneven, width = TUNING.uneven_bars * count, max(first, last)
    if level > TUNING.brightest_bar or not 0 < width <= TUNING.widest_bar * count:
        return 0.0, 0.0
    if min(first, last) == 0 or abs(first - last) > uneven:
        if min(_runs(np.median(apart, axis=1) <= TUNING.bar_noise)) < width - uneven:
            return 0.0, 0.0
        first = last = width
    # A dark edge of a scene ends softly. The line beside a bar may be half of it.
    middle = np.median(lines, axis=1)
    edges = middle[first + 1] - middle[first - 1], middle[count - last - 2] - middle[count - last]
    return (first / count, last / count) if min(edges) >= TUNING.bar_edge else (0.0, 0.0)


def _runs(flat: ndarray) -> tuple[int, int]:
    """Count the flat lines before the first and behind the last one that is not."""
    other = np.flatnonzero(~flat)
    return (int(other[0]), int(flat.size - other[-1] - 1)) if other.size else (flat.size, flat.size)


def _join(luma: ndarray, colour: ndarray) -> ndarray:
    strength = np.linalg.norm(colour, axis=1, keepdims=True)
    weight = TUNING.colour * strength / (strength + TUNING.colour_at)
    return _of_length_one(np.hstack([_of_length_one(_root(luma)), _of_length_one(_root(colour)) * weight]))


def _root(values: ndarray) -> ndarray:
    return np.asarray(np.sign(values) * np.sqrt(np.abs(values)))


def _of_length_one(vectors: ndarray) -> ndarray:
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.where(length > _LEAST_LENGTH, vectors / np.maximum(length, _LEAST_LENGTH), 0.0)
