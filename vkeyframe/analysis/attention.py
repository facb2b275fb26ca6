"""Attention without training, quick enough for every sample: what differs in a picture, and which moments stand for the others.

In space it is non-local self-attention over patches, with one head for each kind of contrast: the weights of correlations and of
sharpness. Where people look it says no better than the centre of the picture would; that is in `gaze`, for keyframes. In time it
is self-attention over frames.

References
----------
.. [1] Vaswani et al., "Attention is all you need", NeurIPS 2017, arXiv:1706.03762.
.. [2] Buades, Coll, Morel, "A non-local algorithm for image denoising", CVPR 2005, doi:10.1109/CVPR.2005.38.
.. [3] Itti, Koch, Niebur, "A model of saliency-based visual attention", PAMI 1998, doi:10.1109/34.730558.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import log

import numpy as np
from numpy import ndarray

from vkeyframe.analysis.features import FrameFeatures
from vkeyframe.kernels.attention import attend
from vkeyframe.kernels.grid import exposure_free_difference

HEADS = ("luminance", "colour", "texture", "motion")


@dataclass(frozen=True, slots=True)
class AttentionTuning:
    """How attention is shared out; set by eye on real videos.

    Attributes
    ----------
    noise : dict of str to float
        A head whose patches differ by less than this, in its own units, sees only noise.
    sharpness : float
        By how many standard deviations two patches must differ for little attention between them: 1/sharpness.
    time_temperature : float
        τ of the attention between frames; the logits are correlation/τ.
    """

    noise: Mapping[str, float] = field(default_factory=lambda: {"luminance": 2.0, "colour": 1.0, "texture": 0.15, "motion": 1.5})
    sharpness: float = 2.0
    time_temperature: float = 0.15


TUNING = AttentionTuning()


@dataclass(frozen=True, slots=True)
class Attention:
    """Attention within a picture.

    Attributes
    ----------
    map : (9, 16) float32
        Share of the attention that each patch gets; sums to 1.
    heads : dict of str to float
        How much each head gave to the map; sums to 1.
    """

    map: ndarray
    heads: dict[str, float]


def spatial_attention(features: FrameFeatures, before: FrameFeatures | None) -> Attention:
    """Find what stands out in a picture: the patches that all others together explain worst.

    Without a frame before it in the same shot the motion head is silent. In a picture without any contrast attention is even.
    """
    rows, columns = features.gradients.shape
    total = np.zeros(rows * columns)
    gains = {}
    for head, tokens in _tokens(features, before).items():
        residual = _residual(tokens, TUNING.noise[head])
        gains[head] = _concentration(residual)
        total += gains[head] * residual
    gain = sum(gains.values())
    if gain <= 0.0:
        return Attention(np.full((rows, columns), 1.0 / total.size, np.float32), dict.fromkeys(HEADS, 0.25))
    return Attention(
        (total / total.sum()).reshape(rows, columns).astype(np.float32), {head: gains[head] / gain for head in HEADS}
    )


def pearson_weights(attention: ndarray) -> ndarray:
    """Turn an attention map into weights for the (18, 32, 3) Lab picture, half even and half attention; (1728,) float32."""
    even = 1.0 / attention.size
    doubled = np.repeat(np.repeat(0.5 * attention + 0.5 * even, 2, axis=0), 2, axis=1)
    return np.repeat(doubled.ravel(), 3).astype(np.float32)


def _tokens(features: FrameFeatures, before: FrameFeatures | None) -> dict[str, ndarray]:
    """Cut the picture into patches as each head sees them, (144, d) each."""
    rows, columns = features.gradients.shape

    def patches(picture: ndarray) -> ndarray:
        height, width = picture.shape[0] // rows, picture.shape[1] // columns
        blocks = picture.reshape(rows, height, columns, width, -1).swapaxes(1, 2)
        return blocks.reshape(rows * columns, -1)

    moved = np.zeros_like(features.luma) if before is None else exposure_free_difference(before.luma, features.luma)
    return {
        "luminance": patches(features.luma),
        "colour": patches(features.lab[..., 1:]),
        "texture": np.log1p(features.gradients).reshape(-1, 1),
        "motion": patches(moved[..., None]).mean(axis=1, keepdims=True),
    }


def _residual(tokens: ndarray, noise: float) -> ndarray:
    """Measure how far each token is from what its attention to all others makes of it.

    The shares sum to 1, or are all zero where there is only noise.
    """
    centred = tokens - tokens.mean(axis=0)
    spread = float(np.sqrt((centred**2).mean()))
    if spread < noise:
        return np.zeros(len(tokens))
    x = centred / spread * TUNING.sharpness
    # q·k = x·y − ‖y‖²/2 makes the softmax a Gaussian of the distance between tokens, as in non-local means.
    ones = np.ones((len(x), 1))
    queries = np.hstack([x, ones]).astype(np.float32)
    keys = np.hstack([x, -0.5 * (x**2).sum(axis=1, keepdims=True)]).astype(np.float32)
    context, received = np.empty_like(x, np.float32), np.empty(len(x))
    attend(queries, keys, x.astype(np.float32), np.ones(len(x), np.float32), True, context, received)
    residual = np.sqrt(((x - context) ** 2).sum(axis=1)).astype(np.float64)
    return np.asarray(residual / max(float(residual.sum()), 1e-12))


def _concentration(shares: ndarray) -> float:
    """1 minus the normalised entropy: 0 for an even map, 1 for a single peak."""
    positive = shares[shares > 0]
    return max(0.0, 1.0 + float((positive * np.log(positive)).sum()) / log(shares.size)) if positive.size else 0.0


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
