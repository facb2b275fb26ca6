"""Which thing is which from frame to frame: numbers that stay."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy import ndarray

from vkeyframe.opencv import cv2
from vkeyframe.tracking.residual import carried


@dataclass(frozen=True, slots=True)
class NumberTuning:
    """What counts as a thing of its own; set by eye.

    Attributes
    ----------
    gap : float
        Pieces nearer to each other than this are one thing, as a share of the picture's width.
    least_area : float
        Smaller pieces are dropped, as a share of the largest piece of the frame.
    split : float
        A piece that covers more than this share of each of two things carried over from the frame before is cut between them.
    least_weight : float
        A thing with less attention than this share of the most attended one's gets no number.
    shortest : int
        Nor does one that is seen in fewer frames of a window, unless the window has fewer.
    most : int
        Things with a number.
    longest_lost : int
        Frames after which a thing that was lost is not found again.
    near, pace : float
        How far from where it was lost it is found again, in widths of the picture, at once and for each frame that went by.
    """

    gap: float = 0.02
    least_area: float = 0.1
    split: float = 0.3
    least_weight: float = 0.25
    shortest: int = 8
    most: int = 4
    longest_lost: int = 24
    near: float = 0.15
    pace: float = 0.03


TUNING = NumberTuning()


@dataclass(slots=True)
class _Thing:
    """Where a thing was seen last: how many frames ago, and the row and column of its middle."""

    frames_ago: int
    row: float
    column: float


class Numbering:
    """Gives the things of a shot their numbers, window after window."""

    def __init__(self) -> None:
        self._last: ndarray | None = None
        self._known = 0
        self._things: dict[int, _Thing] = {}

    def number(self, masks: Sequence[ndarray], weights: Sequence[ndarray], backs: Sequence[ndarray | None]) -> list[ndarray]:
        """Number the things in the next frames.

        Parameters
        ----------
        masks : sequence of (height, width) bool
        weights : sequence of (height, width) float32
            Attention.
        backs : sequence of (height, width, 2) float, or None
            Flow to the frame before; None for the first frame of the shot.

        Returns
        -------
        list of (height, width) uint8
            0 for ground, 1 for the most attended thing of the first window that has any, and so on; what was numbered once
            keeps its number.
        """
        drafts = [self._continue(mask, back) for mask, back in zip(masks, backs, strict=True)]
        table = self._earned(drafts, weights)
        self._last = table[drafts[-1]]
        self._things = {int(table[draft]): thing for draft, thing in self._things.items() if table[draft]}
        self._known = int(table.max())
        return [table[draft] for draft in drafts]

    def _earned(self, drafts: Sequence[ndarray], weights: Sequence[ndarray]) -> ndarray:
        """Return which number each draft number becomes, (256,) uint8; 0 for what earns none."""
        heft, frames = np.zeros(256), np.zeros(256, np.int64)
        for draft, weight in zip(drafts, weights, strict=True):
            heft += np.bincount(draft.ravel(), weight.ravel(), minlength=256)
            frames += np.bincount(np.unique(draft), minlength=256)
        heft[0] = 0.0
        table = np.zeros(256, np.uint8)
        table[: self._known + 1] = np.arange(self._known + 1)
        number = self._known
        for draft in np.argsort(-heft, kind="stable"):
            earns = heft[draft] >= TUNING.least_weight * heft.max() and frames[draft] >= min(TUNING.shortest, len(drafts))
            if draft > self._known and heft[draft] > 0.0 and earns and number < TUNING.most:
                number += 1
                table[draft] = number
        return table

    def _continue(self, mask: ndarray, back: ndarray | None) -> ndarray:
        """Give the pieces of a mask draft numbers, by what was there in the frame before."""
        before = np.zeros(mask.shape, np.uint8)
        if self._last is not None and back is not None:
            before = carried(self._last, back)
        known = np.bincount(before.ravel(), minlength=256)
        out, strange = np.zeros(mask.shape, np.uint8), []
        for inside in _pieces(mask):
            covered = np.bincount(before[inside], minlength=256)
            covered[0] = 0
            owners = np.flatnonzero(covered > TUNING.split * np.maximum(known, 1))
            if not covered.any():
                strange.append(inside)
            elif owners.size < 2:
                out[inside] = int(np.argmax(covered))
            else:
                distances = [cv2.distanceTransform((before != owner).astype(np.uint8), cv2.DIST_L2, 3) for owner in owners]
                out[inside] = owners[np.argmin(distances, axis=0)][inside]
        for inside in strange:
            out[inside] = self._found_again(inside, out)
        self._see(out)
        return out

    def _found_again(self, inside: ndarray, out: ndarray) -> int:
        """Return the number of the lost thing that a new piece may be, or a new number."""
        row, column = _middle(inside)
        best, number = 1.0, 0
        for known, thing in self._things.items():
            reach = inside.shape[1] * (TUNING.near + TUNING.pace * thing.frames_ago)
            distance = float(np.hypot(row - thing.row, column - thing.column)) / reach
            if thing.frames_ago <= TUNING.longest_lost and distance < best and not (out == known).any():
                best, number = distance, known
        return number or min(255, max([self._known, *self._things]) + 1)

    def _see(self, out: ndarray) -> None:
        """Remember where each thing is."""
        self._last = out
        for thing in self._things.values():
            thing.frames_ago += 1
        for number in np.unique(out[out > 0]):
            self._things[int(number)] = _Thing(0, *_middle(out == number))


def _pieces(mask: ndarray) -> list[ndarray]:
    """Return the pieces of a mask, each (height, width) bool, without small ones; those nearly touching are one."""
    reach = max(1, round(TUNING.gap * mask.shape[1] / 2))
    wide = cv2.dilate(mask.astype(np.uint8), np.ones((2 * reach + 1, 2 * reach + 1), np.uint8))
    count, pieces = cv2.connectedComponents(wide, connectivity=8)
    pieces = np.where(mask, pieces, 0)
    areas = np.bincount(pieces.ravel(), minlength=count)
    areas[0] = 0
    return [pieces == piece for piece in np.flatnonzero(areas >= max(1.0, TUNING.least_area * areas.max()))]


def _middle(mask: ndarray) -> tuple[float, float]:
    """Return the mean row and column of a mask that is not empty."""
    rows, columns = np.nonzero(mask)
    return float(rows.mean()), float(columns.mean())
