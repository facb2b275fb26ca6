"""Which frames are samples, the about 8 a second that carry the analysis."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
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
    beside : int
        How many frames on either side a frame is compared with in size.
    clearly_more : float
        How many times as many bytes as the mean of these make a frame worth a look; a P-frame has some 3 to 10 times as many as
        the B-frames beside it, and is sharper than 7 of 10 frames nearby, they are than 4.
    """

    per_second: float = 8.0
    largest_step: int = 5
    beside: int = 2
    clearly_more: float = 1.5


TUNING = SamplingTuning()


def coded_with_care(sizes: ndarray) -> ndarray:
    """Tell which frames were coded with clearly more bytes than those beside them, as P-frames are among B-frames.

    Parameters
    ----------
    sizes : (n,) int
        Bytes of each frame.

    Returns
    -------
    (n,) bool
    """
    reach = TUNING.beside
    padded = np.pad(sizes.astype(np.float64), reach, mode="edge")
    around = np.stack([padded[reach + by : reach + by + len(sizes)] for by in range(-reach, reach + 1) if by])
    return np.asarray((sizes >= around.max(axis=0)) & (sizes > TUNING.clearly_more * around.mean(axis=0)))


class Sampler:
    """Chooses samples, and keeps the times of the frames that are not given to the caller.

    Parameters
    ----------
    timeline : Timeline
        Knows the frames that the decoder left out.
    must_sample : callable
        Says of the frame grabbed last whether it is a sample, however close to the one before.
    """

    def __init__(self, timeline: Timeline, must_sample: Callable[[], bool]) -> None:
        self._timeline, self._must_sample = timeline, must_sample
        self._last_sample: FrameTime | None = None
        self._before = FrameTime(-1, 0.0)
        self._skipped: list[float] = []

    def is_sample(self, now: FrameTime) -> bool:
        """Whether the next frame, the one grabbed last, is a sample; to be asked once for each frame."""
        last, before, self._before = self._last_sample, self._before, now
        sample = last is None or self._must_sample() or _is_nearest(last, before, now)
        if last is not None:
            times = self._timeline.left_out(before, now)
            # What was left out of more frames than this shows the same as the frame before it.
            self._skipped += times if now.index - before.index <= TUNING.largest_step else times[-1:]
        if sample:
            self._last_sample = now
        return sample

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
