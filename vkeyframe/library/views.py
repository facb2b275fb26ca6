"""What a library keeps of how a picture looks: a few numbers of it and of its parts, a byte each, and the picture very small."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy import ndarray

from vkeyframe.analysis.descriptor import PARTS, SIZE, describe, small_lab
from vkeyframe.analysis.target import shrunk
from vkeyframe.kernels.grid import COLOUR_COLUMNS, COLOUR_ROWS

# Descriptors have length 1, so that no number of them is beyond this; rounding moves their dot product by 0.003.
SCALE = 127
# A whole and five parts of it; bytes of each.
VIEWS, VIEW_SIZE = len(PARTS), SIZE
SMALL_SHAPE = COLOUR_ROWS, COLOUR_COLUMNS, 3
# CIE Lab in bytes, as OpenCV has it: lightness of 0 to 100 fills the byte, the two others have 128 for grey.
_LAB_SCALE, _LAB_SHIFT = np.array([255 / 100, 1, 1], np.float32), np.array([0, 128, 128], np.float32)


class Views(NamedTuple):
    """How a picture looks, without a letter-box.

    Attributes
    ----------
    views : (6, 147) int8
        Descriptors of the whole and of the parts of it, see `analysis.descriptor.PARTS`.
    small : (18, 32, 3) uint8
        CIE Lab as OpenCV has it in bytes.
    """

    views: ndarray
    small: ndarray


def pack_views(picture: ndarray) -> Views:
    """Describe a (height, width, 3) uint8 BGR picture in few bytes; its flat parts have zeros for views."""
    lab = bare_lab(picture)
    return Views(pack(describe(lab[None], PARTS)[0]), pack_lab(lab))


def bare_lab(picture: ndarray) -> ndarray:
    """Reduce a (height, width, 3) uint8 BGR picture without its letter-box to (18, 32, 3) float32 Lab."""
    return small_lab(shrunk(picture)[0])


def pack(descriptors: ndarray) -> ndarray:
    """Round descriptors, (..., 147) float of length 1, to int8; their dot products are by 127² larger."""
    return np.asarray(np.rint(descriptors * np.float32(SCALE)), np.int8)


def pack_lab(lab: ndarray) -> ndarray:
    """Round (..., 18, 32, 3) float Lab to the bytes of OpenCV's Lab."""
    return np.asarray(np.clip(np.rint(lab * _LAB_SCALE + _LAB_SHIFT), 0, 255), np.uint8)


def unpack_lab(small: ndarray) -> ndarray:
    """Return (..., 18, 32, 3) float32 Lab of the bytes of `pack_lab`."""
    return np.asarray((small.astype(np.float32) - _LAB_SHIFT) / _LAB_SCALE)
