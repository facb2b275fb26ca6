"""Following the things of a shot that are attended to most."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy import ndarray

from vkeyframe.analysis.gaze import SIDE_PX, gaze_map
from vkeyframe.analysis.heads import shrink
from vkeyframe.analysis.motion import TUNING as MOTION
from vkeyframe.analysis.motion import own_motion
from vkeyframe.analysis.regions import find_regions
from vkeyframe.opencv import cv2
from vkeyframe.tracking.box_tracker import BoxTracker, TrackedBox
from vkeyframe.tracking.found import FoundThings
from vkeyframe.video.frame import Frame, FrameTime


@dataclass(frozen=True, slots=True)
class AttendedTuning:
    """Where the things of a shot are looked for; set by eye.

    Attributes
    ----------
    longest_side : int
        Pixels along the longer side of the pictures in which things are followed.
    first_seconds, most_frames : float, int
        The beginning of a shot, from which the frame is chosen in which things are looked for. Its pictures are kept, so that
        things can be followed backwards from there.
    looks : int
        Frames of the beginning that are looked at; each costs some 40 ms.
    motion_seconds : float
        About how far apart two frames are that show what moves. At 0.12 the first box hits five objects of ten of DAVIS, now
        seven.
    smallest_px, largest_share : int, float
        A thing is that large at least, and covers not more of the picture.
    moving, tight : float
        Where something in a region moves as clearly as `moving`, of 1, the thing is what moves at least `tight` times as clearly
        as the clearest.
    least_part : float
        Share of the region that this covers at least; less is a part of the thing.
    overlap : float
        A box of which so much lies in one that is attended to more is the same thing.
    """

    longest_side: int = 640
    first_seconds: float = 2.0
    most_frames: int = 60
    looks: int = 5
    motion_seconds: float = 0.04
    smallest_px: int = 8
    largest_share: float = 0.6
    moving: float = 0.7
    tight: float = 0.4
    least_part: float = 0.2
    overlap: float = 0.4


TUNING = AttendedTuning()
_Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class _Seen:
    """A frame of a shot's beginning."""

    at: FrameTime
    picture: ndarray
    luma: ndarray


def follow_attended(frames: Iterable[Frame], lasting: ndarray | None = None) -> Iterator[FoundThings]:
    """Find the most attended things near the beginning of a shot, at most three, and follow them to its start and its end.

    Parameters
    ----------
    frames : iterable of Frame
        Of one shot.
    lasting : (h, w) float32, 0 to 1, optional
        What lies over all of the video, such as a logo, as `OverlayFinder` tells it; it is no thing to follow.

    Yields
    ------
    FoundThings
        For each frame, in order of time; without boxes where there is nothing to be seen.
    """
    coming, scale = iter(frames), 1.0
    beginning: list[_Seen] = []
    for frame in coming:
        picture, scale = _reduced(frame.picture)
        beginning.append(_Seen(FrameTime(frame.index, frame.time), picture, _luma(picture)))
        lasts = frame.time - beginning[0].at.time
        if lasts >= TUNING.first_seconds or len(beginning) >= TUNING.most_frames:
            break
    if not beginning:
        return
    place, boxes = _best_frame(beginning, lasting)
    trackers, tracks = _follow_beginning(beginning, place, boxes)
    for number, seen in enumerate(beginning):
        yield FoundThings(seen.at, {k + 1: _enlarged(track[number], scale) for k, track in enumerate(tracks)})
    beginning.clear()
    for frame in coming:
        picture, scale = _reduced(frame.picture)
        found = {k + 1: _enlarged(tracker.update(picture), scale) for k, tracker in enumerate(trackers)}
        yield FoundThings(FrameTime(frame.index, frame.time), found)


def _follow_beginning(
    beginning: Sequence[_Seen], place: int, boxes: Sequence[_Box]
) -> tuple[list[BoxTracker], list[list[TrackedBox]]]:
    """Follow things from one frame of the beginning to all others; return those trackers that are at its end as well."""
    trackers, tracks = [], []
    for box in boxes:
        forward, backward = (BoxTracker(beginning[place].picture, box) for _ in range(2))
        track = deque([TrackedBox(*box, 1.0, "seen")])
        track.extendleft(backward.update(seen.picture) for seen in reversed(beginning[:place]))
        track.extend(forward.update(seen.picture) for seen in beginning[place + 1 :])
        trackers.append(forward)
        tracks.append(list(track))
    return trackers, tracks


def _best_frame(beginning: Sequence[_Seen], lasting: ndarray | None) -> tuple[int, list[_Box]]:
    """Find the frame whose first thing draws the most attention to the smallest part, and the things in it."""
    count = len(beginning)
    looks = min(TUNING.looks, count)
    # Not the very first frame, in which nothing is seen to move.
    places = sorted({min(count - 1, (step + 1) * count // (looks + 1)) for step in range(looks)})
    best: tuple[float, int, list[_Box]] = (-1.0, places[0], [])
    for place in places:
        weight, boxes = _things_in(beginning, place, lasting)
        if weight > best[0]:
            best = weight, place, boxes
    return best[1], best[2]


def _things_in(beginning: Sequence[_Seen], place: int, lasting: ndarray | None) -> tuple[float, list[_Box]]:
    """Find the things in a frame, most attended first, and how much attention the first one draws for its size."""
    seen = beginning[place]
    before = [one for one in beginning[:place] if seen.at.time - one.at.time >= TUNING.motion_seconds - 1e-6]
    earlier = before[-1:] or list(beginning[max(0, place - 1) : place])
    motion = own_motion(earlier[0].luma, seen.luma) if earlier else None
    height, width = seen.picture.shape[:2]
    boxes: list[_Box] = []
    first = 0.0
    for region in find_regions(gaze_map(shrink(seen.picture, SIDE_PX), motion, lasting).map, width, height):
        x, y, across, upright = box = region.box if motion is None else _tightened(region.box, motion, width, height)
        share = across * upright / (width * height)
        if min(across, upright) < TUNING.smallest_px or share > TUNING.largest_share or _lies_in(box, boxes):
            continue
        first = first or region.weight / max(share, 1e-6) ** 0.5
        boxes.append((float(x), float(y), float(across), float(upright)))
    return first, boxes


def _tightened(region: tuple[int, int, int, int], motion: ndarray, width: int, height: int) -> tuple[int, int, int, int]:
    """Return the box around what moves in a region; the region itself where nothing moves clearly, or only a small part."""
    left, top, across, upright = region
    part = cv2.resize(motion, (width, height))[top : top + upright, left : left + across]
    if part.max() < TUNING.moving:
        return region
    _, _, pieces, _ = cv2.connectedComponentsWithStats((part > TUNING.tight * part.max()).astype(np.uint8))
    x, y, w, h, _ = (int(value) for value in max(pieces[1:], key=lambda piece: int(piece[cv2.CC_STAT_AREA])))
    return (left + x, top + y, w, h) if w * h >= TUNING.least_part * across * upright else region


def _lies_in(box: tuple[int, int, int, int], others: Sequence[_Box]) -> bool:
    for other in others:
        across = min(box[0] + box[2], other[0] + other[2]) - max(box[0], other[0])
        upright = min(box[1] + box[3], other[1] + other[3]) - max(box[1], other[1])
        if max(0.0, across) * max(0.0, upright) > TUNING.overlap * box[2] * box[3]:
            return True
    return False


def _luma(picture: ndarray) -> ndarray:
    """Return the luma in which motion is looked for; finer than that of the analysis, which is made larger for it."""
    return np.asarray(cv2.resize(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), MOTION.size, interpolation=cv2.INTER_AREA))


def _reduced(picture: ndarray) -> tuple[ndarray, float]:
    """Make a picture as small as things are followed in it; return by how much what is found must be enlarged."""
    if max(picture.shape) <= TUNING.longest_side:
        return picture, 1.0
    small = shrink(picture, TUNING.longest_side)
    return small, max(picture.shape) / max(small.shape)


def _enlarged(box: TrackedBox, scale: float) -> TrackedBox:
    return replace(box, x=box.x * scale, y=box.y * scale, width=box.width * scale, height=box.height * scale)
