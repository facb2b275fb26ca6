"""The records of a report: what is known of a video, its shots and its keyframes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from vkeyframe.analysis.actions import Action


@dataclass(frozen=True, slots=True)
class VideoInfo:
    """What the container says of a video; width and height as it is displayed, rotated and with square pixels."""

    path: str
    name: str
    width: int
    height: int
    fps: float
    duration: float
    codec: str
    rotation: int
    sample_aspect_ratio: float
    size_bytes: int
    declared_frames: int


@dataclass(frozen=True, slots=True)
class Region:
    """A box (x, y, width, height) in pixels of the picture as displayed, and the share of attention in it, 0 to 1."""

    box: tuple[int, int, int, int]
    weight: float


@dataclass(frozen=True, slots=True)
class Shot:
    """A stretch between two transitions; a frame inside a gradual transition belongs to the nearer shot.

    `transition` says how the shot begins (``start`` for the first); `attention` is its share of the video's attention.
    """

    index: int
    start_frame: int
    end_frame: int
    start_time: float
    end_time: float
    transition: str
    attention: float


@dataclass(frozen=True, slots=True)
class Scores:
    """Why a keyframe is one, each 0 to 1.

    What it adds to those ranked before it, how well it stands for its shot, how sharp it is against the sharpest of its
    shot, and how well exposed.
    """

    coverage: float
    attention: float
    sharpness: float
    exposure: float


@dataclass(frozen=True, slots=True)
class Keyframe:
    """A chosen frame; `file` is None where no picture was written, `rank` 1 is the one to keep if only one is kept."""

    index: int
    frame: int
    frame_exact: bool
    time: float
    timecode: str
    shot: int
    rank: int
    score: float
    scores: Scores
    heads: dict[str, float]
    regions: tuple[Region, ...]
    file: str | None
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a candidate, and why."""

    frame: int
    time: float
    shot: int
    kept: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Decoding:
    """What the decoder did; `complete` is whether all that the header promised could be read without damage.

    Frames that were left out on purpose, since no other depends on them, are not among the decoded ones.
    """

    mode: str
    declared_frames: int
    decoded_frames: int
    analysed_frames: int
    damaged_frames: int
    complete: bool
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """All that is known of a video, the verdicts where they are asked for.

    `run` alone may differ between two runs on the same input.
    """

    generator: dict[str, str]
    video: VideoInfo
    decoding: Decoding
    settings: dict[str, Any]
    shots: tuple[Shot, ...]
    keyframes: tuple[Keyframe, ...]
    actions: tuple[Action, ...]
    verdicts: tuple[Verdict, ...]
    run: dict[str, Any]
