"""Comparing every frame of a video with a target, and the likest ones closely."""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy import ndarray

from vkeyframe.analysis.analyser import Analyser
from vkeyframe.analysis.descriptor import PARTS, describe, small_lab
from vkeyframe.analysis.target import Place, SmallFrame, Target, shrunk
from vkeyframe.video.frame import Frame


@dataclass(frozen=True, slots=True)
class MatcherTuning:
    """Which frames are looked at closely; set on disturbed frames of 49 videos.

    Attributes
    ----------
    batch : int
        Frames that are described at once.
    window_seconds : float
        Of all frames within such a stretch only the likest are kept.
    kept_in_window : int
    windows : int
        How many stretches are kept, the likest ones; in each the target is searched for.
    aligned : int
        In how many of these, for each match that is wanted, it is aligned.
    neighbours : int
        Around how many of the best of them all frames that were kept are looked at.
    correlation : float
        What the correlation of structure counts beside the score for the order of frames. The score passes over a fifth of the
        picture, so that of several frames alike the correlation often tells the right one.
    per_grey_level : float
        Of two frames as like the target the one of nearer light is the better: what a grey level costs.
    """

    batch: int = 32
    window_seconds: float = 0.5
    kept_in_window: int = 3
    windows: int = 300
    aligned: int = 16
    neighbours: int = 3
    correlation: float = 0.5
    per_grey_level: float = 0.001


TUNING = MatcherTuning()


@dataclass(frozen=True, slots=True)
class Similarities:
    """How alike the frames of a video and the target are.

    Attributes
    ----------
    frames : (n,) int64
        0-based indices, in order of time.
    times : (n,) float64
        In seconds.
    logits : (n, heads, 2) float64
        What each head sees in each frame, for dot-product and for additive attention.
    places : dict of int to Place
        How some frames, which are the likest, show the target, by their place among the frames.
    ranks : dict of int to float
        What ranks these, the higher the better: the score, and what `MatcherTuning` adds.
    """

    frames: ndarray
    times: ndarray
    logits: ndarray
    places: dict[int, Place]
    ranks: dict[int, float]


class TargetMatcher(Analyser[Similarities]):
    """Compares every frame with a target.

    Parameters
    ----------
    target : Target
    wanted : int
        How many matches are wanted; the more, the more frames are looked at closely.
    """

    needs_pictures: ClassVar[bool] = True

    def __init__(self, target: Target, wanted: int = 1) -> None:
        self._target, self._wanted = target, wanted
        self._waiting: list[tuple[ndarray, SmallFrame]] = []
        self._frames, self._times = array("q"), array("d")
        self._similarity = array("d")
        self._logits: list[ndarray] = []
        self._kept: dict[int, SmallFrame] = {}

    def see(self, frame: Frame) -> None:
        """Compare the next frame."""
        self._frames.append(frame.index)
        self._times.append(frame.time)
        small, reduced = shrunk(frame.picture)
        self._waiting.append((small_lab(small), reduced))
        if len(self._waiting) == TUNING.batch:
            self._compare()

    def finish(self) -> Similarities:
        """Look closely at the likest frames, and return what is known of all."""
        if self._waiting:
            self._compare()
        self._prune()
        searched = {number: self._target.search(self._kept[number]) for number in self._best_of_windows()}
        best = sorted(searched, key=lambda number: (-searched[number][0], number))[: TUNING.aligned * self._wanted]
        places = {number: self._target.align(self._kept[number], *searched[number][1:]) for number in best}
        for number in sorted(places, key=lambda number: (-places[number].score, number))[: TUNING.neighbours * self._wanted]:
            for other in self._near(number):
                if other not in places:
                    searched[other] = self._target.search(self._kept[other])
                    places[other] = self._target.align(self._kept[other], *searched[other][1:])
        ranks = {
            number: place.score + TUNING.correlation * searched[number][0] - TUNING.per_grey_level * place.difference
            for number, place in places.items()
        }
        return Similarities(np.array(self._frames), np.array(self._times), np.concatenate(self._logits), places, ranks)

    def _compare(self) -> None:
        first = len(self._similarity)
        labs, frames = np.stack([lab for lab, _ in self._waiting]), [frame for _, frame in self._waiting]
        similarity, logits = self._target.similarity(describe(labs, PARTS), frames)
        self._similarity.extend(similarity)
        self._logits.append(logits)
        self._kept.update(enumerate(frames, first))
        self._waiting = []
        if len(self._kept) > 2 * TUNING.windows * TUNING.kept_in_window:
            self._prune()

    def _prune(self) -> None:
        """Keep the likest frames of the likest stretches of time."""
        likest = self._stretches()[: TUNING.windows]
        kept = [number for stretch in likest for number in stretch[: TUNING.kept_in_window]]
        self._kept = {number: self._kept[number] for number in sorted(kept)}

    def _best_of_windows(self) -> list[int]:
        return [stretch[0] for stretch in self._stretches()]

    def _stretches(self) -> list[list[int]]:
        """Return the frames that are kept, by stretches of time: the likest stretch, and in each the likest frame, first."""
        by_likeness = sorted(self._kept, key=lambda number: (-self._similarity[number], number))
        stretches: dict[int, list[int]] = {}
        for number in by_likeness:
            stretches.setdefault(int(self._times[number] / TUNING.window_seconds), []).append(number)
        return list(stretches.values())

    def _near(self, number: int) -> list[int]:
        return [
            other
            for other in self._kept
            if abs(self._times[other] - self._times[number]) <= TUNING.window_seconds and other != number
        ]
