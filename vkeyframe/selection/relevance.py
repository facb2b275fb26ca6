"""How much frames matter for a picture: the query is the picture, the candidates are keys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy import ndarray

from vkeyframe.analysis.descriptor import PARTS, describe
from vkeyframe.analysis.target import Target
from vkeyframe.selection.candidates import Candidate


@dataclass(frozen=True, slots=True)
class RelevanceTuning:
    """When a frame is like a picture; set by eye on a few videos.

    Attributes
    ----------
    like : float
        Similarity at which a frame matters half as much as the picture itself; less is unlike it.
    spread : float
        By how much the similarity must differ from that for a weight of 0.73 or 0.27.
    """

    like: float = 0.4
    spread: float = 0.06


TUNING = RelevanceTuning()


class Relevance:
    """Weighs candidates by how like a picture they are.

    Parameters
    ----------
    picture : (height, width, 3) uint8, BGR
    """

    unfound = "Nothing in the video is like what like=… names; the keyframes cover all of the video instead."

    def __init__(self, picture: ndarray) -> None:
        self._target = Target(picture)
        self._known: dict[int, float] = {}

    def of(self, candidates: Sequence[Candidate]) -> ndarray:
        """Return the weights of candidates, (n,) float64 from 0 to 1: 1/(1 + exp((0.4 − s)/0.06)).

        s is the mean of the similarity of descriptors and of the correlation of structure, each with the best part of the frame.
        """
        new = [candidate for candidate in candidates if candidate.best.features.index not in self._known]
        if new:
            similarities = self._similarities(new)
            weights = 1.0 / (1.0 + np.exp((TUNING.like - similarities) / TUNING.spread))
            self._known |= {candidate.best.features.index: float(weight) for candidate, weight in zip(new, weights, strict=True)}
        return np.array([self._known[candidate.best.features.index] for candidate in candidates])

    def _similarities(self, candidates: Sequence[Candidate]) -> ndarray:
        described = describe(np.stack([candidate.best.features.lab for candidate in candidates]), PARTS)
        alike = self._target.descriptor_similarity(described)
        correlation = [self._target.correlation(candidate.best.features.luma) for candidate in candidates]
        return np.asarray((alike + np.array(correlation)) / 2)
