"""A decoded frame."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy import ndarray


@dataclass(frozen=True, slots=True)
class Planes:
    """A decoded picture as the codec keeps it: luma, and two colour differences of half the width and height.

    Attributes
    ----------
    luma, blue, red : (height, pitch) uint8
        Each line has `pitch` values, of which the first `width` (colour differences: half of it, rounded up) are the picture.
    width : int
        In pixels.
    to_bgr : (3, 4) float
        What turns the luma and the colour differences, and 1, into blue, green and red.
    convert : callable
        Makes the BGR picture at full size.
    """

    luma: ndarray
    blue: ndarray
    red: ndarray
    width: int
    to_bgr: ndarray
    convert: Callable[[], ndarray]


@dataclass(frozen=True, slots=True)
class Frame:
    """A decoded frame: display-order index, presentation time in seconds, and its content.

    The content is a (height, width, 3) uint8 BGR picture of its own, or planes that are turned into one only when it is asked
    for. `skipped` are the times of the frames that were decoded but not handed out since the one handed out before.
    `index_exact` is false where frames were left out before decoding, so that the index is estimated from the time.
    """

    index: int
    time: float
    content: ndarray | Planes
    skipped: tuple[float, ...] = ()
    index_exact: bool = True

    @property
    def picture(self) -> ndarray:
        """The content as (height, width, 3) uint8 BGR."""
        return self.content.convert() if isinstance(self.content, Planes) else self.content
