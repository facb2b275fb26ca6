"""Following things by their pixels: boxes around masks."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator

import numpy as np
from numpy import ndarray

from vkeyframe.timing import Position
from vkeyframe.tracking.box_tracker import TrackedBox
from vkeyframe.tracking.found import FoundThings
from vkeyframe.tracking.request import Box, box_in_picture
from vkeyframe.video.frame import Frame, FrameTime

# What makes of the pictures of one shot, and of a box in the first of them or None, a map for each: (height, width) uint8, 0
# where nothing is, 1 where the most attended thing is, and so on.
Segment = Callable[[Iterable[ndarray], Box | None], Iterable[ndarray]]


def follow_labels(frames: Iterable[Frame], segment: Segment, box: Box | None = None) -> Iterator[FoundThings]:
    """Find the pixels of the things of a shot in each frame, and the boxes around them.

    A thing that is not seen in a frame is lost there, and stays in the box where it was; before it is seen it has none.
    """
    waiting: deque[FrameTime] = deque()
    last: dict[int, TrackedBox] = {}

    def pictures() -> Iterator[ndarray]:
        for frame in frames:
            waiting.append(FrameTime(frame.index, frame.time))
            picture = frame.picture
            if box is not None:
                box_in_picture(box, picture.shape[1], picture.shape[0])
            yield picture

    for labels in segment(pictures(), box):
        seen = {int(number): _around(labels == number) for number in np.unique(labels) if number}
        for number, (x, y, width, height) in seen.items():
            last[number] = TrackedBox(x, y, width, height, 1.0, "seen")
        for number in last.keys() - seen.keys():
            gone = last[number]
            last[number] = TrackedBox(gone.x, gone.y, gone.width, gone.height, 0.0, "lost")
        yield FoundThings(waiting.popleft(), dict(sorted(last.items())), labels)


def from_place(frames: Iterable[Frame], place: Position) -> Iterator[Frame]:
    """Leave out the frames before a place."""
    return (frame for frame in frames if place.reached(frame.index, frame.time))


def _around(mask: ndarray) -> tuple[float, float, float, float]:
    """Return left and top edge, width and height of the box around a mask that is not empty."""
    columns, rows = np.flatnonzero(mask.any(axis=0)), np.flatnonzero(mask.any(axis=1))
    return float(columns[0]), float(rows[0]), float(columns[-1] - columns[0] + 1), float(rows[-1] - rows[0] + 1)
