"""Parts of a picture as people write them: a box to look at, and boxes or polygons to look away from.

Imports no library, because the command line checks them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from vkeyframe.errors import UsageError

_LENGTH = re.compile(r"([0-9]{1,6}(?:\.[0-9]{1,6})?)(%?)")
# More corners than anyone draws.
_MOST_CORNERS = 1000


@dataclass(frozen=True, slots=True)
class Length:
    """A length in pixels, or in percent of the picture's width or height."""

    value: float
    is_percent: bool

    def of(self, whole: int) -> float:
        """Return it in pixels of a picture that is so wide or high."""
        return self.value * whole / 100.0 if self.is_percent else self.value


@dataclass(frozen=True, slots=True)
class Box:
    """A box by its left and top edge, its width and its height."""

    text: str
    x: Length
    y: Length
    width: Length
    height: Length

    def within(self, width: int, height: int, option: str) -> tuple[int, int, int, int]:
        """Return it in whole pixels of a picture of a size.

        Raises
        ------
        UsageError
            If it does not lie in the picture; with the picture's size.
        """
        left, right = round(self.x.of(width)), round(self.x.of(width) + self.width.of(width))
        top, bottom = round(self.y.of(height)), round(self.y.of(height) + self.height.of(height))
        if right > width or bottom > height:
            raise UsageError(f"{option} is {self.text}, but the picture ends at {width},{height}: it is {width}×{height} pixels.")
        if right <= left or bottom <= top:
            raise UsageError(f"{option} is {self.text}, which is less than a pixel of the picture, of {width}×{height} pixels.")
        return left, top, right - left, bottom - top


@dataclass(frozen=True, slots=True)
class Polygon:
    """A polygon by its corners, each so far from the left and from the top."""

    text: str
    corners: tuple[tuple[Length, Length], ...]

    def within(self, width: int, height: int) -> tuple[tuple[float, float], ...]:
        """Return the corners in pixels of a picture of a size.

        Raises
        ------
        UsageError
            If a corner does not lie in the picture; with the picture's size.
        """
        corners = tuple((x.of(width), y.of(height)) for x, y in self.corners)
        if any(x > width or y > height for x, y in corners):
            raise UsageError(f"ignore is {self.text}, but the picture ends at {width},{height}: it is {width}×{height} pixels.")
        return corners


def parse_box(text: str, option: str = "crop") -> Box:
    """Read ``X,Y,W,H`` in pixels or percent, such as ``0,40,640,320`` or ``10%,0%,80%,100%``.

    Raises
    ------
    UsageError
        If it is something else, or leaves the picture by its percents alone.
    """
    lengths = [_length(part) for part in text.split(",")]
    if len(lengths) != 4 or None in lengths:
        raise UsageError(
            f"{option} is '{text}', but must be left edge, top edge, width and height, such as 0,40,640,320 or 10%,0%,80%,100%."
        )
    x, y, width, height = (length for length in lengths if length is not None)
    for start, size in ((x, width), (y, height)):
        if start.is_percent and size.is_percent and start.value + size.value > 100.0 + 1e-9:
            raise UsageError(f"{option} is {text}, but ends at {start.value + size.value:g}%, outside the picture.")
        if not size.value:
            raise UsageError(f"{option} is {text}, which has no area; give it a width and a height.")
    return Box(text, x, y, width, height)


def parse_area(text: str) -> Box | Polygon:
    """Read a box, or a polygon ``X,Y X,Y X,Y ...``, in pixels or percent.

    Raises
    ------
    UsageError
        If it is neither.
    """
    parts = text.split()
    if len(parts) == 1:
        return parse_box(parts[0], "ignore")
    corners = [tuple(_length(each) for each in part.split(",")) for part in parts[: _MOST_CORNERS + 1]]
    if not 3 <= len(corners) <= _MOST_CORNERS or any(len(corner) != 2 or None in corner for corner in corners):
        raise UsageError(
            f"ignore is '{text}', but must be a box X,Y,W,H or a polygon of three corners or more, such as 0,0 90,0 0,60, "
            "in pixels or percent."
        )
    pairs = tuple((x, y) for x, y in corners if x is not None and y is not None)
    if any(length.is_percent and length.value > 100.0 for pair in pairs for length in pair):
        raise UsageError(f"ignore is {text}, but a corner of more than 100% lies outside the picture.")
    return Polygon(text, pairs)


def _length(text: str) -> Length | None:
    found = _LENGTH.fullmatch(text.strip())
    return None if found is None else Length(float(found[1]), found[2] == "%")
