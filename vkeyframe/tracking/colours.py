"""The colours of a thing, against those around it.

References
----------
.. [1] Bertinetto, Valmadre, Golodetz, Miksik, Torr, "Staple: complementary learners for real-time tracking", CVPR 2016,
   arXiv:1512.01355.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy import ndarray

from vkeyframe.opencv import cv2
from vkeyframe.tracking.window import CELL_PX, CELLS, SIDE_PX


@dataclass(frozen=True, slots=True)
class ColourTuning:
    """How colours are learned; the first two numbers are those of [1], the others were set by eye.

    Attributes
    ----------
    shift : int
        Bits of each channel that are left out; 4 leave 16 steps.
    rate : float
        How fast the past is forgotten.
    inner, outer, around : float
        The share of the box that is surely the thing, where around the box the other colours begin, and where they end, in
        sides of the box.
    """

    shift: int = 4
    rate: float = 0.04
    inner: float = 0.8
    outer: float = 1.1
    around: float = 2.5


TUNING = ColourTuning()
_STEPS = 256 >> TUNING.shift


class ColourModel:
    """Histograms of the colours of a thing and of those around it.

    Parameters
    ----------
    target : (float, float)
        Width and height of the thing in its window, in pixels of the window.
    """

    def __init__(self, target: tuple[float, float]) -> None:
        self._target = target
        self._thing = _rectangle(target, TUNING.inner)
        self._rest = _rectangle(target, TUNING.around) & ~_rectangle(target, TUNING.outer)
        self._histograms: ndarray | None = None

    def learn(self, patch: ndarray) -> None:
        """Learn from a window, (144, 144, 3) uint8, that has the thing in its middle."""
        steps = _steps(patch)
        counts = [np.bincount(steps[part], minlength=_STEPS**3) for part in (self._thing, self._rest)]
        new = np.stack([count / max(1, count.sum()) for count in counts])
        old = self._histograms
        self._histograms = new if old is None else (1.0 - TUNING.rate) * old + TUNING.rate * new

    def answer(self, patch: ndarray) -> ndarray:
        """Return how much of the box has colours of the thing for each shift of a window, (36, 36) float32, 0 to 1."""
        if self._histograms is None:
            return np.zeros((CELLS, CELLS), np.float32)
        thing, rest = self._histograms
        share = (thing / (thing + rest + 1e-6)).astype(np.float32)[_steps(patch)]
        width, height = (max(1, round(side)) for side in self._target)
        mean = cv2.boxFilter(share, -1, (width, height), normalize=True, borderType=cv2.BORDER_REPLICATE)
        return np.asarray(mean[::CELL_PX, ::CELL_PX])


def _steps(patch: ndarray) -> ndarray:
    steps = (patch >> TUNING.shift).astype(np.int32)
    return np.asarray((steps[..., 0] * _STEPS + steps[..., 1]) * _STEPS + steps[..., 2])


def _rectangle(target: tuple[float, float], share: float) -> ndarray:
    """Mark a rectangle in the middle of a window, (144, 144) bool, that is `share` times the thing."""
    middle = np.abs(np.arange(SIDE_PX) - (SIDE_PX - 1) / 2)
    across, upright = (middle <= max(1.0, share * side / 2) for side in target)
    return np.outer(upright, across)
