"""The picture that is shown at a time, and the pictures of some frames."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from numpy import ndarray

from vkeyframe.timing import Position
from vkeyframe.video.reader import VideoReader


def picture_at(reader: VideoReader, position: Position) -> ndarray | None:
    """Return the picture of `shown_at`; None behind the end of the video."""
    shown = shown_at(reader, position)
    return None if shown is None else shown[2]


def shown_at(reader: VideoReader, position: Position) -> tuple[int, float, ndarray] | None:
    """Return the number of the frame that is shown at a place, its time, and (height, width, 3) uint8 BGR; None behind the end.

    At a time between two frames the earlier one is shown. The last frame is shown for as long as any other.
    """
    shown = None
    for frame, _ in reader.frames():
        if position.reached(frame.index, frame.time):
            at_it = frame.index == position.frame or abs(frame.time - (position.time or 0.0)) < 1e-6
            return (frame.index, frame.time, frame.picture) if shown is None or at_it else shown
        shown = frame.index, frame.time, frame.picture
    if position.time is not None and position.time < reader.last_time + 1.0 / reader.info.fps:
        return shown
    return None


def pictures_at(reader: VideoReader, indices: Collection[int]) -> Iterator[tuple[int, ndarray]]:
    """Yield the pictures of the frames with these 0-based indices, (height, width, 3) uint8 BGR each.

    No more is read than up to the last of them.
    """
    last = max(indices, default=-1)
    for frame, _ in reader.frames():
        if frame.index in indices:
            yield frame.index, frame.whole_picture
        if frame.index >= last:
            return
