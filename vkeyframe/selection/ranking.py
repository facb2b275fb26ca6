"""Choosing among the candidates of a whole video: a ranking by what each adds, and where it may stop."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy import ndarray

from vkeyframe.analysis.change import measure_change
from vkeyframe.analysis.temporal import temporal_attention, unit_vectors
from vkeyframe.kernels.coverage import coverage_gains
from vkeyframe.kernels.pearson import pearson_matrix
from vkeyframe.selection.candidates import Candidate
from vkeyframe.selection.segments import Segment

# A shorter shot is not seen, and an exposure below this leaves nothing to see.
SHORTEST_SHOT = 0.2
BLANK = 0.02
# Share of the texture that is new in a picture that is not the same as another one, however alike their colours.
OTHER_TEXTURE = 0.15


@dataclass(frozen=True, slots=True)
class Thresholds:
    """When a frame is worth keeping beside others.

    Attributes
    ----------
    same : float
        More similar than this is the same picture again, as when a dialogue returns to a speaker.
    new : float
        Less similar than this to all that is chosen is news, also within a shot that has its keyframe.
    lasting : float
        A second keyframe of a shot must stand for this many seconds, more or less.
    """

    same: float = 0.93
    new: float = 0.2
    lasting: float = 0.4

    @classmethod
    def at(cls, sensitivity: float) -> Thresholds:
        """Return them for a sensitivity from 0, one keyframe for a shot at most, over the usual 0.5 to 1."""
        more, less = max(0.0, 2 * sensitivity - 1), max(0.0, 1 - 2 * sensitivity)
        return cls(0.93 + 0.06 * more - 0.18 * less, 0.2 + 0.7 * more - 0.2 * less, 0.4 * (1 - 0.9 * more))


@dataclass(frozen=True, slots=True)
class Choice:
    """A candidate at its place in the ranking: its number, its gain there, its attention, and why it was chosen.

    `needed` is whether it was worth it without a number asked for.
    """

    candidate: int
    gain: float
    attention: float
    needed: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Ranking:
    """Candidates, best first, as many as are wanted; attention of every candidate in its shot, and of the shots (sum 1)."""

    choices: tuple[Choice, ...]
    attention: ndarray
    shot_attention: ndarray


@dataclass(frozen=True, slots=True)
class Wish:
    """What a ranking is to end with: `count` in all, `per_shot` in each shot, or with neither what is needed."""

    count: int | None = None
    per_shot: int | None = None
    min_gap: float = 0.0
    thresholds: Thresholds = Thresholds()


def rank_candidates(
    candidates: list[Candidate], shots: int, wish: Wish = Wish(), subdivision_depth: int = 0, usable: ndarray | None = None
) -> Ranking:
    """Rank candidates by greedy facility location; those that are needed come first.

    Needed is the best candidate of a shot whose content is not chosen yet, and any lasting content that resembles nothing
    chosen. The rest follows by what it still adds. Where stretches are cut into pieces, the best frame of each whole
    stretch comes first, then that of each half, and so on: so the first N of a ranking are the same however finely
    the stretches are cut, and those for N + 1 contain those for N.

    Parameters
    ----------
    candidates : list of Candidate
        In order of time, at least one.
    shots : int
        Number of shots.
    wish : Wish
    subdivision_depth : int
        How often stretches were halved.
    usable : (n,) bool, optional
        Which candidates may be chosen; the others count only as what is to be represented.
    """
    may = np.ones(len(candidates), bool) if usable is None else usable
    ranked: list[Choice] = []
    shot_attention = np.zeros(shots)
    for level in range(subdivision_depth + 1):
        groups = _group(candidates, subdivision_depth - level)
        best = [max(group, key=lambda i: (may[i], candidates[i].pick.quality)) for group in groups]
        whole = [_merge([candidates[i] for i in group], candidates[b]) for group, b in zip(groups, best, strict=True)]
        before = [best.index(choice.candidate) for choice in ranked]
        ranker = _Ranker(whole, shots, wish, may[best], before)
        found = ranker.run()
        ranked += [replace(choice, candidate=best[choice.candidate], needed=choice.needed and level == 0) for choice in found]
        if level == 0:
            shot_attention = ranker.shot_attention
    return Ranking(tuple(ranked), ranker.attention, shot_attention)


def _group(candidates: list[Candidate], shift: int) -> list[list[int]]:
    """Put the pieces of each stretch together, 2^shift to a group."""
    groups: dict[tuple[int, Segment, int], list[int]] = {}
    for number, candidate in enumerate(candidates):
        groups.setdefault((candidate.shot, candidate.stretch, candidate.piece >> shift), []).append(number)
    return list(groups.values())


def _merge(group: list[Candidate], best: Candidate) -> Candidate:
    return replace(best, first=group[0].first, last=group[-1].last, mass=sum(candidate.mass for candidate in group))


class _Ranker:
    """Ranks the candidates that are not among those ranked before."""

    def __init__(self, candidates: list[Candidate], shots: int, wish: Wish, usable: ndarray, before: list[int]) -> None:
        self._wish, self._chosen = wish, list(before)
        self._pictures = [c.pick.features for c in candidates]
        pictures = np.stack([c.pick.features.lab.ravel() for c in candidates])
        self._similarity = np.maximum(pearson_matrix(pictures, np.stack([c.weights for c in candidates])), 0.0)
        self._shot_of = np.array([c.shot for c in candidates])
        masses = np.array([float(c.mass) for c in candidates])
        self.attention, self.shot_attention = _share_attention(unit_vectors(pictures), masses, self._shot_of, shots)
        self._weights = self.attention * self.shot_attention[self._shot_of]
        # A sharp frame of a passing moment stands for less than one of the moment that its shot attends to most.
        sharpness = self._relative(np.array([c.pick.quality for c in candidates]), shots)
        self._quality = (0.1 + 0.9 * sharpness) * self._relative(self.attention, shots)
        interval = (candidates[-1].last.time - candidates[0].first.time) / max(1.0, masses.sum() - 1.0)
        self._seconds = masses * interval
        length = np.bincount(self._shot_of, self._seconds, shots)
        self._worth_showing = (length >= SHORTEST_SHOT)[self._shot_of] & np.array([c.pick.exposure >= BLANK for c in candidates])
        self._stands = np.array([c.stretch.stands is True for c in candidates])
        self._kinds = [c.stretch.kind for c in candidates]
        self._standing = np.bincount(self._shot_of[self._stands], minlength=shots) > 0
        self._by_similarity = all(c.stretch.stands is None for c in candidates)
        self._times = np.array([c.pick.features.time for c in candidates])
        self._covered = self._similarity[:, before].max(axis=1, initial=0.0)
        self._in_shot = np.bincount(self._shot_of[before], minlength=shots)
        self._remaining = usable & ~np.isin(np.arange(len(candidates)), before)
        for number in before:
            self._keep_distance(number)

    def run(self) -> list[Choice]:
        """Choose until nothing is left, or wanted."""
        gains = np.empty(len(self._weights))
        choices: list[Choice] = []
        while self._remaining.any() and (self._wish.count is None or len(self._chosen) < self._wish.count):
            needed = self._needed() & self._remaining
            if self._wish.count is None and self._chosen and not needed.any():
                break
            coverage_gains(self._similarity, self._weights, self._covered, gains)
            # Among needed ones, and among the others, gain decides, and sharpness with it.
            value = np.where(self._remaining, (gains + 1e-9) * self._quality + np.where(needed, 1e3, 0.0), -1.0)
            best = int(value.argmax())
            is_needed = bool(needed[best]) or not self._chosen
            choices.append(
                Choice(best, float(gains[best]), float(self.attention[best]), is_needed, self._reason(best, is_needed))
            )
            self._take(best)
        return choices

    def _needed(self) -> ndarray:
        limits = self._wish.thresholds
        if self._wish.per_shot is not None:
            return np.asarray(self._worth_showing & (self._in_shot < self._wish.per_shot)[self._shot_of])
        if not self._by_similarity:
            # A shot that is never still long enough gets one all the same.
            lost = self._worth_showing & ~self._standing[self._shot_of] & (self._in_shot[self._shot_of] == 0)
            return np.asarray(self._stands | (lost & (self._covered < limits.same)))
        news = (self._covered < limits.new) & (self._seconds >= limits.lasting)
        return np.asarray(self._worth_showing & np.where(self._in_shot[self._shot_of] > 0, news, self._covered < limits.same))

    def _relative(self, values: ndarray, shots: int) -> ndarray:
        """Divide by the largest value of the shot."""
        largest = np.zeros(shots)
        np.maximum.at(largest, self._shot_of, values)
        return np.asarray(values / np.maximum(largest, 1e-9)[self._shot_of])

    def _reason(self, best: int, needed: bool) -> str:
        shot = int(self._shot_of[best])
        if not needed:
            return f"asked for: adds most to the {len(self._chosen)} chosen before it"
        if self._wish.per_shot is not None:
            return f"number {self._in_shot[shot] + 1} of shot {shot}"
        if self._stands[best]:
            return f"the best look at a {self._kinds[best]} in shot {shot}"
        if not self._in_shot[shot]:
            return f"the best look at shot {shot}"
        return f"new content in shot {shot}: similarity to all chosen before it is {self._covered[best]:.2f}"

    def _take(self, best: int) -> None:
        self._chosen.append(best)
        self._look_closer(best)
        self._covered = np.maximum(self._covered, self._similarity[:, best])
        self._in_shot[self._shot_of[best]] += 1
        self._remaining[best] = False
        self._keep_distance(best)

    def _look_closer(self, best: int) -> None:
        """Tell slides and the like apart: the same colours in the same places, but other texture."""
        shown = self._in_shot[self._shot_of] > 0
        for other in np.flatnonzero(~shown & (self._similarity[:, best] >= self._wish.thresholds.same)):
            if measure_change(self._pictures[best], self._pictures[other]).share >= OTHER_TEXTURE:
                self._similarity[other, best] = self._wish.thresholds.same - 1e-3

    def _keep_distance(self, number: int) -> None:
        if self._wish.min_gap > 0.0:
            self._remaining &= np.abs(self._times - self._times[number]) >= self._wish.min_gap - 1e-6


def _share_attention(vectors: ndarray, masses: ndarray, shot_of: ndarray, shots: int) -> tuple[ndarray, ndarray]:
    """Attention of every candidate within its shot, and of every shot within the video."""
    attention = np.zeros(len(vectors))
    descriptors = np.zeros((shots, vectors.shape[1]))
    lengths = np.zeros(shots)
    for shot in range(shots):
        inside = shot_of == shot
        if inside.any():
            attention[inside] = temporal_attention(vectors[inside], masses[inside])
            descriptors[shot] = attention[inside] @ vectors[inside]
            lengths[shot] = masses[inside].sum()
    filled = lengths > 0
    shot_attention = np.zeros(shots)
    shot_attention[filled] = temporal_attention(unit_vectors(descriptors[filled]), lengths[filled])
    return attention, shot_attention
