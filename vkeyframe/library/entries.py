"""What a video or a picture gives to a library, and what a library tells of it.

It needs no OpenCV, so that a process that leaves the decoding to a child need not load it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy import ndarray

# As in `library.views`, which makes them: a whole picture and five parts of it, bytes of each, and the picture very small.
VIEWS, VIEW_SIZE, SMALL_SHAPE = 6, 147, (18, 32, 3)
VIDEO, PICTURE = "video", "picture"


@dataclass(frozen=True, slots=True)
class ShotEntry:
    """A shot: the frames between two transitions.

    Attributes
    ----------
    number : int
        0-based, in order of time.
    start_time, end_time : float
        In seconds; the end is that of the last frame.
    start_frame, end_frame : int
        The last one is part of it.
    """

    number: int
    start_time: float
    end_time: float
    start_frame: int
    end_frame: int


@dataclass(frozen=True, slots=True)
class KeyframeEntry:
    """A keyframe.

    Attributes
    ----------
    number : int
        0-based, in order of time.
    frame : int
        0-based number of the frame in the video.
    time : float
        In seconds.
    shot : int
        Number of its shot.
    thumbnail : bytes
        A JPEG file, no side longer than 240 px.
    small : bytes
        (18, 32, 3) uint8, as `pack_views` gives it.
    views : bytes
        (6, 147) int8, likewise.
    """

    number: int
    frame: int
    time: float
    shot: int
    thumbnail: bytes
    small: bytes
    views: bytes


@dataclass(frozen=True, slots=True, eq=False)
class Moments:
    """How a video looks from moment to moment, about four a second.

    Attributes
    ----------
    times : (n,) float32
        In seconds, rising.
    descriptors : (n, 147) int8
        Of the whole picture without its letter-box, as `pack` gives them.
    """

    times: ndarray
    descriptors: ndarray

    @classmethod
    def none(cls) -> Moments:
        """Return those of a picture: there are none."""
        return cls(np.empty(0, np.float32), np.empty((0, VIEW_SIZE), np.int8))


@dataclass(frozen=True, slots=True)
class Line:
    """What is said or written in a video between two times in seconds."""

    start_time: float
    end_time: float
    text: str


@dataclass(frozen=True, slots=True, eq=False)
class ModelVectors:
    """What a user's model makes of the keyframes: its name, and (keyframes, d) float16, in their order."""

    model: str
    vectors: ndarray


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """All that a library keeps of one file.

    Attributes
    ----------
    path : str
        Absolute, or a URL.
    kind : str
        ``video`` or ``picture``, which has one keyframe at time 0.
    size, mtime_ns : int
        Of the file, in bytes and in nanoseconds since 1970; 0 where they are not known.
    settings : str
        The same for the same version and settings, as far as they bear on the entry.
    width, height : int
        Of the picture as displayed, in pixels.
    duration : float
        In seconds.
    rate : str or None
        Frames a second.
    complete : bool
        Whether all of the file could be read.
    shots : tuple of ShotEntry
    keyframes : tuple of KeyframeEntry
    moments : Moments
    lines : tuple of Line
    vectors : tuple of ModelVectors
    """

    path: str
    kind: str
    size: int
    mtime_ns: int
    settings: str
    width: int
    height: int
    duration: float
    rate: str | None
    complete: bool
    shots: tuple[ShotEntry, ...]
    keyframes: tuple[KeyframeEntry, ...]
    moments: Moments
    lines: tuple[Line, ...] = ()
    vectors: tuple[ModelVectors, ...] = ()


@dataclass(frozen=True, slots=True)
class VideoRow:
    """A video or picture of a library; see `Entry`."""

    id: int
    path: str
    kind: str
    size: int
    mtime_ns: int
    settings: str
    width: int
    height: int
    duration: float
    rate: str | None
    complete: bool
    indexed_at: str
    keyframes: int


@dataclass(frozen=True, slots=True)
class KeyframeRow:
    """A keyframe of a library, with the path and the kind of its file; see `KeyframeEntry`."""

    id: int
    video: int
    path: str
    kind: str
    number: int
    frame: int
    time: float
    shot: int


@dataclass(frozen=True, slots=True)
class LineRow:
    """A line that has the words that were looked for; in `snippet` these stand in brackets."""

    video: int
    path: str
    start_time: float
    end_time: float
    text: str
    snippet: str
