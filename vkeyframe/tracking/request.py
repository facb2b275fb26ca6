"""What is to be followed; imports no library, because the command line makes it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Self

from vkeyframe.errors import UsageError
from vkeyframe.timing import Position, parse_position
from vkeyframe.video.options import ReadOptions

# What is smaller than this, in pixels, cannot be told from noise.
SMALLEST_BOX = 4
Box = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackRequest:
    """What is to be followed, and what is made of it.

    Attributes
    ----------
    box : (int, int, int, int) or None
        Left and top edge, width and height in pixels of the one thing to follow; None for the most attended ones of each shot.
    at : Position or None
        When it is there; None for the first frame.
    masks : bool
        Whether to find the pixels of things as well.
    video : bool
        Whether to write a video with what was found drawn into it.
    reading : ReadOptions

    Raises
    ------
    UsageError
        If there is a time without a box, or the box is too small.
    """

    box: Box | None = None
    at: Position | None = None
    masks: bool = False
    video: bool = False
    reading: ReadOptions = field(default_factory=ReadOptions)

    @classmethod
    def of(cls, at: Any = None, **given: Any) -> Self:
        """Make a request with a time as people write it, such as ``TrackRequest.of(box=(310, 120, 64, 80), at="12.5")``.

        Raises
        ------
        UsageError
            If it is no time, and as the record itself.
        """
        return cls(at=at if at is None or isinstance(at, Position) else parse_position(at), **given)

    def __post_init__(self) -> None:
        if self.at is not None and self.box is None:
            raise UsageError("at=… says when a box is there; give box=… too, or leave both out.")
        if self.box is not None and min(self.box[2:]) < SMALLEST_BOX:
            text = ",".join(map(str, self.box))
            raise UsageError(f"box is {text}, but must be at least {SMALLEST_BOX} pixels wide and high.")


def parse_box(text: str) -> Box:
    """Read ``X,Y,WIDTH,HEIGHT``, whole pixels.

    Raises
    ------
    UsageError
        If the text is something else.
    """
    parts = text.split(",")
    try:
        x, y, width, height = (int(part) for part in parts)
    except ValueError:
        raise UsageError(f"'{text}' is no box; write left edge, top edge, width and height, such as 40,30,120,80.") from None
    return x, y, width, height


def box_in_picture(box: Box, width: int, height: int) -> Box:
    """Cut a box off at the edges of a picture.

    Raises
    ------
    UsageError
        If not enough of it lies in the picture.
    """
    left, top = max(box[0], 0), max(box[1], 0)
    right, bottom = min(box[0] + box[2], width), min(box[1] + box[3], height)
    if min(right - left, bottom - top) < SMALLEST_BOX:
        text = ",".join(map(str, box))
        raise UsageError(f"box is {text}, but lies outside the picture, which is {width} pixels wide and {height} high.")
    return left, top, right - left, bottom - top
