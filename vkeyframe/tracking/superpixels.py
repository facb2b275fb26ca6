"""The tokens of a frame: superpixels, each with its colour, the colour around it, its texture and its place."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy import ndarray

from vkeyframe.kernels.superpixels import label_means, superpixels
from vkeyframe.opencv import cv2


@dataclass(frozen=True, slots=True)
class TokenTuning:
    """Sizes and weights of tokens, in pictures of about 427×240; from trials on DAVIS (J of masks).

    Attributes
    ----------
    side_px : float
        Side of a superpixel.
    compactness : float
        Colour difference (ΔE) that counts as much as one side.
    rounds : int
        Of moving the superpixels.
    around_px : float
        Deviation of the blur that gives the colour around.
    around, texture, place : float
        What differences of these weigh where a difference of colour weighs 1; place in shares of the picture's sides.
    """

    side_px: float = 7.0
    compactness: float = 10.0
    rounds: int = 4
    around_px: float = 5.0
    around: float = 0.6
    texture: float = 2.5
    place: float = 60.0


TUNING = TokenTuning()


@dataclass(frozen=True, slots=True)
class Tokens:
    """The superpixels of a frame, one near each cell of an even grid.

    Attributes
    ----------
    labels : (height, width) int32
        Which superpixel each pixel belongs to.
    features : (d, rows, columns) float32
        Distances between them say how alike two tokens are, of the same frame or of two.
    """

    labels: ndarray
    features: ndarray

    def mean(self, values: ndarray) -> ndarray:
        """Average a map, (height, width), over each superpixel; (rows * columns,) float32."""
        out = np.empty((self.features[0].size, 1), np.float32)
        label_means(np.ascontiguousarray(values[..., None], np.float32), self.labels, out)
        return out[:, 0]

    def paint(self, values: ndarray) -> ndarray:
        """Give each pixel the value of its superpixel, (height, width)."""
        return np.asarray(values[self.labels])


def tokens_of(picture: ndarray) -> Tokens:
    """Cut a small picture into tokens.

    Parameters
    ----------
    picture : (height, width, 3) uint8, BGR
    """
    height, width = picture.shape[:2]
    rows, columns = max(1, round(height / TUNING.side_px)), max(1, round(width / TUNING.side_px))
    lab = cv2.cvtColor(picture.astype(np.float32) / 255.0, cv2.COLOR_BGR2LAB)
    labels = np.empty((height, width), np.int32)
    superpixels(lab, (rows, columns), TUNING.compactness, TUNING.rounds, labels)
    x, y = np.meshgrid(np.arange(width, dtype=np.float32) / width, np.arange(height, dtype=np.float32) / height)
    around = TUNING.around * cv2.GaussianBlur(lab, (0, 0), TUNING.around_px)
    planes = np.dstack([lab, around, *_orientations(picture), TUNING.place * x, TUNING.place * y])
    means = np.empty((rows * columns, planes.shape[2]), np.float32)
    label_means(planes, labels, means)
    means[:, 6:10] = TUNING.texture * np.sqrt(means[:, 6:10])
    return Tokens(labels, np.ascontiguousarray(means.T).reshape(-1, rows, columns))


def _orientations(picture: ndarray) -> list[ndarray]:
    """Return the energy of the gradient in four directions, (height, width) float32 each, in squared grey levels a pixel."""
    grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY).astype(np.float32)
    dx, dy = cv2.Sobel(grey, cv2.CV_32F, 1, 0, scale=0.125), cv2.Sobel(grey, cv2.CV_32F, 0, 1, scale=0.125)
    return [dx * dx, (dx + dy) ** 2 / 2, dy * dy, (dx - dy) ** 2 / 2]
