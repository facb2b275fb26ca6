"""What a window looks like, cell by cell."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy import ndarray

from vkeyframe.kernels.gradients import ORIENTATIONS, oriented_gradients
from vkeyframe.opencv import cv2
from vkeyframe.tracking.window import CELL_PX, CELLS

# As in the paper of these histograms, for luma from 0 to 255.
CLIP, NOISE = 0.2, 0.01
# A difference of colour of 255 counts as much as a gradient of 1.
LAB_RANGE = np.float32(255.0)
_FADE = np.hanning(CELLS + 2)[1:-1].astype(np.float32)


@dataclass(frozen=True, slots=True)
class Appearance:
    """What a window looks like.

    Attributes
    ----------
    patch : (144, 144, 3) uint8
        BGR.
    gradients : (36, 36, 27) float32
        Histogram of oriented gradients of each cell.
    lab : (36, 36, 3) float32
        Mean colour of each cell, CIE Lab, 0 to 255.
    """

    patch: ndarray
    gradients: ndarray
    lab: ndarray

    @classmethod
    def of(cls, patch: ndarray) -> Appearance:
        """Look at a window."""
        gradients = np.empty((CELLS, CELLS, ORIENTATIONS), np.float32)
        oriented_gradients(cv2.cvtColor(patch, cv2.COLOR_BGR2GRAY).astype(np.float32), CELL_PX, CLIP, NOISE, gradients)
        lab = cv2.resize(cv2.cvtColor(patch, cv2.COLOR_BGR2LAB), (CELLS, CELLS), interpolation=cv2.INTER_AREA)
        return cls(patch, gradients, lab.astype(np.float32))

    def spectrum(self) -> ndarray:
        """Return gradients and colour, faded out towards the edges of the window, in frequencies; (30, 36, 19) complex64."""
        colour = (self.lab - self.lab.mean(axis=(0, 1))) / LAB_RANGE
        seen = np.concatenate([self.gradients, colour], axis=2) * (_FADE[:, None] * _FADE)[..., None]
        return np.asarray(np.fft.rfft2(np.ascontiguousarray(seen.transpose(2, 0, 1))), np.complex64)
