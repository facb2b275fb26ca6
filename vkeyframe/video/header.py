"""What the header of a video claims, and what of it can be true."""

from __future__ import annotations

from dataclasses import dataclass

from vkeyframe.report.video_info import VideoInfo
from vkeyframe.video.file import VideoFile


@dataclass(frozen=True, slots=True)
class HeaderLimits:
    """Which claims of a header are believed; all set by eye.

    Attributes
    ----------
    lowest_fps, highest_fps : float
        Frames a second. Outside of them the rate is not believed, and measured instead where the whole video is read.
    usual_fps : float
        Frames a second, until they are measured.
    narrowest, widest : float
        Width of a pixel relative to its height. Outside of them pixels are taken as square.
    """

    lowest_fps: float = 0.1
    highest_fps: float = 240.0
    usual_fps: float = 25.0
    narrowest: float = 0.05
    widest: float = 20.0


LIMITS = HeaderLimits()


@dataclass(frozen=True, slots=True)
class Header:
    """What a container and its stream claim of a video, which may be wrong.

    Attributes
    ----------
    rate : float
        Frames a second, 0 where unknown.
    duration : float
        Seconds, 0 where unknown.
    declared_frames : int
        Number of frames, 0 where unknown.
    delay : float
        Seconds by which the first frame comes later than the beginning from which the duration counts.
    codec : str
        FFmpeg's name of the codec, or its four-letter code.
    rotation : int
        Degrees by which the coded picture must be turned clockwise.
    sample_aspect_ratio : float
        Width of a pixel of the coded picture relative to its height.
    tone_mapped : bool
        Whether the pictures are converted from high dynamic range or wide gamut.
    """

    rate: float
    duration: float
    declared_frames: int
    delay: float
    codec: str
    rotation: int
    sample_aspect_ratio: float
    tone_mapped: bool = False

    def info(self, file: VideoFile, width: int, height: int) -> VideoInfo:
        """Describe the video whose first picture, turned as it is to be shown, has this size in pixels."""
        ratio = usable_aspect_ratio(self.sample_aspect_ratio, self.rotation)
        width, height = display_size(width, height, ratio)
        return VideoInfo(
            path=file.shown_as,
            name=file.name,
            width=width,
            height=height,
            fps=usable_fps(self.rate),
            duration=round(self.duration, 6),
            codec=self.codec,
            rotation=self.rotation,
            sample_aspect_ratio=round(ratio, 6),
            size_bytes=file.path.stat().st_size,
            declared_frames=self.declared_frames,
        )


def plausible_fps(rate: float) -> bool:
    """Whether a frame rate can be true."""
    return LIMITS.lowest_fps <= rate <= LIMITS.highest_fps


def usable_fps(rate: float) -> float:
    """Return a header's frame rate, rounded to six digits, if it can be true, else 25."""
    return round(rate if plausible_fps(rate) else LIMITS.usual_fps, 6)


def usable_aspect_ratio(ratio: float, rotation: int) -> float:
    """Return the sample aspect ratio of the rotated picture, 1 where the header's cannot be true."""
    if not LIMITS.narrowest <= ratio <= LIMITS.widest:
        return 1.0
    return 1.0 / ratio if rotation in (90, 270) else ratio


def display_size(width: int, height: int, sample_aspect_ratio: float) -> tuple[int, int]:
    """Width and height with square pixels, to the nearest pixel; ``ffmpeg -vf scale=iw*sar:ih`` drops what is less than one.

    Where the width would change by less than a pixel it stays: such ratios come from rounding, and nobody sees them, but
    everybody sees a picture that was resampled.
    """
    wanted = width * sample_aspect_ratio
    return width if abs(wanted - width) < 1.0 else max(1, round(wanted)), height
