"""How the attention of a query is spread over the frames of videos: several heads, by dot product and additive.

A head sees a part of the descriptors. With the query q and the frames' keys kₜ, which are parts of descriptors brought to length
1, dot-product attention is softmaxₜ(q·kₜ/τ) [1]_, and additive attention softmaxₜ(vᵀ·tanh(W·q + U·kₜ + b)/τ) [2]_. Nothing is
trained: W = (s·I; −s·I), U = −W, b = −1 and v = −1/(2·d·tanh 1), with which each of d numbers of the key votes for the frame as
far as it is near that of the query: vᵀ·tanh(…) is 1 where they are equal and 0 where they are far apart, and a number that is far
off, as under a caption, cannot outvote the others. The attention of all heads is their mean.

References
----------
.. [1] Vaswani et al., "Attention is all you need", NeurIPS 2017, arXiv:1706.03762, section 3.2.
.. [2] Bahdanau, Cho, Bengio, "Neural machine translation by jointly learning to align and translate", ICLR 2015,
   arXiv:1409.0473, section A.1.2.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import sqrt, tanh

import numpy as np
from numpy import ndarray

from vkeyframe.analysis.mechanisms import softmax


@dataclass(frozen=True, slots=True)
class PoolingTuning:
    """How sharply attention gathers; set by eye.

    Attributes
    ----------
    temperature : float
        τ of both kinds of attention.
    nearness : float
        s: numbers that differ by more than about 1.5/s, in units of their root mean square, are far apart.
    """

    temperature: float = 0.05
    nearness: float = 1.5


TUNING = PoolingTuning()


def head_logits(queries: ndarray, keys: ndarray, heads: Iterable[ndarray]) -> ndarray:
    """Compute q·k and vᵀ·tanh(W·q + U·k + b) of pairs of descriptors for each head.

    Parameters
    ----------
    queries, keys : (n, 147) float32
        The query is given for each key, because for some it is the mirror image.
    heads : iterable of (d,) int
        Which numbers each head sees.

    Returns
    -------
    (n, heads, 2) float64
    """
    logits = []
    for head in heads:
        q, k = _of_length_one(queries[:, head]), _of_length_one(keys[:, head])
        apart = TUNING.nearness * sqrt(len(head)) * (q - k)
        votes = -(np.tanh(apart - 1.0) + np.tanh(-apart - 1.0)) / (2.0 * tanh(1.0))
        logits.append(np.stack([(q * k).sum(axis=1), votes.mean(axis=1)], axis=1))
    return np.stack(logits, axis=1)


def pool(logits: ndarray) -> ndarray:
    """Turn logits of all frames, (n, heads, 2), into attention that sums to 1 over the frames, in the same shape."""
    return np.asarray(np.moveaxis(softmax(np.moveaxis(logits, 0, 2) / TUNING.temperature), 2, 0))


def _of_length_one(vectors: ndarray) -> ndarray:
    values = np.asarray(vectors, np.float64)
    return np.asarray(values / np.maximum(np.linalg.norm(values, axis=1, keepdims=True), 1e-9))
