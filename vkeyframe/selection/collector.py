"""Candidates are gathered online: segments of similar frames, each with the picture of its best one."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from itertools import count
from math import inf
from typing import ClassVar

from vkeyframe.analysis.analyser import Analyser
from vkeyframe.analysis.features import FrameFeatures
from vkeyframe.analysis.sample import Sample, ShotSpan
from vkeyframe.analysis.shots import DECISION_DELAY_SAMPLES
from vkeyframe.selection.candidates import Candidate, ScoredFrame, rate
from vkeyframe.selection.segments import CONTENT, ContentSegmenter, Segmenter, SegmenterFactory
from vkeyframe.selection.sink import PictureSink
from vkeyframe.video.frame import FrameTime


@dataclass(frozen=True, slots=True)
class CollectorTuning:
    """What is kept of a shot while its end is not certain.

    Attributes
    ----------
    unsettled : float
        Factor for the first samples of a shot, which may still show the transition, or the codec's trouble with it; moves
        pure.
    edge : float
        Factor for a frame on the very edge of a transition.
    longest_transition_seconds : float
        No transition reaches back further.
    squeezed_seconds : float
        A shot shorter than this beside a gradual transition is not seen by itself.
    remembered_samples : int
        Of the last samples it is known how many frames they stand for; a transition must not be longer.
    most_earlier : int
        Pictures of a candidate that are kept beside its best one, in case that turns out to lie in a transition.
    """

    unsettled: float = 0.6
    edge: float = 0.001
    longest_transition_seconds: float = 3.0
    squeezed_seconds: float = 0.3
    remembered_samples: int = 64
    most_earlier: int = 6


TUNING = CollectorTuning()
# Leaves out candidates that will hardly be chosen, given the number of shots so far.
Prune = Callable[[list[Candidate], int], list[Candidate]]


@dataclass(slots=True, eq=False)
class _OpenCandidate:
    """A candidate that may still change."""

    segment: int
    segmenter: Segmenter
    first: FrameTime
    last: FrameTime
    best: ScoredFrame
    frame_count: int
    piece: int
    earlier: list[ScoredFrame] = field(default_factory=list)
    token: int | None = None

    def replace_best(self, better: ScoredFrame) -> None:
        """Take a better frame; the best so far is kept for as long as a transition may reach back."""
        self.earlier.append(self.best)
        self.best = better
        horizon = better.features.time - TUNING.longest_transition_seconds
        while len(self.earlier) > 1 and self.earlier[1].features.time <= horizon:
            del self.earlier[0]
        if len(self.earlier) > TUNING.most_earlier:
            # The oldest is the safest; of the others the one that its neighbours replace best may go.
            times = [earlier.features.time for earlier in (*self.earlier, better)]
            gaps = [times[i + 1] - times[i - 1] for i in range(1, len(self.earlier))]
            del self.earlier[1 + gaps.index(min(gaps))]

    def close(self, shot: int, segmenter: Segmenter) -> Candidate:
        """Return it as it stays, in a shot that this segmenter divides."""
        segment = self.segmenter.segment(self.segment)
        if self.segmenter is not segmenter:
            # It was begun before its shot was known to be another; its habits are those of the shot before.
            segment = replace(segment, tolerance=None)
        return Candidate(shot, segment, self.piece, self.first, self.last, self.frame_count, self.best, self.token)


class CandidateCollector(Analyser[tuple[Candidate, ...]]):
    """Sorts the samples of the open shot into candidates.

    Samples wait until it is fairly certain to which shot they belong. Where a transition turns out to have begun earlier,
    what was gathered in it is taken back.

    Parameters
    ----------
    sink : PictureSink
        Keeps the pictures.
    new_segmenter : callable
        Makes what divides a shot into segments; by default of like content.
    subdivision_depth : int or None
        Segments are cut into pieces of 2 s / 2^subdivision_depth, so that there are enough candidates for any number; None
        leaves them whole, however long.
    prune : callable, optional
        Is asked at the end of each shot but the last to leave out candidates.
    """

    needs_pictures: ClassVar[bool] = True

    def __init__(
        self,
        sink: PictureSink,
        new_segmenter: SegmenterFactory = ContentSegmenter,
        subdivision_depth: int | None = 0,
        prune: Prune = lambda candidates, _: candidates,
    ) -> None:
        self._sink, self._new_segmenter, self._prune = sink, new_segmenter, prune
        self._piece_seconds = inf if subdivision_depth is None else CONTENT.longest_seconds / 2**subdivision_depth
        self._numbers = count()
        self._segmenter = new_segmenter(self._numbers)
        self._closed: list[Candidate] = []
        self._waiting: deque[Sample] = deque()
        self._open: list[_OpenCandidate] = []
        # The first candidate of the open segment.
        self._current: _OpenCandidate | None = None
        self._before: FrameFeatures | None = None
        self._resume_at = 0
        self._after_gradual = False
        self._spans: deque[tuple[int, float, int]] = deque(maxlen=TUNING.remembered_samples)
        self._unsettled = 1
        self._holding: deque[_OpenCandidate] = deque()

    def push(self, sample: Sample) -> None:
        """Take the next sample."""
        self._waiting.append(sample)
        while len(self._waiting) > DECISION_DELAY_SAMPLES:
            self._take()

    def end_shot(self, shot: ShotSpan) -> None:
        """Close the candidates of a shot.

        What lies in the transition behind it is dropped, and with it all of a shot that has no moment to itself.
        """
        last = shot.last_sample
        while self._waiting and (last is None or self._waiting[0].features.index <= last):
            self._take()
        moved = [] if shot.next_sample is None else self._move_on(shot.next_sample)
        # Of the video, too, the very last frame is shown only for want of another.
        end = self._spans[-1][0] if last is None and self._spans else last
        kept = [candidate for candidate in self._open if end is None or self._cut_back(candidate, end)]
        kept = self._drop_doubtful(kept, last, shot.ends_gradually)
        for candidate in kept:
            self._store(candidate)
            self._closed.append(candidate.close(shot.index, self._segmenter))
        self._begin_shot(moved, shot)
        if last is not None:
            self._leave_out(shot.index + 1)

    def finish(self) -> tuple[Candidate, ...]:
        """Return all candidates, in order of time."""
        return tuple(self._closed)

    def _leave_out(self, shots: int) -> None:
        """Leave out candidates that will hardly be chosen, of so many shots."""
        staying = self._prune(self._closed, shots)
        if staying is not self._closed:
            for token in {candidate.token for candidate in self._closed}.difference(candidate.token for candidate in staying):
                self._sink.drop(token)
            self._closed = staying

    def _take(self) -> None:
        """Sort in the oldest sample that waits."""
        sample = self._waiting.popleft()
        features = sample.features
        if features.index < self._resume_at:
            return
        before, after = self._before, self._waiting[0].features if self._waiting else None
        self._before = features
        # Where frames are far apart, each stands for those up to the next.
        span = after.index - features.index if after else self._spans[-1][2] if self._spans else 1
        self._spans.append((features.index, features.time, span))
        trust = 1.0 if self._unsettled == 0 else TUNING.unsettled
        if self._after_gradual and features.index == self._resume_at:
            trust = TUNING.edge
        self._unsettled = max(0, self._unsettled - 1)
        number, fitness = self._segmenter.place(features)
        current = self._current if self._current is not None and self._current.segment == number else None
        piece = 0 if current is None else int((features.time - current.first.time) / self._piece_seconds)
        here = FrameTime(features.index, features.time)
        if current is not None and piece == self._open[-1].piece:
            candidate = self._open[-1]
            candidate.last = here
            candidate.frame_count += span
            best = rate(sample, before, after, trust * fitness)
            if best.quality > candidate.best.quality:
                candidate.replace_best(best)
            return
        best = rate(sample, before, after, trust * fitness)
        opened = _OpenCandidate(number, self._segmenter, here, here, best, span, piece)
        self._leave(features.time)
        self._open.append(opened)
        if current is None:
            self._current = opened

    def _leave(self, time: float) -> None:
        """Store the picture of the candidate that has been the latest, and forget what no transition can reach back to."""
        if not self._open:
            return
        self._store(self._open[-1])
        self._holding.append(self._open[-1])
        while self._holding and time - self._holding[0].last.time > TUNING.longest_transition_seconds:
            self._holding.popleft().earlier.clear()

    def _begin_shot(self, moved: list[_OpenCandidate], ended: ShotSpan) -> None:
        self._open = moved
        self._current = None
        self._segmenter = self._new_segmenter(self._numbers)
        self._holding = deque(moved[:-1])
        if not moved:
            self._before = None
        if ended.next_sample is not None:
            self._resume_at = ended.next_sample
            self._after_gradual = ended.ends_gradually
            self._unsettled = 0 if moved else 2 if ended.ends_gradually else 1

    def _move_on(self, first: int) -> list[_OpenCandidate]:
        """Take out of the open candidates the segments of the next shot, for a transition may be found late."""
        begun = {candidate.segment for candidate in self._open if candidate.first.index < first}
        moved = [candidate for candidate in self._open if candidate.segment not in begun]
        self._open = [candidate for candidate in self._open if candidate.segment in begun]
        return moved

    def _drop_doubtful(self, candidates: list[_OpenCandidate], last: int | None, gradual: bool) -> list[_OpenCandidate]:
        """Leave out what lies on the edge of a gradual transition, where something else is left, and all of a squeezed shot."""
        edges = ({last} if gradual else set()) | ({self._resume_at} if self._after_gradual else set())
        squeezed = bool(edges) and last is not None and self._is_squeezed(last)
        best: dict[int, ScoredFrame] = {}
        for candidate in candidates:
            other = best.setdefault(candidate.segment, candidate.best)
            best[candidate.segment] = max(other, candidate.best, key=lambda frame: frame.quality)
        kept = [c for c in candidates if not squeezed and best[c.segment].features.index not in edges]
        if not kept and not squeezed:
            return candidates
        for candidate in candidates:
            if candidate not in kept:
                self._sink.drop(candidate.token)
        return kept

    def _is_squeezed(self, last: int) -> bool:
        inside = [time for index, time, _ in self._spans if self._resume_at <= index <= last]
        return not inside or inside[-1] - inside[0] < TUNING.squeezed_seconds

    def _cut_back(self, candidate: _OpenCandidate, last: int) -> bool:
        """Take back a best frame that lies behind `last`, or on it if there is another; return whether one is left."""
        if candidate.last.index > last:
            inside = sum(span for index, _, span in self._spans if candidate.first.index <= index <= last)
            candidate.frame_count = max(1, inside)
        if candidate.best.features.index < last:
            return True
        earlier = [frame for frame in candidate.earlier if frame.features.index <= last]
        if earlier:
            self._sink.drop(candidate.token)
            candidate.best, candidate.token = earlier[-1], None
        elif candidate.best.features.index > last:
            self._sink.drop(candidate.token)
            return False
        else:
            # The rest of its segment goes first, if that is in other pieces.
            candidate.best = replace(candidate.best, quality=TUNING.edge * candidate.best.quality)
        return True

    def _store(self, candidate: _OpenCandidate) -> None:
        """Store the picture of a candidate's best frame, unless that is done."""
        if candidate.best.frame is not None:
            candidate.token = self._sink.put(candidate.best.frame.whole_picture)
            candidate.best = candidate.best.stored()
