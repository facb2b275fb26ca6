"""How much changes, and how much attention each moment gets, over the whole video."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy import ndarray

from vkeyframe.analysis.analyser import Analyser
from vkeyframe.analysis.attention import temporal_attention, unit_vectors
from vkeyframe.analysis.sample import Sample
from vkeyframe.analysis.sections import CurvePoint

# Points of a curve at most: as many as a wide screen can show.
MOST_POINTS = 1200


@dataclass(frozen=True, slots=True)
class _Pool:
    """Samples next to each other: the time and picture (Lab, as a vector) of the one that changes most, and how many they are."""

    time: float
    change: float
    picture: ndarray
    count: int

    def with_next(self, other: _Pool) -> _Pool:
        most = self if self.change >= other.change else other
        return _Pool(most.time, most.change, most.picture, self.count + other.count)


class CurveFinder(Analyser[tuple[CurvePoint, ...]]):
    """Keeps the change of each sample; where there are too many, each two neighbours become one, with the larger change."""

    # Samples inside transitions are wanted too; the pictures themselves are not looked at.
    needs_pictures: ClassVar[bool] = True

    def __init__(self) -> None:
        self._pools: list[_Pool] = []
        self._open: _Pool | None = None
        self._samples_each = 1

    def push(self, sample: Sample) -> None:
        """Take the next sample."""
        features = sample.features
        before = features.luma if features.before is None else features.before.luma
        change = float(np.abs(features.luma - before).mean()) / 255.0
        here = _Pool(features.time, change, features.lab.ravel(), 1)
        self._open = here if self._open is None else self._open.with_next(here)
        if self._open.count < self._samples_each:
            return
        self._pools.append(self._open)
        self._open = None
        if len(self._pools) == MOST_POINTS:
            pairs = zip(self._pools[::2], self._pools[1::2], strict=True)
            self._pools = [first.with_next(second) for first, second in pairs]
            self._samples_each *= 2

    def finish(self) -> tuple[CurvePoint, ...]:
        """Return the points in order of time."""
        pools = [*self._pools, *([] if self._open is None else [self._open])]
        if not pools:
            return ()
        counts = np.array([pool.count for pool in pools], float)
        shares = temporal_attention(unit_vectors(np.stack([pool.picture for pool in pools])), counts)
        relative = shares * counts.sum() / counts
        return tuple(
            CurvePoint(pool.time, round(pool.change, 4), round(float(value), 4))
            for pool, value in zip(pools, relative, strict=True)
        )
