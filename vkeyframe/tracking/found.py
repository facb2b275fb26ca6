"""What was found in a frame."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from numpy import ndarray

from vkeyframe.tracking.box_tracker import TrackedBox
from vkeyframe.video.frame import FrameTime


@dataclass(frozen=True, slots=True)
class FoundThings:
    """The things of a shot in one frame.

    Attributes
    ----------
    at : FrameTime
    boxes : mapping of int to TrackedBox
        By their numbers in the shot, 1 for the most attended.
    labels : (height, width) uint8 or None
        For each pixel the number of the thing that it belongs to, 0 for none; None where no masks are asked for.
    """

    at: FrameTime
    boxes: Mapping[int, TrackedBox]
    labels: ndarray | None = None
