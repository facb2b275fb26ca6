"""Parts of a time in which more goes on than usual, found by two thresholds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy import ndarray


@dataclass(frozen=True, slots=True)
class BurstTuning:
    """When more goes on than usual; set on still clips with marked events, where it reaches a recall of 0.58.

    Attributes
    ----------
    smoothing_seconds : float
        Deviation of the Gaussian over time.
    usual : float
        The quantile that stands for what always goes on.
    on, on_above_usual : float
        A burst goes on while there is more than so many grey levels, and more than so many times the usual.
    peak, peak_above_usual : float
        It must rise above both of these.
    join_seconds, shortest_seconds : float
        Bursts less apart are one; a shorter one is none.
    """

    smoothing_seconds: float = 0.19
    usual: float = 0.2
    on: float = 0.5
    on_above_usual: float = 1.3
    peak: float = 0.75
    peak_above_usual: float = 2.0
    join_seconds: float = 0.6
    shortest_seconds: float = 0.3


TUNING = BurstTuning()


def find_bursts(times: ndarray, energies: ndarray) -> list[tuple[int, int]]:
    """Find the bursts of a signal by hysteresis.

    Parameters
    ----------
    times : (n,) float64
        In seconds, increasing.
    energies : (n,) float64, ≥ 0
        Grey levels.

    Returns
    -------
    list of (int, int)
        Places of the first and the last value of each, in order of time.
    """
    smooth = _smoothed(times, energies)
    usual = float(np.quantile(smooth, TUNING.usual)) if len(smooth) else 0.0
    on = smooth > max(TUNING.on, TUNING.on_above_usual * usual)
    steps = np.flatnonzero(np.diff(np.concatenate(([False], on, [False]))))
    joined: list[tuple[int, int]] = []
    for first, stop in steps.reshape(-1, 2).tolist():
        if smooth[first:stop].max() <= max(TUNING.peak, TUNING.peak_above_usual * usual):
            continue
        if joined and times[first] - times[joined[-1][1]] < TUNING.join_seconds:
            joined[-1] = joined[-1][0], stop - 1
        else:
            joined.append((first, stop - 1))
    return [(first, last) for first, last in joined if times[last] - times[first] >= TUNING.shortest_seconds]


def _smoothed(times: ndarray, values: ndarray) -> ndarray:
    """Smooth values by a Gaussian over their times, which may be uneven."""
    reach = 3.0 * TUNING.smoothing_seconds
    starts, stops = np.searchsorted(times, times - reach), np.searchsorted(times, times + reach, side="right")
    smooth = np.empty(len(values))
    for place, (start, stop) in enumerate(zip(starts, stops, strict=True)):
        weights = np.exp(-(((times[start:stop] - times[place]) / TUNING.smoothing_seconds) ** 2) / 2)
        smooth[place] = (weights * values[start:stop]).sum() / weights.sum()
    return smooth
