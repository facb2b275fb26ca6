"""Choosing among the candidates of a whole video: a ranking by what each adds, and where it may stop."""

from dataclasses import dataclass

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
    """All candidates, best first, and the attention that each shot gets, which sums to 1."""

    choices: tuple[Choice, ...]
    shot_attention: ndarray


def rank_candidates(candidates: list[Candidate], shots: int) -> Ranking:
    """Rank candidates by greedy facility location; those that are needed come first.

    Needed is the best candidate of a shot whose content is not chosen yet, and any lasting content that resembles nothing
    chosen. The rest follows by what it still adds, so that the first N are an answer for every N, and those
    for N + 1 contain those for N.

    Parameters
    ----------
    candidates : list of Candidate
        In order of time, at least one.
    shots : int
        Number of shots.
    """
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
    covered = np.zeros(len(candidates))
    has_keyframe = np.zeros(shots, bool)
    remaining = np.ones(len(candidates), bool)
    gains = np.empty(len(candidates))
    choices: list[Choice] = []
    for _ in candidates:
        coverage_gains(similarity, weights, covered, gains)
        needed = np.where(has_keyframe[shot_of], (covered < NEW_CONTENT) & (seconds >= LASTING), covered < SAME_CONTENT)
        needed &= worth_showing
        # Among needed ones, and among the others, gain decides, and sharpness with it.
        value = (gains + 1e-9) * (0.1 + 0.9 * relative)
        value = np.where(remaining, value + np.where(needed, 1e3, 0.0), -1.0)
        best = int(value.argmax())
        is_needed = bool(needed[best]) or not choices
        choices.append(Choice(best, float(gains[best]), float(attention[best]), is_needed))
        covered = np.maximum(covered, similarity[:, best])
        has_keyframe[shot_of[best]] = True
        remaining[best] = False
    return Ranking(tuple(choices), shot_attention)


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
