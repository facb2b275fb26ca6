"""What a candidate stands for: the ways to divide a shot into stretches, frame by frame."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy import ndarray

from vkeyframe.analysis.features import FrameFeatures
from vkeyframe.kernels.pearson import weighted_pearson
from vkeyframe.opencv import cv2

# Frames that correlate less than this with the first of a stretch open a new one.
SAME_SEGMENT = 0.8
LONGEST_SEGMENT = 4.0
# Grey levels by which a block of a still picture changes when something in it does, and how many blocks that takes:
# a line of text or a bottle, not a cursor.
CHANGED = 4.0
FEWEST_BLOCKS = 3
# What differs less from the level of the page around it is empty.
EMPTY = 8.0
# A block that changes more often than this shows a person speaking or a waving tree, and tells nothing.
RESTLESS_SHARE = 0.4
MEMORY = 80
# How far apart two frames are compared to see motion.
MOTION_SECONDS = 0.5
SHORTEST_EVENT, LONGEST_EVENT = 0.75, 10.0
MOST_KNOWN = 256
ADAPTING = 0.02
# Share of the picture's width that the camera may move before the next frame is worth it.
STEP = 0.1


@dataclass(slots=True, eq=False)
class Segment:
    """A stretch of frames within a shot, and what it is.

    Attributes
    ----------
    stands : bool or None
        Whether it deserves a keyframe; None where similarity decides.
    first : FrameFeatures or None
        Its first frame, and `weights` that frame's for the Pearson correlation, (1728,) float32; both only while the next
        frame is compared with it.
    """

    number: int
    kind: str = "stretch of like frames"
    stands: bool | None = None
    first: FrameFeatures | None = None
    weights: ndarray | None = None


# Takes a shot's frames one by one, each with the stretch of the frame before (None in a new shot);
# gives the stretch of the frame, and from 0 to 1 how well the frame can stand for it.
Segmenter = Callable[[FrameFeatures, Segment | None], tuple[Segment, float]]


def segmenter_factory(keep: str, sensitivity: float) -> Callable[[], Segmenter]:
    """Return what makes a divider for each shot, for a setting of `keep`; `sensitivity` from 0 to 1, 0.5 is usual."""
    # 1 at the usual sensitivity, from a half to twice that.
    factor = 4.0 ** (0.5 - sensitivity)
    if keep == "steps":
        return lambda: StepSegmenter(STEP * factor)
    if keep in ("states", "events"):
        known: deque[ndarray] = deque(maxlen=MOST_KNOWN)
        return lambda: StateSegmenter(CHANGED * factor, keep == "events", known)
    same = 1.0 - (1.0 - SAME_SEGMENT) * min(1.0, factor**2)
    return lambda: ContentSegmenter(same)


class ContentSegmenter:
    """Stretches of up to 4 s of frames that correlate with the first of them, weighted by its attention."""

    def __init__(self, same: float = SAME_SEGMENT) -> None:
        self._same = same
        self._count = 0

    def __call__(self, features: FrameFeatures, current: Segment | None) -> tuple[Segment, float]:
        """FrameTime the next frame."""
        if current is None or not self._continues(current, features):
            self._count += 1
            return Segment(self._count), 1.0
        return current, 1.0

    def _continues(self, current: Segment, features: FrameFeatures) -> bool:
        if current.first is None or current.weights is None or features.time - current.first.time >= LONGEST_SEGMENT:
            return False
        return bool(weighted_pearson(current.first.lab.ravel(), features.lab.ravel(), current.weights) >= self._same)


class StepSegmenter:
    """Stretches of equal length along the camera's path: the median optical flow of what has texture, summed.

    Dense inverse search (Kroeger et al., 2016, arXiv:1603.03590), which follows motion of a tenth of the width.
    """

    def __init__(self, step: float) -> None:
        self._step = step
        self._flow = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
        self._path = 0.0
        self._before: ndarray | None = None
        self._stretch: Segment | None = None

    def __call__(self, features: FrameFeatures, _current: Segment | None) -> tuple[Segment, float]:
        """FrameTime the next frame."""
        luma = cv2.resize(features.luma, (256, 144)).astype(np.uint8)
        if self._before is None:
            self._before = luma
        flow = self._flow.calc(self._before, luma, np.zeros((*luma.shape, 2), np.float32))
        # Where nothing is to be seen, nothing is seen to move: only the half with the more texture counts.
        texture = np.hypot(*np.gradient(luma.astype(np.float32)))
        moved = float(np.median(np.hypot(flow[..., 0], flow[..., 1])[texture >= np.median(texture)]))
        # A pixel may be noise, which must not add up; a slow camera is compared with where it was until it has moved.
        if moved > 1.0:
            self._path += moved / luma.shape[1]
            self._before = luma
        number = int(self._path / self._step)
        if self._stretch is None or number != self._stretch.number:
            self._stretch = Segment(number, "step of the camera", stands=True)
        # The middle of a step is worth most, so that keyframes lie evenly.
        return self._stretch, 1.0 - abs(2.0 * (self._path / self._step - number) - 1.0) / 2


class StateSegmenter:
    """Stretches in which a still picture stays as it is, and the events between them.

    Each block of the picture is compared with a background that is learnt where nothing has moved for a second, and
    follows slow changes (a running average, as in background subtraction). Where some blocks differ, and have come to
    rest, a new state has begun. What only passes is an event.

    Parameters
    ----------
    changed : float
        Grey levels by which a changed block differs.
    events : bool
        Whether every change counts: events deserve keyframes, and so does a state that has been seen before. Without it
        a state that only adds to the one before takes its place.
    known : deque of (36, 64) float32
        The states of earlier shots; takes those of this shot.
    """

    def __init__(self, changed: float, events: bool, known: deque[ndarray]) -> None:
        self._changed, self._events, self._known = changed, events, known
        # How long a new state must be at rest, and what share of it may still move: a slide is to be complete, a thing put
        # down is seen as soon as the hand draws back.
        self._lasting, self._loose = (0.75, 0.15) if events else (1.0, 0.0)
        self._recent: deque[FrameFeatures] = deque()
        self._background = np.zeros((36, 64), np.float32)
        self._learnt = np.zeros((9, 16), bool)
        self._moved_at = np.full((9, 16), -np.inf)
        self._restless = np.zeros((9, 16))
        self._seen = 0
        self._count = 0
        self._state: Segment | None = None
        self._state_began = -np.inf
        self._tolerated = FEWEST_BLOCKS
        self._event: Segment | None = None
        self._event_began = 0.0

    def __call__(self, features: FrameFeatures, _current: Segment | None) -> tuple[Segment, float]:
        """FrameTime the next frame."""
        luma, time = features.luma, features.time
        moving, still, at_rest = self._watch(features)
        fresh = still & ~self._learnt
        self._learnt |= fresh
        _blend(self._background, luma, fresh, 1.0)
        changed = self._differing(self._background, luma) & self._learnt
        _blend(self._background, luma, self._learnt & ~changed, ADAPTING)
        # What came to rest before the state began is part of it, noticed late.
        late = changed & still & (self._moved_at < self._state_began)
        _blend(self._background, luma, late, 1.0)
        changed &= at_rest & ~late
        moves = (moving & at_rest & self._learnt).sum() >= FEWEST_BLOCKS
        settled, unsettled = int((changed & still).sum()), int((changed & ~still).sum())
        if self._state is None:
            if self._learnt.mean() >= 0.5:
                self._begin_state(time, self._background.copy())
        elif not moves and settled >= FEWEST_BLOCKS and unsettled < max(FEWEST_BLOCKS, self._loose * settled):
            before = self._background.copy()
            _blend(self._background, luma, still, 1.0)
            changed &= ~still
            self._begin_state(time, before)
            self._tolerated = max(FEWEST_BLOCKS, unsettled + 1)
        if self._state is not None and not moves and changed.sum() < self._tolerated:
            self._event = None
            return self._state, 1.0
        return self._place_event(time, int(moving.sum()) if moves else 0)

    def _watch(self, features: FrameFeatures) -> tuple[ndarray, ndarray, ndarray]:
        """Tell which blocks move, which have been still for long, and which are not restless; (9, 16) bool each."""
        time = features.time
        if not self._recent:
            self._moved_at[:] = time
        self._recent.append(features)
        while len(self._recent) > 1 and time - self._recent[1].time >= MOTION_SECONDS:
            self._recent.popleft()
        moving = self._differing(self._recent[0].luma, features.luma)
        self._moved_at[moving] = time
        self._seen = min(self._seen + 1, MEMORY)
        self._restless += (moving - self._restless) / self._seen
        return moving, time - self._moved_at >= self._lasting, self._restless < RESTLESS_SHARE

    def _place_event(self, time: float, moving: int) -> tuple[Segment, float]:
        """Sort a frame that shows no state; the more moves in it, the better it stands for the event."""
        if self._event is None or time - self._event_began >= LONGEST_EVENT:
            self._event, self._event_began = self._new_stretch("passing change", stands=False), time
        elif moving and self._state is not None and time - self._event_began >= SHORTEST_EVENT:
            self._event.stands = self._events
        return self._event, 0.05 + 0.95 * moving / self._restless.size

    def _begin_state(self, time: float, before: ndarray) -> None:
        now = self._background
        seen = any(self._differing(known, now).sum() < FEWEST_BLOCKS for known in self._known)
        if self._state is not None and not self._events and not seen and self._only_adds(before, now):
            self._state.stands = False
        self._state, self._state_began = self._new_stretch("lasting state", stands=self._events or not seen), time
        self._known.append(now.copy())

    def _new_stretch(self, kind: str, stands: bool) -> Segment:
        self._count += 1
        return Segment(self._count, kind, stands)

    def _only_adds(self, before: ndarray, after: ndarray) -> bool:
        """Whether nearly all that changed was empty before, as when the next line of a slide appears."""
        light = np.median(before) >= before.mean()
        page = (cv2.dilate if light else cv2.erode)(before, np.ones((7, 7), np.uint8))
        changed = np.abs(after - before - np.median(after - before)) >= 2 * self._changed
        return bool((np.abs(before - page)[changed] < EMPTY).mean() >= 0.85)

    def _differing(self, before: ndarray, after: ndarray) -> ndarray:
        """Which blocks of 4×4 cells differ, the exposure aside; (9, 16) bool."""
        difference = after - before
        return np.asarray(_blocks(np.abs(difference - np.median(difference))).mean(axis=(1, 3)) >= self._changed)


def _blend(background: ndarray, luma: ndarray, blocks: ndarray, share: float) -> None:
    """Let some blocks of the background follow the picture."""
    cells = np.repeat(np.repeat(blocks, 4, axis=0), 4, axis=1)
    background[cells] += share * (luma - background)[cells]


def _blocks(luma: ndarray) -> ndarray:
    rows, columns = luma.shape
    return luma.reshape(rows // 4, 4, columns // 4, 4)
