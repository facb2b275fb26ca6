"""At which frames a gradual transition begins and ends: the even ramp that fits best to how far it has come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy import ndarray

from vkeyframe.analysis.features import FrameFeatures


@dataclass(frozen=True, slots=True)
class RampTuning:
    """How a ramp is laid; set on composed edits, where it moves the share of transitions whose both ends lie within 2 frames.

    Attributes
    ----------
    samples_beside : int
        So many samples beside what was found are looked at as well: it may be the inner part of a longer transition.
    unmatched_texture : float
        Where so much texture is new from one sample to the next, something else happens, and no more are looked at.
    least_reach : float
        Patches whose colours differ by less than this share of the usual, squared, do not show how far a wipe has come.
    shortest : float
        Shortest ramp in frames.
    """

    samples_beside: int = 3
    unmatched_texture: float = 0.8
    least_reach: float = 0.2
    shortest: float = 2.5


TUNING = RampTuning()


def find_ends(kind: str, frames: Sequence[FrameFeatures], old: int, new: int, times: ndarray) -> tuple[float, float]:
    """Find the times in seconds of the last frame of the old shot and of the first frame of the new one.

    Before a transition nothing has come, behind it all, and in between more with each frame, by the same amount; in a fade
    the contrast goes evenly down to nothing and up again. All pairs of times are tried for the least squares.

    Parameters
    ----------
    kind : str
        ``dissolve``, ``fade`` or ``wipe``.
    frames : sequence of FrameFeatures
        The samples of the transition and some on both sides.
    old, new : int
        Places among them of the last sample that shows the old shot, as far as is known, and of the first that shows the new.
    times : (n,) float64
        Times in seconds of all frames from the first of these samples to the last, increasing.
    """
    if kind == "fade":
        course = np.array([frame.contrast for frame in frames])
    else:
        pictures = np.stack([frame.small.reshape(-1, 3) for frame in frames]).astype(float)
        # Half-way beside it the old shot and the new one are certainly alone, and still little has moved.
        course = _progress(pictures, old // 2, (new + len(frames) - 1) // 2, alike=kind == "dissolve")
    begins, finishes = np.meshgrid(times, times, indexing="ij")
    long_enough = finishes - begins >= TUNING.shortest * float(np.median(np.diff(times)))
    if not long_enough.any():
        return frames[old].time, frames[new].time
    begins, finishes = begins[long_enough], finishes[long_enough]
    seen = np.array([frame.time for frame in frames])
    ramps = np.clip((seen - begins[:, None]) / (finishes - begins)[:, None], 0.0, 1.0)
    going, coming = (
        (1.0 - ramps, ramps) if kind != "fade" else (np.maximum(1.0 - 2.0 * ramps, 0.0), np.maximum(2.0 * ramps - 1.0, 0.0))
    )
    best = int(np.argmin(_misfit(going, coming, course)))
    return float(begins[best]), float(finishes[best])


def _progress(pictures: ndarray, old: int, new: int, alike: bool) -> ndarray:
    """How far each of some pictures, (k, n, 3), has come from one to another: 0 at the old one, 1 at the new one.

    In a dissolve all patches go alike, and those that differ most tell best; in a wipe each counts the same.
    """
    way = pictures[new] - pictures[old]
    reach = (way * way).sum(axis=1)
    gone = ((pictures - pictures[old]) * way).sum(axis=2)
    if alike:
        progress = gone.sum(axis=1) / max(float(reach.sum()), 1e-6)
    else:
        differ = reach > TUNING.least_reach * np.median(reach)
        progress = np.clip(gone[:, differ] / reach[differ], 0.0, 1.0).mean(axis=1) if differ.any() else np.zeros(len(pictures))
    return np.asarray(progress)


def _misfit(going: ndarray, coming: ndarray, course: ndarray) -> ndarray:
    """Sum of squares that is left of a course, (n,), by each pair of ramps, (m, n), each times its best height; (m,)."""
    own, other = (going * going).sum(axis=1), (coming * coming).sum(axis=1)
    both = (going * coming).sum(axis=1)
    towards, beyond = going @ course, coming @ course
    scale = own * other - both * both
    scale = np.where(scale < 1e-9, np.inf, scale)
    first, second = (towards * other - beyond * both) / scale, (beyond * own - towards * both) / scale
    left = course - first[:, None] * going - second[:, None] * coming
    return np.asarray((left * left).sum(axis=1))
