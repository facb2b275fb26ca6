"""The time of a stream: it goes on where a clock is set anew, and where the stream was lost and found again."""

from __future__ import annotations

import math

from vkeyframe.video.frame import FrameTime
from vkeyframe.video.timeline import CountedTimeline

# By how many seconds a frame may follow another. More, or less than zero, is a clock that was set anew. Set by eye.
LONGEST_STEP = 60.0
# Seconds by which a frame may be late without the clock being another one.
LATE = 1.0


class LiveTimeline(CountedTimeline):
    """Counts frames, and gives them times that increase from the first one on.

    Parameters
    ----------
    fps : float
        Frames a second, by which a missing time is estimated.
    """

    def __init__(self, fps: float) -> None:
        super().__init__(fps, key_frames_only=False)
        self._offset = math.nan
        self._pause = 0.0

    def expect(self, fps: float) -> None:
        """Take note of the frame rate."""
        self._fps = fps

    def begin_anew(self, pause: float) -> None:
        """Take the next frame for the first one of another clock, so many seconds behind the last one."""
        self._offset, self._pause = math.nan, pause

    def advance(self, time: float) -> FrameTime:
        """Return index and time of the next frame, of which the stream's clock says this time in seconds."""
        if math.isfinite(time):
            here = time - self._offset
            if not math.isfinite(here) or not self.clock - LATE <= here <= self.clock + LONGEST_STEP:
                begun = self._count > 0
                self._offset = time - (self.clock + max(1.0 / self._fps, self._pause) if begun else 0.0)
                self._pause = 0.0
            time -= self._offset
        return super().advance(time)
