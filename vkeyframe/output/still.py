"""One picture as a file's bytes."""

from __future__ import annotations

import numpy as np
from numpy import ndarray

from vkeyframe.errors import OutputError, UsageError
from vkeyframe.opencv import cv2
from vkeyframe.output.options import PictureOptions


def with_square_pixels(picture: ndarray, size: tuple[int, int]) -> ndarray:
    """Scale a picture, (height, width, 3) uint8, to the width and height at which it is displayed."""
    if size == picture.shape[1::-1]:
        return picture
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA if size[0] < picture.shape[1] else cv2.INTER_CUBIC))


def encoded_still(picture: ndarray, box: tuple[int, int, int, int] | None, options: PictureOptions) -> bytes:
    """Cut a part out of a picture, scale it down, and encode it.

    Parameters
    ----------
    picture : (height, width, 3) uint8, BGR
    box : (int, int, int, int), optional
        Left and top edge, width and height in pixels; what lies outside the picture is left off.
    options : PictureOptions

    Raises
    ------
    UsageError
        If nothing of the box lies in the picture.
    OutputError
        If the picture cannot be encoded, as one that is too large for its form.
    """
    if box is not None:
        x, y, width, height = box
        cut = picture[max(y, 0) : max(y + height, 0), max(x, 0) : max(x + width, 0)]
        if not cut.size:
            raise UsageError(
                f"The box {x},{y},{width},{height} lies outside the picture of {picture.shape[1]}×{picture.shape[0]}."
            )
        picture = cut
    size = options.size_of(picture.shape[1], picture.shape[0])
    if size != picture.shape[1::-1]:
        picture = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    try:
        done, data = cv2.imencode(f".{options.format}", np.ascontiguousarray(picture), options.encoding())
    except cv2.error:
        done = False
    if not done:
        raise OutputError(f"A picture of {size[0]}×{size[1]} cannot be written as {options.format}; scale it with width=….")
    return bytes(data)
