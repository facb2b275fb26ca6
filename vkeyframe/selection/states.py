"""The lasting states of a still picture."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy import ndarray

from vkeyframe.analysis.features import FrameFeatures
from vkeyframe.kernels.grid import (
    CELL_COLUMNS,
    CELL_ROWS,
    CELL_SIDE,
    LUMA_COLUMNS,
    LUMA_ROWS,
    cell_means,
    exposure_free_difference,
)
from vkeyframe.opencv import cv2
from vkeyframe.selection.segments import Keep, Segment


@dataclass(frozen=True, slots=True)
class StateTuning:
    """When a still picture has changed; set on lectures, screen recordings and still cameras, cells are of 4×4 luma.

    Attributes
    ----------
    changed : float
        Grey levels by which a cell differs when something in it does.
    fewest_cells : int
        How many cells that takes: a line of text or a bottle, not a cursor.
    empty : float
        What differs less than this from the level of the page around it, in grey levels, is empty.
    adds_share : float
        Share of the change that must have been empty before, where a state only adds to the one before it.
    restless_share : float
        A cell that changes more often than this shows a person speaking or a waving tree, and tells nothing.
    memory_samples : int
        Over how many samples that is averaged.
    motion_seconds : float
        How far apart two samples are compared to see motion.
    state_seconds : float
        How long a new state must be at rest, so that a slide is complete.
    longest_passing_seconds : float
        What passes for longer is cut.
    most_known : int
        How many states are remembered.
    adapting : float
        Share by which the background follows slow changes with each sample.
    """

    changed: float = 4.0
    fewest_cells: int = 3
    empty: float = 8.0
    adds_share: float = 0.85
    restless_share: float = 0.4
    memory_samples: int = 80
    motion_seconds: float = 0.5
    state_seconds: float = 1.0
    longest_passing_seconds: float = 10.0
    most_known: int = 256
    adapting: float = 0.02


STATES = StateTuning()


class StateSegmenter:
    """Segments in which a still picture stays as it is, and what passes between them.

    Each cell of the picture is compared with a background that is learnt where nothing has moved for a second, and follows
    slow changes (a running average, as in background subtraction). Where some cells differ, and have come to rest, a new
    state has begun; a state that only adds to the one before takes its place.

    Parameters
    ----------
    numbers : iterator of int
    changed : float
        Grey levels by which a changed cell differs.
    known : deque of (36, 64) float32
        The states of earlier shots; takes those of this shot.
    """

    def __init__(self, numbers: Iterator[int], changed: float, known: deque[ndarray]) -> None:
        self._numbers, self._changed, self._known = numbers, changed, known
        self._segments: dict[int, Segment] = {}
        self._recent: deque[FrameFeatures] = deque()
        self._background = np.zeros((LUMA_ROWS, LUMA_COLUMNS), np.float32)
        self._learnt = np.zeros((CELL_ROWS, CELL_COLUMNS), bool)
        self._moved_at = np.full((CELL_ROWS, CELL_COLUMNS), -np.inf)
        self._restless = np.zeros((CELL_ROWS, CELL_COLUMNS))
        self._seen = 0
        self._state: int | None = None
        self._state_began = -np.inf
        self._tolerated = STATES.fewest_cells
        self._passing: int | None = None
        self._passing_began = 0.0

    def segment(self, number: int) -> Segment:
        """Describe a segment."""
        return self._segments[number]

    def place(self, features: FrameFeatures) -> tuple[int, float]:
        """Place the next sample."""
        luma, time = features.luma, features.time
        moving, still, at_rest = self._watch(features)
        fresh = still & ~self._learnt
        self._learnt |= fresh
        _blend(self._background, luma, fresh, 1.0)
        changed = self._differing(self._background, luma) & self._learnt
        _blend(self._background, luma, self._learnt & ~changed, STATES.adapting)
        # What came to rest before the state began is part of it, noticed late.
        late = changed & still & (self._moved_at < self._state_began)
        _blend(self._background, luma, late, 1.0)
        changed &= at_rest & ~late
        moves = (moving & at_rest & self._learnt).sum() >= STATES.fewest_cells
        settled, unsettled = int((changed & still).sum()), int((changed & ~still).sum())
        if self._state is None:
            if self._learnt.mean() >= 0.5:
                self._begin_state(time, self._background.copy())
        elif not moves and settled >= STATES.fewest_cells and unsettled < STATES.fewest_cells:
            before = self._background.copy()
            _blend(self._background, luma, still, 1.0)
            changed &= ~still
            self._begin_state(time, before)
            self._tolerated = max(STATES.fewest_cells, unsettled + 1)
        if self._state is not None and not moves and changed.sum() < self._tolerated:
            self._passing = None
            return self._state, 1.0
        return self._place_passing(time), 1.0

    def _watch(self, features: FrameFeatures) -> tuple[ndarray, ndarray, ndarray]:
        """Tell which cells move, which have been still for long, and which are not restless; (9, 16) bool each."""
        time = features.time
        if not self._recent:
            self._moved_at[:] = time
        self._recent.append(features)
        while len(self._recent) > 1 and time - self._recent[1].time >= STATES.motion_seconds:
            self._recent.popleft()
        moving = self._differing(self._recent[0].luma, features.luma)
        self._moved_at[moving] = time
        self._seen = min(self._seen + 1, STATES.memory_samples)
        self._restless += (moving - self._restless) / self._seen
        return moving, time - self._moved_at >= STATES.state_seconds, self._restless < STATES.restless_share

    def _place_passing(self, time: float) -> int:
        """Place a sample that shows no state."""
        if self._passing is None or time - self._passing_began >= STATES.longest_passing_seconds:
            self._passing, self._passing_began = self._new_segment("passing change", keyworthy=False), time
        return self._passing

    def _begin_state(self, time: float, before: ndarray) -> None:
        now = self._background
        seen = any(self._differing(known, now).sum() < STATES.fewest_cells for known in self._known)
        if self._state is not None and not seen and self._only_adds(before, now):
            self._judge(self._state, keyworthy=False)
        self._state, self._state_began = self._new_segment("lasting state", keyworthy=not seen), time
        self._known.append(now.copy())

    def _new_segment(self, kind: str, keyworthy: bool) -> int:
        number = next(self._numbers)
        self._segments[number] = Segment(number, kind)
        self._judge(number, keyworthy)
        return number

    def _judge(self, number: int, keyworthy: bool) -> None:
        self._segments[number] = replace(self._segments[number], keyworthy=Keep.YES if keyworthy else Keep.NO)

    def _only_adds(self, before: ndarray, after: ndarray) -> bool:
        """Whether nearly all that changed was empty before, as when the next line of a slide appears."""
        light = np.median(before) >= before.mean()
        page = (cv2.dilate if light else cv2.erode)(before, np.ones((7, 7), np.uint8))
        changed = exposure_free_difference(before, after) >= 2 * self._changed
        return bool(changed.any() and (np.abs(before - page)[changed] < STATES.empty).mean() >= STATES.adds_share)

    def _differing(self, before: ndarray, after: ndarray) -> ndarray:
        """Which cells differ, the exposure aside; (9, 16) bool."""
        return np.asarray(cell_means(exposure_free_difference(before, after)) >= self._changed)


def _blend(background: ndarray, luma: ndarray, where: ndarray, share: float) -> None:
    """Let some cells of the background follow the picture."""
    values = np.repeat(np.repeat(where, CELL_SIDE, axis=0), CELL_SIDE, axis=1)
    background[values] += share * (luma - background)[values]
