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
        What is looked at on each side, as a share of the longer side of the area.
    least_margin_px : int
    cells : int
        Along width and height of what is looked at, at most.
    seen_share : float
        A cell of which more is seen than this has a value of its own.
    """

    margin: float = 0.25
    least_margin_px: int = 8
    cells: int = 32
    seen_share: float = 0.25


TUNING = FillTuning()


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
        margin = max(TUNING.least_margin_px, round(TUNING.margin * max(width, height)))
        rows, columns = hidden.shape
        self._place = (
            slice(max(0, y - margin), min(rows, y + height + margin)),
            slice(max(0, x - margin), min(columns, x + width + margin)),
        )
        if hidden[self._place].all():
            # It lies within others; then all that is seen counts.
            self._place = slice(0, rows), slice(0, columns)
        self._hidden = hidden[self._place]
        self._seen = (~self._hidden).astype(np.float32)
        high, wide = self._hidden.shape
        self._size = min(TUNING.cells, wide), min(TUNING.cells, high)
        share = cv2.resize(self._seen, self._size, interpolation=cv2.INTER_AREA)
        self._share = np.where(share > min(TUNING.seen_share, float(share.max()) / 2), share, 0.0).astype(np.float32)

    def paint(self, plane: ndarray) -> None:
        part = plane[self._place]
        values = part.reshape(*part.shape[:2], -1)
        filled = np.empty_like(values)
        for channel in range(values.shape[2]):
            seen = cv2.resize(values[..., channel] * self._seen, self._size, interpolation=cv2.INTER_AREA)
            means = np.divide(seen, self._share, out=np.zeros_like(seen), where=self._share > 0)
            smooth = _pull_and_push(means, (self._share > 0).astype(np.float32))
            whole = cv2.resize(smooth, self._hidden.shape[::-1], interpolation=cv2.INTER_LINEAR)
            filled[..., channel] = np.clip(np.rint(whole), 0, 255)
        np.copyto(part, filled.reshape(part.shape), where=self._hidden.reshape(*part.shape[:2], *[1] * (part.ndim - 2)))


def _pull_and_push(values: ndarray, weights: ndarray) -> ndarray:
    """Give values of no weight those of their neighbourhood, the smallest one in which there are any; (rows, columns) float32."""
    rows, columns = values.shape
    if rows == columns == 1 or float(weights.min()) >= 1.0:
        return values
    half = (columns + 1) // 2, (rows + 1) // 2
    pulled = cv2.resize(weights, half, interpolation=cv2.INTER_AREA)
    coarse = cv2.resize(values * weights, half, interpolation=cv2.INTER_AREA)
    coarse = np.divide(coarse, pulled, out=np.zeros_like(coarse), where=pulled > 0)
    pushed = cv2.resize(_pull_and_push(coarse, (pulled > 0).astype(np.float32)), (columns, rows), interpolation=cv2.INTER_LINEAR)
    return np.asarray(values * weights + pushed * (1.0 - weights), np.float32)
