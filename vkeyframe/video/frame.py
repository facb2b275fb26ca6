"""A decoded frame."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vkeyframe.opencv import cv2

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy import ndarray


@dataclass(frozen=True, slots=True)
class FrameTime:
    """A frame's place in a video: its index in display order, and its presentation time in seconds from the first frame."""

    index: int
    time: float


@dataclass(frozen=True, slots=True)
class Planes:
    """A decoded picture as the codec keeps it: luma, and two colour differences of half the width and height.

    Attributes
    ----------
    luma, cb, cr : (height, pitch) uint8
        Each line has `pitch` values, of which the first `width` (colour differences: half of it, rounded up) are the picture.
    width : int
        In pixels.
    to_bgr : (3, 4) float32
        Coefficients that turn luma, both colour differences and 1 into blue, green and red, 0 to 255.
    convert : callable
        Makes the (height, width, 3) uint8 BGR picture.
    """

    luma: ndarray
    cb: ndarray
    cr: ndarray
    width: int
    to_bgr: ndarray
    convert: Callable[[], ndarray]


@dataclass(frozen=True, slots=True)
class Frame:
    """A decoded frame.

    Attributes
    ----------
    index : int
        In display order, from 0.
    time : float
        Presentation time in seconds from the first frame.
    content : (height, width, 3) uint8 or Planes
        A BGR picture of its own, or planes that are converted to one when it is asked for. What is to be ignored is painted over.
    skipped_times : tuple of float
        Times in seconds of the frames that were read over since the frame that was given before.
    index_exact : bool
        False where frames were left out before decoding, so that the index is estimated from the time.
    whole : (height, width, 3) uint8, Planes or None
        The same with what is to be ignored; None where that is nothing.
    correction : (3, 3) float32, optional
        Coefficients that turn a BGR content into its true colours, where it was decoded with a wrong matrix. Analysis does
        without.
    """

    index: int
    time: float
    content: ndarray | Planes
    skipped_times: tuple[float, ...] = ()
    index_exact: bool = True
    whole: ndarray | Planes | None = None
    correction: ndarray | None = None

    @property
    def picture(self) -> ndarray:
        """The content as (height, width, 3) uint8 BGR."""
        return self._converted(self.content)

    @property
    def whole_picture(self) -> ndarray:
        """The picture as it is to be written, with what is to be ignored, as (height, width, 3) uint8 BGR."""
        return self._converted(self.content if self.whole is None else self.whole)

    def _converted(self, content: ndarray | Planes) -> ndarray:
        if isinstance(content, Planes):
            return content.convert()
        return content if self.correction is None else cv2.transform(content, self.correction)
