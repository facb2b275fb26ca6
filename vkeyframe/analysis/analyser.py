"""Ways of looking at a video, and the one loop that feeds them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Generic, Protocol, TypeVar

import numpy as np

from vkeyframe.analysis.exact import place_cuts, with_stops
from vkeyframe.analysis.features import Earlier, FrameFeatures, extract_features
from vkeyframe.analysis.sample import Sample, ShotSpan, ShotStart, Transition
from vkeyframe.analysis.sensitivity import USUAL_SENSITIVITY, detector_for
from vkeyframe.analysis.shots import MEMORY_SAMPLES, Boundary, ShotDetector
from vkeyframe.report.video_info import VideoInfo
from vkeyframe.video.cut_frames import Gap
from vkeyframe.video.frame import Frame, FrameTime

Section = TypeVar("Section")
# Called with the seconds of video done and the seconds in all, 0 where these are unknown.
Progress = Callable[[float, float], None]


class FrameSource(Protocol):
    """What the frames of one pass over a video come from, such as a `VideoReader`, whose attributes these are."""

    last_frame: int
    last_time: float

    @property
    def info(self) -> VideoInfo:
        """What is known of the video before the pass."""

    def frames(self) -> Iterator[tuple[Frame, bool]]:
        """Yield frames in display order, each with whether it is a sample."""

    def narrow_cuts(self, gaps: list[Gap]) -> list[Gap | None]:
        """Find the very frames at which cuts lie, None where that is not known."""

    def measured_info(self) -> VideoInfo:
        """Describe the video after the pass."""


class Analyser(ABC, Generic[Section]):
    """One way of looking at a video: takes samples, is told where shots end, and gives its section of the report.

    An analyser that needs no pictures gets a sample when it is certain to which shot it belongs, some 3 s late, and no sample
    inside a gradual transition. One that needs pictures gets each sample at once, for pictures are not kept; a shot's end is
    told to it late, after samples that lie behind that end.
    """

    needs_pictures: ClassVar[bool] = False
    # What `finish` returns, for the schema of the report; our own analysers have it in the registry.
    section: ClassVar[Any] = None

    def begin(self, video: VideoInfo) -> None:
        """Take note of the video before its first frame; what its header says may be wrong, the size of the picture is not."""

    def see(self, frame: Frame) -> None:
        """Take a frame as it is decoded, whether it is a sample or not; only for analysers that need pictures."""

    def push(self, sample: Sample) -> None:
        """Take the next sample."""

    def end_shot(self, shot: ShotSpan) -> None:
        """Take note of the end of a shot; the last one ends with the video."""

    @abstractmethod
    def finish(self) -> Section:
        """Return the section of the report: a record, or a tuple of records."""


@dataclass(frozen=True, slots=True)
class Analysis:
    """What one pass over a video gave.

    Attributes
    ----------
    shots : tuple of ShotSpan
        In order of time; empty if there was no frame.
    sections : tuple
        What each analyser gave, in the order of the analysers.
    frame_count : int
        How many frames were analysed.
    last_sample_time : float
        In seconds.
    """

    shots: tuple[ShotSpan, ...]
    sections: tuple[Any, ...]
    frame_count: int
    last_sample_time: float


def analyse(
    reader: FrameSource,
    analysers: Sequence[Analyser[Any]],
    progress: Progress | None = None,
    sensitivity: float = USUAL_SENSITIVITY,
) -> Analysis:
    """Go through a video once, find its shots, and feed all analysers.

    Parameters
    ----------
    reader : FrameSource
        Such as a `VideoReader`.
    analysers : sequence of Analyser
    progress : callable, optional
        Called with the seconds of video done and the seconds in all, 0 where these are unknown.
    sensitivity : float
        How little must change between two shots, 0 to 1.
    """
    for analyser in analysers:
        analyser.begin(reader.info)
    feeder = _Feeder(analysers, detector_for(sensitivity))
    gap = _SampleGap()
    frame_count, last_time = 0, 0.0
    for frame, is_sample in reader.frames():
        frame_count += 1
        feeder.see(frame)
        gap.add(frame)
        if is_sample:
            last_time = frame.time
            feeder.push(gap.close())
            if progress is not None:
                progress(frame.time, reader.info.duration)
    shots = feeder.finish(FrameTime(reader.last_frame, reader.last_time))
    shots = with_stops(place_cuts(shots, reader.narrow_cuts), reader.measured_info().fps)
    return Analysis(shots, tuple(analyser.finish() for analyser in analysers), frame_count, last_time)


class _SampleGap:
    """The frames since the last sample: where among them the picture jumps, and which frame behind that jump is the sharpest."""

    def __init__(self) -> None:
        self._previous: FrameFeatures | None = None
        self._last_sample: Earlier | None = None
        self._gathered: list[tuple[FrameFeatures, ShotStart, Frame, float]] = []

    def add(self, frame: Frame) -> None:
        features = replace(extract_features(frame.content, frame.index, frame.time), before=self._last_sample)
        jump = float(np.abs(features.small - self._previous.small).mean()) if self._previous else 0.0
        self._gathered.append((features, self._shot_start(frame), frame, jump))
        self._previous = features

    def close(self) -> Sample:
        jumps = [jump for *_, jump in self._gathered]
        behind = self._gathered[jumps.index(max(jumps)) :]
        sharpest, _, frame, _ = max(behind, key=lambda item: float(item[0].gradients.mean()))
        times = tuple(time for _, _, seen, _ in self._gathered for time in (*seen.skipped_times, seen.time))
        features = self._gathered[-1][0]
        sample = Sample(features, behind[0][1], sharpest, frame, times)
        self._last_sample = Earlier(features.index, features.time, features.luma)
        self._gathered = []
        return sample

    def _shot_start(self, frame: Frame) -> ShotStart:
        """Tell where this frame's content begins, if it is new: half-way through the frames skipped before it."""
        times = [self._previous.time if self._previous else frame.time, *frame.skipped_times, frame.time]
        back = len(times) // 2
        return ShotStart(frame.index - back + 1, times[-back], times[-back - 1] if back < len(times) else frame.time)


class _Feeder:
    """Finds the shots and gives each analyser what it needs, when it needs it."""

    def __init__(self, analysers: Sequence[Analyser[Any]], detector: ShotDetector) -> None:
        self._all = analysers
        self._at_once = [analyser for analyser in analysers if analyser.needs_pictures]
        self._when_certain = [analyser for analyser in analysers if not analyser.needs_pictures]
        self._detector = detector
        self._waiting: deque[Sample] = deque()
        self._shots: list[ShotSpan] = []
        self._transition: Transition | None = None
        self._start: ShotStart | None = None

    def see(self, frame: Frame) -> None:
        if self._start is None:
            self._start = ShotStart(frame.index, frame.time, frame.time)
        for analyser in self._at_once:
            analyser.see(frame)

    def push(self, sample: Sample) -> None:
        # What is remembered for some seconds would keep as many pictures in memory.
        without_picture = replace(sample, frame=None)
        for boundary in self._detector.push(without_picture):
            self._end_shot(boundary)
        for analyser in self._at_once:
            analyser.push(sample)
        self._waiting.append(without_picture)
        while len(self._waiting) > MEMORY_SAMPLES:
            self._hand_on()

    def finish(self, end: FrameTime) -> tuple[ShotSpan, ...]:
        """Settle what still waits; `end` is the last frame of the video."""
        for boundary in self._detector.finish():
            self._end_shot(boundary)
        if self._start is not None:
            while self._waiting:
                self._hand_on()
            self._tell(self._start, end, None)
        return tuple(self._shots)

    def _end_shot(self, boundary: Boundary) -> None:
        while self._waiting and self._waiting[0].features.index <= boundary.last:
            self._hand_on()
        while self._waiting and self._waiting[0].features.index < boundary.first:
            self._waiting.popleft()
        before, start = self._start, boundary.shot_start
        if before is not None:
            self._tell(before, FrameTime(start.frame - 1, start.time_before), boundary)
        self._transition, self._start = Transition(boundary.kind, boundary.before, boundary.after), start

    def _hand_on(self) -> None:
        sample = self._waiting.popleft()
        for analyser in self._when_certain:
            analyser.push(sample)

    def _tell(self, start: ShotStart, end: FrameTime, boundary: Boundary | None) -> None:
        """Tell all analysers that the open shot ends, with a boundary or with the video."""
        shot = ShotSpan(
            index=len(self._shots),
            transition="start" if self._transition is None else self._transition.kind,
            start=start,
            end=end,
            last_sample=None if boundary is None else boundary.last,
            next_sample=None if boundary is None else boundary.first,
            ends_gradually=boundary is not None and boundary.kind != "cut",
            bounds=self._transition,
        )
        self._shots.append(shot)
        for analyser in self._all:
            analyser.end_shot(shot)
