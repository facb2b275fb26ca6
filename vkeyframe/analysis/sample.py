"""What analysers are fed with: about 8 samples of each second of video, and where its shots begin and end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vkeyframe.video.frame import FrameTime

if TYPE_CHECKING:
    from vkeyframe.analysis.features import FrameFeatures
    from vkeyframe.video.frame import Frame


@dataclass(frozen=True, slots=True)
class ShotStart:
    """Where a new shot would begin: the frame, its time, and the time of the frame before it, in seconds."""

    frame: int
    time: float
    time_before: float


@dataclass(frozen=True, slots=True)
class Transition:
    """What lies between two shots.

    Attributes
    ----------
    kind : str
        ``cut``, ``dissolve``, ``fade`` or ``wipe``.
    before, after : FrameTime
        The last frame that shows the old shot alone, and the first one that shows the new shot alone; for a cut they are next
        to each other, unless it is not known at which frame it lies.
    """

    kind: str
    before: FrameTime
    after: FrameTime


@dataclass(frozen=True, slots=True)
class Sample:
    """A frame that carries the analysis, with the sharpest frame since the sample before it.

    Attributes
    ----------
    features : FrameFeatures
        The small pictures of the sample itself.
    shot_start : ShotStart
        Where a new shot would begin if the sample were in another shot than the one before it.
    sharpest : FrameFeatures
        The small pictures of the sharpest frame since the sample before; that may be the sample itself.
    frame : Frame or None
        That sharpest frame, whose full-size picture can be had; None for analysers that need no pictures.
    times : tuple of float
        Times in seconds of the frames since the sample before, as far as they are known; the last is that of the sample itself.
    """

    features: FrameFeatures
    shot_start: ShotStart
    sharpest: FrameFeatures
    frame: Frame | None
    times: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class ShotSpan:
    """A shot, once its end is certain.

    Attributes
    ----------
    index : int
        0-based, in order of time.
    transition : str
        How it begins: ``start``, ``cut``, ``dissolve``, ``fade`` or ``wipe``.
    start : ShotStart
    end : FrameTime
        Its last frame.
    last_sample, next_sample : int or None
        Index of the last sample before the transition at its end, and of the first one behind it; None at the end of the
        video.
    ends_gradually : bool
        Whether the transition at its end is anything but a cut.
    bounds : Transition or None
        The transition with which it begins, None at the start of the video.
    stop : FrameTime or None
        The first frame that is no longer in it, and when that is shown or, behind the video, would be; None while the video
        is read.
    """

    index: int
    transition: str
    start: ShotStart
    end: FrameTime
    last_sample: int | None
    next_sample: int | None
    ends_gradually: bool
    bounds: Transition | None = None
    stop: FrameTime | None = None
