"""The tracks of a video, gathered shot by shot."""

from __future__ import annotations

from pathlib import Path
from shutil import rmtree

from vkeyframe.analysis.sample import ShotSpan
from vkeyframe.report.tracks import Track, TrackBox
from vkeyframe.tracking.files import MASKS_NAME, mask_path, write_mask
from vkeyframe.tracking.found import FoundThings


class CollectedTracks:
    """Gives the things of all shots their numbers, and writes their masks.

    Parameters
    ----------
    folder : Path or None
        Takes the masks; what an attempt before has left there is removed.
    goes_on : bool
        Whether a thing that is found in a later shot is the same one.
    """

    def __init__(self, folder: Path | None, goes_on: bool) -> None:
        self._folder, self._goes_on = folder, goes_on
        self._boxes: dict[int, list[TrackBox]] = {}
        self._shots: dict[int, int] = {}
        self._offset = 0
        if folder is not None:
            rmtree(folder / MASKS_NAME, ignore_errors=True)

    def add(self, shot: ShotSpan, found: FoundThings) -> None:
        """Add what was found in the next frame, which is one of this shot."""
        for number, box in found.boxes.items():
            track = number + self._offset
            x, y, width, height = (round(value, 2) for value in (box.x, box.y, box.width, box.height))
            self._shots.setdefault(track, shot.index)
            boxes = self._boxes.setdefault(track, [])
            boxes.append(TrackBox(found.at.index, round(found.at.time, 6), x, y, width, height, round(box.score, 4), box.state))
        if found.labels is not None and self._folder is not None:
            write_mask(mask_path(self._folder, found.at.index), found.labels, self._offset)

    def end_shot(self) -> None:
        """Let the next shot have things of its own."""
        if not self._goes_on:
            self._offset = max(self._boxes, default=0)

    def tracks(self) -> tuple[Track, ...]:
        """Return all tracks, in order of their numbers."""
        return tuple(
            Track(number, self._shots[number], boxes[0].frame, boxes[-1].frame, boxes[0].time, boxes[-1].time, tuple(boxes))
            for number, boxes in sorted(self._boxes.items())
        )
