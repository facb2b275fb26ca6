"""Painting an area over with what is around it, smoothly, so that it neither moves by itself nor stands out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy import ndarray

from vkeyframe.opencv import cv2


@dataclass(frozen=True, slots=True)
class FillTuning:
    """How far around an area is looked, and how finely; set by eye.

    Attributes
    ----------
    margin : float
        What is looked at on each side, as a share of the shorter side of the area.
    least_margin_px : int
    cells : int
        Along width and height of what is looked at, at most.
    seen_share : float
        A cell of which more is seen than this has a value of its own.
    rounds : int
        How often each cell of the area becomes the mean of its four neighbours, so that there is no edge along its border.
    """

    margin: float = 0.5
    least_margin_px: int = 8
    cells: int = 32
    seen_share: float = 0.5
    rounds: int = 8


TUNING = FillTuning()
_NEIGHBOURS = np.array([[0, 1, 0], [1, 0, 1], [0, 1, 0]], np.float32) / 4


class SmoothFill:
    """Paints over an area, anew in each picture.

    The area takes its values from the nearest that are seen, by pulling these up a pyramid and pushing them down again.

    Parameters
    ----------
    hidden : (height, width) bool
        The area; not all of the picture.

    References
    ----------
    .. [1] Gortler, Grzeszczuk, Szeliski, Cohen, "The lumigraph", SIGGRAPH 1996, section 3.6.1, doi:10.1145/237170.237200.
    """

    def __init__(self, hidden: ndarray) -> None:
        count, _, stats, _ = cv2.connectedComponentsWithStats(hidden.astype(np.uint8), connectivity=8)
        boxes = [tuple(int(value) for value in stats[part, :4]) for part in range(1, count)]
        self._patches = [_Patch(hidden, *box) for box in boxes]

    def paint(self, plane: ndarray) -> None:
        """Paint over the area in a (height, width) or (height, width, 3) uint8 picture, in place.

        It may be wider, as lines of a decoder are.
        """
        for patch in self._patches:
            patch.paint(plane)


class _Patch:
    """One connected area and what is around it."""

    def __init__(self, hidden: ndarray, x: int, y: int, width: int, height: int) -> None:
        margin = max(TUNING.least_margin_px, round(TUNING.margin * min(width, height)))
        rows, columns = hidden.shape
        down = slice(max(0, y - margin), min(rows, y + height + margin))
        across = slice(max(0, x - margin), min(columns, x + width + margin))
        # Where it lies within others, all that is seen counts.
        self._place = (slice(0, rows), slice(0, columns)) if hidden[down, across].all() else (down, across)
        self._hidden = hidden[self._place].astype(np.uint8)
        high, wide = self._hidden.shape
        self._size = min(TUNING.cells, wide), min(TUNING.cells, high)
        share = cv2.resize((1 - self._hidden).astype(np.float32), self._size, interpolation=cv2.INTER_AREA)
        self._share = np.where(share > min(TUNING.seen_share, float(share.max()) / 2), share, 0.0).astype(np.float32)

    def paint(self, plane: ndarray) -> None:
        part = plane[self._place]
        # Whole grey levels do, and are quick, where much of a cell is seen.
        values = part if self._share.max() >= TUNING.seen_share else part.astype(np.float32)
        seen = cv2.resize(cv2.bitwise_and(values, values, mask=1 - self._hidden), self._size, interpolation=cv2.INTER_AREA)
        share = _like(self._share, seen)
        means = np.divide(seen, share, out=np.zeros(seen.shape, np.float32), where=share > 0)
        smooth = _pull_and_push(means, (self._share > 0).astype(np.float32))
        for _ in range(TUNING.rounds):
            around = cv2.filter2D(smooth, cv2.CV_32F, _NEIGHBOURS, borderType=cv2.BORDER_REPLICATE)
            smooth = np.where(share > 0, means, around)
        rounded = np.clip(np.rint(smooth), 0, 255).astype(np.uint8)
        whole = cv2.resize(rounded, self._hidden.shape[::-1], interpolation=cv2.INTER_LINEAR)
        np.copyto(part, whole, where=_like(self._hidden, part).astype(bool))


def _like(weights: ndarray, values: ndarray) -> ndarray:
    """Give weights of cells a further axis where the values have colours."""
    return weights if values.ndim == 2 else weights[..., None]


def _pull_and_push(values: ndarray, weights: ndarray) -> ndarray:
    """Give cells of no weight the value of their neighbourhood, the smallest in which one has weight.

    Parameters
    ----------
    values : (rows, columns) or (rows, columns, 3) float32
    weights : (rows, columns) float32
        0 or 1.
    """
    rows, columns = weights.shape
    if rows == columns == 1 or float(weights.min()) >= 1.0:
        return values
    half = (columns + 1) // 2, (rows + 1) // 2
    pulled, own = cv2.resize(weights, half, interpolation=cv2.INTER_AREA), _like(weights, values)
    sums = cv2.resize(values * own, half, interpolation=cv2.INTER_AREA)
    coarse = np.divide(sums, _like(pulled, sums), out=np.zeros_like(sums), where=_like(pulled, sums) > 0)
    pushed = cv2.resize(_pull_and_push(coarse, (pulled > 0).astype(np.float32)), (columns, rows), interpolation=cv2.INTER_LINEAR)
    return np.asarray(values * own + pushed * (1.0 - own), np.float32)
