"""What the analysers are fed with: about 8 samples of a second of video."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ShotStart:
    """Where new content is likely to begin: the frame, its time, and the time of the frame before it."""

    frame: int
    time: float
    time_before: float
