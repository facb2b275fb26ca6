"""The order of things when a video's things are followed: find its shots, follow, write."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import groupby
from pathlib import Path

import numpy as np
from numpy import ndarray

from vkeyframe.analysis.analyser import Progress, analyse
from vkeyframe.analysis.overlays import OverlayFinder
from vkeyframe.analysis.sample import ShotSpan
from vkeyframe.errors import DamagedVideoError, UsageError
from vkeyframe.report.tracks import Tracks
from vkeyframe.report.video_info import VideoInfo
from vkeyframe.timing import Position
from vkeyframe.tracking.attended import follow_attended
from vkeyframe.tracking.collected import CollectedTracks
from vkeyframe.tracking.files import write_csv, write_mot
from vkeyframe.tracking.found import FoundThings
from vkeyframe.tracking.given import GivenThing
from vkeyframe.tracking.labelled import Segment, follow_labels, from_place
from vkeyframe.tracking.overlay import write_overlay
from vkeyframe.tracking.request import Box, TrackRequest, box_in_picture
from vkeyframe.video.attempts import read_with_care
from vkeyframe.video.file import VideoFile
from vkeyframe.video.frame import Frame
from vkeyframe.video.open import open_video
from vkeyframe.video.options import ReadOptions
from vkeyframe.video.reader import describe_decoding

_START = Position(0.0, None)


def follow_things(
    file: VideoFile,
    request: TrackRequest,
    folder: Path | None = None,
    progress: Progress | None = None,
    segment: Segment | None = None,
) -> Tracks:
    """Follow the things of a video.

    It is read once to find its shots, once more to follow things, and a third time where a video is to be written.

    Parameters
    ----------
    file : VideoFile
    request : TrackRequest
    folder : Path, optional
        An existing folder that takes all files; None writes none.
    progress : callable, optional
        Called with the seconds done and the seconds in all, each time that the video is read counted.
    segment : callable, optional
        What finds the pixels of things where masks are asked for; without it, our own.

    Raises
    ------
    InputError, UsageError, DamagedVideoError
    """
    passes = _Passes(2 + (request.video and folder is not None), progress)
    shots, lasting = read_with_care(request.reading, partial(_find_shots, file, passes))
    passes.done += 1
    work = _Work(file, request, shots, lasting, folder, segment, passes)
    tracks = read_with_care(request.reading, partial(_follow, work))
    if request.box is not None and not tracks.tracks:
        raise UsageError(f"{file}: ends before at={request.at or _START}.")
    if request.reading.strict and not tracks.decoding.complete:
        raise DamagedVideoError(f"{file}: {' '.join(tracks.decoding.warnings)} Without strict=… what can be read is used.")
    if folder is not None:
        write_csv(tracks, folder)
        write_mot(tracks, folder)
        if request.video:
            passes.done += 1
            reading = replace(request.reading, decode="every", crop=None, ignore=())
            read_with_care(reading, partial(_draw, file, tracks, folder, passes))
    return tracks


@dataclass(slots=True)
class _Passes:
    """How often the video is read, and how often it has been."""

    count: int
    progress: Progress | None
    done: int = 0

    def tell(self, time: float, duration: float) -> None:
        """Tell that so many seconds of the pass at hand are done."""
        if self.progress is not None:
            self.progress(self.done * duration + min(time, duration or time), self.count * duration)


@dataclass(frozen=True, slots=True)
class _Work:
    """What is to be done with which video."""

    file: VideoFile
    request: TrackRequest
    shots: Sequence[ShotSpan]
    lasting: ndarray
    folder: Path | None
    segment: Segment | None
    passes: _Passes

    def shot_of(self, frame: Frame) -> int:
        """Return in which shot a frame lies."""
        return bisect_right([shot.start.frame for shot in self.shots[1:]], frame.index)


def _find_shots(file: VideoFile, passes: _Passes, options: ReadOptions) -> tuple[tuple[ShotSpan, ...], ndarray]:
    """Find the shots, and what lies over all of the video."""
    with open_video(file, options) as reader:
        analysis = analyse(reader, [OverlayFinder()], passes.tell)
        lasting = analysis.sections[0]
        if reader.view is not None:
            lasting = np.maximum(lasting, reader.view.ignored(*lasting.shape))
    return analysis.shots, lasting


def _follow(work: _Work, options: ReadOptions) -> Tracks:
    """Follow the things of each shot in turn."""
    request = work.request
    collected = CollectedTracks(work.folder if request.masks else None, goes_on=request.box is not None)
    count = 0
    with open_video(work.file, options) as reader:
        part = _Part.of(reader.measured_info())
        things = _Things(part.request_in(request), work.lasting, work.segment)

        def frames() -> Iterator[Frame]:
            nonlocal count
            for frame, _ in reader.frames():
                count += 1
                work.passes.tell(frame.time, reader.info.duration)
                yield frame

        for shot, of_shot in groupby(frames(), key=work.shot_of):
            for found in things.in_shot(of_shot):
                collected.add(work.shots[shot], part.in_whole(found))
            collected.end_shot()
        info = reader.measured_info()
        decoding = describe_decoding(reader, count)
    return Tracks(info.name, info.width, info.height, info.fps, decoding, collected.tracks())


@dataclass(frozen=True, slots=True)
class _Part:
    """The part of the picture in which things are followed, by its box, and the size of the whole; None for all of it."""

    crop: Box | None
    size: tuple[int, int]

    @classmethod
    def of(cls, info: VideoInfo) -> _Part:
        return cls(info.crop, (info.width, info.height))

    def request_in(self, request: TrackRequest) -> TrackRequest:
        """Return the request with its box, which is one of the whole picture, in pixels of the part."""
        if self.crop is None or request.box is None:
            return request
        x, y, width, height = request.box
        moved = x - self.crop[0], y - self.crop[1], width, height
        try:
            return replace(request, box=box_in_picture(moved, *self.crop[2:]))
        except UsageError:
            text, crop = (",".join(map(str, box)) for box in (request.box, self.crop))
            raise UsageError(f"box is {text}, but lies outside of crop, which is {crop}.") from None

    def in_whole(self, found: FoundThings) -> FoundThings:
        """Return what was found in the part, in pixels of the whole picture."""
        if self.crop is None:
            return found
        left, top, width, height = self.crop
        boxes = {number: replace(box, x=box.x + left, y=box.y + top) for number, box in found.boxes.items()}
        labels = found.labels
        if labels is not None:
            labels = np.pad(labels, [(top, self.size[1] - top - height), (left, self.size[0] - left - width)])
        return FoundThings(found.at, boxes, labels)


class _Things:
    """Follows what is asked for through one shot after another."""

    def __init__(self, request: TrackRequest, lasting: ndarray, segment: Segment | None) -> None:
        self._lasting = lasting
        self._box, self._at = request.box, request.at or _START
        self._given = None if request.box is None else GivenThing(request.box, self._at)
        self._segment = (segment or _segment) if request.masks else None
        self._ended = False

    def in_shot(self, frames: Iterable[Frame]) -> Iterator[FoundThings]:
        """Follow it through the next shot; with masks a given thing ends with its shot."""
        if self._segment is None:
            yield from follow_attended(frames, self._lasting) if self._given is None else self._given.follow(frames)
        elif self._box is None:
            yield from follow_labels(frames, self._segment)
        elif not self._ended:
            for found in follow_labels(from_place(frames, self._at), self._segment, self._box):
                self._ended = True
                yield found


def _segment(pictures: Iterable[ndarray], box: Box | None) -> Iterable[ndarray]:
    # Without masks its kernels need not be loaded.
    from vkeyframe.tracking.objects import segment_objects  # noqa: PLC0415

    found: Iterable[ndarray] = segment_objects(pictures, box)
    return found


def _draw(file: VideoFile, tracks: Tracks, folder: Path, passes: _Passes, options: ReadOptions) -> None:
    with open_video(file, options) as reader:
        for time in write_overlay(reader, tracks, folder):
            passes.tell(time, reader.info.duration)
