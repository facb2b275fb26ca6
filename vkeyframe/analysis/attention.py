"""Attention over time, without training: which moments stand for the others.

Where in a picture people look is in `gaze`; weights of the small pictures from self-attention over their patches gave the choice
nothing, so there are none.

References
----------
.. [1] Vaswani et al., "Attention is all you need", NeurIPS 2017, arXiv:1706.03762.
"""

from dataclasses import dataclass

import numpy as np
from numpy import ndarray


@dataclass(frozen=True, slots=True)
class AttentionTuning:
    """How attention is shared out; set by eye on real videos.

    Attributes
    ----------
    time_temperature : float
        τ of the attention between frames; the logits are correlation/τ.
    """

    time_temperature: float = 0.15


TUNING = AttentionTuning()


def temporal_attention(vectors: ndarray, frame_counts: ndarray) -> ndarray:
    """Share of attention that each token gets from all, itself included.

    The logits are ρ/τ: `vectors` of unit length and zero mean have the correlation as their dot product. A token
    that stands for many frames asks and is asked as many times.

    Parameters
    ----------
    vectors : (n, d) float
    frame_counts : (n,) float, > 0

    Returns
    -------
    (n,) float64, sums to 1
    """
    logits = np.asarray(vectors, np.float64) @ np.asarray(vectors, np.float64).T / TUNING.time_temperature
    # One matrix product and a softmax: BLAS needs a third of the time of the attention kernel here.
    weights = frame_counts * np.exp(logits - logits.max(axis=1, keepdims=True))
    shares = frame_counts @ (weights / weights.sum(axis=1, keepdims=True))
    return np.asarray(shares / shares.sum())


def unit_vectors(pictures: ndarray) -> ndarray:
    """Remove each row's mean and scale it to length 1; a flat row becomes zero."""
    centred = np.asarray(pictures, np.float64) - np.mean(pictures, axis=1, keepdims=True)
    length = np.linalg.norm(centred, axis=1, keepdims=True)
    return np.where(length > 1e-6, centred / np.maximum(length, 1e-6), 0.0)
