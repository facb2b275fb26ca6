"""What is known of a picture that is written."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from importlib.metadata import version

from vkeyframe.report.location import Location
from vkeyframe.report.matches import Match
from vkeyframe.report.records import Keyframe
from vkeyframe.report.video_info import VideoInfo

LONGEST_NAME = 250


@dataclass(frozen=True, slots=True)
class PictureFacts:
    """What is written into a picture.

    Attributes
    ----------
    software : str
        Name and version of the program.
    source : str
        File name of the video, never its path, which may name people.
    time : float or None
        Seconds from the first frame of the video; None for a picture of several frames, as `timecode` and `frame`.
    timecode : str or None
    frame : int or None
    shot, rank : int or None
        As in `Keyframe`; None where no shots were looked for.
    make, model : str or None
        Of the camera.
    taken : datetime or None
        When the frame was recorded, with the offset from UTC.
    location : Location or None
    """

    software: str
    source: str
    time: float | None = None
    timecode: str | None = None
    frame: int | None = None
    shot: int | None = None
    rank: int | None = None
    make: str | None = None
    model: str | None = None
    taken: datetime | None = None
    location: Location | None = None

    @property
    def description(self) -> str:
        """The same as a sentence."""
        if self.frame is None:
            return f"Keyframes of {self.source}"
        choice = "" if self.shot is None else f", shot {self.shot}, rank {self.rank}"
        return f"Frame {self.frame} of {self.source} at {self.timecode}{choice}"


@cache
def software_name() -> str:
    """Return name and version of this program."""
    return f"vkeyframe {version('vkeyframe')}"


def frame_facts(video: VideoInfo, frame: Keyframe | Match, rank: int, location: Location | None) -> PictureFacts:
    """Collect what is known of a frame of a video.

    Parameters
    ----------
    video : VideoInfo
    frame : Keyframe or Match
    rank : int
        Among the frames that are written, from 1.
    location : Location or None
        Where it was filmed.
    """
    return PictureFacts(
        software=software_name(),
        source=plain_name(video.name),
        time=frame.time,
        timecode=frame.timecode,
        frame=frame.frame,
        shot=frame.shot,
        rank=rank,
        make=video.make,
        model=video.model,
        taken=time_taken(video.created, frame.time),
        location=location,
    )


def plain_name(name: str) -> str:
    """Return a video's file name as text that can be written: without control characters, and not too long."""
    name = name.encode("utf-8", "replace").decode()
    return "".join(letter if letter.isprintable() else "_" for letter in name)[:LONGEST_NAME]


def time_taken(created: str | None, time: float) -> datetime | None:
    """Add the time of a frame to the time at which the recording began; None where that is not known."""
    try:
        return None if created is None else datetime.fromisoformat(created) + timedelta(seconds=time)
    except (ValueError, OverflowError):
        return None
