"""The records of things followed through a video; they need no NumPy, as those of a report."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from vkeyframe.errors import ReportError
from vkeyframe.process.wire import to_record
from vkeyframe.report.records import Decoding

TRACKS_SCHEMA = "vkeyframe.tracks/1"


@dataclass(frozen=True, slots=True)
class TrackBox:
    """Where a thing is in a frame.

    Attributes
    ----------
    frame : int
        0-based, in display order.
    time : float
        In seconds from the first frame.
    x, y, width, height : float
        Left and top edge and size in pixels; of a lost thing where it was seen last. It may reach beyond the picture.
    score : float
        How well it answers to what is known of it, 0 to 1; 1 where it comes from a mask.
    state : str
        ``seen`` or ``lost``.
    """

    frame: int
    time: float
    x: float
    y: float
    width: float
    height: float
    score: float
    state: str


@dataclass(frozen=True, slots=True)
class Track:
    """A thing, and where it is in each analysed frame from its first to its last.

    Attributes
    ----------
    track : int
        Its number, from 1, which no other thing of the video has; within a shot the most attended thing has the lowest.
    shot : int
        0-based index of the shot in which it begins.
    start_frame, end_frame : int
        Its first and its last frame.
    start_time, end_time : float
        In seconds.
    boxes : tuple of TrackBox
        In order of time.
    """

    track: int
    shot: int
    start_frame: int
    end_frame: int
    start_time: float
    end_time: float
    boxes: tuple[TrackBox, ...]


@dataclass(frozen=True, slots=True)
class Tracks:
    """The things of a video, in order of their numbers.

    Attributes
    ----------
    video : str
    width, height : int
        Of the pictures, in pixels.
    fps : float
    decoding : Decoding
        How the video was read, with a sentence for all that went wrong.
    tracks : tuple of Track
    files : tuple of str
        Names of all files and folders in the output folder; empty where nothing was written.
    """

    video: str
    width: int
    height: int
    fps: float
    decoding: Decoding
    tracks: tuple[Track, ...]
    files: tuple[str, ...] = ()


def tracks_to_json(tracks: Tracks) -> str:
    """Write tracks as JSON; no NaN, keys in a fixed order."""
    # Bytes in a name that are no text cannot be held by JSON.
    named = replace(tracks, video=os.fsencode(tracks.video).decode("utf-8", "replace"))
    return json.dumps({"schema": TRACKS_SCHEMA, **asdict(named)}, indent=1, ensure_ascii=False, allow_nan=False)


def load_tracks(data: bytes) -> Tracks:
    """Read tracks that were written as JSON.

    Raises
    ------
    ReportError
        If it is none of ours.
    """
    try:
        plain = json.loads(data)
        if not isinstance(plain, Mapping) or plain.get("schema") != TRACKS_SCHEMA:
            raise ReportError(f"there is no {TRACKS_SCHEMA} in it.")
        values: dict[str, Any] = {name: value for name, value in plain.items() if name != "schema"}
        tracks: Tracks = to_record(Tracks, values)
    except (ValueError, RecursionError) as error:
        raise ReportError(f"it holds no tracks ({error}).") from None
    return tracks
