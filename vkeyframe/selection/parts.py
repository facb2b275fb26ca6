"""The choice among the lines of a long video, in parts: the time that it takes grows with the cube of the candidates."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from vkeyframe.selection.candidates import Candidate
from vkeyframe.selection.choice import Selection, select
from vkeyframe.selection.pruning import PRUNE_AT, prune_candidates
from vkeyframe.selection.ranked import Choice, Ranking
from vkeyframe.selection.request import SelectionRequest


def select_in_parts(
    candidates: list[Candidate], shots: int, request: SelectionRequest, ends: tuple[float, float]
) -> tuple[list[Candidate], Selection]:
    """Choose as `select` does, of as many candidates as a quarter of an hour of talk has at a time.

    Where a number is asked for, what hardly will be among it is left out first; else each part is chosen from by itself, and
    what adds most to its part has the best rank.

    Parameters
    ----------
    candidates, shots, request, ends
        As of `select`.

    Returns
    -------
    candidates : list of Candidate
        Those that are left.
    selection : Selection
    """
    if len(candidates) <= PRUNE_AT or request.wanted is not None:
        return candidates, select(candidates, shots, request, ends)
    parts = [candidates[start : start + PRUNE_AT] for start in range(0, len(candidates), PRUNE_AT)]
    if request.asks_for_number or request.most is not None:
        number = request.resolved(ends[1] - ends[0])
        count = number.count if request.asks_for_number else request.most
        asked = replace(number, count=count, most=None)
        left = [candidate for part in parts for candidate in prune_candidates(part, shots, asked)]
        return left, select(left, shots, request, ends)
    return candidates, _joined(candidates, [select(part, shots, request, ends) for part in parts], request.min_gap)


def _joined(candidates: list[Candidate], parts: Sequence[Selection], min_gap: float) -> Selection:
    """Put the choices from the parts together, those first that add most."""
    starts = np.cumsum([0, *(len(part.ranking.attention) for part in parts)]).tolist()
    pairs = list(zip(starts, parts, strict=False))
    choices = [replace(choice, candidate=start + choice.candidate) for start, part in pairs for choice in part.choices]
    choices = _apart(sorted(choices, key=lambda choice: (-choice.gain, choice.candidate)), candidates, min_gap)
    unusable = {start + number: why for start, part in pairs for number, why in part.unusable.items()}
    rankings = [part.ranking for part in parts]
    lengths = np.array([sum(each.frame_count for each in candidates[a:b]) for a, b in pairwise(starts)])
    shares = lengths @ np.stack([ranking.shot_attention for ranking in rankings])
    ranking = Ranking(
        tuple(choices),
        np.concatenate([each.attention for each in rankings]),
        np.asarray(shares / max(1, lengths.sum())),
        np.concatenate([each.adds_seconds for each in rankings]),
        np.concatenate([each.should_add for each in rankings]),
        np.concatenate([each.worth_showing for each in rankings]),
    )
    warnings = tuple(dict.fromkeys(warning for part in parts for warning in part.warnings))
    return Selection(tuple(choices), unusable, warnings, ranking)


def _apart(choices: list[Choice], candidates: list[Candidate], min_gap: float) -> list[Choice]:
    """Leave out what is too near to a better one, which may be in another part."""
    kept: list[Choice] = []
    times: list[float] = []
    for choice in choices:
        time = candidates[choice.candidate].best.features.time
        place = bisect_left(times, time)
        if all(abs(time - other) >= min_gap - 1e-6 for other in times[max(0, place - 1) : place + 1]):
            kept.append(choice)
            insort(times, time)
    return kept
