"""Candidates for keyframes, gathered online: stretches of similar frames, each with the picture of its best one."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from math import exp, inf

import numpy as np
from numpy import ndarray

from vkeyframe.analysis.attention import Attention, pearson_weights, spatial_attention
from vkeyframe.analysis.features import FrameFeatures, Summary
from vkeyframe.selection.segments import LONGEST_SEGMENT, ContentSegmenter, Segment, Segmenter
from vkeyframe.video.frame import Frame

RESTLESS = 24.0
# The first frames of a shot may still hold a trace of the transition, or of the codec's trouble with it.
UNSETTLED = 0.6
DOUBTFUL = 0.001
LONGEST_TRANSITION = 3.0
# What lies closer than this between two transitions, one of them gradual, is not seen by itself.
SQUEEZED = 0.3
REMEMBERED = 64
MOST_EARLIER = 6


@dataclass(frozen=True, slots=True)
class FrameTime:
    """Index and time of an analysed frame."""

    index: int
    time: float


@dataclass(frozen=True, slots=True)
class ScoredFrame:
    """The best frame of a stretch so far; once the stretch is closed only its summary is kept."""

    features: FrameFeatures | Summary
    quality: float
    sharpness: float
    exposure: float
    index_exact: bool
    frame: Frame | None


@dataclass(frozen=True, slots=True)
class Sample:
    """An analysed frame, and the sharpest frame (with its features) since the one before, which may be the same."""

    features: FrameFeatures
    best: FrameFeatures
    frame: Frame


@dataclass(slots=True)
class Candidate:
    """A stretch of similar frames within a shot.

    Attributes
    ----------
    first, last : FrameTime
        The stretch's first and last analysed frame.
    mass : int
        How many frames of the video it stands for.
    attention : Attention
        Attention in the first frame; the frames are alike, so it serves for all.
    pick : ScoredFrame
        The best frame so far.
    earlier : list of ScoredFrame
        Some of the best frames before that, the oldest first, in case a transition turns out to have begun by then.
    token : int or None
        Number of the best frame's picture in the spool, once the stretch is closed.
    stretch : Segment
        What it is a part of.
    shot, piece : int
        The shot it belongs to, and where stretches are cut into pieces, which piece this is.
    """

    first: FrameTime
    last: FrameTime
    attention: Attention
    pick: ScoredFrame
    stretch: Segment
    mass: int = 1
    earlier: list[ScoredFrame] = field(default_factory=list)
    token: int | None = None
    shot: int = 0
    piece: int = 0

    @property
    def weights(self) -> ndarray:
        """Weights of its attention for the Pearson correlation, (1728,) float32."""
        return pearson_weights(self.attention.map)

    def replace_pick(self, pick: ScoredFrame) -> None:
        """Put a better frame in the place of the best so far, which is kept for as long as a transition may reach back."""
        self.earlier.append(self.pick)
        self.pick = pick
        horizon = pick.features.time - LONGEST_TRANSITION
        while len(self.earlier) > 1 and self.earlier[1].features.time <= horizon:
            del self.earlier[0]
        if len(self.earlier) > MOST_EARLIER:
            # The oldest is the safest; of the others the one that its neighbours replace best may go.
            times = [earlier.features.time for earlier in (*self.earlier, pick)]
            gaps = [times[i + 1] - times[i - 1] for i in range(1, len(self.earlier))]
            del self.earlier[1 + gaps.index(min(gaps))]


class CandidateCollector:
    """Sorts the frames of the open shot into candidates.

    Parameters
    ----------
    store : callable
        Takes a picture for good and returns its number; `discard` takes a number back.
    new_segmenter : callable
        Makes what sorts the frames of a shot into stretches; by default of like content.
    subdivision_depth : int or None
        Stretches are cut into pieces of 4 s / 2^subdivision_depth, so that there are enough candidates for any budget;
        None leaves them whole, however long.
    """

    def __init__(
        self,
        store: Callable[[ndarray | None], int | None],
        discard: Callable[[int | None], None],
        new_segmenter: Callable[[], Segmenter] = ContentSegmenter,
        subdivision_depth: int | None = 0,
    ) -> None:
        self._store, self._discard = store, discard
        self._new_segmenter = new_segmenter
        self._segmenter = new_segmenter()
        self._piece_seconds = inf if subdivision_depth is None else LONGEST_SEGMENT / 2**subdivision_depth
        self._open: list[Candidate] = []
        # The first candidate of the open stretch.
        self._current: Candidate | None = None
        self._before: FrameFeatures | None = None
        self._resume_at = 0
        self._after_gradual = False
        self._spans: deque[tuple[int, float, int]] = deque(maxlen=REMEMBERED)
        self._unsettled = 1
        self._holding: deque[Candidate] = deque()

    def take(self, moment: Sample, after: FrameFeatures | None) -> None:
        """Add the next moment of the open shot; `after` is the analysed frame that follows it, if there is one."""
        features = moment.features
        if features.index < self._resume_at:
            return
        before = self._before
        self._before = features
        # Where frames are far apart, each stands for those up to the next.
        span = after.index - features.index if after else self._spans[-1][2] if self._spans else 1
        self._spans.append((features.index, features.time, span))
        trust = 1.0 if self._unsettled == 0 else UNSETTLED
        self._unsettled = max(0, self._unsettled - 1)
        stretch, weight = self._segmenter(features, self._current.stretch if self._current else None)
        current = self._current if self._current is not None and self._current.stretch is stretch else None
        piece = 0 if current is None else int((features.time - current.first.time) / self._piece_seconds)
        if current is None or piece != self._open[-1].piece:
            self._begin(moment, before, after, trust * weight, stretch, piece, span)
            return
        candidate = self._open[-1]
        candidate.last = FrameTime(features.index, features.time)
        candidate.mass += span
        pick = _rate(moment, before, after, candidate.attention.map, trust * weight)
        if pick.quality > candidate.pick.quality:
            candidate.replace_pick(pick)

    def _begin(
        self,
        moment: Sample,
        before: FrameFeatures | None,
        after: FrameFeatures | None,
        trust: float,
        stretch: Segment,
        piece: int,
        span: int,
    ) -> None:
        """Open a candidate: the first of a stretch, or its next piece."""
        if self._open:
            if self._open[-1].pick.frame is not None:
                self._close(self._open[-1])
            self._let_go(moment.features.time)
        current = self._current if self._current is not None and self._current.stretch is stretch else None
        attention = spatial_attention(moment.features, before) if current is None else current.attention
        pick = _rate(moment, before, after, attention.map, trust)
        place = FrameTime(moment.features.index, moment.features.time)
        self._open.append(Candidate(place, place, attention, pick, stretch, mass=span, piece=piece))
        if current is None:
            self._leave_stretch()
            self._current = self._open[-1]
            stretch.first, stretch.weights = moment.features, self._current.weights

    def end_shot(self, last: int | None, first: int | None, gradual: bool = False) -> list[Candidate]:
        """Close the shot after frame `last` and open the next one at frame `first`; return the closed shot's candidates.

        What was gathered behind `last` lies in the transition and is dropped, and with it all of a shot that has no moment
        to itself. Without numbers the video is over.
        """
        moved = [] if first is None else self._move_on(first)
        kept = [candidate for candidate in self._open if last is None or self._cut_back(candidate, last)]
        kept = self._drop_doubtful(kept, last, gradual)
        for candidate in kept:
            if candidate.token is None:
                self._close(candidate)
            candidate.earlier.clear()
        self._leave_stretch()
        self._open = moved
        self._segmenter = self._new_segmenter()
        self._holding = deque(moved[:-1])
        if not moved:
            self._before = None
        if first is not None:
            self._resume_at = first
            self._after_gradual = gradual
            self._unsettled = 0 if moved else 2 if gradual else 1
        return kept

    def _move_on(self, first: int) -> list[Candidate]:
        """Take out of the open candidates the stretches of the next shot, for a transition may be found late."""
        begun = {candidate.stretch for candidate in self._open if candidate.first.index < first}
        moved = [candidate for candidate in self._open if candidate.stretch not in begun]
        self._open = [candidate for candidate in self._open if candidate.stretch in begun]
        return moved

    def _drop_doubtful(self, candidates: list[Candidate], last: int | None, gradual: bool) -> list[Candidate]:
        """Leave out what lies upon the edge of a gradual transition, where something else is left, and all of a squeezed shot."""
        edges = ({last} if gradual else set()) | ({self._resume_at} if self._after_gradual else set())
        squeezed = bool(edges) and last is not None and self._is_squeezed(last)
        best: dict[Segment, ScoredFrame] = {}
        for candidate in candidates:
            other = best.setdefault(candidate.stretch, candidate.pick)
            best[candidate.stretch] = max(other, candidate.pick, key=lambda pick: pick.quality)
        kept = [c for c in candidates if not squeezed and best[c.stretch].features.index not in edges]
        if not kept and not squeezed:
            return candidates
        for candidate in candidates:
            if all(candidate is not other for other in kept):
                self._discard(candidate.token)
        return kept

    def _is_squeezed(self, last: int) -> bool:
        inside = [time for index, time, _ in self._spans if self._resume_at <= index <= last]
        return not inside or inside[-1] - inside[0] < SQUEEZED

    def _cut_back(self, candidate: Candidate, last: int) -> bool:
        """Take back a best frame that lies behind `last`, or upon it if there is another; return whether one is left."""
        if candidate.last.index > last:
            candidate.mass = max(1, sum(span for index, _, span in self._spans if candidate.first.index <= index <= last))
        if candidate.pick.features.index < last:
            return True
        earlier = [pick for pick in candidate.earlier if pick.features.index <= last]
        if earlier:
            self._discard(candidate.token)
            candidate.pick, candidate.token = earlier[-1], None
        elif candidate.pick.features.index > last:
            self._discard(candidate.token)
            return False
        else:
            # The rest of its stretch goes first, if that is in other pieces.
            candidate.pick = replace(candidate.pick, quality=DOUBTFUL * candidate.pick.quality)
        return True

    def _leave_stretch(self) -> None:
        """Forget what the frames of the current stretch were compared with."""
        if self._current is not None:
            self._current.stretch.first = self._current.stretch.weights = None
            self._current = None

    def _let_go(self, time: float) -> None:
        """Forget second-best pictures that no transition can reach back to any more."""
        self._holding.append(self._open[-1])
        while self._holding and time - self._holding[0].last.time > LONGEST_TRANSITION:
            self._holding.popleft().earlier.clear()

    def _close(self, candidate: Candidate) -> None:
        candidate.token = self._store(candidate.pick.frame.picture if candidate.pick.frame else None)
        features = candidate.pick.features
        summary = features.summary() if isinstance(features, FrameFeatures) else features
        candidate.pick = replace(candidate.pick, features=summary, frame=None)


def _rate(
    moment: Sample, before: FrameFeatures | None, after: FrameFeatures | None, attention: ndarray, trust: float
) -> ScoredFrame:
    """Rate a frame: sharp, where the eye goes above all, well exposed, and like its neighbours."""
    best = moment.best
    even = float(best.gradients.mean())
    attended = float((best.gradients * attention).sum())
    sharpness = 0.75 * even + 0.25 * attended
    exposure = rate_exposure(best)
    # A flash or a frame in the midst of a jump is unlike the mean of the frames around it.
    restlessness = 0.0
    if before is not None and after is not None:
        restlessness = float(np.abs(best.small - (before.small + after.small) / 2).mean())
    quality = trust * sharpness * (0.2 + 0.8 * exposure) * exp(-restlessness / RESTLESS)
    return ScoredFrame(best, quality, sharpness, exposure, moment.frame.index_exact, moment.frame)


def rate_exposure(features: FrameFeatures) -> float:
    """Share of the picture that is neither black nor burnt out (luma 16 to 239), times its contrast up to a deviation of 24."""
    usable = float(((features.luma >= 16) & (features.luma <= 239)).mean())
    return usable * min(1.0, features.contrast / 24.0)
