"""The choice for what has no end: a frame is chosen or passed over within seconds, by what the frames chosen so far do not show.

It rests on the parts of the choice for whole videos: the segments of a shot, how good a frame is, what it shows that another does
not, and what it must add. What it cannot do is choose the best of all that shows the same: the first lasting look is taken.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from math import exp
from typing import ClassVar

import numpy as np
from numpy import ndarray

from vkeyframe.analysis.analyser import Analyser
from vkeyframe.analysis.features import FrameFeatures
from vkeyframe.analysis.sample import Sample, ShotSpan
from vkeyframe.analysis.shots import DECISION_DELAY_SAMPLES
from vkeyframe.selection.candidates import ScoredFrame, rate
from vkeyframe.selection.constraints import FILTERS
from vkeyframe.selection.ranking import TUNING as RANKING
from vkeyframe.selection.request import SelectionRequest
from vkeyframe.selection.segments import ContentSegmenter
from vkeyframe.selection.shown import Look, ShownLooks
from vkeyframe.video.frame import FrameTime


@dataclass(frozen=True, slots=True)
class OnlineTuning:
    """How long is looked ahead, and what must be new; set on the must-see moments that people marked.

    Attributes
    ----------
    hold_seconds : float
        So long behind the best frame of a segment it is decided about, so that a cut or a dissolve behind it is known.
    longest_seconds : float
        It is decided about before so many seconds have passed, however far apart frames are; three were to be kept.
    longest_wait_seconds : float
        So long a sample waits at most for those behind it, where frames are far apart.
    most_earlier : int
        Pictures of a segment that are kept beside its best one, in case that turns out to lie in a transition.
    remembered_cuts : int
        The latest cuts crowd what comes behind them.
    """

    hold_seconds: float = 2.5
    longest_seconds: float = 2.9
    longest_wait_seconds: float = 1.5
    most_earlier: int = 2
    remembered_cuts: int = 8


TUNING = OnlineTuning()


@dataclass(frozen=True, slots=True)
class OnlineChoice:
    """A frame that was chosen.

    Attributes
    ----------
    best : ScoredFrame
        With its picture.
    shot : int
        Number of the shot, as far as that is known.
    shot_start : int
        Index of its first frame.
    novelty : float
        How much else it shows than any frame chosen before, 0 to 1.
    seconds : float
        How long its segment lasted so far.
    """

    best: ScoredFrame
    shot: int
    shot_start: int
    novelty: float
    seconds: float


@dataclass(slots=True, eq=False)
class _OpenSegment:
    number: int
    first: FrameTime
    last: FrameTime
    best: ScoredFrame
    tolerance: ndarray
    earlier: list[ScoredFrame] = field(default_factory=list)
    # Whether it was chosen; None while that is open.
    chosen: bool | None = None

    def take(self, here: FrameTime, frame: ScoredFrame, tolerance: ndarray) -> None:
        self.last = here
        if self.chosen is None and frame.quality > self.best.quality:
            self.earlier = [self.best, *self.earlier][: TUNING.most_earlier]
            self.best, self.tolerance = frame, tolerance

    def cut_back(self, last: int) -> bool:
        """Take back a best frame behind the end of its shot; return whether there is another."""
        if self.best.features.index <= last:
            return True
        left = [frame for frame in self.earlier if frame.features.index <= last]
        if left:
            self.best = left[0]
        return bool(left)


class OnlineChooser(Analyser[None]):
    """Chooses keyframes while the video comes, each at most about three seconds behind its picture.

    The choice is a sieve over a stream: what adds enough to what is chosen stays, at once and for good (Badanidiyuru et al.,
    "Streaming submodular maximization", KDD 2014, doi:10.1145/2623330.2623637). Its memory does not grow with the video.

    Parameters
    ----------
    request : SelectionRequest
        Of which thresholds, least gap and filters are used.
    on_choice : callable
        Called with each `OnlineChoice` when it is certain, in order of time.
    """

    needs_pictures: ClassVar[bool] = True

    def __init__(self, request: SelectionRequest, on_choice: Callable[[OnlineChoice], None]) -> None:
        self._request, self._on_choice = request, on_choice
        self._numbers = count()
        self._segmenter = ContentSegmenter(self._numbers)
        self._waiting: deque[Sample] = deque()
        self._segments: list[_OpenSegment] = []
        self._before: FrameFeatures | None = None
        self._looks = ShownLooks()
        self._cuts: deque[float] = deque(maxlen=TUNING.remembered_cuts)
        self._shot, self._shot_start, self._resume_at = 0, 0, 0
        self._shot_is_shown = False
        self._last_chosen: float | None = None
        # The best of what was passed over before anything was chosen: one keyframe there must be.
        self._spare: OnlineChoice | None = None

    def push(self, sample: Sample) -> None:
        """Take the next sample."""
        now = sample.features.time
        step = now - self._waiting[-1].features.time if self._waiting else 0.0
        self._waiting.append(sample)
        while len(self._waiting) > DECISION_DELAY_SAMPLES or now - self._waiting[0].features.time > TUNING.longest_wait_seconds:
            self._take()
        for segment in self._segments:
            held = now - segment.best.features.time
            # With the next sample it would be too late.
            if segment.chosen is None and (held >= TUNING.hold_seconds or held + step > TUNING.longest_seconds):
                self._decide(segment)
        # The last one may still go on.
        while len(self._segments) > 1 and self._segments[0].chosen is not None:
            del self._segments[0]

    def decide_all(self) -> None:
        """Decide about all that has come, because it is not known when more will."""
        while self._waiting:
            self._take()
        for segment in self._segments:
            if segment.chosen is None:
                self._decide(segment)

    def end_shot(self, shot: ShotSpan) -> None:
        """Decide about what is left of a shot; what lies in the transition behind it is dropped."""
        last, following = shot.last_sample, shot.next_sample
        while self._waiting and (last is None or self._waiting[0].features.index <= last):
            self._take()
        moved = [] if following is None else [one for one in self._segments if one.first.index >= following]
        for segment in self._segments:
            if segment in moved or segment.chosen is not None:
                continue
            # A shorter shot is not seen.
            seen = last is None or shot.end.time - shot.start.time >= RANKING.shortest_shot_seconds
            if seen and (last is None or segment.cut_back(last)):
                self._decide(segment)
        self._segments, self._segmenter = moved, ContentSegmenter(self._numbers)
        self._shot_is_shown = any(segment.chosen for segment in moved)
        self._shot, self._looks.shot = shot.index + 1, shot.index + 1
        if following is not None:
            self._before = self._before if moved else None
            self._resume_at = self._shot_start = following
            self._cuts.append(shot.end.time)

    def finish(self) -> None:
        """Choose the best frame if none was chosen; return nothing, for what was chosen has been told."""
        if self._last_chosen is None and self._spare is not None:
            self._on_choice(self._spare)

    def _take(self) -> None:
        """Sort in the oldest sample that waits."""
        sample = self._waiting.popleft()
        features = sample.features
        if features.index < self._resume_at:
            return
        before, after = self._before, self._waiting[0].features if self._waiting else None
        self._before = features
        number, fitness = self._segmenter.place(features)
        tolerance = self._segmenter.tolerance()
        here, frame = FrameTime(features.index, features.time), rate(sample, before, after, fitness)
        if self._segments and self._segments[-1].number == number:
            self._segments[-1].take(here, frame, tolerance)
        else:
            self._segments.append(_OpenSegment(number, here, here, frame, tolerance))

    def _decide(self, segment: _OpenSegment) -> None:
        """Choose the best frame of a segment, or pass it over."""
        best = segment.best
        look = Look.of(best.features, self._shot, max(segment.last.time - segment.first.time, 1.0 / 8.0))
        seen = self._looks.compare(look, segment.tolerance)
        segment.chosen = self._may_be_shown(best) and self._is_needed(best, seen.covered, seen.gain)
        choice = OnlineChoice(best, self._shot, self._shot_start, 1.0 - seen.likeness, look.seconds)
        if segment.chosen:
            self._looks.show(look, seen)
            self._shot_is_shown = True
            self._last_chosen, self._spare = best.features.time, None
            self._on_choice(choice)
        else:
            self._looks.pass_over(look, seen)
            if self._last_chosen is None and (self._spare is None or best.quality > self._spare.best.quality):
                self._spare = choice
        segment.earlier = []
        segment.best = best.stored()

    def _is_needed(self, best: ScoredFrame, covered: float, gain: float) -> bool:
        limits = self._request.thresholds
        if not self._shot_is_shown:
            return covered < limits.same
        return gain >= limits.adds_seconds * self._crowding(best.features.time)

    def _crowding(self, time: float) -> float:
        """Return by how much more must be added near cuts and near what was chosen, as in the choice for whole videos."""
        chosen = sum(exp(-abs(time - other) / RANKING.crowding_seconds) for other in self._looks.recent_times(time))
        cuts = sum(exp(-abs(time - cut) / RANKING.cut_crowding_seconds) for cut in self._cuts)
        return 1.0 + RANKING.crowding * chosen + RANKING.cut_crowding * cuts

    def _may_be_shown(self, best: ScoredFrame) -> bool:
        """Whether there is something to be seen, far enough from the keyframe before, that no filter leaves out."""
        luma, request = best.features.luma, self._request
        if best.exposure < RANKING.blank and float(np.ptp(luma)) < RANKING.contrast:
            return False
        if (request.skip_dark and luma.mean() < FILTERS.dark) or (request.skip_flat and luma.std() < FILTERS.flat):
            return False
        return self._last_chosen is None or best.features.time - self._last_chosen >= request.min_gap - 1e-6
