"""Key regions: the parts of a picture that hold most of its attention."""

from __future__ import annotations

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


def find_regions(attention: ndarray, width: int, height: int) -> tuple[Region, ...]:
    """Box the connected areas that hold most of the attention.

    Parameters
    ----------
    attention : (rows, columns) float
        Sums to 1.
    width, height : int
        Of the picture, in pixels.

    Returns
    -------
    tuple of Region
        Up to three, in pixels of the picture, heaviest first; none where attention is even.
    """
    rows, columns = attention.shape
    high = attention > TUNING.above_mean * attention.mean()
    count, labels = cv2.connectedComponents(high.astype(np.uint8), connectivity=8)
    regions = []
    for label in range(1, count):
        ys, xs = np.nonzero(labels == label)
        left, right = xs.min() * width // columns, -(-(xs.max() + 1) * width // columns)
        top, bottom = ys.min() * height // rows, -(-(ys.max() + 1) * height // rows)
        weight = round(float(attention[labels == label].sum()), 4)
        regions.append(Region((int(left), int(top), int(right - left), int(bottom - top)), weight))
    heaviest = sorted(regions, key=lambda region: (-region.weight, region.box))[: TUNING.most]
    return tuple(region for region in heaviest if region is heaviest[0] or region.weight >= TUNING.least_weight)
