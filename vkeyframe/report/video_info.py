"""The record of a video file."""

from __future__ import annotations

from dataclasses import dataclass

from vkeyframe.report.colour import Colour
from vkeyframe.report.describe import about
from vkeyframe.timecode import TIMECODE_PATTERN

EARLIER = "null only in a report of an earlier version."


@dataclass(frozen=True, slots=True)
class VideoInfo:
    """What is known of the video file."""

    path: str = about("Path or URL of the video as the user gave it; 'stdin' for standard input.")
    name: str = about("File name of the video, the last part of its path.")
    width: int = about("Width in pixels of the picture as displayed: after rotation, with square pixels.", minimum=1)
    height: int = about("Height in pixels of the picture as displayed: after rotation, with square pixels.", minimum=1)
    fps: float = about("Frames per second: the header's rate, or the measured one where the header's cannot be true.", above=0)
    duration: float = about(
        "Length in seconds: from the first frame to the end of the last one where all was decoded, else as the header says.",
        minimum=0,
    )
    codec: str = about("Short name of the video codec, such as 'h264' or 'avc1'; 'unknown' where the file does not say.")
    rotation: int = about("Degrees by which the stored picture is turned clockwise to be displayed.", choices=(0, 90, 180, 270))
    sample_aspect_ratio: float = about(
        "Width of a stored pixel divided by its height, in the picture as displayed; 1 for square pixels.", above=0
    )
    size_bytes: int = about("Size of the file in bytes.", minimum=0)
    declared_frames: int = about(
        "Number of frames that the header claims; 0 where it is not known, as in a report that was read from a file.",
        default=0,
        in_json=False,
        minimum=0,
    )
    rate: str | None = about(
        "The same rate as 'fps' as an exact fraction, such as 24000/1001; where the rate varies, the average. " + EARLIER,
        default=None,
        pattern=r"^[1-9]\d*/[1-9]\d*$",
    )
    crop: tuple[int, int, int, int] | None = about(
        "Left edge, top edge, width and height in pixels of the part of the picture that was looked at; pictures and boxes are "
        "of that part alone. null where it was all of the picture.",
        default=None,
        items=({"minimum": 0}, {"minimum": 0}, {"minimum": 1}, {"minimum": 1}),
    )
    start_timecode: str | None = about(
        "SMPTE timecode of the first frame as the file has it in a timecode track or a tag, such as 01:00:00:00, with a "
        "semicolon before the frames where numbers are dropped; null where the file has none.",
        default=None,
        pattern=TIMECODE_PATTERN,
    )
    colour: Colour | None = about("What is known of its colours; null where nothing is. " + EARLIER, default=None)
    make: str | None = about("Maker of the camera, as the file names it; null where it does not.", default=None)
    model: str | None = about("Model of the camera, as the file names it; null where it does not.", default=None)
    created: str | None = about(
        "When the recording began, as ISO 8601 with an offset from UTC; +00:00 where the file has the time in UTC only, "
        "null where it has none that can be true.",
        default=None,
    )
