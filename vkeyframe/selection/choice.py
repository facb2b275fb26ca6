"""The choice of keyframes among the candidates of a whole video."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from vkeyframe.selection.candidates import Candidate
from vkeyframe.selection.constraints import fill_gaps, longest_gap, unusable_candidates
from vkeyframe.selection.ranked import Choice, Ranking
from vkeyframe.selection.ranking import rank_candidates
from vkeyframe.selection.request import RELEVANT, SelectionRequest

# Where segments are not halved: there are no other frames to fill a gap with.
ONE_EACH = "each step or state gives one frame only, and a higher sensitivity=… more of them"


@dataclass(frozen=True, slots=True)
class Selection:
    """What was chosen.

    Attributes
    ----------
    choices : tuple of Choice
        The best first.
    unusable : dict of int to str
        Candidates that a filter left out, with the reason.
    warnings : tuple of str
    ranking : Ranking
        What is known of all candidates.
    """

    choices: tuple[Choice, ...]
    unusable: dict[int, str]
    warnings: tuple[str, ...]
    ranking: Ranking


def select(candidates: list[Candidate], shots: int, request: SelectionRequest, ends: tuple[float, float]) -> Selection:
    """Choose among candidates what is asked for.

    Parameters
    ----------
    candidates : list of Candidate
        In order of time, at least one.
    shots : int
        Number of shots.
    request : SelectionRequest
    ends : (float, float)
        Times of the first and the last frame, seconds.
    """
    request = request.resolved(ends[1] - ends[0])
    unusable, warnings = unusable_candidates(candidates, request)
    usable = np.array([number not in unusable for number in range(len(candidates))])
    if request.wanted is not None and not (request.wanted.of(candidates)[usable] >= RELEVANT).any():
        warnings.append(request.wanted.unfound)
        request = replace(request, wanted=None)
    ranking = rank_candidates(candidates, shots, request, usable)
    asked_for = request.count is not None or request.per_shot is not None
    choices = [choice for choice in ranking.choices if asked_for or choice.needed][: request.most]
    if request.max_gap is not None:
        chosen = [choice.candidate for choice in choices]
        for number, gap in fill_gaps(candidates, chosen, usable, request, ends):
            choices.append(Choice(number, 0.0, float(ranking.attention[number]), False, f"fills a gap of {gap:.2f} s"))
        left = longest_gap([candidates[choice.candidate].best.features.time for choice in choices], ends)
        if left > request.max_gap + 1e-6:
            why = "it holds no frame that may be one" if request.divisible else ONE_EACH
            warnings.append(f"A stretch of {left:.2f} s is left without a keyframe; {why}.")
    if request.count is not None and len(choices) < request.count:
        what = "lines of dialogue with a frame of their own" if request.of_lines else "frames that differ"
        warnings.append(f"The video has only {len(choices)} {what}; {request.count} were asked for.")
    if request.per_shot is not None and not request.of_lines:
        warnings += _poor_shots([candidates[choice.candidate].shot for choice in choices], shots, request)
    return Selection(tuple(choices), unusable, tuple(warnings), ranking)


def _poor_shots(chosen: list[int], shots: int, request: SelectionRequest) -> list[str]:
    """Tell which shots have fewer keyframes than were asked for each; `chosen` is the shot of each keyframe."""
    per_shot = request.per_shot or 0
    poor = [shot for shot in range(shots) if chosen.count(shot) < per_shot]
    if not poor or request.most is not None:
        return []
    named = ", ".join(map(str, poor[:8])) + (", …" if len(poor) > 8 else "")
    filters = request.min_gap > 0.0 or request.min_sharpness > 0.0 or request.skip_dark or request.skip_flat
    why = "they are short, lie within transitions, or were filtered" if filters else "they are short or lie within transitions"
    return [f"{len(poor)} of {shots} shots have fewer than {per_shot} keyframes ({named}); {why}."]
