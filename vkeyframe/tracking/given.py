"""Following the thing in a box that is given."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from vkeyframe.timing import Position
from vkeyframe.tracking.box_tracker import BoxTracker, TrackedBox
from vkeyframe.tracking.found import FoundThings
from vkeyframe.tracking.request import Box, box_in_picture
from vkeyframe.video.frame import Frame, FrameTime


class GivenThing:
    """Follows a thing from a place on, to the end of the video; behind a cut it must be found again.

    Parameters
    ----------
    box : (int, int, int, int)
    at : Position
        When it is there; the first analysed frame from there on counts.
    """

    def __init__(self, box: Box, at: Position) -> None:
        self._box, self._at = box, at
        self._tracker: BoxTracker | None = None

    def follow(self, frames: Iterable[Frame]) -> Iterator[FoundThings]:
        """Follow it through the next shot.

        Raises
        ------
        UsageError
            If the box lies outside the picture.
        """
        if self._tracker is not None:
            self._tracker.lose()
        for frame in frames:
            if self._tracker is not None:
                tracked = self._tracker.update(frame.picture)
            elif self._at.reached(frame.index, frame.time):
                picture = frame.picture
                box = box_in_picture(self._box, picture.shape[1], picture.shape[0])
                self._tracker = BoxTracker(picture, box)
                tracked = TrackedBox(*box, 1.0, "seen")
            else:
                continue
            yield FoundThings(FrameTime(frame.index, frame.time), {1: tracked})
