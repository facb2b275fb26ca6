"""Gradual transitions: dissolves, fades and wipes, each a mixture of the pictures at both its ends."""

from dataclasses import dataclass
from math import exp, log
from statistics import median

import numpy as np
from numpy import ndarray

from vkeyframe.analysis.change import measure_change
from vkeyframe.analysis.features import FrameFeatures
from vkeyframe.kernels.transition import mixture_test


@dataclass(frozen=True, slots=True)
class GradualTuning:
    """When some frames are a gradual transition; read off the same edits.

    Attributes
    ----------
    strength, unmatched_texture : float
        What the belief in the mixture times the strength of the change, or its unmatched texture, must come to.
    residual_limit, residual_penalty : float
        Greatest residual of a single frame, and how much the mean residual takes from the belief.
    setback_penalty, doubt_penalty : float
        How much what comes and goes, and what is between a dissolve and a wipe, takes from it.
    doubtful_spread, doubtful_range : float
        Between a dissolve (spread near 0) and a wipe (near 1): what swings through the picture lay at 0.46 to 0.8.
    largest_step, largest_setback : float
        Greatest progress from one frame to the next, and least.
    unbegun : float
        What a transition has not begun to show, or shows to the last bit; motion alone comes to 0.03.
    spans : tuple of int
        Lengths that are tried, in samples, up to `longest_seconds`.
    least_difference : float
        Mean difference of first and last frame, in grey levels, below which there is nothing to explain.
    faded : float
        Share of the contrast on both sides that is left in the middle of a fade.
    """

    strength: float = 0.5
    unmatched_texture: float = 0.5
    residual_limit: float = 0.6
    residual_penalty: float = 4.0
    setback_penalty: float = 0.5
    doubt_penalty: float = 0.5
    doubtful_spread: float = 0.58
    doubtful_range: float = 0.16
    largest_step: float = 0.55
    largest_setback: float = -0.2
    unbegun: float = 0.04
    spans: tuple[int, ...] = (2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 14, 16, 18, 20)
    longest_seconds: float = 2.75
    least_difference: float = 8.0
    faded: float = 0.6

    @property
    def residual_budget(self) -> float:
        """Mean residual above which the belief is less than is asked for; a little more, for rounding."""
        return -log(self.strength) / self.residual_penalty + 1e-9


GRADUAL = GradualTuning()


@dataclass(frozen=True, slots=True)
class Gradual:
    """A gradual transition: its kind, where in a list of frames it starts, ends and is half done, and how sure it is."""

    kind: str
    start: int
    end: int
    middle: int
    score: float


def is_mid_fade(before: FrameFeatures, frame: FrameFeatures, after: FrameFeatures) -> bool:
    """Whether a frame has lost much of the contrast that the picture has on both sides of it, as between fading out and in."""
    return frame.contrast < GRADUAL.faded * min(before.contrast, after.contrast)


def judge_gradual(frames: list[FrameFeatures], pictures: ndarray, tuning: GradualTuning = GRADUAL) -> Gradual | None:
    """Return the transition that leads from the first of some frames to the last, if they are one.

    `pictures`, (k, 576, 3) float32, has their small pictures.
    """
    residual, progress, spread, fading, setback = np.empty((5, len(frames)))
    # More is in vain, whatever else is found.
    most = tuning.residual_budget * (len(frames) - 2)
    if not mixture_test(pictures, tuning.residual_limit, most, residual, progress, spread, fading, setback):
        return None
    steps = np.diff(progress)
    if steps.min() < tuning.largest_setback or steps.max() > tuning.largest_step:
        return None
    start = int(np.argmax(progress > tuning.unbegun)) - 1
    end = len(frames) - int(np.argmax(progress[::-1] < 1.0 - tuning.unbegun))
    inner = median(spread[start + 1 : end].tolist())
    is_fade = bool((fading[1:-1] <= residual[1:-1]).any())
    # Things that move replace some patches at once and others bit by bit.
    doubt = 0.0 if is_fade else exp(-(((inner - tuning.doubtful_spread) / tuning.doubtful_range) ** 2))
    penalty = tuning.residual_penalty * float(residual[1:-1].mean())
    penalty += tuning.setback_penalty * float(setback.sum()) + tuning.doubt_penalty * doubt
    belief = exp(-penalty)
    if belief < tuning.strength:
        return None
    change = measure_change(frames[0], frames[-1])
    # The strength is at most the unmatched texture, which takes half the time.
    if belief * change.unmatched_texture < tuning.unmatched_texture:
        return None
    score = belief * change.strength
    if score < tuning.strength:
        return None
    kind = "fade" if is_fade else "wipe" if inner > 0.5 else "dissolve"
    return Gradual(kind, start, end, int(np.argmin(np.abs(progress - 0.5))), score)
