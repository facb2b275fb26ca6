"""Frames like a target picture: the target is the query, frames are keys."""

from __future__ import annotations

import numpy as np
from numpy import ndarray

from vkeyframe.analysis.attention import spatial_attention
from vkeyframe.analysis.features import LUMA, extract_features
from vkeyframe.analysis.sample import ShotStart
from vkeyframe.kernels.pearson import weighted_pearson
from vkeyframe.opencv import cv2

# Fine enough that two frames of a static scene differ by more than the noise of a JPEG.
LONGEST_SIDE = 640
TEMPERATURE = 0.05


class Query:
    """A target picture, ready to be compared with many frames.

    Parameters
    ----------
    target : (height, width, 3) uint8, BGR
    """

    def __init__(self, target: ndarray) -> None:
        height, width = target.shape[:2]
        scale = min(1.0, LONGEST_SIDE / max(width, height))
        self._size = max(1, round(width * scale)), max(1, round(height * scale))
        self._luma = self._reduce(target)
        attention = spatial_attention(extract_features(target, 0, 0.0, ShotStart(0, 0.0, 0.0)), None).map
        self._even = np.ones(self._luma.size, np.float32)
        self._weights = cv2.resize(attention, self._size, interpolation=cv2.INTER_LINEAR).ravel()

    def compare(self, picture: ndarray) -> tuple[float, float, float]:
        """Compare with a picture of any size.

        Returns
        -------
        plain, weighted : float in [-1, 1]
            Pearson correlation of luma, even and weighted by the target's attention.
        difference : float in [0, 255]
            Mean absolute difference of luma, for what a correlation cannot tell apart.
        """
        luma = self._reduce(picture)
        plain = float(weighted_pearson(self._luma, luma, self._even))
        weighted = float(weighted_pearson(self._luma, luma, self._weights))
        return plain, weighted, float(np.abs(luma - self._luma).mean())

    def _reduce(self, picture: ndarray) -> ndarray:
        small = cv2.resize(picture, self._size, interpolation=cv2.INTER_AREA)
        return np.ascontiguousarray((small.astype(np.float32) @ LUMA).ravel())


def attention_over_time(similarities: ndarray) -> ndarray:
    """Softmax of similarities at temperature 0.05, in double precision; sums to 1."""
    weights: ndarray = np.exp((similarities - similarities.max()) / TEMPERATURE)
    return np.asarray(weights / weights.sum())
