"""Attention over time: which moments stand for their shot, and which shots for the video."""

import numpy as np
from numpy import ndarray

from vkeyframe.kernels.attention import attend

TEMPERATURE = 0.15


def attend_in_time(vectors: ndarray, masses: ndarray) -> ndarray:
    """Share of attention that each token gets from all, itself included.

    The logits are ρ/τ with τ = 0.15: `vectors` of unit length and zero mean have the correlation as their dot product. A token
    that stands for many frames asks and is asked as many times.

    Parameters
    ----------
    vectors : (n, d) float
    masses : (n,) float, > 0

    Returns
    -------
    (n,) float64, sums to 1
    """
    # The kernel divides by √d, which this cancels.
    scale = np.sqrt(np.sqrt(vectors.shape[1]) / TEMPERATURE)
    tokens = np.ascontiguousarray(vectors * scale, np.float32)
    masses = np.ascontiguousarray(masses, np.float32)
    # The attention each query gives is weighted by its mass: values carry it, one column is enough.
    received = np.empty(len(tokens))
    context = np.empty((len(tokens), 1), np.float32)
    shares = np.zeros(len(tokens))
    values = np.ones((len(tokens), 1), np.float32)
    for i in range(len(tokens)):
        attend(tokens[i : i + 1], tokens, values, masses, False, context[:1], received)
        shares += masses[i] * received
    return np.asarray(shares / shares.sum())


def unit_vectors(pictures: ndarray) -> ndarray:
    """Remove each row's mean and scale it to length 1; a flat row becomes zero."""
    centred = np.asarray(pictures, np.float64) - np.mean(pictures, axis=1, keepdims=True)
    length = np.linalg.norm(centred, axis=1, keepdims=True)
    return np.where(length > 1e-6, centred / np.maximum(length, 1e-6), 0.0)
