"""The records of a report: what is known of a video, its shots and its keyframes.

They need no NumPy, so that a process which only reads reports stays small.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from vkeyframe.report.describe import about
from vkeyframe.report.living import Living, Pictured
from vkeyframe.report.location import Location
from vkeyframe.report.video_info import EARLIER as _EARLIER
from vkeyframe.report.video_info import VideoInfo

# Components of a path without . and .., so that no name in a report leads out of its folder.
FILE_NAME = r"^(?!\.{1,2}(/|$))[^/\\\x00]+(/(?!\.{1,2}(/|$))[^/\\\x00]+)*$"
# What draws the eye.
HEADS = ("texture", "shape", "text", "skin", "face", "motion")
_SHARE: dict[str, Any] = {"minimum": 0, "maximum": 1}


@dataclass(frozen=True, slots=True)
class Generator:
    """The program that wrote the report."""

    name: str = about("Name of the program that wrote the report.")
    version: str = about("Version of that program.")


@dataclass(frozen=True, slots=True)
class Region:
    """A part of a keyframe that stands out from the rest of the picture; the boxes of two regions do not overlap."""

    box: tuple[int, int, int, int] = about(
        "Left edge, top edge, width and height in pixels of the keyframe's picture; the origin is its top left corner.",
        items=({"minimum": 0}, {"minimum": 0}, {"minimum": 1}, {"minimum": 1}),
    )
    weight: float = about("Share of the picture's attention that lies in this region, 0 to 1.", **_SHARE)
    cause: str | None = about(
        f"The head that draws most of the attention there; {_EARLIER}",
        default=None,
        choices=(*HEADS, None),
    )
    relative: tuple[float, float, float, float] | None = about(
        f"The box as shares of the picture's width and height, 0 to 1; {_EARLIER}", default=None, items=(_SHARE,) * 4
    )


@dataclass(frozen=True, slots=True)
class Shot:
    """The frames between two transitions; a frame inside a gradual transition belongs to the nearer shot."""

    index: int = about("0-based number of the shot, in order of time.", minimum=0)
    start_frame: int = about("First frame of the shot, 0-based in display order.", minimum=0)
    end_frame: int = about("Last frame of the shot, inclusive.", minimum=0)
    start_time: float = about("Presentation time of the first frame, in seconds from the first frame of the video.", minimum=0)
    end_time: float = about("Presentation time of the last frame, in seconds; the frame is shown a little longer.", minimum=0)
    transition: str = about(
        "How the shot begins; 'start' for the first shot of the video.", choices=("start", "cut", "dissolve", "fade", "wipe")
    )
    attention: float = about(
        "Share of the video's attention that the shot gets, 0 to 1; all shots together have 1. "
        "A shot that is long, or whose content resembles that of many other shots, gets more.",
        **_SHARE,
    )
    end_frame_exclusive: int | None = about(
        f"First frame behind the shot, as an editor wants it; {_EARLIER}", default=None, minimum=1
    )
    end_time_exclusive: float | None = about(
        "Time in seconds at which the last frame is no longer shown, so that of the next shot's first frame or the video's end; "
        + _EARLIER,
        default=None,
        minimum=0,
    )
    length_frames: int | None = about(f"Number of frames of the shot; {_EARLIER}", default=None, minimum=1)
    length_seconds: float | None = about(
        f"For how many seconds the shot is shown, its last frame included; {_EARLIER}", default=None, minimum=0
    )
    text: str | None = about(
        "What is said in the shot, one line of dialogue a row; null unless it was asked for, as with --words.", default=None
    )


@dataclass(frozen=True, slots=True)
class Transition:
    """What lies between two shots."""

    kind: str = about("What it is.", choices=("cut", "dissolve", "fade", "wipe"))
    shot: int = about("Index of the shot that begins with it.", minimum=1)
    from_frame: int = about("Last frame that shows the old shot alone, 0-based in display order.", minimum=0)
    to_frame: int = about("First frame that shows the new shot alone; with a cut the one behind 'from_frame'.", minimum=0)
    from_time: float = about("Presentation time of 'from_frame', in seconds from the first frame of the video.", minimum=0)
    to_time: float = about("Presentation time of 'to_frame', in seconds.", minimum=0)


@dataclass(frozen=True, slots=True)
class Scores:
    """The four values, each 0 to 1, from which a keyframe's score is made."""

    coverage: float = about(
        "How much of the video's content this keyframe adds to the keyframes of a better rank, "
        "as a share of what the keyframe that adds most adds.",
        **_SHARE,
    )
    attention: float = about(
        "Share of its shot's attention that the keyframe gets, 0 to 1; all candidates of a shot together have 1. "
        "It is high where much of the shot looks like this frame.",
        **_SHARE,
    )
    sharpness: float = about("Sharpness as a share of the sharpest candidate of the same shot.", **_SHARE)
    exposure: float = about(
        "Share of the picture that is neither nearly black nor burnt out (luma 16 to 239), "
        "lowered where its contrast is low (luma's standard deviation below 24).",
        **_SHARE,
    )


@dataclass(frozen=True, slots=True)
class Heads:
    """What makes parts of the picture stand out: the share, 0 to 1, of each kind; together 1, equal where nothing does."""

    texture: float = about("Share of fine detail, such as corners.", default=0.0, **_SHARE)
    shape: float = about("Share of closed shapes that differ from their ground in colour or brightness.", default=0.0, **_SHARE)
    text: float = about("Share of what looks like lines of text.", default=0.0, **_SHARE)
    skin: float = about("Share of colours with the hue of skin.", default=0.0, **_SHARE)
    face: float = about("Share of faces that look ahead.", default=0.0, **_SHARE)
    motion: float = about(
        "Share of motion since the analysed frame before that the camera's own motion does not explain; "
        "0 where there is none, or no such frame in the shot.",
        default=0.0,
        **_SHARE,
    )
    sound: float | None = about(
        "How far sound and picture change together where the keyframe is or shortly before, 0 to 1; "
        "no share of the picture, so it is not among those that make 1. Only there with --audio.",
        default=None,
        optional=True,
        **_SHARE,
    )


@dataclass(frozen=True, slots=True, repr=False)
class Keyframe(Pictured):
    """A frame that was chosen to stand for a part of the video."""

    index: int = about("0-based number of the keyframe, in order of time.", minimum=0)
    frame: int = about("0-based number of the frame in the video, in display order.", minimum=0)
    frame_exact: bool = about(
        "Whether the frame number is exact; false where frames were skipped before decoding and it is estimated from the time."
    )
    time: float = about("Presentation time in seconds from the first frame of the video.", minimum=0)
    timecode: str = about(
        "The same time as hours, minutes, seconds and milliseconds.", pattern=r"^\d{2,}:[0-5]\d:[0-5]\d\.\d{3}$"
    )
    shot: int = about("Index of the shot that the keyframe belongs to.", minimum=0)
    rank: int = about("Place in the order of importance; if only one keyframe is kept, keep the one with rank 1.", minimum=1)
    score: float = about("How good the keyframe is, 0 to 1: the mean of the four values in 'scores'.", **_SHARE)
    scores: Scores = about("The four values from which the score is made.")
    heads: Heads = about(
        "What made parts of the picture stand out: the share of each kind of thing that people look at. "
        "Reports of older versions have 'luminance' and 'colour' instead of 'shape', 'text', 'skin' and 'face'."
    )
    regions: tuple[Region, ...] = about(
        "Up to three parts of the picture that people look at most, the heaviest first; "
        "what lies over the whole video unchanged, such as a logo, is not among them."
    )
    file: str | None = about(
        "Path of the picture's file from the report's folder on, with '/'; null where no picture was written.",
        pattern=FILE_NAME,
    )
    width: int = about("Width of the picture in pixels.", minimum=1)
    height: int = about("Height of the picture in pixels.", minimum=1)
    span_start_frame: int | None = about(
        "First of the frames that the keyframe stands for: those of its shot that are nearer to it than to the shot's other "
        f"keyframes; {_EARLIER}",
        default=None,
        minimum=0,
    )
    span_end_frame_exclusive: int | None = about(f"First frame behind these frames; {_EARLIER}", default=None, minimum=1)
    span_start_time: float | None = about(f"Time of the first of these frames in seconds; {_EARLIER}", default=None, minimum=0)
    span_end_time_exclusive: float | None = about(
        f"Time in seconds at which the last of these frames is no longer shown; {_EARLIER}", default=None, minimum=0
    )
    attention_map: str | None = about(
        "Where in the picture people look: a grey PNG in Base64 with square cells, white where attention is highest; null unless "
        "it was asked for.",
        default=None,
        pattern=r"^[A-Za-z0-9+/]+=*$",
    )
    location: Location | None = about(
        "Where the camera was; null unless it was asked for with --with-location and is known.", default=None
    )
    text: str | None = about(
        "What is said in the time that the keyframe stands for, with --keep lines the lines that it was chosen for, one a row; "
        "null unless it was asked for, as with --words.",
        default=None,
    )


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a candidate, and why."""

    frame: int = about("0-based number of the candidate's frame in the video.", minimum=0)
    time: float = about("Presentation time of the frame in seconds.", minimum=0)
    shot: int = about("Index of the shot that the candidate belongs to.", minimum=0)
    kept: bool = about("Whether the candidate became a keyframe.")
    reason: str = about("Why it became a keyframe, or why not, in words.")


@dataclass(frozen=True, slots=True)
class Decoding:
    """What the decoder did; frames on which no other depends may be left out on purpose and then are not counted."""

    mode: str = about(
        "Which frames were decoded and analysed, as the option --decode; 'sampled' also where 'codec' had too few frames.",
        choices=("sampled", "every", "skim", "codec"),
    )
    declared_frames: int = about("Number of frames that the header of the file claims, which can be wrong.", minimum=0)
    decoded_frames: int = about("Number of frames that were decoded.", minimum=0)
    analysed_frames: int = about("Number of frames that were analysed.", minimum=0)
    damaged_frames: int = about("How often the decoder failed on a frame.", minimum=0)
    complete: bool = about("Whether all that the header promises could be read, without damage.")
    warnings: tuple[str, ...] = about("What the user should know of the decoding and the selection, one sentence each.")


@dataclass(frozen=True, slots=True)
class Run:
    """How the work went; only these values may differ between two runs on the same input."""

    seconds: float = about("How long the work took, in seconds.", minimum=0)
    frames_per_second: float = about("Decoded frames per second of work.", minimum=0)
    threads: int = about("Number of decoder threads asked for; 0 means two for each core.", minimum=0)
    decoder_messages: int = about(
        "Number of lines that FFmpeg and OpenCV wrote about the video; the option -v shows them.", default=0, minimum=0
    )
    fingerprint: str | None = about(
        "In a batch, a text that stays the same for the same settings and an unchanged video; else null.", default=None
    )


@dataclass(frozen=True, slots=True, repr=False)
class Report(Living):
    """All that is known of a video."""

    generator: Generator = about("The program that wrote the report.")
    video: VideoInfo = about("What is known of the video file.")
    decoding: Decoding = about("What the decoder did.")
    settings: Mapping[str, Any] = about(
        "The options that bear on the result, with their values. "
        "Other versions of the program have other options, so no option is certain to be here."
    )
    shots: tuple[Shot, ...] = about("All shots, in order of time.", min_items=1)
    keyframes: tuple[Keyframe, ...] = about("The keyframes, in order of time.", min_items=1)
    sections: Mapping[str, Any] = about(
        "What each analyser found, under the analyser's name; in JSON each stands beside the other parts, before the verdicts."
    )
    verdicts: tuple[Verdict, ...] = about(
        "With --explain every candidate for a keyframe, in order of time, and what became of it; else empty."
    )
    files: tuple[str, ...] = about(
        "Names of all files in the folder of the report, sorted, the report among them; empty where nothing was written.",
        items={"pattern": FILE_NAME},
    )
    run: Run = about("How the work went. Only this may differ between two runs on the same input.")
    transitions: tuple[Transition, ...] = about("The transitions between the shots, in order of time.", default=())
