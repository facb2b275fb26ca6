"""Moments at which a sound sets in."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy import ndarray

from vkeyframe.sound.features import STEP_SECONDS


@dataclass(frozen=True, slots=True)
class OnsetTuning:
    """When a rise of the sound is an onset; set by eye on drawn clicks and words, and a few real videos.

    Attributes
    ----------
    least_db : float
        Rise, mean over the bands, that is more than chance; noise that goes on rises by 1 to 2 dB at every step.
    above_mean : float
        By how many times it must exceed the mean of `around_seconds` on both sides.
    around_seconds : float
    apart_seconds : float
        Of rises that are nearer to each other the strongest counts.
    """

    least_db: float = 6.0
    above_mean: float = 2.0
    around_seconds: float = 1.0
    apart_seconds: float = 0.1


TUNING = OnsetTuning()


def find_onsets(rise: ndarray) -> list[tuple[float, float]]:
    """Find peaks of the rise of the sound.

    Parameters
    ----------
    rise : (n,) float64
        In dB, of each step.

    Returns
    -------
    list of (time, strength)
        Seconds from the first step on, in order of time, and the rise in dB.

    References
    ----------
    Böck, Krebs, Schedl, "Evaluating the online capabilities of onset detection methods", ISMIR 2012.
    """
    if not len(rise):
        return []
    side = round(TUNING.around_seconds / STEP_SECONDS)
    sums = np.concatenate([[0.0], np.cumsum(rise)])
    first = np.maximum(0, np.arange(len(rise)) - side)
    behind = np.minimum(len(rise), np.arange(len(rise)) + side + 1)
    mean = (sums[behind] - sums[first]) / (behind - first)
    near = round(TUNING.apart_seconds / STEP_SECONDS)
    padded = np.pad(rise, near, constant_values=-1.0)
    highest = np.lib.stride_tricks.sliding_window_view(padded, 2 * near + 1).max(axis=1)
    is_onset = (rise >= highest) & (rise >= TUNING.least_db) & (rise >= TUNING.above_mean * mean)
    return [(place * STEP_SECONDS, float(rise[place])) for place in np.flatnonzero(is_onset).tolist()]
