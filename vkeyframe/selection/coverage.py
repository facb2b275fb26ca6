"""Choosing among the candidates of a whole video: a ranking by what each adds, and where it may stop."""

from dataclasses import dataclass, replace

import numpy as np
from numpy import ndarray

from vkeyframe.analysis.temporal import attend_in_time, unit_vectors
from vkeyframe.kernels.coverage import coverage_gains
from vkeyframe.kernels.pearson import pearson_matrix
from vkeyframe.selection.candidates import Candidate

# More similar than this is the same picture again, as when a dialogue returns to a speaker.
SAME_CONTENT = 0.93
# Less similar than this to all that is chosen is news, also within a shot that has its keyframe.
NEW_CONTENT = 0.2
# A second keyframe of a shot must stand for this many seconds, more or less.
LASTING = 0.4
# A shorter shot is not seen, and an exposure below this leaves nothing to see.
SHORTEST_SHOT = 0.2
BLANK = 0.02


@dataclass(frozen=True, slots=True)
class Choice:
    """A candidate at its place in the ranking: its number, its gain there, its attention, and whether it is needed."""

    candidate: int
    gain: float
    attention: float
    needed: bool


@dataclass(frozen=True, slots=True)
class Ranking:
    """Candidates, best first, as many as are wanted, and the attention that each shot gets, which sums to 1."""

    choices: tuple[Choice, ...]
    shot_attention: ndarray


def rank_candidates(candidates: list[Candidate], shots: int, count: int | None = None, halvings: int = 0) -> Ranking:
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
    count : int or None
        Where the ranking may end; None ends it with the last that is needed.
    halvings : int
        How often stretches were halved.
    """
    ranked: list[Choice] = []
    shot_attention = np.zeros(shots)
    for level in range(halvings + 1):
        groups = _group(candidates, halvings - level)
        best = [max(group, key=lambda i: candidates[i].pick.quality) for group in groups]
        whole = [_merge([candidates[i] for i in group], candidates[b]) for group, b in zip(groups, best, strict=True)]
        before = [best.index(choice.candidate) for choice in ranked]
        found, attention = _rank_level(whole, shots, count, before)
        ranked += [replace(choice, candidate=best[choice.candidate], needed=choice.needed and level == 0) for choice in found]
        if level == 0:
            shot_attention = attention
    return Ranking(tuple(ranked), shot_attention)


def _group(candidates: list[Candidate], shift: int) -> list[list[int]]:
    """Put the pieces of each stretch together, 2^shift to a group."""
    groups: dict[tuple[int, int, int], list[int]] = {}
    for number, candidate in enumerate(candidates):
        groups.setdefault((candidate.shot, candidate.stretch, candidate.piece >> shift), []).append(number)
    return list(groups.values())


def _merge(group: list[Candidate], best: Candidate) -> Candidate:
    return replace(best, first=group[0].first, last=group[-1].last, mass=sum(candidate.mass for candidate in group))


def _rank_level(candidates: list[Candidate], shots: int, count: int | None, before: list[int]) -> tuple[list[Choice], ndarray]:
    """Rank the candidates that are not among those ranked before; also return the attention of the shots."""
    pictures = np.stack([c.pick.features.lab.ravel() for c in candidates])
    similarity = np.maximum(pearson_matrix(pictures, np.stack([c.weights for c in candidates])), 0.0)
    shot_of = np.array([c.shot for c in candidates])
    masses = np.array([float(c.mass) for c in candidates])
    attention, shot_attention = _share_attention(unit_vectors(pictures), masses, shot_of, shots)
    weights = attention * shot_attention[shot_of]
    quality = np.array([c.pick.quality for c in candidates])
    relative = np.array([q / max(quality[shot_of == s].max(), 1e-9) for q, s in zip(quality, shot_of, strict=True)])
    interval = (candidates[-1].last.time - candidates[0].first.time) / max(1.0, masses.sum() - 1.0)
    seconds = masses * interval
    length = np.bincount(shot_of, seconds, shots)
    worth_showing = (length[shot_of] >= SHORTEST_SHOT) & np.array([c.pick.exposure >= BLANK for c in candidates])
    covered = similarity[:, before].max(axis=1, initial=0.0)
    has_keyframe = np.isin(np.arange(shots), shot_of[before])
    remaining = ~np.isin(np.arange(len(candidates)), before)
    gains = np.empty(len(candidates))
    choices: list[Choice] = []
    while remaining.any() and (count is None or len(before) + len(choices) < count):
        needed = np.where(has_keyframe[shot_of], (covered < NEW_CONTENT) & (seconds >= LASTING), covered < SAME_CONTENT)
        needed &= worth_showing & remaining
        if count is None and choices and not needed.any():
            break
        coverage_gains(similarity, weights, covered, gains)
        # Among needed ones, and among the others, gain decides, and sharpness with it.
        value = (gains + 1e-9) * (0.1 + 0.9 * relative)
        value = np.where(remaining, value + np.where(needed, 1e3, 0.0), -1.0)
        best = int(value.argmax())
        is_needed = bool(needed[best]) or not (choices or before)
        choices.append(Choice(best, float(gains[best]), float(attention[best]), is_needed))
        covered = np.maximum(covered, similarity[:, best])
        has_keyframe[shot_of[best]] = True
        remaining[best] = False
    return choices, shot_attention


def _share_attention(vectors: ndarray, masses: ndarray, shot_of: ndarray, shots: int) -> tuple[ndarray, ndarray]:
    """Attention of every candidate within its shot, and of every shot within the video."""
    attention = np.zeros(len(vectors))
    descriptors = np.zeros((shots, vectors.shape[1]))
    lengths = np.zeros(shots)
    for shot in range(shots):
        inside = shot_of == shot
        if inside.any():
            attention[inside] = attend_in_time(vectors[inside], masses[inside])
            descriptors[shot] = attention[inside] @ vectors[inside]
            lengths[shot] = masses[inside].sum()
    filled = lengths > 0
    shot_attention = np.zeros(shots)
    shot_attention[filled] = attend_in_time(unit_vectors(descriptors[filled]), lengths[filled])
    return attention, shot_attention
