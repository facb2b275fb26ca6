"""The formulas of attention, on tokens of any kind; plain matrix products, for which BLAS needs a third of a kernel's time.

References
----------
.. [1] Vaswani et al., "Attention is all you need", NeurIPS 2017, arXiv:1706.03762.
.. [2] Bahdanau, Cho, Bengio, "Neural machine translation by jointly learning to align and translate", ICLR 2015,
   arXiv:1409.0473.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np
from numpy import ndarray

from vkeyframe.errors import UsageError


@dataclass(frozen=True, slots=True)
class Attended:
    """What queries get from attention.

    Attributes
    ----------
    context : (..., n, v) float64
        For each query the values, weighted.
    weights : (..., n, m) float64
        For each query its attention to each key, ≥ 0; sums to 1, or is 0 where a query may look at no key.
    """

    context: ndarray
    weights: ndarray


@dataclass(frozen=True, slots=True, kw_only=True)
class Projections:
    """The matrices and biases of multi-head attention, which come from training or from a rule; a bias of None is zero.

    Attributes
    ----------
    query : (e, dq) float
    key : (e, dk) float
    value : (e, dv) float
    output : (o, e) float
    query_bias, key_bias, value_bias : (e,) float, optional
    output_bias : (o,) float, optional
    """

    query: Any
    key: Any
    value: Any
    output: Any
    query_bias: Any = None
    key_bias: Any = None
    value_bias: Any = None
    output_bias: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AdditiveNetwork:
    """The weights of additive attention.

    Attributes
    ----------
    query : (a, dq) float
        W.
    key : (a, dk) float
        U.
    vector : (a,) float
        v.
    bias : (a,) float or float
        b.
    """

    query: Any
    key: Any
    vector: Any
    bias: Any = 0.0


def softmax(logits: ndarray) -> ndarray:
    """Turn logits into shares along the last axis: exp(xᵢ)/Σⱼ exp(xⱼ), in float64; 0 where all of them are -inf."""
    logits = np.asarray(logits, np.float64)
    highest = logits.max(axis=-1, keepdims=True, initial=-np.inf)
    weights = np.exp(logits - np.where(np.isfinite(highest), highest, 0.0))
    total = weights.sum(axis=-1, keepdims=True)
    return np.asarray(np.divide(weights, total, out=np.zeros_like(weights), where=total > 0.0))


def scaled_dot_product_attention(queries: Any, keys: Any, values: Any, mask: Any = None, scale: float | None = None) -> Attended:
    """Attend by scaled dot products: softmax(QKᵀ/√d + M)·V [1]_, eq. 1.

    Parameters
    ----------
    queries : (..., n, d) float
    keys : (..., m, d) float
    values : (..., m, v) float
    mask : (..., n, m) bool or float, optional
        True where a query may look at a key; or numbers that are added to the logits.
    scale : float, optional
        In place of 1/√d.

    Raises
    ------
    UsageError
        If the shapes do not fit.
    """
    q, k, v = _tokens("queries", queries), _tokens("keys", keys), _tokens("values", values)
    _check(q.shape[-1] == k.shape[-1], f"queries have {q.shape[-1]} features and keys {k.shape[-1]}; give both as many")
    _check(k.shape[-2] == v.shape[-2], f"there are {k.shape[-2]} keys and {v.shape[-2]} values; give one value for each key")
    logits = q @ np.swapaxes(k, -1, -2) * (1.0 / sqrt(q.shape[-1]) if scale is None else scale)
    return _weigh(logits, v, mask)


def multi_head_attention(
    queries: Any, keys: Any, values: Any, projections: Projections, heads: int, mask: Any = None
) -> Attended:
    """Attend with several heads: Concat(head₁, …, headₕ)·Wᴼᵀ + bᴼ, headᵢ = softmax(QᵢKᵢᵀ/√(e/h))·Vᵢ [1]_, section 3.2.2.

    Qᵢ, Kᵢ and Vᵢ are the i-th parts of Q·W_Qᵀ + b_Q and so on, as in `torch.nn.MultiheadAttention`.

    Parameters
    ----------
    queries : (..., n, dq) float
    keys : (..., m, dk) float
    values : (..., m, dv) float
    projections : Projections
    heads : int
        h, of which e is a multiple.
    mask : (..., n, m) bool or float, optional
        As of `scaled_dot_product_attention`, the same for all heads.

    Returns
    -------
    Attended
        With weights of each head, (..., h, n, m); PyTorch gives their mean.

    Raises
    ------
    UsageError
        If the shapes do not fit.
    """
    p = projections
    q = _heads(_project("queries", queries, p.query, p.query_bias), heads)
    k = _heads(_project("keys", keys, p.key, p.key_bias), heads)
    v = _heads(_project("values", values, p.value, p.value_bias), heads)
    spread = None if mask is None else np.expand_dims(np.asarray(mask), -3)
    each = scaled_dot_product_attention(q, k, v, spread)
    joined = np.swapaxes(each.context, -2, -3)
    joined = joined.reshape(*joined.shape[:-2], -1)
    return Attended(_project("heads", joined, p.output, p.output_bias), each.weights)


def additive_attention(queries: Any, keys: Any, values: Any, network: AdditiveNetwork) -> Attended:
    """Attend by a small network in place of a product: softmaxⱼ(vᵀ·tanh(W·qᵢ + U·kⱼ + b))·V [2]_, section A.1.2.

    Parameters
    ----------
    queries : (..., n, dq) float
    keys : (..., m, dk) float
    values : (..., m, v) float
    network : AdditiveNetwork

    Raises
    ------
    UsageError
        If the shapes do not fit.
    """
    q, k = _project("queries", queries, network.query, network.bias), _project("keys", keys, network.key, None)
    v, vector = _tokens("values", values), np.asarray(network.vector, np.float64)
    rows = f"the vector has {vector.size} numbers, but the matrices have {q.shape[-1]} and {k.shape[-1]} rows; give all as many"
    _check(vector.shape == q.shape[-1:] == k.shape[-1:], rows)
    _check(k.shape[-2] == v.shape[-2], f"there are {k.shape[-2]} keys and {v.shape[-2]} values; give one value for each key")
    return _weigh(np.tanh(q[..., :, None, :] + k[..., None, :, :]) @ vector, v, None)


def _weigh(logits: ndarray, values: ndarray, mask: Any) -> Attended:
    if mask is not None:
        given = np.asarray(mask)
        logits = np.where(given, logits, -np.inf) if given.dtype == bool else logits + given
    weights = softmax(logits)
    return Attended(weights @ values, weights)


def _project(name: str, tokens: Any, matrix: Any, bias: Any) -> ndarray:
    """Compute x·Wᵀ + b."""
    x, w = _tokens(name, tokens), np.asarray(matrix, np.float64)
    _check(w.ndim == 2 and w.shape[1] == x.shape[-1], f"{name} have {x.shape[-1]} features, but their matrix is {w.shape}")
    return np.asarray(x @ w.T + (0.0 if bias is None else np.asarray(bias, np.float64)))


def _heads(tokens: ndarray, heads: int) -> ndarray:
    """Cut the features into so many parts, (..., n, e) to (..., h, n, e/h)."""
    size = tokens.shape[-1]
    _check(heads >= 1 and size % heads == 0, f"{size} features cannot be shared out among {heads} heads; give a divisor")
    return np.swapaxes(tokens.reshape(*tokens.shape[:-1], heads, size // heads), -2, -3)


def _tokens(name: str, values: Any) -> ndarray:
    tokens = np.asarray(values, np.float64)
    _check(tokens.ndim >= 2, f"{name} have the shape {tokens.shape}; give one row for each token, (n, d)")
    return tokens


def _check(fits: bool, text: str) -> None:
    if not fits:
        raise UsageError(f"{text}.")
