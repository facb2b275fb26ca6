"""The index and the time of each frame."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Protocol

import numpy as np
from numpy import ndarray

from vkeyframe.video.frame import FrameTime

# By how much in seconds a decoder and a container may differ in a frame's time. Set by eye; Matroska rounds to as much.
SAME_TIME = 1e-3


class TimelineMismatchError(Exception):
    """A video cannot be decoded in part only: frames are missing, or at other times than its packets say."""


class Timeline(Protocol):
    """Gives each decoded frame its index and its time.

    Attributes
    ----------
    clock : float
        Time in seconds, not rounded, of the last frame.
    estimated_times : int
        How many frames had no usable time.
    """

    clock: float
    estimated_times: int

    def advance(self, time: float) -> FrameTime:
        """Return index and time of the next frame, of which the decoder says this time in seconds from the first (or NaN)."""

    def left_out(self, before: FrameTime, now: FrameTime) -> list[float]:
        """Return the times of the frames between two that the decoder left out on purpose."""

    def behind(self, last: int, end: int | None) -> Iterator[FrameTime]:
        """Give the frames behind the index `last` and before the index `end` that are known without being decoded.

        Their times are not rounded.
        """

    def extent(self) -> tuple[int, float]:
        """Return the number of frames, and the time of the last one, when all have been seen."""


class CountedTimeline:
    """Counts frames and believes the decoder's times, as long as they increase.

    Parameters
    ----------
    fps : float
        Frames a second, by which a missing time is estimated: one frame after the last.
    key_frames_only : bool
        Whether all other frames are left out, so that indices are estimated from the times.
    """

    def __init__(self, fps: float, key_frames_only: bool) -> None:
        self._fps, self._key_frames_only = fps, key_frames_only
        self._count = 0
        self.clock = 0.0
        self.estimated_times = 0

    def advance(self, time: float) -> FrameTime:
        """Return index and time of the next frame."""
        if self._count and (not math.isfinite(time) or time <= self.clock):
            time = self.clock + 1.0 / self._fps
            self.estimated_times += 1
        self.clock = max(0.0, time) if math.isfinite(time) else 0.0
        index = round(self.clock * self._fps) if self._key_frames_only else self._count
        self._count += 1
        return FrameTime(index, round(self.clock, 6))

    def left_out(self, _before: FrameTime, _now: FrameTime) -> list[float]:
        """Return nothing: what is left out is not known."""
        return []

    def behind(self, _last: int, _end: int | None) -> Iterator[FrameTime]:
        """Give nothing: no frame is known before it is decoded."""
        return iter(())

    def extent(self) -> tuple[int, float]:
        """Return the number of frames and the time of the last one."""
        return self._count, self.clock


class PacketTimeline:
    """Looks frames up among the times of all packets, so that frames that were left out are counted too.

    Parameters
    ----------
    packet_times : (n,) float64
        Presentation times in seconds of all frames, from the first on, increasing.
    largest_step : int
        By how many frames one decoded frame may follow another; a larger step is a mismatch.
    """

    def __init__(self, packet_times: ndarray, largest_step: int) -> None:
        self._times, self._largest_step = packet_times, largest_step
        self._last_index = -1
        self.clock = 0.0
        self.estimated_times = 0

    def advance(self, time: float) -> FrameTime:
        """Return index and time of the next frame.

        Raises
        ------
        TimelineMismatchError
            If no packet has this time, or it is not close behind the last frame.
        """
        index = int(np.searchsorted(self._times, time - SAME_TIME))
        found = index < len(self._times) and self._times[index] <= time + SAME_TIME
        if not found or not self._last_index < index <= self._last_index + self._largest_step:
            raise TimelineMismatchError
        self._last_index, self.clock = index, float(self._times[index])
        return FrameTime(index, round(self.clock, 6))

    def left_out(self, before: FrameTime, now: FrameTime) -> list[float]:
        """Return the times of all frames between two."""
        times: list[float] = self._times[before.index + 1 : now.index].tolist()
        return times

    def behind(self, last: int, end: int | None) -> Iterator[FrameTime]:
        """Give the frames behind an index and before another."""
        times = self._times[:end].tolist()
        for index in range(last + 1, len(times)):
            yield FrameTime(index, times[index])

    def extent(self) -> tuple[int, float]:
        """Return the number of packets and the last time."""
        return len(self._times), float(self._times[-1])
