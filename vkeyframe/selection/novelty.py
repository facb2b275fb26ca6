"""When a moment shows something else than another: by what has changed in its place, beyond what always goes on there."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np
from numpy import ndarray

from vkeyframe.analysis.features import FrameFeatures
from vkeyframe.kernels.grid import COLOUR_COLUMNS, COLOUR_ROWS
from vkeyframe.kernels.unlike import unlike_matrix, unlike_share
from vkeyframe.opencv import cv2


@dataclass(frozen=True, slots=True)
class NoveltyTuning:
    """What counts as something else; set on must-see moments that people marked, where it moves the share that is shown.

    Attributes
    ----------
    noise, tolerated : float
        Colour differences (ΔE): the first is taken for none, the second beyond it leaves 37 % of the likeness of a place.
    habituation : float
        How much of what usually changes in a place within `habit_seconds` is tolerated there besides.
    habit_seconds : float
    usual : float
        Of ten changes of a place so many tenths are less than its usual one.
    adapting : float
        Share by which the usual change follows with each sample.
    small_part, large_part : float
        Shares of the picture that, when they have become another, leave 37 % of its likeness: half of the novelty is measured
        by the one, so that a small thing counts, half by the other, so that a greater change counts for more.
    unrelated : float
        Pictures of different shots that correlate less than this have nothing in common; it saves time to look no closer.
    unseen, meaningless : float
        A novelty by the small part below the first is not seen, one by both below the second says nothing, however long it lasts.
    """

    noise: float = 2.0
    tolerated: float = 12.0
    habituation: float = 4.0
    habit_seconds: float = 1.0
    usual: float = 0.8
    adapting: float = 0.06
    small_part: float = 0.03
    large_part: float = 0.2
    unrelated: float = 0.5
    unseen: float = 0.2
    meaningless: float = 0.05


TUNING = NoveltyTuning()


class Habituation:
    """Learns from a shot what usually changes in each place of the picture: the quantile of what a place changes in a second.

    The quantile follows the samples by small steps, which needs no memory of them (Ma, Muthukrishnan, Sandler, "Frugal streaming
    for estimating quantiles", 2013, arXiv:1407.1121).
    """

    def __init__(self) -> None:
        self._recent: deque[FrameFeatures] = deque()
        self._usual = np.zeros((COLOUR_ROWS, COLOUR_COLUMNS), np.float32)

    def see(self, features: FrameFeatures) -> None:
        """Take the next sample of the shot."""
        self._recent.append(features)
        while len(self._recent) > 1 and features.time - self._recent[1].time >= TUNING.habit_seconds:
            self._recent.popleft()
        before = self._recent[0]
        if features.time - before.time < 0.7 * TUNING.habit_seconds:
            return
        changed = np.sqrt(((features.lab - before.lab) ** 2).sum(axis=2))
        step = np.where(changed > self._usual, 2.0 * TUNING.usual, -2.0 * (1.0 - TUNING.usual))
        self._usual = np.maximum(self._usual + TUNING.adapting * step * (1.0 + self._usual), 0.0).astype(np.float32)

    def tolerance(self) -> ndarray:
        """Return the squared colour difference (ΔE²) that is tolerated in each place, (18, 32) float32."""
        habit = TUNING.habituation * cv2.blur(self._usual, (3, 3))
        return np.asarray(TUNING.tolerated**2 + habit**2, np.float32)


def novelty(one: ndarray, other: ndarray, tolerance: ndarray) -> float:
    """Tell how much else one (18, 32, 3) Lab picture shows than another of the same shot, 0 to 1."""
    return float(_grade(np.array(unlike_share(one, other, tolerance, np.float32(TUNING.noise)))))


def novelty_matrix(pictures: ndarray, shots: ndarray, tolerances: dict[int, ndarray], similarity: ndarray) -> ndarray:
    """Compute the novelty of all pairs of pictures.

    Parameters
    ----------
    pictures : (n, 18, 32, 3) float32
        Lab.
    shots : (n,) int
        Pictures of different shots have no habits in common.
    tolerances : dict of int to (18, 32) float32
        Of the shots; of those that are missing no habits are known.
    similarity : (n, n) float
        Pearson correlation of the pictures; those of different shots below `TUNING.unrelated` are taken for wholly new.

    Returns
    -------
    (n, n) float64, symmetric, 0 to 1
    """
    known, groups = np.unique(shots, return_inverse=True)
    even = np.full(pictures.shape[1:3], TUNING.tolerated**2, np.float32)
    stacked = np.stack([tolerances.get(int(shot), even) for shot in known])
    shares = np.where(similarity < TUNING.unrelated, 1.0, np.nan)
    noise, between = np.float32(TUNING.noise), np.float32(TUNING.tolerated**2)
    unlike_matrix(np.ascontiguousarray(pictures, np.float32), groups.astype(np.int64), stacked, noise, between, shares)
    return np.asarray(_grade(shares))


def _grade(share: ndarray) -> ndarray:
    """Turn the share of the picture that has become another into how much else a person sees."""
    seen = 1.0 - np.exp(-share / TUNING.small_part)
    both = (_beyond(seen, TUNING.unseen) + 1.0 - np.exp(-share / TUNING.large_part)) / 2
    return _beyond(both, TUNING.meaningless)


def _beyond(values: ndarray, least: float) -> ndarray:
    return np.asarray(np.maximum(values - least, 0.0) / (1.0 - least))
