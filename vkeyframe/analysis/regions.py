"""Key regions: the parts of a picture that hold most of its attention."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy import ndarray

from vkeyframe.opencv import cv2
from vkeyframe.report.records import Region


@dataclass(frozen=True, slots=True)
class RegionTuning:
    """What a region is; set on DAVIS (ten moving objects), where it moves the overlap of the heaviest region with the object.

    Attributes
    ----------
    above_mean : float
        A region has more than so many times the mean attention; from 1 to 2 the overlap is 0.37 to 0.40.
    least_weight : float
        Share of the attention that a second or third region has at least; set by eye, what has less is a speck.
    most : int
        Regions of a picture.
    """

    above_mean: float = 1.5
    least_weight: float = 0.02
    most: int = 3


TUNING = RegionTuning()


def find_regions(attention: ndarray, width: int, height: int, parts: Mapping[str, ndarray] | None = None) -> tuple[Region, ...]:
    """Box the connected areas that hold most of the attention.

    Parameters
    ----------
    attention : (rows, columns) float
        Sums to 1.
    width, height : int
        Of the picture, in pixels.
    parts : mapping of str to (rows, columns) float, optional
        What each head gave to it; the one that gave most to a region is the region's cause.

    Returns
    -------
    tuple of Region
        Up to three that do not overlap, in pixels of the picture, heaviest first; none where attention is even.
    """
    rows, columns = attention.shape
    high = attention > TUNING.above_mean * attention.mean()
    count, labels = cv2.connectedComponents(high.astype(np.uint8), connectivity=8)
    regions = []
    for label in range(1, count):
        inside = labels == label
        ys, xs = np.nonzero(inside)
        left, right = xs.min() * width // columns, -(-(xs.max() + 1) * width // columns)
        top, bottom = ys.min() * height // rows, -(-(ys.max() + 1) * height // rows)
        box = int(left), int(top), int(right - left), int(bottom - top)
        weight = round(float(attention[inside].sum()), 4)
        regions.append(Region(box, weight, _cause(parts or {}, inside), _relative(box, width, height)))
    kept: list[Region] = []
    for region in sorted(regions, key=lambda region: (-region.weight, region.box)):
        if kept and (len(kept) == TUNING.most or region.weight < TUNING.least_weight):
            break
        if not any(_overlap(region.box, other.box) for other in kept):
            kept.append(region)
    return tuple(kept)


def _cause(parts: Mapping[str, ndarray], inside: ndarray) -> str | None:
    """Return the head that gave most to an area, None where the heads are not known."""
    return max(parts, key=lambda head: float(parts[head][inside].sum()), default=None)


def _relative(box: tuple[int, int, int, int], width: int, height: int) -> tuple[float, float, float, float]:
    x, y, wide, high = box
    return round(x / width, 6), round(y / height, 6), round(wide / width, 6), round(high / height, 6)


def _overlap(one: tuple[int, int, int, int], other: tuple[int, int, int, int]) -> bool:
    across = min(one[0] + one[2], other[0] + other[2]) > max(one[0], other[0])
    return across and min(one[1] + one[3], other[1] + other[3]) > max(one[1], other[1])
