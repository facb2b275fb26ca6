"""From a decoded frame to the small pictures that the analysis works on."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy import ndarray

from vkeyframe.kernels.downsample import downsample, downsample_plane
from vkeyframe.kernels.grid import CELL_COLUMNS, CELL_ROWS, COLOUR_COLUMNS, COLOUR_ROWS, LUMA_COLUMNS, LUMA_ROWS
from vkeyframe.opencv import cv2
from vkeyframe.video.frame import Planes

NO_GRADIENTS = np.empty((0, 0), np.float32)
LUMA = np.array([29, 150, 77], np.float32) / 256


@dataclass(frozen=True, slots=True)
class Earlier:
    """The sample before a frame, for what moves in it: its index, its time in seconds, and its luma, (36, 64) float or uint8."""

    index: int
    time: float
    luma: ndarray


@dataclass(frozen=True)
class FrameFeatures:
    """The small pictures and maps of a frame that all analysis works on.

    Attributes
    ----------
    index, time
        As in `Frame`.
    luma : (36, 64) float32
        Area means of luma, 0 to 255.
    small : (18, 32, 3) float32
        Area means of BGR, 0 to 255.
    gradients : (9, 16) float32
        Mean squared gradient of the full-size luma in each cell.
    before : Earlier or None
        The sample before, also where that is in another shot; None for the first one.
    """

    index: int
    time: float
    luma: ndarray
    small: ndarray
    gradients: ndarray
    before: Earlier | None = None

    @cached_property
    def contrast(self) -> float:
        """Standard deviation of `luma`."""
        return float(self.luma.std())

    @cached_property
    def lab(self) -> ndarray:
        """`small` in CIE Lab, its mean lightness removed, so that flashes and exposure weigh little; (18, 32, 3) float32."""
        return _lab_without_level(self.small)

    def summary(self) -> Summary:
        """Return what the choice among all candidates needs, in a quarter of the memory."""
        luma, small = _rounded(self.luma), _rounded(self.small)
        before = None if self.before is None else Earlier(self.before.index, self.before.time, _rounded(self.before.luma))
        return Summary(self.index, self.time, luma, small, before)


@dataclass(frozen=True, slots=True)
class Summary:
    """What is kept of a frame to the end of a video, rounded to whole grey levels; see `FrameFeatures`."""

    index: int
    time: float
    rounded_luma: ndarray
    rounded_small: ndarray
    before: Earlier | None = None

    @property
    def luma(self) -> ndarray:
        """Area means of luma, (36, 64) float32."""
        return self.rounded_luma.astype(np.float32)

    @property
    def lab(self) -> ndarray:
        """Area means in CIE Lab without the mean lightness, (18, 32, 3) float32."""
        return _lab_without_level(self.rounded_small.astype(np.float32))


def extract_features(content: ndarray | Planes, index: int, time: float) -> FrameFeatures:
    """Reduce a BGR picture of any size, or its planes, to its features."""
    means = np.empty((LUMA_ROWS, LUMA_COLUMNS, 3), np.float32)
    gradients = np.empty((LUMA_ROWS, LUMA_COLUMNS), np.float32)
    if isinstance(content, Planes):
        _reduce_planes(content, means, gradients)
    else:
        downsample(content, means, gradients)
    small = cv2.resize(means, (COLOUR_COLUMNS, COLOUR_ROWS), interpolation=cv2.INTER_AREA)
    cells = cv2.resize(gradients, (CELL_COLUMNS, CELL_ROWS), interpolation=cv2.INTER_AREA)
    return FrameFeatures(index, time, means @ LUMA, small, cells)


def _rounded(picture: ndarray) -> ndarray:
    return np.asarray(np.rint(picture), np.uint8)


def _lab_without_level(small: ndarray) -> ndarray:
    lab: ndarray = cv2.cvtColor(small / 255.0, cv2.COLOR_BGR2LAB)
    # A flat picture keeps its level: there is nothing else to tell black from white.
    if float(lab[..., 0].std()) > 1.0:
        lab[..., 0] -= lab[..., 0].mean()
    return lab


def _reduce_planes(planes: Planes, means: ndarray, gradients: ndarray) -> None:
    """Do what `downsample` does, without a BGR picture: the conversion is linear, so that the means can be converted."""
    half = (planes.width + 1) // 2
    parts = np.ones((4, LUMA_ROWS, LUMA_COLUMNS), np.float32)
    downsample_plane(planes.luma, planes.width, parts[0], gradients)
    downsample_plane(planes.cb, half, parts[1], NO_GRADIENTS)
    downsample_plane(planes.cr, half, parts[2], NO_GRADIENTS)
    mixed = np.tensordot(planes.to_bgr, parts, 1)
    means[:] = np.clip(np.moveaxis(mixed, 0, 2), 0.0, 255.0)
    gradients *= float(planes.to_bgr[0, 0]) ** 2
