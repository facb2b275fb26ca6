"""Which thing is which from frame to frame: numbers that stay."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

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
        Pieces nearer to each other than this are one piece, as a share of the picture's width.
    least_area : float
        Smaller pieces are dropped, as a share of the largest piece of the frame.
    split : float
        A piece that covers more than this share of each of two things carried over from the frame before is cut between them.
    touching : float
        Two things that touch in more than this share of the frames with both are one thing.
    together : float
        Two things that are seen together in less than this share of the frames of one of them may be one that was lost and found.
    near, pace : float
        How far from where it was lost it is found again, in widths of the picture, at once and for each frame that went by.
    longest_lost : int
        Frames after which a thing that was lost is not found again.
    least_weight : float
        A thing with less attention than this share of the most attended one's gets no number.
    shortest : int
        Nor does one that is seen in fewer frames of a window, unless the window has fewer.
    most : int
        Things with a number.
    """

    gap: float = 0.02
    least_area: float = 0.05
    split: float = 0.3
    touching: float = 0.3
    together: float = 0.25
    near: float = 0.15
    pace: float = 0.03
    longest_lost: int = 24
    least_weight: float = 0.25
    shortest: int = 8
    most: int = 4


TUNING = NumberTuning()
Middle = tuple[float, float]


@dataclass(slots=True)
class _Thing:
    """What is known of a thing: its attention, in which frames its middle was where, and beside which other things it lay."""

    weight: float = 0.0
    middles: dict[int, Middle] = field(default_factory=dict)
    touched: Counter[int] = field(default_factory=Counter)

    def add(self, other: _Thing) -> None:
        """Take over what is known of a thing that is the same."""
        self.weight += other.weight
        self.middles = {**other.middles, **self.middles}
        self.touched += other.touched


class Numbering:
    """Gives the things of a shot their numbers, window after window."""

    def __init__(self) -> None:
        self._time = 0
        self._labels: ndarray | None = None
        self._known = 0
        self._things: dict[int, _Thing] = {}

    def number(self, masks: Sequence[ndarray], weights: Sequence[ndarray], backs: Sequence[ndarray | None]) -> list[ndarray]:
        """Give the things in the next frames their numbers.

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
        drafts = [self._continue(*each) for each in zip(masks, weights, backs, strict=True)]
        table = self._settle(len(masks))
        self._labels = table[drafts[-1]]
        return [table[draft] for draft in drafts]

    def _settle(self, count: int) -> ndarray:
        """Decide which drafts of the last frames are one thing and which get a number: a table from drafts to numbers, uint8."""
        table = np.zeros(256, np.uint8)
        settled: dict[int, _Thing] = {}
        news: list[tuple[list[int], _Thing]] = []
        width = 1 if self._labels is None else self._labels.shape[1]
        for draft in sorted(self._things, key=lambda each: (each > self._known, -self._things[each].weight, each)):
            thing = self._things[draft]
            if draft <= self._known:
                settled[draft], table[draft] = thing, draft
                continue
            known = next((each for each, other in settled.items() if _same(thing, other, {each}, width)), None)
            new = next((each for each in news if _same(thing, each[1], set(each[0]), width)), None)
            if known is not None:
                settled[known].add(thing)
                table[draft] = known
            elif new is not None:
                new[0].append(draft)
                new[1].add(thing)
            else:
                news.append(([draft], thing))
        most = max((thing.weight for thing in [*settled.values(), *(thing for _, thing in news)]), default=0.0)
        for drafts, thing in sorted(news, key=lambda each: -each[1].weight):
            earns = thing.weight >= TUNING.least_weight * most and len(thing.middles) >= min(TUNING.shortest, count)
            if earns and self._known < TUNING.most:
                self._known += 1
                table[drafts] = self._known
                settled[self._known] = thing
        self._things = {number: _Thing(middles=_newest(thing.middles)) for number, thing in settled.items()}
        return table

    def _continue(self, mask: ndarray, weight: ndarray, back: ndarray | None) -> ndarray:
        """Give the pieces of a mask draft numbers, by what was there in the frame before."""
        before = np.zeros(mask.shape, np.uint8)
        if self._labels is not None and back is not None:
            before = carried(self._labels, back)
        size = np.bincount(before.ravel(), minlength=256)
        out, strange = np.zeros(mask.shape, np.uint8), []
        for piece in _pieces(mask):
            covered = np.bincount(before[piece], minlength=256)
            covered[0] = 0
            owners = np.flatnonzero(covered > TUNING.split * np.maximum(size, 1))
            if not covered.any():
                strange.append(piece)
            elif owners.size < 2:
                out[piece] = int(np.argmax(covered))
            else:
                distances = [cv2.distanceTransform((before != owner).astype(np.uint8), cv2.DIST_L2, 3) for owner in owners]
                out[piece] = owners[np.argmin(distances, axis=0)][piece]
                self._touch([int(owner) for owner in owners])
        for piece in strange:
            out[piece] = self._found_again(piece, out)
        self._remember(out, weight)
        return out

    def _found_again(self, piece: ndarray, out: ndarray) -> int:
        """Return the number of the lost thing that a new piece may be, or a new number."""
        here, found = _middle(piece), 0
        least = 1.0
        for number, thing in self._things.items():
            last = max(thing.middles)
            distance = _distance(here, thing.middles[last], self._time - last, piece.shape[1])
            if self._time - last <= TUNING.longest_lost and distance < least and not (out == number).any():
                least, found = distance, number
        return found or min(255, max([self._known, int(out.max()), *self._things]) + 1)

    def _touch(self, owners: Sequence[int]) -> None:
        """Remember that some things lay in one piece."""
        for owner in owners:
            self._things[owner].touched.update(other for other in owners if other != owner)

    def _remember(self, out: ndarray, weight: ndarray) -> None:
        """Remember where each thing is."""
        self._labels = out
        for number in np.unique(out[out > 0]):
            inside = out == number
            thing = self._things.setdefault(int(number), _Thing())
            thing.middles[self._time] = _middle(inside)
            thing.weight += float(weight[inside].sum(dtype=np.float64))
        self._time += 1


def _same(thing: _Thing, other: _Thing, names: Iterable[int], width: int) -> bool:
    """Whether two things are one: they mostly touch, or one comes where the other was lost."""
    both = len(thing.middles.keys() & other.middles.keys())
    if sum(thing.touched[name] for name in names) > TUNING.touching * max(1, both):
        return True
    if both > TUNING.together * min(len(thing.middles), len(other.middles)):
        return False
    pairs = ((a, b) for a in thing.middles for b in other.middles if 0 < abs(a - b) <= TUNING.longest_lost)
    return any(_distance(thing.middles[a], other.middles[b], abs(a - b), width) < 1.0 for a, b in pairs)


def _distance(one: Middle, other: Middle, gap: int, width: int) -> float:
    """Return the distance of two places as a share of how far a thing may come in some frames."""
    return float(np.hypot(one[0] - other[0], one[1] - other[1])) / (width * (TUNING.near + TUNING.pace * gap))


def _newest(middles: dict[int, Middle]) -> dict[int, Middle]:
    """Return the newest of some places."""
    last = max(middles)
    return {last: middles[last]}


def _pieces(mask: ndarray) -> list[ndarray]:
    """Return the pieces of a mask, each (height, width) bool, without small ones; those nearly touching are one."""
    reach = max(1, round(TUNING.gap * mask.shape[1] / 2))
    wide = cv2.dilate(mask.astype(np.uint8), np.ones((2 * reach + 1, 2 * reach + 1), np.uint8))
    count, pieces = cv2.connectedComponents(wide, connectivity=8)
    pieces = np.where(mask, pieces, 0)
    areas = np.bincount(pieces.ravel(), minlength=count)
    areas[0] = 0
    return [pieces == piece for piece in np.flatnonzero(areas >= max(1.0, TUNING.least_area * areas.max()))]


def _middle(mask: ndarray) -> Middle:
    """Return the mean row and column of a mask that is not empty."""
    rows, columns = np.nonzero(mask)
    return float(rows.mean()), float(columns.mean())
