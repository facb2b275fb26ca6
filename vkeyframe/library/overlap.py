"""What two videos both show, at the same times but for a shift."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy import ndarray

from vkeyframe.analysis.descriptor import MIRROR, WIDER, Part, describe_part
from vkeyframe.library.clips import TUNING as CLIPS
from vkeyframe.library.clips import Steps, best_fit
from vkeyframe.library.entries import Moments


@dataclass(frozen=True, slots=True)
class OverlapTuning:
    """When two videos show the same; set on videos that were cut and coded again, and on others of the same scene.

    Attributes
    ----------
    around : float
        Seconds around a hint, from two keyframes that are alike, in which the shift is looked for.
    same : float
        Least similarity of two moments, smoothed over `smooth` steps.
    smooth : int
    gap : int
        Steps less alike than that which may part what both show, if all is as alike in the mean: fast motion is not seen at the
        same instants twice.
    shortest : float
        Seconds of moments that show something.
    part : float
        Share of the shorter video that an excerpt is of.
    long : float
        Seconds of a part that counts whatever its share, if the picture changes in it as from shot to shot, `varied` being the
        least mean distance of its moments from their middle.
    varied : float
    edge : float
        Seconds from both beginnings, or both ends, within which a part that is not `part` of the shorter video is but an
        opening or an ending that both share.
    nearly_all : float
        Share of both videos that makes a copy.
    changes : float
        Least correlation of what changes, where something does.
    changes_cut : float
        The same where one is taken for a part of the other: with eleven ways to do that, some agree by chance.
    changing : float
        Least mean distance of the moments from their middle at which something does.
    surely : float
        Similarity at which they need not be tried as parts of each other.
    """

    around: float = 2.0
    same: float = 0.65
    smooth: int = 5
    gap: int = 8
    shortest: float = 1.5
    part: float = 0.5
    long: float = 5.0
    varied: float = 0.5
    edge: float = 1.0
    nearly_all: float = 0.8
    changes: float = 0.33
    changes_cut: float = 0.5
    changing: float = 0.1
    surely: float = 0.85


TUNING = OverlapTuning()


@dataclass(frozen=True, slots=True)
class Overlap:
    """What two videos both show: from `start` to `end` of the one, and `shift` seconds later in the other.

    Attributes
    ----------
    start, end, shift : float
    similarity : float
        Mean over it, 0 to 1.
    share_of_one, share_of_other : float
        Of what each of them shows, 0 to 1.
    nearly_all : float
        What of both makes a copy.
    """

    start: float
    end: float
    shift: float
    similarity: float
    share_of_one: float
    share_of_other: float
    nearly_all: float = TUNING.nearly_all

    @property
    def weight(self) -> float:
        """What orders overlaps of the same two videos: the longer and the more alike the better."""
        return (self.end - self.start) * self.similarity


def find_overlap(one: Moments, other: Moments, hints: Sequence[float], mirrored: bool = False) -> Overlap | None:
    """Find the longest stretch that two videos both show.

    Parameters
    ----------
    one, other : Moments
    hints : sequence of float
        Seconds by which the other may show the same later.
    mirrored : bool
        Whether one is to be mirrored.

    Returns
    -------
    Overlap or None
        None where they have nothing in common, or but an opening or an ending.
    """
    first, second = Steps.of(one.times, one.descriptors), Steps.of(other.times, other.descriptors)
    if mirrored:
        first = Steps(first.times, first.descriptors * MIRROR)
    if not first.shown.any() or not second.shown.any():
        return None
    best: Overlap | None = None
    # As they are, and each as what may have been cut out of the other.
    for part_of_one, part_of_other in [(part, WIDER[0]) for part in WIDER] + [(WIDER[0], part) for part in WIDER[1:]]:
        least = TUNING.changes if part_of_one == part_of_other else TUNING.changes_cut
        found = _overlap(_seen_as(first, part_of_one), _seen_as(second, part_of_other), hints, least)
        if found is not None and (best is None or found.weight > best.weight):
            best = found
        if best is not None and best.similarity >= TUNING.surely:
            break
    return best


def _seen_as(steps: Steps, part: Part) -> Steps:
    return steps if part == WIDER[0] else Steps(steps.times, describe_part(steps.descriptors, part))


def _overlap(one: Steps, other: Steps, hints: Sequence[float], least_changes: float) -> Overlap | None:
    stretches = [_stretch(one, other, shift) for shift in _shifts(one, other, hints)]
    best = max(stretches, key=lambda each: (each[1] - each[0]) * each[3], default=(0, 0, 0, 0.0))
    return _accepted(one, other, best, least_changes)


def _shifts(one: Steps, other: Steps, hints: Sequence[float]) -> list[int]:
    """List the shifts in steps that are tried: around the hints, and for the shorter video as a whole."""
    start = float(other.times[0] - one.times[0])
    around = round(TUNING.around / CLIPS.step)
    found = {round((hint - start) / CLIPS.step) + by for hint in hints for by in range(-around, around + 1)}
    if min(len(one.times), len(other.times)) <= CLIPS.moments:
        shorter, longer, sign = (one, other, 1) if len(one.times) <= len(other.times) else (other, one, -1)
        found.add(sign * best_fit(shorter, longer).shift)
    return sorted(found)


def _stretch(one: Steps, other: Steps, shift: int) -> tuple[int, int, int, float]:
    """Find the longest stretch of the one that the other shows by a shift: its steps, the shift, and how alike both are."""
    begin, end = max(0, -shift), min(len(one.times), len(other.times) - shift)
    if end <= begin:
        return 0, 0, shift, 0.0
    alike = np.einsum("nk,nk->n", one.descriptors[begin:end], other.descriptors[begin + shift : end + shift])
    shown = one.shown[begin:end] | other.shown[begin + shift : end + shift]
    # What is flat in both says nothing: what is beside it counts.
    smooth = _smoothed(alike * shown) / np.maximum(_smoothed(shown), 1)
    edges = np.flatnonzero(np.diff(np.concatenate([[0], (smooth >= TUNING.same).astype(int), [0]])))
    longest = max(_joined(edges.reshape(-1, 2), alike, shown), key=lambda each: shown[each[0] : each[1]].sum(), default=(0, 0))
    inside = slice(*longest)
    similarity = float(alike[inside][shown[inside]].mean()) if shown[inside].any() else 0.0
    return int(begin + longest[0]), int(begin + longest[1]), shift, similarity


def _joined(runs: ndarray, alike: ndarray, shown: ndarray) -> list[tuple[int, int]]:
    """Join runs of steps, (n, 2), that short gaps part, where what is shown from the first to the last is alike in the mean."""
    joined: list[tuple[int, int]] = []
    for first, last in runs.tolist():
        if joined and first - joined[-1][1] <= TUNING.gap:
            whole = slice(joined[-1][0], last)
            if alike[whole][shown[whole]].mean() >= TUNING.same:
                joined[-1] = joined[-1][0], last
                continue
        joined.append((first, last))
    return joined


def _accepted(one: Steps, other: Steps, stretch: tuple[int, int, int, float], least_changes: float) -> Overlap | None:
    """Make an overlap of a stretch, if it is more than two videos may have in common by chance."""
    first, last, shift, similarity = stretch
    shown = one.shown[first:last]
    seconds = float(shown.sum()) * CLIPS.step
    shares = seconds / (one.shown.sum() * CLIPS.step), seconds / (other.shown.sum() * CLIPS.step)
    share = min(1.0, max(shares))
    if last <= first or (seconds < TUNING.shortest and share < TUNING.nearly_all):
        return None
    a, b = one.descriptors[first:last][shown], other.descriptors[first + shift : last + shift][shown]
    if share < TUNING.part and (seconds < TUNING.long or _spread(a) < TUNING.varied or _at_an_edge(one, other, stretch)):
        return None
    if not _changes_alike(a, b, least_changes):
        return None
    offset = float(np.median(other.times[first + shift : last + shift] - one.times[first:last]))
    start, end = float(one.times[first]), float(one.times[last - 1])
    return Overlap(start, end, offset, min(1.0, similarity), min(1.0, shares[0]), min(1.0, shares[1]))


def _smoothed(values: ndarray) -> ndarray:
    """Sum values, (n,), over the steps around each; what is beyond the ends is 0."""
    half = TUNING.smooth // 2
    return np.convolve(values, np.ones(TUNING.smooth))[half : half + len(values)]


def _at_an_edge(one: Steps, other: Steps, stretch: tuple[int, int, int, float]) -> bool:
    """Whether a stretch lies at the beginning of both videos, or at the end of both."""
    first, last, shift, _ = stretch
    near = round(TUNING.edge / CLIPS.step)
    begins = max(first, first + shift) <= near
    return begins or max(len(one.times) - last, len(other.times) - last - shift) <= near


def _spread(descriptors: ndarray) -> float:
    """Return the mean distance of descriptors from their middle."""
    return float(np.linalg.norm(descriptors - descriptors.mean(axis=0), axis=1).mean())


def _changes_alike(one: ndarray, other: ndarray, least: float) -> bool:
    """Whether what changes in one changes in the other too; where nothing does, whether both stay the same."""
    if max(_spread(one), _spread(other)) < TUNING.changing:
        return True
    a, b = one - one.mean(axis=0), other - other.mean(axis=0)
    length = float(np.linalg.norm(a) * np.linalg.norm(b))
    return length > 0.0 and float((a * b).sum()) / length >= least
