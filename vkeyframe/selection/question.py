"""How much frames matter for words: the query is what a model makes of the words, the candidates are keys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy import ndarray

from vkeyframe.selection.candidates import Candidate
from vkeyframe.selection.learned import LearnedPictures


@dataclass(frozen=True, slots=True)
class QuestionTuning:
    """When a frame stands out.

    Attributes
    ----------
    deviations : float
        By how many deviations of the less relevant half the best must lie above this half's middle, within the limits of the
        model. Drawn from one normal distribution, the best of 100 frames passes it in 2 of 100 draws, that of 20 in 6; a tenth
        that lies six deviations above the others passes in more than 8 of 10.
    sharpness : float
        The weights are a logistic curve over the way from that middle, where it has 0.02, to the best, where it has 0.98.
    """

    deviations: float = 8.0
    sharpness: float = 8.0


TUNING = QuestionTuning()


class Question:
    """Weighs candidates by how much a model finds in them of what words name.

    Parameters
    ----------
    vector : (d,) float32
        Of the words, with length 1.
    pictures : LearnedPictures
        What the other half of the model sees.
    enough : (float, float)
        However alike the others are, the best must lie so much above them, and however different they are, so much is enough.
    """

    unfound = "Nothing in the video stands out for what about=… names; the keyframes cover all of the video instead."

    def __init__(self, vector: ndarray, pictures: LearnedPictures, enough: tuple[float, ...]) -> None:
        self._vector, self._pictures, self._enough = vector.astype(np.float64), pictures, enough
        # Of all candidates so far, also of those that were pruned: what stands out does so among all.
        self._known: dict[int, float] = {}

    def cosines(self, candidates: Sequence[Candidate]) -> ndarray:
        """Return the cosine between each candidate and the words, (n,) float64; NaN where the model gives no vector."""
        new = [candidate for candidate in candidates if candidate.best.features.index not in self._known]
        if new:
            vectors = self._pictures.vectors(new).astype(np.float64)
            cosines = np.where(vectors.any(axis=1), vectors @ self._vector, np.nan)
            self._known |= {each.best.features.index: float(cosine) for each, cosine in zip(new, cosines, strict=True)}
        return np.array([self._known[candidate.best.features.index] for candidate in candidates])

    def of(self, candidates: Sequence[Candidate]) -> ndarray:
        """Return the weights of candidates, (n,) float64 from 0 to 1; all 0 where nothing stands out."""
        cosines = self.cosines(candidates)
        known = np.array([cosine for cosine in self._known.values() if not np.isnan(cosine)])
        return np.asarray(np.nan_to_num(weigh(cosines, known, self._enough)))


def weigh(cosines: ndarray, among: ndarray, enough: tuple[float, ...]) -> ndarray:
    """Weigh cosines by where they lie between the less relevant half of all and the best.

    Parameters
    ----------
    cosines : (n,) float64
    among : (m,) float64
        All that are known.
    enough : (float, float)
        As of `Question`.

    Returns
    -------
    (n,) float64 from 0 to 1
        All 0 where the best does not stand out, see `QuestionTuning`.
    """
    limit = relevant_from(among, enough)
    best = float(among.max(initial=-np.inf))
    if best < limit:
        return np.zeros(len(cosines))
    # The best has the weight 1/(1 + exp(-sharpness/2)), and the limit 0.5.
    return np.asarray(1.0 / (1.0 + np.exp(-TUNING.sharpness * (cosines - limit) / (2.0 * (best - limit)))))


def relevant_from(among: ndarray, enough: tuple[float, ...]) -> float:
    """Return the cosine from which on something is relevant: half the way from the less relevant half's middle to the best.

    Where the best does not stand out, it is the one that it would have to reach.

    Parameters
    ----------
    among, enough
        As of `weigh`.
    """
    if not among.size:
        return float("inf")
    half = np.sort(among)[: (among.size + 1) // 2]
    middle, best = float(np.median(half)), float(among.max())
    needed = min(max(enough[0], TUNING.deviations * float(half.std()), 1e-6), enough[1])
    return (middle + best) / 2 if best - middle >= needed else middle + needed
