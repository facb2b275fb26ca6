"""Choosing among the candidates of a whole video: a ranking by what each adds, and where it may stop."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy import ndarray

from vkeyframe.analysis.attention import temporal_attention, unit_vectors
from vkeyframe.analysis.change import measure_change
from vkeyframe.kernels.coverage import coverage_gains
from vkeyframe.selection.candidates import Candidate
from vkeyframe.selection.likeness import compare
from vkeyframe.selection.ranked import Choice, Ranking
from vkeyframe.selection.request import RELEVANT, SelectionRequest
from vkeyframe.selection.segments import Keep


@dataclass(frozen=True, slots=True)
class RankingTuning:
    """What is not worth showing, and what is not the same.

    Attributes
    ----------
    shortest_shot_seconds : float
        A shorter shot is not seen.
    blank : float
        An exposure below this leaves nothing to see, unless the brightest and the darkest place are `contrast` grey levels
        apart, as with a small logo on black.
    contrast : float
    other_texture : float
        Share of the texture that is new in a picture that is not the same as another one, however alike their colours; set on
        slides.
    least_quality : float
        How much of its gain the worst frame of a shot keeps.
    sharpening : float
        Power of the relative sharpness in that; moves the sharpness.
    crowding : float
        By how much a keyframe at the same time raises what another one must add, in shares of what it must add alone; the
        raise falls to 37 % in `crowding_seconds`. Moves the keyframes for each must-see moment.
    crowding_seconds : float
    cut_crowding, cut_crowding_seconds : float
        The same for a cut: what its editor left in a shot is shown by one keyframe as a rule. Moves the redundancy on edits.
    preferred_gain_power : float
        Power of what a candidate adds where there is a preference, which is to decide then, also against a shot that is ten
        times as long; set by eye.
    heard : float
        By how much more a moment weighs where sound and picture change together as much as they can; set by eye.
    """

    shortest_shot_seconds: float = 0.2
    blank: float = 0.02
    contrast: float = 48.0
    other_texture: float = 0.15
    least_quality: float = 0.1
    sharpening: float = 3.0
    crowding: float = 3.0
    crowding_seconds: float = 2.0
    cut_crowding: float = 20.0
    cut_crowding_seconds: float = 4.0
    preferred_gain_power: float = 0.25
    heard: float = 0.5


TUNING = RankingTuning()


def rank_candidates(
    candidates: list[Candidate], shots: int, request: SelectionRequest = SelectionRequest(), usable: ndarray | None = None
) -> Ranking:
    """Rank candidates by greedy facility location; those that are needed come first.

    Needed is the best candidate of a shot whose content is not chosen yet, and any lasting content that resembles nothing
    chosen. The rest follows by what it still adds. Where segments are cut into pieces, the best frame of each whole
    segment comes first, then that of each half, and so on: so the first N of a ranking are the same however finely
    the segments are cut, and those for N + 1 contain those for N.

    Parameters
    ----------
    candidates : list of Candidate
        In order of time, at least one.
    shots : int
        Number of shots.
    request : SelectionRequest
        The ranking ends with `count` in all, or `per_shot` in each shot, or with neither when no more are needed.
    usable : (n,) bool, optional
        Which candidates may be chosen; the others count only as what is to be represented.
    """
    may = np.ones(len(candidates), bool) if usable is None else usable
    ranked: list[Choice] = []
    shot_attention = np.zeros(shots)
    quality = request.quality_of(candidates)
    for level in range(request.subdivision_depth + 1):
        groups = _group(candidates, request.subdivision_depth - level)
        best = [max(group, key=lambda i: (may[i], quality[i])) for group in groups]
        whole = [_merge([candidates[i] for i in group], candidates[b]) for group, b in zip(groups, best, strict=True)]
        before = [best.index(choice.candidate) for choice in ranked]
        ranker = _Ranker(whole, shots, request, may[best], before)
        found = ranker.run()
        ranked += [replace(choice, candidate=best[choice.candidate], needed=choice.needed and level == 0) for choice in found]
        if level == 0:
            shot_attention = ranker.shot_attention
    return Ranking(tuple(ranked), ranker.attention, shot_attention, ranker.gains(), ranker.should_add(), ranker.worth_showing)


def _group(candidates: list[Candidate], shift: int) -> list[list[int]]:
    """Put the pieces of each segment together, 2^shift to a group."""
    groups: dict[tuple[int, int, int], list[int]] = {}
    for number, candidate in enumerate(candidates):
        groups.setdefault((candidate.shot, candidate.segment.number, candidate.piece >> shift), []).append(number)
    return list(groups.values())


def _merge(group: list[Candidate], best: Candidate) -> Candidate:
    return replace(best, first=group[0].first, last=group[-1].last, frame_count=sum(candidate.frame_count for candidate in group))


class _Ranker:
    """Ranks the candidates that are not among those ranked before."""

    def __init__(
        self, candidates: list[Candidate], shots: int, request: SelectionRequest, usable: ndarray, before: list[int]
    ) -> None:
        self._request, self._chosen = request, list(before)
        self._pictures = [c.best.features for c in candidates]
        pictures = np.stack([c.best.features.lab.ravel() for c in candidates])
        self._correlation, self._similarity, self._likeness = compare(candidates, pictures, request.learned)
        self._shot_of = np.array([c.shot for c in candidates])
        frame_counts = np.array([float(c.frame_count) for c in candidates])
        self.attention, self.shot_attention = _share_attention(unit_vectors(pictures), frame_counts, self._shot_of, shots)
        # A sharp frame of a passing moment stands for less than one of the moment that its shot attends to most.
        sharpness = self._relative(np.array([c.best.quality for c in candidates]), shots)
        sharpened = TUNING.least_quality + (1.0 - TUNING.least_quality) * sharpness**TUNING.sharpening
        self._quality = sharpened * self._relative(self.attention, shots)
        self._gain_power = 1.0
        if request.preference is not None:
            self._quality = self._quality * request.preference.of(candidates)
            self._gain_power = TUNING.preferred_gain_power
        interval = (candidates[-1].last.time - candidates[0].first.time) / max(1.0, frame_counts.sum() - 1.0)
        self._seconds = frame_counts * interval
        length = np.bincount(self._shot_of, self._seconds, shots)
        self.worth_showing = (length >= TUNING.shortest_shot_seconds)[self._shot_of] & np.array(
            [c.best.exposure >= TUNING.blank or np.ptp(c.best.features.luma) >= TUNING.contrast for c in candidates]
        )
        self._keyworthy = np.array([c.segment.keyworthy is Keep.YES for c in candidates])
        self._kinds = [c.segment.kind for c in candidates]
        self._has_keyworthy = np.bincount(self._shot_of[self._keyworthy], minlength=shots) > 0
        self._by_similarity = all(c.segment.keyworthy is Keep.BY_SIMILARITY for c in candidates)
        self._times = np.array([c.best.features.time for c in candidates])
        self._covered = self._similarity[:, before].max(axis=1, initial=0.0)
        self._shown = self._likeness[:, before].max(axis=1, initial=0.0)
        cuts = [c.first.time for earlier, c in pairwise(candidates) if c.shot != earlier.shot]
        # These may be but a part of the video, with shots before and behind it.
        cuts += [candidates[0].first.time] if candidates[0].shot > 0 else []
        cuts += [candidates[-1].last.time] if candidates[-1].shot < shots - 1 else []
        self._crowded = 1.0 + TUNING.cut_crowding * _fading(self._times, cuts, TUNING.cut_crowding_seconds)
        self._crowded += TUNING.crowding * _fading(self._times, self._times[before], TUNING.crowding_seconds)
        self._in_shot = np.bincount(self._shot_of[before], minlength=shots)
        if request.wanted is not None:
            self._weigh(request.wanted.of(candidates))
        if request.hearing is not None:
            self._weigh_heard(request.hearing.of(candidates))
        self._remaining = usable & ~np.isin(np.arange(len(candidates)), before)
        for number in before:
            self._keep_distance(number)

    def run(self) -> list[Choice]:
        """Choose until nothing is left, or wanted."""
        choices: list[Choice] = []
        while self._remaining.any() and (self._request.count is None or len(self._chosen) < self._request.count):
            gains = self.gains()
            needed = self._needed(gains) & self._remaining
            if self._request.count is None and self._chosen and not needed.any():
                break
            # Among needed ones, and among the others, gain decides, and sharpness with it.
            value = ((gains + 1e-9) / self._crowded) ** self._gain_power * self._quality + np.where(needed, 1e6, 0.0)
            best = int(np.where(self._remaining, value, -1.0).argmax())
            is_needed = bool(needed[best]) or not self._chosen
            choices.append(
                Choice(best, float(gains[best]), float(self.attention[best]), is_needed, self._reason(best, is_needed))
            )
            self._take(best)
        return choices

    def _weigh(self, relevance: ndarray) -> None:
        """Let candidates count, and ask for a keyframe, only as far as they matter for what is wanted."""
        self._seconds = self._seconds * relevance
        self._quality = self._quality * relevance
        self.worth_showing &= relevance >= RELEVANT
        self._keyworthy &= relevance >= RELEVANT

    def _weigh_heard(self, together: ndarray) -> None:
        """Let candidates count more where sound and picture change together; all together count as much as before."""
        weight = 1.0 + TUNING.heard * together
        mean = float(self._seconds @ weight) / max(1e-9, float(self._seconds.sum()))
        if together.any() and mean > 0.0:
            self._seconds, self._quality = self._seconds * weight / mean, self._quality * weight

    def gains(self) -> ndarray:
        """Return how many seconds of what is not yet shown each candidate adds, (n,) float64."""
        gains = np.empty(len(self._seconds))
        coverage_gains(self._likeness, self._seconds, self._shown, gains)
        return gains

    def should_add(self) -> ndarray:
        """Return how many seconds it must add to be needed, (n,) float64."""
        return np.asarray(self._request.thresholds.adds_seconds * self._crowded)

    def _needed(self, gains: ndarray) -> ndarray:
        limits = self._request.thresholds
        if self._request.per_shot is not None:
            return np.asarray((self._in_shot < self._request.per_shot)[self._shot_of])
        if not self._by_similarity:
            # A shot that is never still long enough gets one all the same.
            lost = self.worth_showing & ~self._has_keyworthy[self._shot_of] & (self._in_shot[self._shot_of] == 0)
            keyworthy = self._keyworthy & self._remaining
            # Last of all, for what is keyworthy elsewhere may show the same.
            return keyworthy if keyworthy.any() else np.asarray(lost & (self._covered < limits.same))
        unseen = self._in_shot[self._shot_of] == 0
        # What an unseen shot shows again is not needed once more.
        may = self.worth_showing & self._remaining & ~(unseen & (self._covered >= limits.same))
        return may & unseen if (may & unseen).any() else np.asarray(may & (gains >= self.should_add()))

    def _relative(self, values: ndarray, shots: int) -> ndarray:
        """Divide by the largest value of the shot."""
        largest = np.zeros(shots)
        np.maximum.at(largest, self._shot_of, values)
        return np.asarray(values / np.maximum(largest, 1e-9)[self._shot_of])

    def _reason(self, best: int, needed: bool) -> str:
        shot = int(self._shot_of[best])
        if not needed:
            return f"asked for: adds most to the {len(self._chosen)} chosen before it"
        if self._request.per_shot is not None:
            return f"number {self._in_shot[shot] + 1} of shot {shot}"
        if self._keyworthy[best]:
            return f"the best look at a {self._kinds[best]} in shot {shot}"
        if not self._in_shot[shot]:
            return f"the best look at shot {shot}"
        return f"new content in shot {shot}: unlike all chosen before it by {1.0 - self._shown[best]:.2f}"

    def _take(self, best: int) -> None:
        self._chosen.append(best)
        self._look_closer(best)
        self._covered = np.maximum(self._covered, self._similarity[:, best])
        self._shown = np.maximum(self._shown, self._likeness[:, best])
        self._crowded += TUNING.crowding * _fading(self._times, self._times[best : best + 1], TUNING.crowding_seconds)
        self._in_shot[self._shot_of[best]] += 1
        self._remaining[best] = False
        self._keep_distance(best)

    def _look_closer(self, best: int) -> None:
        """Tell slides and the like apart: the same colours in the same places, but other texture."""
        shown = self._in_shot[self._shot_of] > 0
        same = self._request.thresholds.same
        alike = (self._similarity[:, best] >= same) & (self._correlation[:, best] >= same)
        for other in np.flatnonzero(~shown & alike):
            if measure_change(self._pictures[best], self._pictures[other]).unmatched_texture >= TUNING.other_texture:
                self._similarity[other, best] = same - 1e-3

    def _keep_distance(self, number: int) -> None:
        if self._request.min_gap > 0.0:
            self._remaining &= np.abs(self._times - self._times[number]) >= self._request.min_gap - 1e-6


def _fading(times: ndarray, places: Sequence[float] | ndarray, seconds: float) -> ndarray:
    """Sum over places in time, each of which fades to 37 % in so many seconds; (n,) float64."""
    apart = np.abs(times[:, None] - np.asarray(places, np.float64)[None, :])
    return np.asarray(np.exp(-apart / seconds).sum(axis=1))


def _share_attention(vectors: ndarray, frame_counts: ndarray, shot_of: ndarray, shots: int) -> tuple[ndarray, ndarray]:
    """Attention of every candidate within its shot, and of every shot within the video."""
    attention = np.zeros(len(vectors))
    descriptors = np.zeros((shots, vectors.shape[1]))
    lengths = np.zeros(shots)
    for shot in range(shots):
        inside = shot_of == shot
        if inside.any():
            attention[inside] = temporal_attention(vectors[inside], frame_counts[inside])
            descriptors[shot] = attention[inside] @ vectors[inside]
            lengths[shot] = frame_counts[inside].sum()
    filled = lengths > 0
    shot_attention = np.zeros(shots)
    shot_attention[filled] = temporal_attention(unit_vectors(descriptors[filled]), lengths[filled])
    return attention, shot_attention
