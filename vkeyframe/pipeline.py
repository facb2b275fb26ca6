"""The one place that knows the order: read, analyse, find shots, gather candidates, choose, report."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from time import perf_counter

import numpy as np
from numpy import ndarray

from vkeyframe.analysis.actions import Action, ActionFinder
from vkeyframe.analysis.features import FrameFeatures, extract_features
from vkeyframe.analysis.sample import ShotStart
from vkeyframe.analysis.shots import DECISION_DELAY_SAMPLES, Boundary, ShotDetector
from vkeyframe.errors import DamagedVideoError, UsageError
from vkeyframe.output.naming import safe_name
from vkeyframe.output.spool import PictureSpool
from vkeyframe.report.records import Decoding, Keyframe, Report, Shot, Verdict, VideoInfo
from vkeyframe.selection.budget import PRUNE_AT, Budget, select, thin
from vkeyframe.selection.candidates import Candidate, CandidateCollector, Sample
from vkeyframe.selection.explain import explain
from vkeyframe.selection.keyframes import choose_keyframes
from vkeyframe.selection.segments import segmenter_factory
from vkeyframe.settings import Settings
from vkeyframe.timing import Position, parse_position
from vkeyframe.video.file import VideoFile
from vkeyframe.video.frame import Frame
from vkeyframe.video.open import open_video
from vkeyframe.video.options import ReadOptions
from vkeyframe.video.reader import VideoReader, describe_decoding
from vkeyframe.video.timeline import TimelineMismatchError

SPARSE = 10.0
Progress = Callable[[float, float], None]


class _Analysis:
    """One pass over a video: a few frames wait until it is certain to which shot they belong."""

    def __init__(self, spool: PictureSpool, budget: Budget, subdivision_depth: int) -> None:
        self.subdivision_depth = subdivision_depth
        self._budget, self._spool = budget, spool
        self._thinned = 0
        self.boundaries: list[Boundary] = []
        self.candidates: list[Candidate] = []
        self.found_actions: list[Action] = []
        self.analysed = 0
        self.opening = ShotStart(0, 0.0, 0.0)
        self.last_time = 0.0
        self._shots = ShotDetector()
        keep = budget.settings.keep
        new_segmenter = segmenter_factory(keep, budget.settings.sensitivity)
        pieces = subdivision_depth if keep == "content" else None
        self._collector = CandidateCollector(spool.put, spool.drop, new_segmenter, pieces)
        self._actions = ActionFinder()
        self._waiting: deque[Sample] = deque()
        self._between = _Between()

    def push(self, frame: Frame, due: bool) -> None:
        """Take the next frame; `due` ones carry the analysis, the others only help to place a cut and to find a sharp picture."""
        if not self.analysed:
            self.opening = ShotStart(frame.index, frame.time, frame.time)
        self.analysed += 1
        features = extract_features(frame.content, frame.index, frame.time, self._between.shot_start(frame))
        self._between.add(features, frame)
        if not due:
            return
        moment = self._between.close()
        self.last_time = frame.time
        self._waiting.append(moment)
        for boundary in self._shots.push(moment.features):
            self._end_shot(boundary)
        while len(self._waiting) > DECISION_DELAY_SAMPLES:
            self._take()

    def finish(self) -> None:
        """Settle what still waits at the end of the video."""
        for boundary in self._shots.finish():
            self._end_shot(boundary)
        while self._waiting:
            self._take()
        self._end_shot(None)

    def too_rare(self) -> bool:
        """Whether fewer than three frames were seen, or less than one in ten seconds."""
        return self.analysed < 3 or (self.last_time - self.opening.time) / (self.analysed - 1) > SPARSE

    def _take(self) -> None:
        moment = self._waiting.popleft()
        self._collector.take(moment, self._waiting[0].features if self._waiting else None)
        self._actions.take(moment.features)

    def _end_shot(self, boundary: Boundary | None) -> None:
        last = None if boundary is None else boundary.last
        while self._waiting and last is not None and self._waiting[0].features.index <= last:
            self._take()
        first, gradual = (None, False) if boundary is None else (boundary.first, boundary.kind != "cut")
        for candidate in self._collector.end_shot(last, first, gradual):
            candidate.shot = len(self.boundaries)
            self.candidates.append(candidate)
        self.found_actions += self._actions.end_shot(last)
        if boundary is not None:
            self.boundaries.append(boundary)
            if len(self.candidates) - self._thinned >= PRUNE_AT:
                self._thin()

    def _thin(self) -> None:
        waiting = self.candidates[self._thinned :]
        staying = thin(waiting, len(self.boundaries), self._budget, self.subdivision_depth)
        for token in {candidate.token for candidate in waiting}.difference(candidate.token for candidate in staying):
            self._spool.drop(token)
        self.candidates[self._thinned :] = staying
        self._thinned = len(self.candidates)


class _Between:
    """The frames since the last one that was due: where among them a jump lies, and which behind it is the sharpest."""

    def __init__(self) -> None:
        self._previous: FrameFeatures | None = None
        self._gathered: list[tuple[FrameFeatures, Frame, float]] = []

    def shot_start(self, frame: Frame) -> ShotStart:
        """Where this frame's content begins, if it is new: half-way through the frames skipped before it."""
        times = [self._previous.time if self._previous else frame.time, *frame.skipped_times, frame.time]
        back = len(times) // 2
        return ShotStart(frame.index - back + 1, times[-back], times[-back - 1] if back < len(times) else frame.time)

    def add(self, features: FrameFeatures, frame: Frame) -> None:
        jump = float(np.abs(features.small - self._previous.small).mean()) if self._previous else 0.0
        self._gathered.append((features, frame, jump))
        self._previous = features

    def close(self) -> Sample:
        jumps = [jump for _, _, jump in self._gathered]
        behind = self._gathered[jumps.index(max(jumps)) :]
        best, frame, _ = max(behind, key=lambda item: float(item[0].gradients.mean()))
        features = replace(self._gathered[-1][0], shot_start=behind[0][0].shot_start)
        self._gathered = []
        return Sample(features, best, frame)


def run(
    path: Path,
    settings: Settings,
    pictures: Path | None = None,
    label: str | None = None,
    progress: Progress | None = None,
    opencv_crashed: bool = False,
) -> Report:
    """Analyse a video and choose its keyframes.

    Parameters
    ----------
    path : Path
    settings : Settings
    pictures : Path, optional
        An existing folder that takes the pictures under their final names; None writes none.
    label : str, optional
        What to call the video instead of its path.
    progress : callable, optional
        Called with the seconds of video done and the seconds in all, 0 where these are unknown.
    opencv_crashed : bool
        Whether OpenCV has crashed on this video, so that only PyAV may decode it.

    Raises
    ------
    InputError, UsageError, DamagedVideoError, OutputError
    """
    started = perf_counter()
    file, options = VideoFile.of(path, label), _read_options(settings, opencv_crashed)
    try:
        result = _pass(file, replace(options, skip_nonref=True), settings, pictures, progress)
    except TimelineMismatchError:
        result = _pass(file, options, settings, pictures, progress)
    if settings.strict and not result.decoding.complete:
        told = " ".join(result.decoding.warnings)
        raise DamagedVideoError(f"{file}: {told} Without --strict what can be read is used.")
    seconds = perf_counter() - started
    return Report(
        generator={"name": "vkeyframe", "version": version("vkeyframe")},
        video=result.video,
        decoding=result.decoding,
        settings=settings.for_report(),
        shots=result.shots,
        keyframes=result.keyframes,
        actions=result.actions,
        verdicts=result.verdicts,
        run={
            "seconds": round(seconds, 3),
            "frames_per_second": round(result.decoding.decoded_frames / seconds, 1),
            "threads": settings.threads,
        },
    )


@dataclass(frozen=True, slots=True)
class _Result:
    video: VideoInfo
    decoding: Decoding
    shots: tuple[Shot, ...]
    keyframes: tuple[Keyframe, ...]
    actions: tuple[Action, ...]
    verdicts: tuple[Verdict, ...]


def _read_options(settings: Settings, opencv_crashed: bool) -> ReadOptions:
    start, end = (parse_position(text) if text is not None else None for text in (settings.start, settings.end))
    return ReadOptions(
        start=start,
        end=end,
        decode=settings.decode,
        decoder=settings.decoder,
        strict=settings.strict,
        max_pixels=settings.max_pixels,
        threads=settings.threads,
        opencv_crashed=opencv_crashed,
    )


def _pass(file: VideoFile, options: ReadOptions, settings: Settings, pictures: Path | None, progress: Progress | None) -> _Result:
    """Go through the video once, or once more where the codec's key frames are too rare to stand for it."""
    with open_video(file, options) as reader:
        size = _picture_size(reader.info, settings.width)
        with PictureSpool(pictures, settings.format, settings.quality, size) as spool:
            budget = Budget.of(settings, reader.info.fps)
            analysis = _Analysis(spool, budget, budget.subdivision_depth(_duration(reader.info, options.start, options.end)))
            for frame, due in reader.frames():
                analysis.push(frame, due)
                if progress is not None and due:
                    progress(frame.time, reader.info.duration)
            analysis.finish()
            if settings.decode != "codec" or not analysis.too_rare():
                if not analysis.candidates:
                    raise UsageError(f"{file}: no frame lies between the chosen start and end.")
                return _conclude(analysis, reader, spool, budget, safe_name(Path(file.shown_as).stem))
    sampled = replace(options, decode="sampled", skip_nonref=False)
    result = _pass(file, sampled, replace(settings, decode="sampled"), pictures, progress)
    warnings = (*result.decoding.warnings, "The codec's key frames are too rare; frames were sampled instead.")
    return replace(result, decoding=replace(result.decoding, warnings=warnings))


def _conclude(analysis: _Analysis, reader: VideoReader, spool: PictureSpool, budget: Budget, name: str) -> _Result:
    settings, candidates = budget.settings, analysis.candidates
    shots = len(analysis.boundaries) + 1
    selection = select(candidates, shots, budget, analysis.subdivision_depth, analysis.opening.time, reader.last_time)
    spool.finish()
    decoding = describe_decoding(reader, analysis.analysed)
    return _Result(
        video=reader.measured_info(),
        decoding=replace(decoding, warnings=(*decoding.warnings, *selection.warnings)),
        shots=_shots(analysis, reader, selection.shot_attention),
        verdicts=explain(candidates, selection, budget.min_gap) if settings.explain else (),
        keyframes=choose_keyframes(candidates, selection.choices, settings.name, name, spool),
        actions=tuple(analysis.found_actions),
    )


def _duration(info: VideoInfo, start: Position | None, end: Position | None) -> float:
    """Return about how many seconds are looked at, as far as the header tells."""
    first, last = (None if place is None else place.seconds(info.fps) for place in (start, end))
    return (last or info.duration) - (first or 0.0)


def _picture_size(info: VideoInfo, width: int | None) -> tuple[int, int]:
    if width is None or width >= info.width:
        return info.width, info.height
    return width, max(1, round(info.height * width / info.width))


def _shots(analysis: _Analysis, reader: VideoReader, shot_attention: ndarray) -> tuple[Shot, ...]:
    starts = [(analysis.opening, "start"), *((boundary.shot_start, boundary.kind) for boundary in analysis.boundaries)]
    ends = [(shot_start.frame - 1, shot_start.time_before) for shot_start, _ in starts[1:]]
    ends.append((reader.last_frame, reader.last_time))
    return tuple(
        Shot(index, shot_start.frame, end, shot_start.time, end_time, kind, round(float(attention), 6))
        for index, ((shot_start, kind), (end, end_time), attention) in enumerate(zip(starts, ends, shot_attention, strict=True))
    )
