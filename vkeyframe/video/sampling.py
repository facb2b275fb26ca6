"""Which frames are samples, the about 8 a second that carry the analysis."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from numpy import ndarray

from vkeyframe.video.frame import FrameTime
from vkeyframe.video.timeline import Timeline


@dataclass(frozen=True, slots=True)
class SamplingTuning:
    """How densely frames are sampled.

    Attributes
    ----------
    per_second : float
        Samples a second. A compromise of time and of how exactly shots begin, which is what it moves.
    largest_step : int
        Largest number of frames from one sample to the next, so that a shot begins within 2 frames of where it is said to.
    shortest, longest : float
        Seconds from one sample to another that is taken a frame early or late, because it was coded with more bytes.
    clearly_more : float
        How many times as many bytes that takes; a P-frame has some 3 to 10 times as many as the B-frames beside it.
    """

    per_second: float = 8.0
    largest_step: int = 5
    shortest: float = 0.08
    longest: float = 0.17
    clearly_more: float = 1.5


TUNING = SamplingTuning()


class Sampler:
    """Chooses samples, and keeps the times of the frames that are not given to the caller.

    Parameters
    ----------
    timeline : Timeline
        Knows the frames that the decoder left out.
    must_sample : callable
        Says of the frame grabbed last whether it is a sample, however close to the one before.
    sizes : (n,) int64, optional
        Bytes of the packet of each frame. Of frames next to each other the one with most is the sample: it was coded with more
        care, and is sharper, than the frames between two of its kind.
    """

    def __init__(self, timeline: Timeline, must_sample: Callable[[], bool], sizes: ndarray | None = None) -> None:
        self._timeline, self._must_sample, self._sizes = timeline, must_sample, sizes
        self._last_sample: FrameTime | None = None
        self._before = FrameTime(-1, 0.0)
        self._skipped: list[float] = []

    def is_sample(self, now: FrameTime) -> bool:
        """Whether the next frame, the one grabbed last, is a sample; to be asked once for each frame."""
        last, before, self._before = self._last_sample, self._before, now
        sample = last is None or self._must_sample() or self._is_best(last, before, now)
        if last is not None:
            times = self._timeline.left_out(before, now)
            # What was left out of more frames than this shows the same as the frame before it.
            self._skipped += times if now.index - before.index <= TUNING.largest_step else times[-1:]
        if sample:
            self._last_sample = now
        return sample

    def _is_best(self, last: FrameTime, before: FrameTime, now: FrameTime) -> bool:
        """Whether the next frame is nearest to an even spacing, or beside that one and coded with clearly more bytes."""
        step = now.time - before.time
        due = _is_nearest(last, before, now)
        if self._sizes is None or now.index + 2 >= len(self._sizes):
            return due
        here, one_later, two_later = (int(size) for size in self._sizes[now.index : now.index + 3])
        after = FrameTime(now.index + 1, now.time + step)
        if due:
            first = before.index == last.index or not _is_nearest(last, FrameTime(before.index - 1, before.time - step), before)
            may_wait = first and after.index - last.index <= TUNING.largest_step and after.time - last.time <= TUNING.longest
            return not (may_wait and one_later > TUNING.clearly_more * here)
        if now.time - last.time < TUNING.shortest or not _is_nearest(last, now, after):
            return False
        others = max(one_later, two_later if after.index < last.index + TUNING.largest_step else 0)
        return here > TUNING.clearly_more * others

    def skip(self, time: float) -> None:
        """Keep the time in seconds of a frame that is not given to the caller."""
        self._skipped.append(time)

    def take_skipped_times(self) -> tuple[float, ...]:
        """Return the times of the frames skipped since the last call."""
        times, self._skipped = tuple(self._skipped), []
        return times


def _is_nearest(last: FrameTime, before: FrameTime, now: FrameTime) -> bool:
    """Whether a frame is the nearest to an even spacing, or the next one may be too many frames from the last sample."""
    if 2 * now.index - before.index - last.index > TUNING.largest_step:
        return True
    return now.time - last.time + (now.time - before.time) / 2 >= 1.0 / TUNING.per_second - 1e-4
