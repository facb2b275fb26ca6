"""How a video is to be read; imports no library, because the command line reads it for its help."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

from vkeyframe.errors import UsageError
from vkeyframe.options import check_options, option
from vkeyframe.timing import Position
from vkeyframe.video.areas import parse_area, parse_box


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadOptions:
    """Which frames to read, with which decoder, and within which limits.

    Attributes
    ----------
    skip_nonref : bool
        Whether to leave out frames that no other frame depends on, before they are decoded, where that saves much time.
        Not for users.
    opencv_crashed : bool
        Whether OpenCV has crashed on this video, so that only PyAV may decode it. Not for users.

    Raises
    ------
    UsageError
        If a value is out of its range, or the range of time is empty.
    """

    start: Position | None = option(None, "Leave out what comes before T: 12.5, 00:01:02.5 or 150f.", is_time=True, metavar="T")
    end: Position | None = option(None, "Leave out what comes from T on.", is_time=True, metavar="T")
    decode: str = option(
        "sampled",
        "Analyse about 8 frames a second, every frame, 8 only where something happens, or the codec's own key frames.",
        choices=("sampled", "every", "skim", "codec"),
    )
    decoder: str = option("opencv", "What decodes the video.", choices=("opencv", "pyav"))
    crop: str | None = option(
        None,
        "Look at this part of the picture only, and write only it; in pixels of the upright picture, or percent.",
        metavar="X,Y,W,H",
        only_if_given=True,
    )
    ignore: tuple[str, ...] = option(
        (),
        "Look away from a part, such as a clock or a ticker: a box X,Y,W,H or a polygon 'X,Y X,Y X,Y ...'; may be given again. "
        "Pictures are written whole.",
        metavar="BOX|POLYGON",
        repeatable=True,
        only_if_given=True,
    )
    hdr: str = option(
        "sdr",
        "Convert high dynamic range and wide gamut to the colours of an ordinary screen (sdr), or keep values as they are coded.",
        choices=("sdr", "keep"),
    )
    deinterlace: str = option(
        "auto",
        "Make frames of one moment of those that are flagged as interlaced (auto), of all, or of none.",
        choices=("auto", "yes", "no"),
    )
    strict: bool = option(False, "Fail when the video is damaged or cut off, instead of using what is there.")
    max_pixels: int = option(
        150_000_000,
        "Refuse videos whose pictures have more pixels than this, before memory is taken for them.",
        low=1,
        affects_result=False,
    )
    threads: int = option(0, "Decoder threads; 0 takes two for each core.", low=0, high=64, affects_result=False)
    skip_nonref: bool = False
    opencv_crashed: bool = False

    def __post_init__(self) -> None:
        check_options(self)
        if self.crop is not None:
            parse_box(self.crop)
        for area in self.ignore:
            parse_area(area)
        if self.start is not None and self.end is not None and not self.start.is_before(self.end):
            raise UsageError(f"The range is empty: start {self.start} is not before end {self.end}.")

    def range_in_seconds(self, fps: float) -> tuple[float, float]:
        """Return about where the range begins and ends, in seconds from the first frame; infinity is the end of the video."""
        start, end = (None if place is None else place.seconds(fps) for place in (self.start, self.end))
        return start or 0.0, end or inf
