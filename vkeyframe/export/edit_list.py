"""Shots as events on the timeline of an editing program, in whole frames of an exact rate."""

from __future__ import annotations

import os
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path, PurePath

from vkeyframe.report.records import Shot, Transition
from vkeyframe.report.shot_list import ShotList
from vkeyframe.report.video_info import VideoInfo
from vkeyframe.timecode import Timecode, editing_rate, exact_rate


@dataclass(frozen=True, slots=True)
class Event:
    """A shot on the timeline; frames are counted from the first frame of the video.

    Attributes
    ----------
    index : int
        Number of the shot, 0-based.
    start, stop : int
        Its first frame, and the first one behind it.
    transition : str
        How it begins: ``start``, ``cut``, ``dissolve``, ``fade`` or ``wipe``.
    before, after : int
        How many frames of the transition lie before `start`, and how many from there on; both 0 for a cut.
    """

    index: int
    start: int
    stop: int
    transition: str
    before: int = 0
    after: int = 0

    @property
    def length(self) -> int:
        """Number of frames."""
        return self.stop - self.start

    @property
    def mixed(self) -> int:
        """Number of frames that show both shots, or what lies between them."""
        return self.before + self.after


@dataclass(frozen=True, slots=True)
class EditList:
    """The shots of one video as an editing program sees them.

    Attributes
    ----------
    name, path : str
        File name of the video, and its path or URL.
    rate : Fraction
        Frames a second.
    start : Timecode
        That of the video's first frame.
    width, height : int
        In pixels.
    length : int
        Number of frames of the video.
    events : tuple of Event
        The shots in order of time, without gaps.
    """

    name: str
    path: str
    rate: Fraction
    start: Timecode
    width: int
    height: int
    length: int
    events: tuple[Event, ...]


def edit_list(found: ShotList) -> EditList:
    """Put shots on a timeline.

    With a constant rate the frames are those of the video. Where the rate varies, or is one that no editing program knows, the
    timeline has the next usual rate above, and a shot begins at the frame that is nearest to its time.
    """
    video = found.video
    rate = timeline_rate(video)
    transitions = {each.shot: each for each in found.transitions}
    events: list[Event] = []
    starts = _starts(found.shots, rate)
    for shot, (first, stop) in zip(found.shots, pairwise(starts), strict=True):
        room = events[-1].length - events[-1].after if events else 0
        before, after = _mixed(transitions.get(shot.index), first, rate)
        events.append(Event(shot.index, first, stop, shot.transition, min(before, room), min(after, stop - first)))
    length = max(starts[-1], _frame(video.duration, rate))
    start = start_timecode(video, rate)
    return EditList(_plain(video.name), video.path, rate, start, video.width, video.height, length, tuple(events))


def timeline_rate(video: VideoInfo) -> Fraction:
    """Return the rate of a timeline that holds the video."""
    return editing_rate(exact_rate(video.fps) if video.rate is None else Fraction(video.rate))


def start_timecode(video: VideoInfo, rate: Fraction) -> Timecode:
    """Return the timecode of the first frame; 00:00:00:00 where the video has none, or none that fits its rate."""
    try:
        return Timecode.parse(video.start_timecode or "00:00:00:00", rate)
    except ValueError:
        return Timecode(0, rate)


def media_url(path: str) -> str:
    """Return the URL of a video, for programs that open it; a path that is not absolute begins where the user works."""
    return path if "://" in path else Path(os.path.abspath(path)).as_uri()  # noqa: PTH100  links stay as they are


def stem(name: str) -> str:
    """Return the name of a video without its suffix."""
    return PurePath(name).stem or name


def _frame(time: float, rate: Fraction) -> int:
    """Return the frame nearest to a time in seconds; times have six digits, and more would be noise."""
    return round(Fraction(f"{time:.6f}") * rate)


def _starts(shots: tuple[Shot, ...], rate: Fraction) -> list[int]:
    """Give the first frame of each shot, and the first one behind the last; each shot has one frame at least."""
    last = shots[-1]
    end = last.end_time + float(1 / rate) if last.end_time_exclusive is None else last.end_time_exclusive
    starts: list[int] = []
    for time in [*(shot.start_time for shot in shots), end]:
        starts.append(max(_frame(time, rate), starts[-1] + 1 if starts else 0))
    return starts


def _mixed(transition: Transition | None, start: int, rate: Fraction) -> tuple[int, int]:
    """Return how many frames of a transition lie before a frame, and from it on."""
    if transition is None or transition.kind == "cut":
        return 0, 0
    first, stop = _frame(transition.from_time, rate) + 1, _frame(transition.to_time, rate)
    return max(0, start - first), max(0, stop - start)


def _plain(name: str) -> str:
    """Return a name on one line, without what no XML may hold."""
    return "".join(c if c.isprintable() else " " if c.isspace() else "?" for c in name)
