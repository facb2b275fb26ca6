"""Attention for everyone: its formulas on tokens of any kind, where in a picture the eye goes, and which moments stand out.

Nothing here is trained. What needs matrices, such as `multi_head_attention`, takes those that it is given.

    from vkeyframe.attention import scaled_dot_product_attention, spatial_attention

`scaled_dot_product_attention`, `multi_head_attention` and `additive_attention` are the formulas as published; in float64.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy import ndarray

from vkeyframe.analysis.attention import temporal_attention as _share_among_moments
from vkeyframe.analysis.attention import unit_vectors
from vkeyframe.analysis.gaze import gaze_map
from vkeyframe.analysis.mechanisms import (
    AdditiveNetwork,
    Attended,
    Projections,
    additive_attention,
    multi_head_attention,
    scaled_dot_product_attention,
)
from vkeyframe.errors import UsageError
from vkeyframe.kernels.attention import attend

__all__ = [
    "AdditiveNetwork",
    "Attended",
    "Projections",
    "additive_attention",
    "cross_attention",
    "cross_modal_attention",
    "multi_head_attention",
    "non_local_attention",
    "scaled_dot_product_attention",
    "self_attention",
    "spatial_attention",
    "temporal_attention",
]


def self_attention(tokens: Any, heads: int = 1) -> Attended:
    """Let tokens attend to each other: softmax(XXᵀ/√d)·X for each head, the heads side by side.

    Parameters
    ----------
    tokens : (..., n, d) float
    heads : int
        Into how many parts the features are cut; d must be a multiple.

    Returns
    -------
    Attended
        With weights of each head, (..., heads, n, n).

    Raises
    ------
    UsageError
        If the shapes do not fit.

    References
    ----------
    .. [1] Vaswani et al., "Attention is all you need", NeurIPS 2017, arXiv:1706.03762, section 3.2.3.
    """
    return cross_attention(tokens, tokens, heads)


def cross_attention(tokens: Any, others: Any, heads: int = 1) -> Attended:
    """Let tokens attend to others: softmax(XYᵀ/√d)·Y for each head, the heads side by side.

    Parameters
    ----------
    tokens : (..., n, d) float
    others : (..., m, d) float
    heads : int
        Into how many parts the features are cut; d must be a multiple.

    Returns
    -------
    Attended
        With weights of each head, (..., heads, n, m).

    Raises
    ------
    UsageError
        If the shapes do not fit.

    References
    ----------
    .. [1] Vaswani et al., "Attention is all you need", NeurIPS 2017, arXiv:1706.03762, section 3.2.3.
    """
    same = np.eye(np.shape(tokens)[-1] if np.ndim(tokens) else 1)
    return multi_head_attention(tokens, others, others, Projections(query=same, key=same, value=same, output=same), heads)


def cross_modal_attention(queries: Any, keys: Any, values: Any, query_matrix: Any, key_matrix: Any) -> Attended:
    """Let one kind of signal attend to another: softmax(Q·W_Qᵀ·(K·W_Kᵀ)ᵀ/√d)·V, such as sound to pictures.

    Parameters
    ----------
    queries : (..., n, a) float
        Features of the one kind, such as of n stretches of sound.
    keys : (..., m, b) float
        Features of the other kind, such as of m pictures.
    values : (..., m, v) float
        What is wanted of the other kind.
    query_matrix : (d, a) float
    key_matrix : (d, b) float
        Bring both kinds into one space.

    Raises
    ------
    UsageError
        If the shapes do not fit.

    References
    ----------
    .. [1] Tsai et al., "Multimodal transformer for unaligned multimodal language sequences", ACL 2019, section 3.1,
       doi:10.18653/v1/P19-1656.
    """
    asked = np.asarray(queries, np.float64) @ np.asarray(query_matrix, np.float64).T
    offered = np.asarray(keys, np.float64) @ np.asarray(key_matrix, np.float64).T
    return scaled_dot_product_attention(asked, offered, values)


def non_local_attention(tokens: Any, temperature: float = 1.0) -> ndarray:
    """Say what all other tokens make of each: Σⱼ≠ᵢ exp(−‖xᵢ − xⱼ‖²/τ)·xⱼ / Σⱼ≠ᵢ exp(−‖xᵢ − xⱼ‖²/τ).

    A token far from what this gives is like no other: it stands out.

    Parameters
    ----------
    tokens : (n, d) float
        At least two.
    temperature : float, > 0
        τ, in squared units of the tokens.

    Returns
    -------
    (n, d) float32

    Raises
    ------
    UsageError
        If there are fewer than two tokens, or the temperature is not above 0.

    References
    ----------
    .. [1] Buades, Coll, Morel, "A non-local algorithm for image denoising", CVPR 2005, doi:10.1109/CVPR.2005.38.
    .. [2] Wang, Girshick, Gupta, He, "Non-local neural networks", CVPR 2018, doi:10.1109/CVPR.2018.00813.
    """
    x = np.asarray(tokens, np.float64)
    if x.ndim != 2 or len(x) < 2 or not temperature > 0.0:
        raise UsageError(
            f"tokens of the shape {x.shape} at a temperature of {temperature}; give (n, d) with n ≥ 2, and more than 0."
        )
    # −‖q − k‖² = 2·q·k − ‖k‖² but for what is the same for all keys; the kernel divides by the root of the features.
    scaled = (x - x.mean(axis=0)) * (2.0 / temperature * np.sqrt(x.shape[1] + 1)) ** 0.5
    queries = np.hstack([scaled, np.ones((len(x), 1))]).astype(np.float32)
    keys = np.hstack([scaled, -0.5 * (scaled**2).sum(axis=1, keepdims=True)]).astype(np.float32)
    context, received = np.empty(x.shape, np.float32), np.empty(len(x))
    attend(queries, keys, x.astype(np.float32), np.ones(len(x), np.float32), True, context, received)
    return context


def spatial_attention(picture: ndarray) -> ndarray:
    """Tell where in a picture the eye goes.

    Parameters
    ----------
    picture : (height, width, 3) uint8, BGR

    Returns
    -------
    (rows, columns) float32
        Share of the attention that each cell of an even grid gets, ≥ 0; sums to 1. The longer side has 64 cells, which are
        about square. Even where the picture has no contrast.
    """
    return gaze_map(picture).map


def temporal_attention(frames: Any, counts: Any = None) -> ndarray:
    """Tell how much each moment stands for the others: the mean over all queries of softmax(ρ/0.15), ρ the Pearson correlation.

    Parameters
    ----------
    frames : (n, d) float
        Features of the moments, such as small pictures.
    counts : (n,) float, > 0, optional
        How many frames each moment stands for; it asks, and is asked, as many times.

    Returns
    -------
    (n,) float64, sums to 1

    References
    ----------
    .. [1] Vaswani et al., "Attention is all you need", NeurIPS 2017, arXiv:1706.03762, eq. 1.
    """
    vectors = unit_vectors(np.asarray(frames, np.float64))
    return _share_among_moments(vectors, np.ones(len(vectors)) if counts is None else np.asarray(counts, np.float64))
