"""How much the picture changes from moment to moment, in little memory: 16 bytes for each sample."""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy import ndarray

from vkeyframe.analysis.analyser import Analyser
from vkeyframe.analysis.sample import Sample


@dataclass(frozen=True, slots=True)
class Changes:
    """Samples of a video.

    Attributes
    ----------
    times : (n,) float64
        Seconds, increasing.
    values : (n,) float64
        How much each differs from the one before: mean difference of the luma of small pictures in grey levels; 0 for the first.
    """

    times: ndarray
    values: ndarray


class ChangeFinder(Analyser[Changes]):
    """Measures each sample against the one before, inside transitions, too."""

    needs_pictures: ClassVar[bool] = True

    def __init__(self) -> None:
        self._times, self._values = array("d"), array("d")
        self._before: ndarray | None = None

    def push(self, sample: Sample) -> None:
        """Take the next sample."""
        small = sample.features.small
        self._times.append(sample.features.time)
        self._values.append(0.0 if self._before is None else float(np.abs(small - self._before).mean()))
        self._before = small

    def finish(self) -> Changes:
        """Return what was measured."""
        return Changes(np.array(self._times), np.array(self._values))
