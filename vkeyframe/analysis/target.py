"""Frames like a target picture: the target is the query, frames are keys."""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy import ndarray

from vkeyframe.analysis.analyser import Analyser
from vkeyframe.analysis.attention import spatial_attention
from vkeyframe.analysis.features import LUMA, extract_features
from vkeyframe.kernels.pearson import weighted_pearson
from vkeyframe.opencv import cv2
from vkeyframe.video.frame import Frame


@dataclass(frozen=True, slots=True)
class TargetTuning:
    """How frames are compared with a target.

    Attributes
    ----------
    longest_side_px : int
        Of the pictures that are compared; fine enough that two frames of a still scene differ by more than the noise of a
        JPEG.
    temperature : float
        Of the attention over time.
    per_grey_level : float
        A grey level of difference weighs as much as this much of correlation.
    """

    longest_side_px: int = 640
    temperature: float = 0.05
    per_grey_level: float = 0.01


TUNING = TargetTuning()


class Target:
    """A target picture, ready to be compared with many frames.

    Parameters
    ----------
    picture : (height, width, 3) uint8, BGR
    """

    def __init__(self, picture: ndarray) -> None:
        height, width = picture.shape[:2]
        scale = min(1.0, TUNING.longest_side_px / max(width, height))
        self._size = max(1, round(width * scale)), max(1, round(height * scale))
        self._luma = self._reduce(picture)
        attention = spatial_attention(extract_features(picture, 0, 0.0), None).map
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


@dataclass(frozen=True, slots=True)
class Similarities:
    """How alike each frame of a video and the target are; (n,) each, in order of time.

    Attributes
    ----------
    frames : (n,) int64
        0-based indices.
    times : (n,) float64
        In seconds.
    plain, weighted, difference : (n,) float64
        As of `Target.compare`.
    """

    frames: ndarray
    times: ndarray
    plain: ndarray
    weighted: ndarray
    difference: ndarray

    @property
    def mean(self) -> ndarray:
        """Mean of both correlations, (n,) float64."""
        return np.asarray((self.plain + self.weighted) / 2)

    @property
    def score(self) -> ndarray:
        """What ranks the frames, (n,) float64: the mean correlation, less a little for each grey level of difference."""
        return np.asarray(self.mean - TUNING.per_grey_level * self.difference)


class TargetMatcher(Analyser[Similarities]):
    """Compares every frame with a target."""

    needs_pictures: ClassVar[bool] = True

    def __init__(self, target: Target) -> None:
        self._target = target
        self._frames = array("q")
        self._times = array("d")
        self._values = array("d")

    def see(self, frame: Frame) -> None:
        """Compare the next frame."""
        self._frames.append(frame.index)
        self._times.append(frame.time)
        self._values.extend(self._target.compare(frame.picture))

    def finish(self) -> Similarities:
        """Return the similarities of all frames."""
        plain, weighted, difference = np.array(self._values).reshape(-1, 3).T
        return Similarities(np.array(self._frames), np.array(self._times), plain, weighted, difference)


def attention_over_time(similarities: ndarray) -> ndarray:
    """Softmax of similarities at temperature 0.05, in double precision; sums to 1."""
    weights: ndarray = np.exp((similarities - similarities.max()) / TUNING.temperature)
    return np.asarray(weights / weights.sum())
