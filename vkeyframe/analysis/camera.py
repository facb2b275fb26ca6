"""Whether the camera moves, and what moves beside that."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy import ndarray

from vkeyframe.analysis.scene import outside_range
from vkeyframe.kernels.grid import LUMA_COLUMNS, LUMA_ROWS
from vkeyframe.opencv import cv2


@dataclass(frozen=True, slots=True)
class CameraTuning:
    """How the motion of the camera is measured.

    Attributes
    ----------
    size : (int, int)
        Width and height of the pictures in which motion is followed, twice those of the small luma.
    every_px : int
        Every so many pixels across and down one vector counts for the fit.
    rounds : int
        Of fitting the motion anew, each with less weight on what moved otherwise.
    texture : float
        Gradient, in grey levels, at which motion is half trusted.
    still_px : float
        Mean motion over the picture in a quarter of a second up to which the camera is still; 0.9 % of the width in a second.
    """

    size: tuple[int, int] = (2 * LUMA_COLUMNS, 2 * LUMA_ROWS)
    every_px: int = 4
    rounds: int = 3
    texture: float = 10.0
    still_px: float = 0.3


TUNING = CameraTuning()


@dataclass(frozen=True, slots=True)
class CameraStep:
    """What changed between two samples.

    Attributes
    ----------
    moves : bool
        Whether the camera does.
    energy : float
        What the camera's motion does not explain: mean over the picture, in grey levels.
    box : (int, int, int, int)
        Left edge, top edge, width and height of most of that, in places of the small luma.
    """

    moves: bool
    energy: float
    box: tuple[int, int, int, int]


class CameraWatch:
    """Measures the motion of the camera from one picture to the next; affine, and robust against what moves by itself [1]_.

    References
    ----------
    .. [1] Odobez, Bouthemy, "Robust multiresolution estimation of parametric motion models", JVCIR 1995,
       doi:10.1006/jvci.1995.1029.
    """

    def __init__(self) -> None:
        self._flow = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST)
        every = TUNING.every_px
        y, x = np.mgrid[every // 2 : TUNING.size[1] : every, every // 2 : TUNING.size[0] : every]
        self._places = (slice(every // 2, None, every), slice(every // 2, None, every))
        ones = np.ones(x.size)
        self._terms = np.stack([ones, x.ravel() - TUNING.size[0] / 2 + 0.5, y.ravel() - TUNING.size[1] / 2 + 0.5])

    def compare(self, before: ndarray, luma: ndarray) -> CameraStep:
        """Compare two samples of a shot, each (36, 64) float32, 0 to 255."""
        start, end = (cv2.resize(each, TUNING.size, interpolation=cv2.INTER_LINEAR).astype(np.uint8) for each in (before, luma))
        flow = self._flow.calc(end, start, np.zeros((*end.shape, 2), np.float32))
        camera = self._fit(flow[self._places].reshape(-1, 2).astype(np.float64), self._trust(end))
        moves = bool(np.hypot(*(self._terms.T @ camera).T).mean() > TUNING.still_px)
        left = outside_range(luma, _moved(before, camera) if moves else before)
        weights = np.maximum(left - np.float32(2.0), 0.0)
        return CameraStep(moves, float(left.mean()), _box_of_most(weights))

    def _trust(self, picture: ndarray) -> ndarray:
        """Return how far motion can be seen at each place, 0 to 1."""
        values = cv2.blur(picture, (3, 3))
        across, down = cv2.Sobel(values, cv2.CV_32F, 1, 0)[self._places], cv2.Sobel(values, cv2.CV_32F, 0, 1)[self._places]
        gradient = np.hypot(across, down).ravel().astype(np.float64)
        return np.asarray(gradient / (gradient + TUNING.texture))

    def _fit(self, values: ndarray, trust: ndarray) -> ndarray:
        """Return the affine motion, (3, 2), that explains most vectors, (n, 2)."""
        weights = trust
        fitted = np.zeros((3, 2))
        for _ in range(TUNING.rounds):
            weighted = self._terms * weights
            # Sums of einsum do not depend on the number of threads, as those of a matrix product do.
            normal = np.einsum("in,jn->ij", weighted, self._terms) + 1e-6 * np.eye(3)
            fitted = np.linalg.solve(normal, np.einsum("in,nk->ik", weighted, values))
            residual = np.hypot(*(values - np.einsum("in,ik->nk", self._terms, fitted)).T)
            scale = 1.5 * max(0.15, 1.4826 * float(np.median(residual)))
            weights = trust / (1.0 + (residual / scale) ** 2)
        return fitted


def _moved(before: ndarray, camera: ndarray) -> ndarray:
    """Move a sample as the camera did; what comes in at the edge repeats the edge."""
    rows, columns = before.shape
    (shift_x, shift_y), (xx, xy), (yx, yy) = camera[0] / 2, camera[1], camera[2]
    centre_x, centre_y = (columns - 1) / 2, (rows - 1) / 2
    matrix = np.array(
        [
            [1 + xx, yx, shift_x - xx * centre_x - yx * centre_y],
            [xy, 1 + yy, shift_y - xy * centre_x - yy * centre_y],
        ]
    )
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpAffine(before, matrix, (columns, rows), flags=flags, borderMode=cv2.BORDER_REPLICATE))


def _box_of_most(weights: ndarray) -> tuple[int, int, int, int]:
    """Return the box that holds the middle 80 % of some weights, across and down; of all where there are none."""
    total = float(weights.sum())
    rows, columns = weights.shape
    if total <= 0.0:
        return 0, 0, columns, rows
    (left, right), (top, bottom) = (
        np.searchsorted(np.cumsum(weights.sum(axis=axis)) / total, (0.1, 0.9)).clip(0, weights.shape[1 - axis] - 1)
        for axis in (0, 1)
    )
    return int(left), int(top), int(right - left) + 1, int(bottom - top) + 1
