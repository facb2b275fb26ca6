"""What will hardly be chosen is left out on the way, so that neither memory nor time grow out of bounds in a long video."""

from __future__ import annotations

from dataclasses import replace
from math import ceil

import numpy as np

from vkeyframe.selection.candidates import Candidate
from vkeyframe.selection.constraints import unusable_candidates
from vkeyframe.selection.ranking import rank_candidates
from vkeyframe.selection.request import RELEVANT, SelectionRequest

# Four minutes of a film have as many candidates.
PRUNE_AT = 384
# How many at least are left of them for a number that is asked for, which may fall on any part of the video.
KEPT_AT_LEAST = 32


class Pruner:
    """Leaves out candidates of finished shots, each time that enough of them have come together.

    Parameters
    ----------
    request : SelectionRequest
    """

    def __init__(self, request: SelectionRequest) -> None:
        self._request = request
        self._pruned = 0

    def __call__(self, candidates: list[Candidate], shots: int) -> list[Candidate]:
        """Return the candidates that stay, of so many shots; the same list where all do."""
        if len(candidates) - self._pruned < PRUNE_AT:
            return candidates
        staying = candidates[: self._pruned] + prune_candidates(candidates[self._pruned :], shots, self._request)
        self._pruned = len(staying)
        return staying


def prune_candidates(candidates: list[Candidate], shots: int, request: SelectionRequest) -> list[Candidate]:
    """Choose in parts, and later among what was chosen, which comes close to choosing from all.

    The best of each shot stays in any case. What stays takes over the frames that the others stand for (Mirzasoleiman et al.,
    "Distributed Submodular Maximization", NeurIPS 2013, arXiv:1411.0541).
    """
    number = None
    if request.count is not None or request.per_minute is not None:
        minutes = (candidates[-1].last.time - candidates[0].first.time) / 60.0
        # Of a number for each minute twice as many, for they need not fall evenly.
        number = max(KEPT_AT_LEAST, request.count or 0, ceil(2.0 * (request.per_minute or 0.0) * minutes))
    unusable, _ = unusable_candidates(candidates, request)
    usable = np.array([place not in unusable for place in range(len(candidates))])
    # Behind a cut another shot follows.
    all_alike = replace(request, count=number, per_minute=None, min_gap=0.0, wanted=None)
    ranking = rank_candidates(candidates, shots + 1, all_alike, usable)
    staying = {choice.candidate for choice in ranking.choices}
    quality = request.quality_of(candidates)
    if request.wanted is not None:
        staying.update(np.flatnonzero(request.wanted.of(candidates) >= RELEVANT).tolist())
    by_shot: dict[int, list[int]] = {}
    for place, candidate in enumerate(candidates):
        by_shot.setdefault(candidate.shot, []).append(place)
    frame_counts = [candidate.frame_count for candidate in candidates]
    for inside in by_shot.values():
        best = max(inside, key=lambda place: (usable[place], quality[place]))
        kept = sorted({best, *staying.intersection(inside)})
        for place in set(inside).difference(kept):
            frame_counts[min(kept, key=lambda other: abs(other - place))] += frame_counts[place]
        staying.update(kept)
    return [replace(candidates[place], frame_count=frame_counts[place]) for place in sorted(staying)]
