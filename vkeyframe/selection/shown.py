"""What the keyframes chosen so far show, and what was passed over: a bounded memory of small pictures."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy import ndarray

from vkeyframe.analysis.attention import unit_vectors
from vkeyframe.analysis.features import FrameFeatures, Summary
from vkeyframe.selection.novelty import TUNING as NOVELTY
from vkeyframe.selection.novelty import novelty

# How many of the latest keyframes are remembered; what was shown before may be shown again. Each takes 14 KiB. Set by eye.
MOST_SHOWN = 256
# How many of the latest frames that were passed over are remembered: with others like them they may come to be worth a keyframe.
MOST_PASSED = 32


@dataclass(frozen=True, slots=True)
class Look:
    """What a frame shows.

    Attributes
    ----------
    lab : (18, 32, 3) float32
        As in `FrameFeatures`.
    vector : (1728,) float
        The same with mean 0 and length 1, so that the product of two is their Pearson correlation.
    time : float
        Seconds.
    shot : int
    seconds : float
        For how long it is seen.
    shown : float
        How far keyframes show it already, 0 to 1.
    """

    lab: ndarray
    vector: ndarray
    time: float
    shot: int
    seconds: float
    shown: float = 0.0

    @classmethod
    def of(cls, features: FrameFeatures | Summary, shot: int, seconds: float) -> Self:
        """Make one of a frame's small pictures."""
        lab = features.lab
        return cls(lab, unit_vectors(lab.reshape(1, -1))[0], features.time, shot, seconds)


@dataclass(frozen=True, slots=True)
class Seen:
    """How a frame compares with what is remembered.

    Attributes
    ----------
    covered : float
        Greatest correlation with a keyframe, 0 to 1.
    likeness : float
        How much of it the keyframe shows that shows most of it, 0 to 1.
    gain : float
        How many seconds of what is not yet shown it would add, with what was passed over and is like it.
    passed : tuple of float
        How like it each frame is that was passed over.
    """

    covered: float
    likeness: float
    gain: float
    passed: tuple[float, ...]


class ShownLooks:
    """Remembers the latest keyframes, and the latest frames that were passed over.

    Attributes
    ----------
    shot : int
        The shot whose habits are known, see `novelty.Habituation`.
    """

    def __init__(self) -> None:
        self.shot = 0
        self._shown: deque[Look] = deque(maxlen=MOST_SHOWN)
        self._passed: deque[Look] = deque(maxlen=MOST_PASSED)

    def compare(self, look: Look, tolerance: ndarray) -> Seen:
        """Compare a frame with all that is remembered; `tolerance` is what its shot usually changes in each place."""
        covered = max((float(look.vector @ other.vector) for other in self._shown), default=0.0)
        likeness = max((self._likeness(look, other, tolerance) for other in self._shown), default=0.0)
        passed = tuple(self._likeness(look, other, tolerance) for other in self._passed)
        gain = look.seconds * (1.0 - likeness)
        gain += sum(other.seconds * max(0.0, like - other.shown) for other, like in zip(self._passed, passed, strict=True))
        return Seen(max(0.0, covered), likeness, gain, passed)

    def show(self, look: Look, seen: Seen) -> None:
        """Remember a keyframe."""
        pairs = zip(self._passed, seen.passed, strict=True)
        self._passed = deque((replace(one, shown=max(one.shown, like)) for one, like in pairs), maxlen=MOST_PASSED)
        self._shown.append(look)

    def pass_over(self, look: Look, seen: Seen) -> None:
        """Remember a frame that is no keyframe."""
        self._passed.append(replace(look, shown=seen.likeness))

    def recent_times(self, time: float) -> list[float]:
        """Return the times in seconds of the latest keyframes, as far as they are near a time."""
        return [look.time for look in list(self._shown)[-8:] if look.time <= time]

    def _likeness(self, one: Look, other: Look, tolerance: ndarray) -> float:
        if one.shot == other.shot:
            return 1.0 - novelty(one.lab, other.lab, tolerance)
        if float(one.vector @ other.vector) < NOVELTY.unrelated:
            return 0.0
        even = np.full(one.lab.shape[:2], NOVELTY.tolerated**2, np.float32)
        return 1.0 - novelty(one.lab, other.lab, even)
