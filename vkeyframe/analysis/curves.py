"""How a video goes on from moment to moment: what changes, what is new, how sharp it is, and where its attention lies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy import ndarray

from vkeyframe.analysis.analyser import Analyser
from vkeyframe.analysis.attention import temporal_attention, unit_vectors
from vkeyframe.analysis.features import FrameFeatures
from vkeyframe.analysis.sample import Sample
from vkeyframe.analysis.sections import Moment

# A curve has at most so many points, as many as a wide window has pixels, so that a video of any length takes the same memory.
MOST_MOMENTS = 1200


@dataclass(frozen=True, slots=True)
class _Gathered:
    """One or several samples that follow each other: the first time, the highest values, and the picture that changed most."""

    time: float
    change: float
    sharpness: float
    lab: ndarray
    samples: int

    def with_next(self, other: _Gathered) -> _Gathered:
        return _Gathered(
            self.time,
            max(self.change, other.change),
            max(self.sharpness, other.sharpness),
            other.lab if other.change > self.change else self.lab,
            self.samples + other.samples,
        )


class CurveFinder(Analyser[tuple[Moment, ...]]):
    """Keeps a moment for each sample; where these are too many, two by two become one with the higher values."""

    # Samples inside transitions are wanted too; the pictures themselves are not looked at.
    needs_pictures: ClassVar[bool] = True

    def __init__(self) -> None:
        self._moments: list[_Gathered] = []
        # The moment that is not complete, and how many samples it takes.
        self._open: _Gathered | None = None
        self._samples_each = 1
        self._before: FrameFeatures | None = None

    def push(self, sample: Sample) -> None:
        """Take the next sample."""
        here, before = sample.features, self._before
        change = 0.0 if before is None else float(np.abs(here.small - before.small).mean())
        sharpness = float(np.sqrt(here.gradients.mean()))
        seen = _Gathered(here.time, change, sharpness, here.lab.astype(np.float16), 1)
        self._before = here
        self._open = seen if self._open is None else self._open.with_next(seen)
        if self._open.samples == self._samples_each:
            self._moments.append(self._open)
            self._open = None
        if len(self._moments) == MOST_MOMENTS:
            pairs = zip(self._moments[::2], self._moments[1::2], strict=True)
            self._moments = [one.with_next(other) for one, other in pairs]
            self._samples_each *= 2

    def finish(self) -> tuple[Moment, ...]:
        """Return the moments in order of time; none if there was no sample."""
        moments = [*self._moments, *([] if self._open is None else [self._open])]
        if not moments:
            return ()
        vectors = unit_vectors(np.stack([moment.lab.ravel() for moment in moments]).astype(np.float32))
        counts = np.array([moment.samples for moment in moments], np.float64)
        attention = temporal_attention(vectors, counts) * counts.sum() / counts
        return tuple(
            Moment(round(seen.time, 6), round(seen.change, 2), round(new, 3), round(seen.sharpness, 2), round(share, 3))
            for seen, new, share in zip(moments, _novelty(vectors).tolist(), attention.tolist(), strict=True)
        )


def _novelty(vectors: ndarray) -> ndarray:
    """Tell for each unit vector how unlike all before it it is: 1 less the highest correlation, 0 to 1; (n, d) to (n,)."""
    likeness = np.tril(vectors @ vectors.T, -1)
    return np.asarray(np.clip(1.0 - likeness.max(axis=1), 0.0, 1.0))
