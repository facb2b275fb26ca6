"""How alike candidates are: by our own measures and, where the user has given one, by a model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy import ndarray

from vkeyframe.kernels.grid import COLOUR_COLUMNS, COLOUR_ROWS
from vkeyframe.kernels.pearson import pearson_matrix
from vkeyframe.selection.candidates import Candidate
from vkeyframe.selection.novelty import novelty_matrix


class Learned(Protocol):
    """A model that tells how alike candidates are."""

    def mixed(self, ours: ndarray, candidates: Sequence[Candidate]) -> ndarray:
        """Return the likeness of all pairs of candidates with that by the model in it, (n, n) float64; `ours` is without."""
        ...


def compare(
    candidates: Sequence[Candidate], pictures: ndarray, learned: Learned | None = None
) -> tuple[ndarray, ndarray, ndarray]:
    """Compare all pairs of candidates.

    Parameters
    ----------
    candidates : sequence of Candidate
    pictures : (n, 1728) float32
        Their small pictures in Lab.
    learned : Learned, optional

    Returns
    -------
    correlation : (n, n) float64, 0 to 1
        Of the pictures, 0 where that is negative.
    similarity : (n, n) float64, 0 to 1
        The same, with what the model tells.
    likeness : (n, n) float64, 0 to 1
        What is left of 1 by what has become another in the one against the other, with what the model tells.
    """
    alike = np.maximum(pearson_matrix(pictures), 0.0)
    shots = np.array([candidate.shot for candidate in candidates])
    tolerances = {each.shot: each.segment.tolerance for each in candidates if each.segment.tolerance is not None}
    labs = pictures.reshape(len(candidates), COLOUR_ROWS, COLOUR_COLUMNS, 3)
    likeness = 1.0 - novelty_matrix(labs, shots, tolerances, alike)
    if learned is None:
        return alike, alike, likeness
    return alike, learned.mixed(alike, candidates), learned.mixed(likeness, candidates)


def similarity(candidates: Sequence[Candidate], pictures: ndarray, learned: Learned | None = None) -> ndarray:
    """Return the Pearson correlation of all pairs of candidates, with what a model tells of them, (n, n) float64."""
    alike = pearson_matrix(pictures)
    return alike if learned is None else learned.mixed(np.maximum(alike, 0.0), candidates)
