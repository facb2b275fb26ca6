"""Which pixels move before a still camera, by a background model that remembers what was seen in each place."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy import ndarray

from vkeyframe.kernels.background import classify_pixels
from vkeyframe.opencv import cv2


@dataclass(frozen=True, slots=True)
class BackgroundTuning:
    """The background model; measured on CDnet 2014 highway, see `tests/bench/masks.py`.

    Attributes
    ----------
    remembered : int
        Values for each pixel.
    matches : int
        How many of them a pixel of the background must match.
    radius : int
        Sum of the differences of blue, green and red below which it does.
    median_px : int
        Side of the window of the median that takes single pixels out of the mask.
    seed : int
        Of the random numbers: the same video gives the same masks.
    """

    remembered: int = 20
    matches: int = 2
    radius: int = 60
    median_px: int = 5
    seed: int = 20110601


TUNING = BackgroundTuning()


class BackgroundModel:
    """Tells moving pixels from the background of a still camera, frame by frame.

    What comes to rest stays apart from the background; what it uncovers is taken into that from its edges inwards [1]_.

    Parameters
    ----------
    first : (height, width, 3) uint8
        The first BGR picture, contiguous. The values that are remembered to begin with are those of the pixels around each one.

    References
    ----------
    .. [1] Barnich, Van Droogenbroeck, "ViBe: A universal background subtraction algorithm for video sequences", IEEE Transactions
       on Image Processing 20(6), 2011, doi:10.1109/TIP.2010.2101613.
    """

    def __init__(self, first: ndarray) -> None:
        height, width = first.shape[:2]
        around = np.random.default_rng(TUNING.seed).integers(-1, 2, (2, height, width, TUNING.remembered))
        y = np.clip(np.arange(height)[:, None, None] + around[0], 0, height - 1)
        x = np.clip(np.arange(width)[None, :, None] + around[1], 0, width - 1)
        self._memory = np.ascontiguousarray(first[y, x])
        self._state = np.array([TUNING.seed], np.uint32)

    def moving(self, picture: ndarray) -> ndarray:
        """Return where the next BGR picture, of the size of the first one, moves: (height, width) uint8, 255 or 0."""
        mask = np.empty(picture.shape[:2], np.uint8)
        classify_pixels(np.ascontiguousarray(picture), self._memory, self._state, TUNING.radius, TUNING.matches, mask)
        return np.asarray(cv2.medianBlur(mask, TUNING.median_px))
