"""Which segmenter serves which `--keep`."""

from __future__ import annotations

from collections import deque

from numpy import ndarray

from vkeyframe.selection.segments import STEPS, ContentSegmenter, SegmenterFactory, StepSegmenter
from vkeyframe.selection.states import STATES, StateSegmenter


def segmenter_factory(keep: str, sensitivity: float, finely: bool = False) -> SegmenterFactory:
    """Return what makes a segmenter for each shot.

    Parameters
    ----------
    keep : str
        As in `SelectionOptions`.
    sensitivity : float
        0 to 1, 0.5 is usual.
    finely : bool
        Whether steps of the camera are to be short, because a number of keyframes is asked for.
    """
    # 1 at the usual sensitivity, from a half to twice that.
    factor = 4.0 ** (0.5 - sensitivity)
    if keep == "steps":
        return lambda numbers: StepSegmenter(numbers, STEPS.step * factor * (STEPS.finest if finely else 1.0))
    if keep == "states":
        known: deque[ndarray] = deque(maxlen=STATES.most_known)
        return lambda numbers: StateSegmenter(numbers, STATES.changed * factor, known)
    return ContentSegmenter
