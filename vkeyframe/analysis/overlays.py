"""What lies over a video and stays in place while all else changes: logos, tickers, black bars."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy import ndarray

from vkeyframe.analysis.analyser import Analyser
from vkeyframe.analysis.sample import Sample
from vkeyframe.kernels.grid import LUMA_COLUMNS, LUMA_ROWS
from vkeyframe.opencv import cv2


@dataclass(frozen=True, slots=True)
class OverlayTuning:
    """When something lasts; set by eye on news with logo, name of the programme and ticker, and on ten clips without these.

    Attributes
    ----------
    restless : float
        Deviation over time, in grey levels, that at least half of the picture must have: where a person moves before a still
        camera it was up to 18, and 44 in the news.
    still_share, moving_share : float
        What deviates by less than this share of the picture's median lasts; from the greater share on nothing of it does.
    fewest_samples : int
        Before, nothing is said to last.
    margin : int
        Values of luma around it that its outline reaches, in the blurred maps of the heads.
    """

    restless: float = 24.0
    still_share: float = 0.1
    moving_share: float = 0.25
    fewest_samples: int = 16
    margin: int = 3


TUNING = OverlayTuning()


class OverlayFinder(Analyser[ndarray]):
    """Measures how much each place of the picture changes over the whole video.

    Its section is no part of the report: a (36, 64) float32 array, 1 where something lasts and beside it, 0 where
    the picture changes or where all of it rests.
    """

    def __init__(self) -> None:
        self._count = 0
        self._mean = np.zeros((LUMA_ROWS, LUMA_COLUMNS))
        self._squares = np.zeros((LUMA_ROWS, LUMA_COLUMNS))

    def push(self, sample: Sample) -> None:
        """Take the next sample."""
        self._count += 1
        # Welford, 1962, doi:10.1080/00401706.1962.10490022: sums of squares would lose digits over hours.
        ahead = sample.features.luma - self._mean
        self._mean += ahead / self._count
        self._squares += ahead * (sample.features.luma - self._mean)

    def finish(self) -> ndarray:
        """Return where something lasts."""
        if self._count < TUNING.fewest_samples:
            return np.zeros(self._mean.shape, np.float32)
        deviation = np.sqrt(self._squares / self._count)
        usual = float(np.median(deviation))
        if usual < TUNING.restless:
            return np.zeros(self._mean.shape, np.float32)
        share = (deviation / usual - TUNING.still_share) / (TUNING.moving_share - TUNING.still_share)
        lasting = (1.0 - np.clip(share, 0.0, 1.0)).astype(np.float32)
        # What is smaller than two values of luma may be chance. The anchors keep it in place, which MORPH_OPEN does not.
        square = np.ones((2, 2), np.uint8)
        opened = cv2.dilate(cv2.erode(lasting, square, anchor=(0, 0)), square, anchor=(1, 1))
        side = 2 * TUNING.margin + 1
        return np.asarray(cv2.dilate(opened, np.ones((side, side), np.uint8)), np.float32)
