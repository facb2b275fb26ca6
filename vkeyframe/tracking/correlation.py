"""A correlation filter that knows a thing from what is around it.

References
----------
.. [1] Galoogahi, Fagg, Lucey, "Learning background-aware correlation filters for visual tracking", ICCV 2017, arXiv:1703.04590.
.. [2] Henriques, Caseiro, Martins, Batista, "High-speed tracking with kernelized correlation filters", PAMI 2015,
   doi:10.1109/TPAMI.2014.2345390.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy import ndarray

from vkeyframe.kernels.correlation import fit_spectrum
from vkeyframe.tracking.window import CELL_PX, CELLS


@dataclass(frozen=True, slots=True)
class FilterTuning:
    """How a filter learns; from [1], but for the penalty, set on nine sequences of OTB, VOT and MIL and ten of DAVIS.

    Attributes
    ----------
    label_deviation : float
        Of the wished answer, in sides of a square as large as the thing.
    rate : float
        How fast the past is forgotten.
    ridge : float
        Against large values of the filter.
    penalty, growth, most : float
        µ of the first round, its growth from round to round, and where that ends. 1 in the paper; 0.1 follows less well what
        turns.
    rounds : int
    """

    label_deviation: float = 1 / 16
    rate: float = 0.013
    ridge: float = 0.01
    penalty: float = 0.5
    growth: float = 10.0
    most: float = 1000.0
    rounds: int = 2


TUNING = FilterTuning()
_COUNT = CELLS * CELLS


class CorrelationFilter:
    """Tells for each shift of a window how much what lies there is like a thing.

    Parameters
    ----------
    target : (float, float)
        Width and height of the thing in its window, in pixels of the window.
    """

    def __init__(self, target: tuple[float, float]) -> None:
        width, height = (side / CELL_PX for side in target)
        deviation = TUNING.label_deviation * np.sqrt(width * height)
        shift = np.minimum(np.arange(CELLS), CELLS - np.arange(CELLS))
        label = np.exp(-(shift[:, None] ** 2 + shift**2) / (2 * deviation**2))
        self._label = (np.fft.rfft2(label) / _COUNT).astype(np.complex64).ravel()
        middle = np.abs(np.arange(CELLS) - (CELLS - 1) / 2)
        # Half a cell more, so that the outline of the thing is in it.
        self._support = np.outer(middle <= height / 2 + 0.25, middle <= width / 2 + 0.25).astype(np.float32)
        self._seen: ndarray | None = None
        self._filter = np.zeros(0, np.complex64)
        self._full = 1.0

    def learn(self, spectrum: ndarray) -> None:
        """Learn from a window that has the thing in its middle; `spectrum` is (channels, 36, 19) complex64."""
        rate = np.float32(TUNING.rate)
        self._seen = spectrum if self._seen is None else (np.float32(1.0) - rate) * self._seen + rate * spectrum
        self._filter = self._fit(self._seen)
        self._full = max(1e-6, float(self._raw(spectrum)[0, 0]))

    def answer(self, spectrum: ndarray) -> ndarray:
        """Return how much each shift of a window is like the thing; 1 is as much as what was learned last.

        Returns
        -------
        (36, 36) float32
            No shift is at row and column 18; above and left of it the thing lies further up and left.
        """
        return np.asarray(np.fft.fftshift(self._raw(spectrum)) / np.float32(self._full), np.float32)

    def _raw(self, spectrum: ndarray) -> ndarray:
        return np.asarray(np.fft.irfft2((np.conj(self._filter) * spectrum).sum(axis=0), (CELLS, CELLS)), np.float32)

    def _fit(self, seen: ndarray) -> ndarray:
        """Fit the filter by alternating directions: to the samples, and to the thing's outline."""
        shape = seen.shape
        support, dual, found = (np.zeros((shape[0], shape[1] * shape[2]), np.complex64) for _ in range(3))
        samples, penalty = seen.reshape(support.shape), TUNING.penalty
        for _ in range(TUNING.rounds):
            fit_spectrum(samples, self._label, support, dual, penalty, _COUNT, found)
            spread = np.fft.irfft2((np.float32(penalty) * found + dual).reshape(shape), (CELLS, CELLS))
            cut = spread * self._support * np.float32(_COUNT / (penalty * _COUNT + TUNING.ridge))
            support = np.asarray(np.fft.rfft2(cut), np.complex64).reshape(support.shape)
            dual = dual + np.float32(penalty) * (found - support)
            penalty = min(TUNING.growth * penalty, TUNING.most)
        return found.reshape(shape)
