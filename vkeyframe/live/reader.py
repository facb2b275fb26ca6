"""The samples of what is followed, for the analysis: read by a thread that nobody waits for."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from queue import Empty, Full, Queue

from numpy import ndarray

from vkeyframe.errors import InputError, VkeyframeError, from_foreign
from vkeyframe.live.stream import Stream
from vkeyframe.process.heartbeat import tick
from vkeyframe.report.video_info import VideoInfo
from vkeyframe.timecode import exact_rate, rate_text
from vkeyframe.video.cut_frames import Gap
from vkeyframe.video.frame import Frame
from vkeyframe.video.header import display_size, usable_fps

# Samples that wait for their analysis; each holds a picture.
SAMPLES_AHEAD = 4
# Seconds between two looks at whether it is to stop.
LOOK = 0.1
# Seconds without a sample after which what is undecided need not wait for the next one.
STALL = 1.0


@dataclass(frozen=True, slots=True)
class _End:
    error: VkeyframeError | None = None


class LiveReader:
    """Samples of a growing file or a stream; a `FrameSource`.

    The thread that reads is not waited for when the reading is to stop: a server that is silent does not hold it up.

    Parameters
    ----------
    stream : Stream
        Is closed with the reader.
    stopped : callable
        Whether to stop; it is asked some ten times a second.

    Attributes
    ----------
    info : VideoInfo
        What is known of the video so far.
    last_frame, last_time : int, float
        Index and time in seconds of the last sample.
    ended : str
        Why there are no more frames: ``end``, ``lost`` or ``stopped``.
    on_stall : callable
        Is called, where the frames are asked for, when none comes for a second.

    Raises
    ------
    InputError
        If there is no picture.
    """

    def __init__(self, stream: Stream, stopped: Callable[[], bool]) -> None:
        self._stream, self._stopped = stream, stopped
        self._queue: Queue[Frame | _End] = Queue(SAMPLES_AHEAD)
        self.last_frame, self.last_time = 0, 0.0
        self.ended = "stopped"
        self.on_stall: Callable[[], None] = lambda: None
        threading.Thread(target=self._work, daemon=True, name="live").start()
        self._first = self._next()
        if self._first is None:
            self.close()
            raise InputError("It was stopped before the first picture came.")
        self.info: VideoInfo = stream.info

    def close(self) -> None:
        """Let the thread end as soon as it can."""
        self._stream.close()

    def frames(self) -> Iterator[tuple[Frame, bool]]:
        """Yield the samples, each with True, until the end."""
        frame = self._first
        while frame is not None:
            self.last_frame, self.last_time = frame.index, frame.time
            yield frame, True
            frame = self._next()

    def arrival(self, index: int) -> float:
        """Return when a sample came, as `Stream.arrival`."""
        return self._stream.arrival(index)

    def shown_size(self, picture: ndarray) -> tuple[int, int]:
        """Return width and height with square pixels at which a picture of the stream, (height, width, 3), is to be shown."""
        return display_size(picture.shape[1], picture.shape[0], self.info.sample_aspect_ratio)

    def narrow_cuts(self, gaps: list[Gap]) -> list[Gap | None]:
        """Return nothing: what has been read is gone."""
        return [None] * len(gaps)

    def measured_info(self) -> VideoInfo:
        """Describe the video with rate and length as measured."""
        frames, end = self._stream.timeline.extent()
        fps = self.info.fps
        if not self._stream.rate_known and end > 0.0:
            fps = usable_fps((frames - 1) / end)
        return replace(self.info, fps=fps, rate=rate_text(exact_rate(fps)), duration=round(end + 1.0 / fps, 6))

    def _next(self) -> Frame | None:
        """Wait for the next sample. To wait for data is no hang; only a decoder that is at work for too long is one."""
        looks = 0
        while not self._stopped():
            try:
                item = self._queue.get(timeout=LOOK)
            except Empty:
                looks += 1
                if looks == round(STALL / LOOK):
                    self.on_stall()
                if self._stream.waits_for_data:
                    tick()
                continue
            tick()
            if isinstance(item, Frame):
                return item
            if item.error is not None:
                raise item.error
            self.ended = self._stream.ended
            return None
        return None

    def _work(self) -> None:
        """Read until the end, the work of the thread."""
        try:
            for frame in self._stream.frames():
                self._put(frame)
            self._put(_End())
        except Exception as error:
            self._put(_End(from_foreign("What is followed", error)))

    def _put(self, item: Frame | _End) -> None:
        while not self._stream.is_closed:
            try:
                self._queue.put(item, timeout=LOOK)
            except Full:
                continue
            return
