"""What is seen of each picture: a part of it, and in that part not what is to be ignored."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy import ndarray

from vkeyframe.errors import UsageError
from vkeyframe.opencv import cv2
from vkeyframe.video.areas import Box, Polygon, parse_area, parse_box
from vkeyframe.video.frame import Planes
from vkeyframe.video.options import ReadOptions
from vkeyframe.video.smooth_fill import SmoothFill

# Sub-pixel digits of the corners of polygons, as OpenCV counts them.
_SHIFT = 4


class View:
    """Cuts pictures to the part that is looked at, and paints over what is ignored.

    Parameters
    ----------
    options : ReadOptions
        With `crop`, `ignore` or both.
    width, height : int
        Of the picture as displayed, in which these are given. Decoded pictures may have pixels that are not square.

    Attributes
    ----------
    crop : (int, int, int, int) or None
        Left and top edge, width and height of the part, in pixels of the picture as displayed.

    Raises
    ------
    UsageError
        If one of them does not lie in the picture, or all that is looked at is ignored.
    """

    def __init__(self, options: ReadOptions, width: int, height: int) -> None:
        self.crop = None if options.crop is None else parse_box(options.crop).within(width, height, "crop")
        self._size = width, height
        areas = [parse_area(text) for text in options.ignore]
        self._areas = [each.within(width, height, "ignore") if isinstance(each, Box) else each for each in areas]
        self._fitted: dict[tuple[int, int], _Fitted] = {}
        if self._areas and self._hidden(height, width).all():
            raise UsageError(f"ignore covers all of the picture, which is {width}×{height} pixels; leave a part of it out.")

    def apply(self, content: ndarray | Planes) -> tuple[ndarray | Planes, ndarray | Planes | None]:
        """Return what is seen of a decoded picture, and the same part with what is ignored, None if that is nothing."""
        luma = content.luma if isinstance(content, Planes) else content
        width = content.width if isinstance(content, Planes) else content.shape[1]
        fitted = self._at(luma.shape[0], width)
        part = content if self.crop is None else fitted.cropped(content)
        return (part, None) if fitted.fill is None else (fitted.painted(part), part)

    def cropped(self, picture: ndarray) -> ndarray:
        """Return the part of a decoded picture that is looked at, (height, width, 3) uint8."""
        rows, columns = self._place(*picture.shape[:2])
        return np.ascontiguousarray(picture[rows, columns])

    def hide(self, picture: ndarray) -> ndarray:
        """Return a copy of a picture of the part that is looked at, of any size, in which what is ignored is painted over."""
        if not self._areas:
            return picture
        hidden = self._share(*picture.shape[:2]) > 0.0
        painted = picture.copy()
        if not hidden.all():
            SmoothFill(hidden).paint(painted)
        return painted

    def ignored(self, rows: int, columns: int) -> ndarray:
        """Return how much of each cell of the part that is looked at is ignored, (rows, columns) float32, 0 to 1."""
        return self._share(rows, columns) if self._areas else np.zeros((rows, columns), np.float32)

    def _share(self, rows: int, columns: int) -> ndarray:
        hidden = self._hidden(self._size[1], self._size[0]).astype(np.float32)
        # Means of ones come out a little above 1.
        return np.asarray(np.minimum(cv2.resize(hidden, (columns, rows), interpolation=cv2.INTER_AREA), 1.0), np.float32)

    def _at(self, height: int, width: int) -> _Fitted:
        """Return it for pictures of a size; in some videos that changes."""
        known = self._fitted.get((height, width))
        if known is None:
            hidden = self._hidden(height, width) if self._areas else None
            known = self._fitted[height, width] = _Fitted.of(self._place(height, width), hidden)
        return known

    def _place(self, height: int, width: int) -> tuple[slice, slice]:
        x, y, wide, high = self.crop or (0, 0, *self._size)
        (left, right), (top, bottom) = (
            _scaled(start, length, whole, pixels)
            for start, length, whole, pixels in ((x, wide, self._size[0], width), (y, high, self._size[1], height))
        )
        return slice(top, bottom), slice(left, right)

    def _hidden(self, height: int, width: int) -> ndarray:
        """Return the mask of what is ignored in the part of a decoded picture of a size, bool."""
        mask = np.zeros((height, width), np.uint8)
        across, down = width / self._size[0], height / self._size[1]
        for area in self._areas:
            if isinstance(area, Polygon):
                corners = np.array(area.within(*self._size)) * (across, down) - 0.5
                cv2.fillPoly(mask, [np.rint(corners * (1 << _SHIFT)).astype(np.int32)], 1, shift=_SHIFT)
            else:
                left, right = _scaled(area[0], area[2], self._size[0], width)
                top, bottom = _scaled(area[1], area[3], self._size[1], height)
                mask[top:bottom, left:right] = 1
        return mask[self._place(height, width)].astype(bool)


@dataclass(frozen=True, slots=True)
class _Fitted:
    """A view of pictures of one size.

    Attributes
    ----------
    place : (slice, slice)
        Lines and columns of the part that is looked at.
    fill, half_fill : SmoothFill or None
        What paints over what is ignored in it, and in the colour differences of half its size.
    """

    place: tuple[slice, slice]
    fill: SmoothFill | None
    half_fill: SmoothFill | None

    @classmethod
    def of(cls, place: tuple[slice, slice], hidden: ndarray | None) -> _Fitted:
        if hidden is None or not hidden.any() or hidden.all():
            return cls(place, None, None)
        odd = np.pad(hidden, [(0, size % 2) for size in hidden.shape], mode="edge")
        half = odd[::2, ::2] | odd[1::2, ::2] | odd[::2, 1::2] | odd[1::2, 1::2]
        return cls(place, SmoothFill(hidden), None if half.all() else SmoothFill(half))

    def cropped(self, content: ndarray | Planes) -> ndarray | Planes:
        rows, columns = self.place
        if not isinstance(content, Planes):
            return np.ascontiguousarray(content[rows, columns])
        width, height = columns.stop - columns.start, rows.stop - rows.start
        top, left, high, wide = rows.start // 2, columns.start // 2, (height + 1) // 2, (width + 1) // 2
        luma = np.ascontiguousarray(content.luma[rows, columns])
        cb, cr = (np.ascontiguousarray(plane[top : top + high, left : left + wide]) for plane in (content.cb, content.cr))
        return Planes(luma, cb, cr, width, content.to_bgr, lambda: np.ascontiguousarray(content.convert()[rows, columns]))

    def painted(self, content: ndarray | Planes) -> ndarray | Planes:
        if not isinstance(content, Planes):
            return self._filled(content)
        luma, cb, cr = (plane.copy() for plane in (content.luma, content.cb, content.cr))
        for plane, fill in ((luma, self.fill), (cb, self.half_fill), (cr, self.half_fill)):
            if fill is not None:
                fill.paint(plane)
        return Planes(luma, cb, cr, content.width, content.to_bgr, lambda: self._filled(content.convert()))

    def _filled(self, picture: ndarray) -> ndarray:
        painted = picture.copy()
        if self.fill is not None:
            self.fill.paint(painted)
        return painted


def make_view(options: ReadOptions, width: int, height: int) -> View | None:
    """Return the view that the options ask for of a picture of a size; None for all of it."""
    return None if options.crop is None and not options.ignore else View(options, width, height)


def _scaled(start: int, length: int, whole: int, pixels: int) -> tuple[int, int]:
    """Return beginning and end of a stretch of a side, in the pixels of a decoded picture; at least one of these."""
    begin = min(round(start * pixels / whole), pixels - 1)
    return begin, max(begin + 1, min(pixels, round((start + length) * pixels / whole)))
