"""Where in the videos of a library a clip comes from: how alike both are from moment to moment, along each shift in time.

Moments of both lie at even steps, each the nearest that there is, and the mean of their similarities along a diagonal says how
well a shift fits. Where little moves, many shifts fit about as well; then what changes counts, the descriptors less their mean.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy import ndarray

from vkeyframe.analysis.descriptor import EVEN_FIRST, MIRROR, WIDER, describe_part
from vkeyframe.kernels.nearest import best_dots
from vkeyframe.library.entries import Moments, VideoRow
from vkeyframe.library.store import Library
from vkeyframe.library.views import SCALE, pack


@dataclass(frozen=True, slots=True)
class ClipTuning:
    """How a clip is looked for; set on excerpts of five seconds of the videos of ../shared/corpus, see tests/bench/library.py.

    Attributes
    ----------
    step : float
        Seconds from one moment to the next.
    moments : int
        Of a long clip, so many are compared, at even steps; enough for four minutes of each moment.
    probes : int
        By so many moments of the clip videos are found that are then compared with all.
    videos : int
        How many of these.
    least : int
        Moments that must show something, or half of a shorter clip: what is seen for an instant in a dark clip is like much.
    overlap : float
        Share of the clip that must lie in the video.
    partial : float
        What the similarity loses by the share of the clip that lies outside of the video: few moments fit by chance.
    alike : float
        By how much less alike than the best shift one may be for what changes to choose among them.
    """

    step: float = 0.25
    moments: int = 960
    probes: int = 8
    videos: int = 20
    least: int = 4
    overlap: float = 0.6
    partial: float = 0.25
    alike: float = 0.04


TUNING = ClipTuning()


@dataclass(frozen=True, slots=True)
class ClipHit:
    """A part of a video that is like a clip.

    Attributes
    ----------
    video : VideoRow
    start_time, end_time : float
        In seconds.
    offset : float
        Seconds in the video at which the clip begins; below 0 where the clip begins before the video.
    similarity : float
        0 to 1.
    mirrored : bool
    """

    video: VideoRow
    start_time: float
    end_time: float
    offset: float
    similarity: float
    mirrored: bool


@dataclass(frozen=True, slots=True, eq=False)
class Steps:
    """Moments at even steps.

    Attributes
    ----------
    times : (n,) float64
        When each of them was really seen, in seconds.
    descriptors : (n, 147) float32
        Of length 1, or 0 where the picture is flat.
    """

    times: ndarray
    descriptors: ndarray

    @classmethod
    def of(cls, times: ndarray, descriptors: ndarray, every: int = 1) -> Steps:
        """Bring moments to even steps; of more than these, every so manieth step is taken."""
        if not len(times):
            return cls(np.empty(0), np.empty((0, descriptors.shape[1]), np.float32))
        places = np.arange(float(times[0]), float(times[-1]) + TUNING.step / 2, TUNING.step * every)
        after = np.searchsorted(times, places).clip(1, max(1, len(times) - 1))
        nearest = after - (places - times[after - 1] <= times[after.clip(max=len(times) - 1)] - places)
        return cls(times[nearest].astype(np.float64), descriptors[nearest].astype(np.float32) / SCALE)

    @property
    def shown(self) -> ndarray:
        """Which of them show something, (n,) bool."""
        return np.asarray(self.descriptors.any(axis=1))


@dataclass(frozen=True, slots=True)
class Fit:
    """How well a clip fits a video: the place of its first step there, and how alike both are, -1 to 1."""

    shift: int
    similarity: float


def find_clip(clip: Moments, library: Library, top: int = 5) -> list[ClipHit]:
    """Find the videos that show a clip, also cropped, mirrored or of another rate, the likest first; one place in each.

    None for a clip that is flat all the time, or almost.
    """
    every = max(1, -(-int(clip.times[-1] / TUNING.step) // TUNING.moments)) if len(clip.times) else 1
    steps = Steps.of(clip.times, clip.descriptors, every)
    if steps.shown.sum() < max(1, min(TUNING.least, (len(steps.times) + 1) // 2)):
        return []
    rows = {row.id: row for row in library.videos()}
    wider = [Steps(steps.times, describe_part(steps.descriptors, part)) for part in WIDER]
    views = [(each, False) for each in wider] + [(Steps(each.times, each.descriptors * MIRROR), True) for each in wider]
    hits = []
    for video in _likely(wider, library):
        if video in rows:
            moments = library.moments_of(video)
            found = Steps.of(moments.times, moments.descriptors, every)
            fits = [(best_fit(each, found), mirrored) for each, mirrored in views]
            fit, mirrored = max(fits, key=lambda each: (each[0].similarity, not each[1]))
            hits.append(_hit(rows[video], steps, found, fit, mirrored))
    return sorted(hits, key=lambda hit: (-hit.similarity, hit.video.path))[:top]


def _likely(views: Sequence[Steps], library: Library) -> list[int]:
    """Return the ids of the videos in which each of some moments of a clip is found best, or of what it may be a part of."""
    shown = np.flatnonzero(views[0].shown)
    chosen = shown[np.linspace(0, len(shown) - 1, min(TUNING.probes, len(shown))).round().astype(int)]
    probes = [np.ascontiguousarray(pack(view.descriptors[chosen])[:, EVEN_FIRST]) for view in views]
    scores = []
    for video, _, descriptors in library.moments():
        keys, out = (
            np.ascontiguousarray(descriptors[:, EVEN_FIRST]).astype(np.int16),
            np.empty((len(probes), len(chosen)), np.int32),
        )
        for number, each in enumerate(probes):
            best_dots(each, keys, out[number])
        scores.append((-int(out.sum(axis=1, dtype=np.int64).max()), video))
    return [video for _, video in sorted(scores)[: TUNING.videos]]


def best_fit(clip: Steps, video: Steps) -> Fit:
    """Find the shift of a clip in a video at which both are most alike.

    Flat moments of the clip do not count. Of shifts that are about as good, that is taken at which the same changes.
    """
    shown = np.flatnonzero(clip.shown)
    similarity, counts = _along_diagonals(clip.descriptors, video.descriptors, shown)
    enough = counts >= TUNING.overlap * len(shown)
    if not len(shown) or not enough.any():
        return Fit(0, 0.0)
    missing = 1.0 - counts / len(shown)
    means = np.where(enough, similarity / np.maximum(counts, 1) - TUNING.partial * missing, -1.0)
    middle = clip.descriptors[shown].mean(axis=0)
    varying = np.where(clip.shown[:, None], clip.descriptors - middle, 0.0)
    changes, _ = _along_diagonals(varying, video.descriptors - video.descriptors.mean(axis=0), shown)
    near = means >= means.max() - TUNING.alike
    best = int(np.argmax(np.where(near, means + changes / np.maximum(counts, 1), -np.inf)))
    return Fit(best - len(clip.times) + 1, float(means[best]))


def _along_diagonals(clip: ndarray, video: ndarray, shown: ndarray) -> tuple[ndarray, ndarray]:
    """Sum the similarities of both along each diagonal, and count them, from the shift -(clip's length) + 1 on; float64, int."""
    size, length = len(clip), len(video)
    total, counts = np.zeros(size + length - 1), np.zeros(size + length - 1, int)
    for step in shown:
        first = size - 1 - step
        total[first : first + length] += video @ clip[step]
        counts[first : first + length] += 1
    return total, counts


def _hit(row: VideoRow, clip: Steps, video: Steps, fit: Fit, mirrored: bool) -> ClipHit:
    """Say where the clip lies, from the times at which the moments of both were really seen."""
    steps = np.arange(max(0, -fit.shift), min(len(clip.times), len(video.times) - fit.shift))
    if not len(steps):
        return ClipHit(row, 0.0, 0.0, 0.0, 0.0, mirrored)
    offset = float(np.median(video.times[steps + fit.shift] - clip.times[steps]))
    start, end = (float(clip.times[step]) + offset for step in (steps[0], steps[-1]))
    similarity = min(1.0, max(0.0, fit.similarity))
    return ClipHit(row, max(0.0, start), max(0.0, end), offset, similarity, mirrored)
