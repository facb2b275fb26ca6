"""How many keyframes, how far apart, and which frames may be none: what a user may ask of the choice."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from math import ceil, log2

import numpy as np
from numpy import ndarray

from vkeyframe.selection.candidates import Candidate
from vkeyframe.selection.ranking import Choice, Ranking, Thresholds, Wish, rank_candidates
from vkeyframe.selection.segments import LONGEST_SEGMENT
from vkeyframe.settings import Settings
from vkeyframe.timing import parse_position

# When so many candidates wait, those that will hardly be chosen are thinned out; four minutes of a film have as many.
PRUNE_AT = 384
# How many at least are left of them for a number that is asked for, which may fall upon any part of the video.
KEPT_AT_LEAST = 32
# A stretch of 4 s has no more than about 32 analysed frames.
DEEPEST_SUBDIVISION = 6
# Mean luma of a frame that is nearly black, and deviation of one that is nearly of one colour; grey levels.
DARK = 24.0
FLAT = 8.0


@dataclass(frozen=True, slots=True)
class Budget:
    """A user's wishes in seconds and numbers; see `Settings`."""

    settings: Settings
    min_gap: float
    max_gap: float | None

    @classmethod
    def of(cls, settings: Settings, fps: float) -> Budget:
        """Read the settings; times given as frames need the frame rate."""
        least, most = (
            None if text is None else parse_position(text).seconds(fps) for text in (settings.min_gap, settings.max_gap)
        )
        return cls(settings, least or 0.0, most)

    def subdivision_depth(self, duration: float) -> int:
        """How often stretches of the same content must be halved to give enough candidates."""
        wanted = self.settings
        if wanted.keep != "content":
            return 0
        # Twice as many candidates as keyframes; a shot of a second is to have enough of them.
        apart = [LONGEST_SEGMENT]
        if wanted.count is not None:
            apart.append(max(1e-3, duration) / (2 * wanted.count))
        if wanted.per_minute is not None:
            apart.append(30.0 / wanted.per_minute)
        if wanted.per_shot is not None and wanted.per_shot > 1:
            apart.append(1.0 / wanted.per_shot)
        if self.max_gap is not None:
            apart.append(self.max_gap / 4)
        return min(DEEPEST_SUBDIVISION, max(0, ceil(log2(LONGEST_SEGMENT / max(1e-3, min(apart))))))

    def count(self, duration: float) -> int | None:
        """How many keyframes are asked for in so many seconds, None for as many as are needed."""
        wanted = self.settings
        count = wanted.count
        if wanted.per_minute is not None:
            count = max(1, round(wanted.per_minute * duration / 60.0))
        return count if count is None or wanted.max is None else min(count, wanted.max)


@dataclass(frozen=True, slots=True)
class Selection:
    """What was chosen, best first, with the attention of the shots, and for all candidates why they were dropped.

    Attributes
    ----------
    choices : tuple of Choice
    shot_attention : (shots,) float64
    unusable : dict of int to str
        Candidates that a filter took out, with the reason.
    warnings : tuple of str
    """

    choices: tuple[Choice, ...]
    shot_attention: ndarray
    unusable: dict[int, str]
    warnings: tuple[str, ...]


def select(
    candidates: list[Candidate], shots: int, budget: Budget, subdivision_depth: int, start: float, end: float
) -> Selection:
    """Choose among candidates what a budget asks for.

    Parameters
    ----------
    candidates : list of Candidate
        In order of time, at least one.
    shots : int
    budget : Budget
    subdivision_depth : int
        How often stretches were halved.
    start, end : float
        Times of the first and the last frame, seconds.
    """
    wanted = budget.settings
    count = budget.count(end - start)
    unusable, warnings = _filter(candidates, wanted)
    usable = np.array([number not in unusable for number in range(len(candidates))])
    wish = Wish(count, wanted.per_shot, budget.min_gap, Thresholds.at(wanted.sensitivity))
    ranking = rank_candidates(candidates, shots, wish, subdivision_depth, usable)
    choices = list(ranking.choices if count or wanted.per_shot else _needed(ranking))[: wanted.max]
    if budget.max_gap is not None:
        for number, gap in _fill_gaps(candidates, choices, usable, budget.min_gap, budget.max_gap, (start, end)):
            choices.append(Choice(number, 0.0, float(ranking.attention[number]), False, f"fills a gap of {gap:.2f} s"))
        left = _longest_gap([candidates[choice.candidate].pick.features.time for choice in choices], start, end)
        if left > budget.max_gap + 1e-6:
            warnings.append(f"A stretch of {left:.2f} s is left without a keyframe; it holds no frame that may be one.")
    if count is not None and len(choices) < count:
        warnings.append(f"The video has only {len(choices)} frames that differ; {count} were asked for.")
    return Selection(tuple(choices), ranking.shot_attention, unusable, tuple(warnings))


def thin(candidates: list[Candidate], shots: int, budget: Budget, subdivision_depth: int) -> list[Candidate]:
    """Leave out what will hardly be chosen at the end of a long video, so that neither memory nor time grow out of bounds.

    Choosing in parts, and then among what was chosen, comes close to choosing from all (Mirzasoleiman et al., "Distributed
    Submodular Maximization", NeurIPS 2013, arXiv:1411.0541). The best of each shot stays in any case. What stays takes
    over the mass of what goes.
    """
    wanted = budget.settings
    if budget.max_gap is not None or wanted.explain:
        return candidates
    room = None
    if wanted.count is not None or wanted.per_minute is not None:
        minutes = (candidates[-1].last.time - candidates[0].first.time) / 60.0
        # Of a number for each minute twice as many, for they need not fall evenly.
        room = max(KEPT_AT_LEAST, wanted.count or 0, ceil(2.0 * (wanted.per_minute or 0.0) * minutes))
    unusable, _ = _filter(candidates, wanted)
    usable = np.array([number not in unusable for number in range(len(candidates))])
    wish = Wish(room, wanted.per_shot, thresholds=Thresholds.at(wanted.sensitivity))
    chosen = {choice.candidate for choice in rank_candidates(candidates, shots, wish, subdivision_depth, usable).choices}
    by_shot: dict[int, list[int]] = {}
    for number, candidate in enumerate(candidates):
        by_shot.setdefault(candidate.shot, []).append(number)
    for inside in by_shot.values():
        best = max(inside, key=lambda number: (usable[number], candidates[number].pick.quality))
        staying = sorted({best, *chosen.intersection(inside)})
        for number in set(inside).difference(staying):
            nearest = min(staying, key=lambda other: abs(other - number))
            candidates[nearest].mass += candidates[number].mass
        chosen.update(staying)
    return [candidates[number] for number in sorted(chosen)]


def _needed(ranking: Ranking) -> list[Choice]:
    return [choice for choice in ranking.choices if choice.needed]


def _filter(candidates: list[Candidate], wanted: Settings) -> tuple[dict[int, str], list[str]]:
    """Find the candidates that the filters take out; a filter that would leave none is not applied."""
    sharpest: dict[int, float] = {}
    for candidate in candidates:
        sharpest[candidate.shot] = max(sharpest.get(candidate.shot, 0.0), candidate.pick.sharpness)
    filters: list[tuple[str, dict[int, str]]] = [("skip_dark", {}), ("skip_flat", {}), ("min_sharpness", {})]
    (_, dark), (_, flat), (_, blurred) = filters
    for number, candidate in enumerate(candidates):
        luma, share = candidate.pick.features.luma, candidate.pick.sharpness / max(sharpest[candidate.shot], 1e-9)
        if wanted.skip_dark and luma.mean() < DARK:
            dark[number] = f"dark: mean luma {luma.mean():.0f}"
        if wanted.skip_flat and luma.std() < FLAT:
            flat[number] = f"flat: deviation of luma {luma.std():.1f}"
        if share < wanted.min_sharpness:
            blurred[number] = f"not sharp: {share:.2f} of the sharpest of its shot"
    unusable: dict[int, str] = {}
    warnings = []
    for name, hit in filters:
        if len(unusable | hit) < len(candidates):
            unusable = hit | unusable
        else:
            warnings.append(f"{name} would leave no frame, so it was not applied.")
    return unusable, warnings


def _fill_gaps(
    candidates: list[Candidate],
    choices: list[Choice],
    usable: ndarray,
    min_gap: float,
    max_gap: float,
    ends: tuple[float, float],
) -> list[tuple[int, float]]:
    """Find candidates for wherever there is none for too long, each late enough, the best first; with the gap it fills."""
    times = [candidate.pick.features.time for candidate in candidates]
    stops = sorted(times[choice.candidate] for choice in choices)
    added = []
    margin = max(min_gap, 1e-6)
    for earlier, after in pairwise([ends[0] - margin, *stops, ends[1] + margin]):
        before, place = earlier, max(earlier, ends[0])
        while min(after, ends[1]) - place > max_gap:
            may = [i for i, time in enumerate(times) if usable[i] and before + margin <= time <= after - margin]
            near = [i for i in may if times[i] <= place + max_gap]
            late = [i for i in near if times[i] > place + max_gap / 2]
            if not may:
                break
            best = max(late, key=lambda i: candidates[i].pick.quality) if late else near[-1] if near else may[0]
            added.append((best, min(after, ends[1]) - place))
            before = place = times[best]
    return added


def _longest_gap(times: list[float], start: float, end: float) -> float:
    return max(later - earlier for earlier, later in pairwise([start, *sorted(times), end]))
