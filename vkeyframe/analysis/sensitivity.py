"""How little must change between two shots, as a user asks for it."""

from __future__ import annotations

from dataclasses import replace

from vkeyframe.analysis.gradual import GRADUAL
from vkeyframe.analysis.shots import CUT, ShotDetector

# With it all numbers are as they were read off.
USUAL_SENSITIVITY = 0.5


def detector_for(sensitivity: float) -> ShotDetector:
    """Make a detector of transitions.

    Parameters
    ----------
    sensitivity : float
        0 to 1. At 0 a change must be half as strong again as usual, at 1 half as strong.
    """
    times = 1.0 + USUAL_SENSITIVITY - sensitivity
    cut = replace(
        CUT,
        strength=CUT.strength * times,
        unmatched_texture=CUT.unmatched_texture * times,
        lost_texture=CUT.lost_texture * times,
        lost_distance=CUT.lost_distance * times,
        spread=CUT.spread * times,
        spread_distance=CUT.spread_distance * times,
    )
    gradual = replace(GRADUAL, strength=GRADUAL.strength * times, unmatched_texture=GRADUAL.unmatched_texture * times)
    return ShotDetector(cut, gradual)
