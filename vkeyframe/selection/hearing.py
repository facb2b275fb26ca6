"""Attention across sound and picture: moments at which both change.

The sound asks, the picture answers. Around each moment the course of the sound's rise is the query, the course of the picture's
change around each moment nearby is a key, and the strength of that change is the value: softmax(QKᵀ/τ)·V, without training. So
a picture that changes as the sound does counts also where one of them comes a little later.

References
----------
.. [1] Vaswani et al., "Attention is all you need", NeurIPS 2017, arXiv:1706.03762.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy import ndarray

from vkeyframe.analysis.attention import unit_vectors
from vkeyframe.analysis.changes import Changes
from vkeyframe.selection.candidates import Candidate
from vkeyframe.sound.features import STEP_SECONDS

# Both are put on steps of this length, about that of the samples of the picture.
GRID_SECONDS = 0.125


@dataclass(frozen=True, slots=True)
class HearingTuning:
    """How sound and picture are compared; set by eye.

    Attributes
    ----------
    reach : int
        Steps on both sides that make a course, and at which an answer is looked for: half a second.
    temperature : float
        τ of the attention; the logits are correlation/τ.
    strong_share : float
        The change that all but so few moments stay below is a full one.
    weakest : float
        Share of a full change below which there is none, so that noise changes no choice.
    least_rise_db, least_change : float
        A change that is full is by this more than the median: dB of the sound, grey levels of the picture.
    lasting_seconds : float
        What follows such a moment weighs more, too; that falls to 37 % in this time.
    """

    reach: int = 4
    temperature: float = 0.25
    strong_share: float = 0.05
    weakest: float = 0.1
    least_rise_db: float = 6.0
    least_change: float = 6.0
    lasting_seconds: float = 1.0


TUNING = HearingTuning()


class Hearing:
    """Tells how far sound and picture change together.

    Parameters
    ----------
    start : float
        Seconds from the first frame of the video to the first value of `rise`.
    rise : (n,) float64
        By how many dB the sound rises, of each `STEP_SECONDS`.
    changes : Changes
        Of the picture.
    """

    def __init__(self, start: float, rise: ndarray, changes: Changes) -> None:
        steps = 1 + int(changes.times[-1] / GRID_SECONDS) if len(changes.times) else 0
        sound = np.zeros(steps)
        places = np.floor((start + np.arange(len(rise)) * STEP_SECONDS) / GRID_SECONDS + 0.5).astype(int)
        inside = (places >= 0) & (places < steps)
        np.maximum.at(sound, places[inside], rise[inside])
        picture = np.interp(np.arange(steps) * GRID_SECONDS, changes.times, changes.values) if steps else sound
        self.together = _lasting(change_together(sound, picture))

    def of(self, candidates: Sequence[Candidate]) -> ndarray:
        """Return how far sound and picture change together in each candidate or shortly before, (n,) float64 from 0 to 1."""
        found = np.zeros(len(candidates))
        for place, candidate in enumerate(candidates):
            first, last = (round(frame.time / GRID_SECONDS) for frame in (candidate.first, candidate.last))
            found[place] = self.together[max(0, first) : max(0, last) + 1].max(initial=0.0)
        return found


def change_together(sound: ndarray, picture: ndarray) -> ndarray:
    """Return for each step the strength of the sound's rise times the picture's change that it attends to.

    Parameters
    ----------
    sound : (n,) float64
        Rise of the sound in dB.
    picture : (n,) float64
        Change of the picture in grey levels.

    Returns
    -------
    (n,) float64, 0 to 1
    """
    steps = len(sound)
    if not steps:
        return np.zeros(0)
    queries, keys = _courses(sound), _courses(picture)
    values = _strength(picture, TUNING.least_change)
    lags = range(-TUNING.reach, TUNING.reach + 1)
    logits = np.full((steps, len(lags)), -np.inf)
    answers = np.zeros((steps, len(lags)))
    for column, lag in enumerate(lags):
        asking = slice(max(0, -lag), steps - max(0, lag))
        asked = slice(max(0, lag), steps - max(0, -lag))
        if asking.start < asking.stop:
            logits[asking, column] = (queries[asking] * keys[asked]).sum(axis=1) / TUNING.temperature
            answers[asking, column] = values[asked]
    weights = np.exp(logits - logits.max(axis=1, keepdims=True))
    attended = (weights * answers).sum(axis=1) / weights.sum(axis=1)
    return np.asarray(_strength(sound, TUNING.least_rise_db) * attended)


def _lasting(values: ndarray) -> ndarray:
    """Let each value fade away slowly, where none that is higher follows."""
    kept, level = np.empty(len(values)), 0.0
    fading = np.exp(-GRID_SECONDS / TUNING.lasting_seconds)
    for place, value in enumerate(values.tolist()):
        level = kept[place] = max(value, level * fading)
    return kept


def _courses(values: ndarray) -> ndarray:
    """Return what lies around each step as vectors of unit length and zero mean, (n, 2·reach + 1) float64."""
    around = np.pad(values, TUNING.reach, mode="edge")
    return unit_vectors(np.lib.stride_tricks.sliding_window_view(around, 2 * TUNING.reach + 1))


def _strength(values: ndarray, least: float) -> ndarray:
    """Return how far above their median values are, 0 to 1 for a full change."""
    median = float(np.median(values))
    full = max(least, float(np.quantile(values, 1.0 - TUNING.strong_share)) - median)
    strength = np.clip((values - median) / full, 0.0, 1.0)
    return np.where(strength < TUNING.weakest, 0.0, strength)
