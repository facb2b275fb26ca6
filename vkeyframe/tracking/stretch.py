"""How a thing grows in width and in height, by the optical flow within it.

References
----------
.. [1] Kalal, Mikolajczyk, Matas, "Forward-backward error: automatic detection of tracking failures", ICPR 2010,
   doi:10.1109/ICPR.2010.675.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy import ndarray

from vkeyframe.opencv import cv2


@dataclass(frozen=True, slots=True)
class StretchTuning:
    """When the flow is believed; set on nine sequences of OTB, VOT and MIL and ten of DAVIS.

    Without these checks whoever turns the head is said to shrink.

    Attributes
    ----------
    most : int
        Points that are followed.
    fewest : int
        Points that must be left, else nothing is said.
    share : float
        Of the points, that must be left.
    way_back : float
        Pixels of the window by which a point may miss its origin when it is followed back.
    spread : float
        Where the middle half of all pairs differ by so much about the growth, nothing is believed; where they agree, most.
    believed : float
        How far growth is believed then, as a power; the rest is left to the votes for other sizes.
    apart : float
        Pairs are this far apart at least, in sides of the box.
    largest : float
        Growth from one frame to the next.
    """

    most: int = 60
    fewest: int = 14
    share: float = 0.5
    way_back: float = 1.0
    spread: float = 0.05
    believed: float = 0.5
    apart: float = 0.2
    largest: float = 1.1


TUNING = StretchTuning()


def find_stretch(before: ndarray, now: ndarray, target: tuple[float, float]) -> tuple[float, float]:
    """Tell how many times as wide and as high a thing has become.

    Parameters
    ----------
    before, now : (144, 144) uint8
        Luma of the window around the thing, cut in both frames at the size that the thing had before.
    target : (float, float)
        Width and height of the thing in `before`, in pixels of the window.

    Returns
    -------
    (float, float)
        Each 1 where the flow does not tell.
    """
    side = len(before)
    across, upright = (max(1, round(each / 2)) for each in target)
    mask = np.zeros(before.shape, np.uint8)
    mask[side // 2 - upright : side // 2 + upright + 1, side // 2 - across : side // 2 + across + 1] = 255
    points = cv2.goodFeaturesToTrack(before, TUNING.most, 0.01, 3, mask=mask)
    if points is None or len(points) < TUNING.fewest:
        return 1.0, 1.0
    start, end = _followed(before, now, points)
    if len(start) < max(TUNING.fewest, TUNING.share * len(points)):
        return 1.0, 1.0
    return _growth(start[:, 0], end[:, 0], target[0]), _growth(start[:, 1], end[:, 1], target[1])


def _followed(before: ndarray, now: ndarray, points: ndarray) -> tuple[ndarray, ndarray]:
    """Follow points there and back; return those that come back and move about as most do, (n, 2) float64 each."""
    there, found, _ = cv2.calcOpticalFlowPyrLK(before, now, points, np.empty_like(points), winSize=(11, 11), maxLevel=2)
    back, again, _ = cv2.calcOpticalFlowPyrLK(now, before, there, np.empty_like(points), winSize=(11, 11), maxLevel=2)
    right = (found[:, 0] > 0) & (again[:, 0] > 0) & (np.abs(points - back).max(axis=(1, 2)) < TUNING.way_back)
    start, end = points[right, 0].astype(np.float64), there[right, 0].astype(np.float64)
    if not len(start):
        return start, end
    shift = end - start
    odd = np.abs(shift - np.median(shift, axis=0)).max(axis=1)
    usual = odd <= max(2.0, 3.0 * float(np.median(odd)))
    return start[usual], end[usual]


def _growth(start: ndarray, end: ndarray, side: float) -> float:
    """Tell how many times as far apart points have become along one direction."""
    one, other = np.triu_indices(len(start), 1)
    apart = start[one] - start[other]
    far = np.abs(apart) > TUNING.apart * side
    if np.count_nonzero(far) < 10:
        return 1.0
    low, middle, high = np.percentile((end[one] - end[other])[far] / apart[far], (25, 50, 75))
    belief = TUNING.believed * max(0.0, 1.0 - (high - low) / TUNING.spread)
    return float(np.clip(middle, 1.0 / TUNING.largest, TUNING.largest) ** belief)
