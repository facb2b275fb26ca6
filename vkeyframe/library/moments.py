"""How a video looks from moment to moment, for clips and excerpts that are looked for in it."""

from __future__ import annotations

from array import array
from typing import ClassVar

import numpy as np
from numpy import ndarray

from vkeyframe.analysis.analyser import Analyser
from vkeyframe.analysis.descriptor import TUNING, describe
from vkeyframe.analysis.features import FrameFeatures
from vkeyframe.analysis.sample import Sample
from vkeyframe.library.entries import Moments
from vkeyframe.library.views import bare_lab, pack
from vkeyframe.opencv import cv2
from vkeyframe.video.frame import Frame

# Seconds between two moments, at least: of about eight samples a second every other one.
APART = 0.2
# No bar of a letter-box is brighter, noise included, in grey levels.
_DARK = TUNING.brightest_bar + TUNING.bar_noise
# Small pictures that are described at once.
_BATCH = 64


class MomentCollector(Analyser[Moments]):
    """Describes about four samples a second, each without its letter-box."""

    needs_pictures: ClassVar[bool] = True

    def __init__(self) -> None:
        self._times = array("d")
        self._waiting: list[ndarray] = []
        self._described: list[ndarray] = [Moments.none().descriptors]
        self._frame: Frame | None = None

    def see(self, frame: Frame) -> None:
        """Remember the frame, which may be the next sample."""
        self._frame = frame

    def push(self, sample: Sample) -> None:
        """Describe the frame of the next sample."""
        time = sample.features.time
        # Not the sharpest frame since the last sample: two runs over the same scene must see it at the same times.
        if self._frame is None or (self._times and time < self._times[-1] + APART):
            return
        self._times.append(time)
        self._waiting.append(_lab(self._frame, sample.features))
        if len(self._waiting) == _BATCH:
            self._describe()

    def finish(self) -> Moments:
        """Return the moments in order of time."""
        self._describe()
        return Moments(np.array(self._times, np.float32), np.concatenate(self._described))

    def _describe(self) -> None:
        if self._waiting:
            self._described.append(pack(describe(np.stack(self._waiting))[:, 0]))
            self._waiting = []


def _lab(frame: Frame, features: FrameFeatures) -> ndarray:
    """Reduce a frame without its letter-box to (18, 32, 3) float32 Lab, as `bare_lab` does.

    What the analysis has reduced already is taken where no edge is dark enough for a bar: to reduce a picture of 1080p once more
    takes a tenth of the time of the whole run.
    """
    if any(_may_be_bars(lines) for lines in (features.luma, features.luma.T)):
        return bare_lab(frame.picture)
    small = features.small
    if frame.correction is not None:
        small = np.clip(cv2.transform(small, frame.correction), 0.0, 255.0)
    return np.asarray(cv2.cvtColor(small / np.float32(255.0), cv2.COLOR_BGR2LAB))


def _may_be_bars(lines: ndarray) -> bool:
    return bool(min(np.median(lines[0]), np.median(lines[-1])) <= _DARK)
