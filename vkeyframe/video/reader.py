"""What every reader does, whatever decodes for it: one forward pass, nothing trusted that a header says."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
from numpy import ndarray

from vkeyframe.errors import InputError
from vkeyframe.process.heartbeat import tick
from vkeyframe.report.records import Decoding, VideoInfo
from vkeyframe.timing import Position
from vkeyframe.video.container import MAX_PIXELS
from vkeyframe.video.frame import Frame, Planes
from vkeyframe.video.prefetch import run_ahead
from vkeyframe.video.truncation import is_truncated

# After damage a decoder fails a few times and then goes on; at the end it fails for ever, and at once.
FALSE_GRABS = 64
# Analysed frames that wait for their analysis; each holds a picture.
AHEAD = 2
ANALYSED_PER_SECOND = 8.0
LARGEST_STEP = 5
LOWEST_FPS, HIGHEST_FPS, USUAL_FPS = 0.1, 240.0, 25.0
# By how much in seconds a decoder and a container may differ in a frame's time.
SAME_TIME = 1e-3


class TimelineMismatchError(Exception):
    """A video cannot be decoded in part only, for frames are missing or in other places than its packets say."""


class VideoReader(ABC):
    """Frames of one video in display order.

    Parameters
    ----------
    path : Path
        A local file.
    decode : str
        ``every`` yields each frame, ``sampled`` about 8 in a second, ``skim`` so many where something happens and else only
        the codec's key frames, ``codec`` only these.
    start, end : Position, optional
        First place to yield, and first place not to yield any more.
    threads : int
        Decoder threads.
    max_pixels : int
        Larger pictures are refused.
    times : (n,) float64, optional
        Presentation times in seconds of all frames, from the first on. With them frames that no other depends on need not
        be decoded, about half of them in most videos; the others are still told by their true index.

    Raises
    ------
    InputError
        If there is no such file, no video stream in it, or not one picture to be had.
    TimelineMismatchError
        On the way, if the video turns out to be other than `times` say, or too much of it need not be decoded.
    """

    decode: str
    info: VideoInfo
    warnings: list[str]

    def __init__(
        self,
        path: Path,
        decode: str = "sampled",
        start: Position | None = None,
        end: Position | None = None,
        threads: int = 0,
        max_pixels: int = MAX_PIXELS,
        times: ndarray | None = None,
    ) -> None:
        self._path, self.decode, self._start, self._end, self._max_pixels = path, decode, start, end, max_pixels
        self._times = times
        self.decoded_frames = 0
        self.damaged_frames = 0
        self.estimated_times = 0
        self.stopped = False
        self.last_frame = 0
        self.last_time = 0.0
        self.warnings = []
        self._clock = 0.0
        self._last_index = -1
        self._longest_gap = LARGEST_STEP
        self._origin = 0.0
        self._at_declared_end: bool | None = None
        self._open(path, threads)
        try:
            if not self._grab() and not self._retry():
                raise InputError(f"{path}: no picture can be decoded; the file is empty, encrypted or damaged.")
            picture = self._convert()
            if picture is None:
                raise InputError(f"{path}: the first picture cannot be read; the format may not be supported.")
            self._content = picture
            self._origin = self._raw_time()
            height, width = picture.luma.shape if isinstance(picture, Planes) else picture.shape[:2]
            self.info = self._describe(path, picture.width if isinstance(picture, Planes) else width, height)
            self._rate_plausible = LOWEST_FPS <= self._rate() <= HIGHEST_FPS
            self._started_late = self._delay()
        except BaseException:
            self._close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._close()

    @abstractmethod
    def _open(self, path: Path, threads: int) -> None:
        """Get ready for the first frame, or raise an InputError."""

    @abstractmethod
    def _close(self) -> None:
        """Let go of the file."""

    @abstractmethod
    def _grab(self) -> bool:
        """Decode the next frame; False at the end and where one is damaged."""

    @abstractmethod
    def _raw_time(self) -> float:
        """Presentation time in seconds of the frame grabbed last, from any origin; NaN where it has none."""

    @abstractmethod
    def _convert(self) -> ndarray | Planes | None:
        """Give the frame grabbed last as BGR, rotated as it is to be shown, or as planes; None if it is damaged."""

    @abstractmethod
    def _describe(self, path: Path, width: int, height: int) -> VideoInfo:
        """Say what the header tells; width and height are those of the decoded picture."""

    @abstractmethod
    def _rate(self) -> float:
        """Frames per second as the header tells, 0 where it does not."""

    def _delay(self) -> float:
        """Seconds by which the first frame comes later than its container's start."""
        return 0.0

    def _must_analyse(self) -> bool:
        """Whether the frame grabbed last is to be analysed, however close to the one before."""
        return self.decode == "codec"

    def _take_over(self) -> bool:
        """At the end, or what seems to be the end, go on by other means; False if there are none."""
        return False

    def frames(self) -> Iterator[tuple[Frame, bool]]:
        """Yield frames in display order, each with whether it is one of the about 8 a second that carry the analysis.

        A thread decodes a few frames ahead; what the reader says of its progress is true when all have been taken.
        """
        return run_ahead(self._frames(), AHEAD)

    def _frames(self) -> Iterator[tuple[Frame, bool]]:
        last_due: tuple[int, float] | None = None
        before = -1, 0.0
        skipped: list[float] = []
        while True:
            index, time = now = self._place()
            if self._end is not None and self._end.reached(index, time):
                self.stopped = True
                self._pass_over(index)
                return
            if self._start is None or self._start.reached(index, time):
                self.last_frame, self.last_time = now
                due = last_due is None or self._must_analyse() or _is_due(last_due, before, now)
                if self._times is not None and last_due is not None:
                    # What was left out of more than that shows what the frame before it does.
                    first = before[0] + 1 if index - before[0] <= LARGEST_STEP else index - 1
                    skipped += self._times[first:index].tolist()
                if (due or self.decode == "every") and self._retrieve():
                    yield Frame(index, time, self._content, tuple(skipped), self.decode != "codec"), due
                    skipped.clear()
                else:
                    skipped.append(time)
                before = now
                if due:
                    last_due = now
            self.decoded_frames += 1
            tick()
            if not self._grab() and not self._retry() and not self._take_over():
                if self._times is not None and not self.complete():
                    raise TimelineMismatchError
                self._pass_over(None)
                return

    def _pass_over(self, end: int | None) -> None:
        """Count what was left out behind the last frame, up to a known one."""
        times = [] if self._times is None else self._times[:end].tolist()
        for index in range(self.last_frame + 1, len(times)):
            if self._end is None or not self._end.reached(index, times[index]):
                self.last_frame, self.last_time = index, round(times[index], 6)

    def complete(self) -> bool:
        """Whether the pass came to the end of the video, as far as the header lets one tell, without damage."""
        if self.damaged_frames or self.stopped or self.decode == "codec":
            return not self.damaged_frames
        if self._at_declared_end is None:
            # With all the frames that were declared nothing is missing, whatever the file has lost behind them.
            lost = self.decoded_frames != self.info.declared_frames and is_truncated(self._path)
            self._at_declared_end = not lost and (self._near_declared_end() or self._nothing_left())
        return self._at_declared_end

    def _near_declared_end(self) -> bool:
        # Some containers count their duration from zero, also where the video starts later.
        reached = self._started_late + self._clock + 1.5 / self.info.fps
        return self.decoded_frames >= 0.95 * self.info.declared_frames or reached >= 0.95 * self.info.duration

    def _nothing_left(self) -> bool:
        """Whether the file goes on to its declared end, only not with pictures: where the sound is longer."""
        from vkeyframe.video.packets import survey

        pictures, end = survey(self._path)
        return end >= 0.95 * self.info.duration and self.decoded_frames >= 0.95 * pictures

    def measured_info(self) -> VideoInfo:
        """Tell what is known after the pass: rate and duration as measured, where the pass saw all of it."""
        if self.stopped or self.decoded_frames < 2 or self._clock <= 0.0:
            return self.info
        frames, end = (self.decoded_frames, self._clock) if self._times is None else (len(self._times), float(self._times[-1]))
        fps = self.info.fps if self._rate_plausible else round((frames - 1) / end, 6)
        return replace(self.info, fps=fps, duration=round(end + 1.0 / fps, 6))

    def _place(self) -> tuple[int, float]:
        """Index and presentation time of the frame grabbed last; a missing time is put one frame behind the last."""
        time = self._raw_time() - self._origin
        if self._times is not None:
            return self._find_place(time, self._times)
        if self.decoded_frames and (not math.isfinite(time) or time <= self._clock):
            time = self._clock + 1.0 / self.info.fps
            self.estimated_times += 1
        self._clock = max(0.0, time) if math.isfinite(time) else 0.0
        index = round(self._clock * self.info.fps) if self.decode == "codec" else self.decoded_frames
        return index, round(self._clock, 6)

    def _find_place(self, time: float, times: ndarray) -> tuple[int, float]:
        """Do the same by the known times of all frames."""
        index = int(np.searchsorted(times, time - SAME_TIME))
        found = index < len(times) and times[index] <= time + SAME_TIME
        if not found or not self._last_index < index <= self._last_index + self._longest_gap:
            raise TimelineMismatchError
        self._last_index, self._clock = index, float(times[index])
        return index, round(self._clock, 6)

    def _retrieve(self) -> bool:
        if self.decoded_frames == 0:
            return True
        picture = self._convert()
        if picture is None:
            self.damaged_frames += 1
            return False
        self._content = picture
        return True

    def _retry(self) -> bool:
        for attempt in range(1, FALSE_GRABS + 1):
            if self._grab():
                self.damaged_frames += attempt
                return True
        return False


def describe_decoding(reader: VideoReader, analysed: int) -> Decoding:
    """Sum up what the decoder did, with a sentence for everything a user must know of."""
    declared, decoded, damaged = reader.info.declared_frames, reader.decoded_frames, reader.damaged_frames
    warnings = list(reader.warnings)
    if damaged:
        warnings.append(f"The decoder failed {damaged} times and {decoded} frames could be decoded; the video is damaged.")
    elif not reader.complete() and decoded >= declared:
        warnings.append(f"{decoded} frames could be decoded, but the file is shorter than it says; it was cut off.")
    elif not reader.complete():
        warnings.append(f"Only {decoded} of {declared} declared frames could be decoded; the video is cut off or damaged.")
    if reader.estimated_times:
        warnings.append(f"{reader.estimated_times} frames had no valid time; theirs is estimated.")
    return Decoding(reader.decode, declared, decoded, analysed, damaged, reader.complete(), tuple(warnings))


def usable_fps(rate: float) -> float:
    """Return a header's frame rate if it can be true, else 25."""
    return rate if LOWEST_FPS <= rate <= HIGHEST_FPS else USUAL_FPS


def usable_aspect_ratio(ratio: float, rotation: int) -> float:
    """Return the sample aspect ratio of the rotated picture, 1 where the header's cannot be true."""
    if not 0.05 <= ratio <= 20.0:
        return 1.0
    return 1.0 / ratio if rotation in (90, 270) else ratio


def display_size(width: int, height: int, sample_aspect_ratio: float) -> tuple[int, int]:
    """Width and height with square pixels, as ``ffmpeg -vf scale=iw*sar:ih`` gives them."""
    return max(1, round(width * sample_aspect_ratio)), height


def _is_due(last_due: tuple[int, float], before: tuple[int, float], now: tuple[int, float]) -> bool:
    """Whether a frame, index and time, is the nearest to an even spacing, or the next may be too many frames from the last."""
    if 2 * now[0] - before[0] - last_due[0] > LARGEST_STEP:
        return True
    return now[1] - last_due[1] + (now[1] - before[1]) / 2 >= 1.0 / ANALYSED_PER_SECOND - 1e-4
