"""Attention between the superpixels of neighbouring frames, by which the frames of a window agree on what is the object."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy import ndarray

from vkeyframe.kernels.voting import nearest_tokens, vote
from vkeyframe.tracking.superpixels import Tokens


@dataclass(frozen=True, slots=True)
class VotingTuning:
    """How tokens attend to each other; from trials on DAVIS (J of masks).

    Attributes
    ----------
    offsets : tuple of int
        To which frames, counted from the own one. All of ±8 take twice as long.
    radius : int
        In which distance, in superpixels.
    count : int
        To how many tokens at most.
    temperature : float
        Squared distance at which a token gets 1/e of the attention.
    loyalty : float
        What others say against what a token says itself.
    rounds : int
        Of voting.
    """

    offsets: tuple[int, ...] = (-8, -4, -2, -1, 0, 1, 2, 4, 8)
    radius: int = 8
    count: int = 24
    temperature: float = 288.0
    loyalty: float = 0.9
    rounds: int = 20


TUNING = VotingTuning()
REACH = max(TUNING.offsets)


@dataclass(frozen=True, slots=True)
class Links:
    """What the tokens of a frame attend to.

    Attributes
    ----------
    frames : (n, count) int8
        Frames, counted from the own one.
    cells : (n, count) int32
        Tokens of these frames.
    shares : (n, count) float32
        Of the attention; each row sums to 1, or is 0 for a token without another in reach.
    """

    frames: ndarray
    cells: ndarray
    shares: ndarray


def link(frames: Sequence[Tokens], index: int) -> Links:
    """Find what the tokens of one frame attend to, among these frames.

    softmax(−d²/τ) over the tokens nearest in colour, texture and place [1]_.

    Parameters
    ----------
    frames : sequence of Tokens
        All of the same size.
    index : int
        Which of them asks.

    References
    ----------
    .. [1] Faktor, Irani, "Video segmentation by non-local consensus voting", BMVC 2014, doi:10.5244/C.28.21.
    """
    offsets = np.array([offset for offset in TUNING.offsets if 0 <= index + offset < len(frames)], np.int8)
    keys = np.stack([frames[index + offset].features for offset in offsets])
    queries = frames[index].features
    size = queries[0].size
    nearest, distances = np.empty((size, TUNING.count), np.int32), np.empty((size, TUNING.count), np.float32)
    nearest_tokens(queries, keys, int(np.flatnonzero(offsets == 0)[0]), TUNING.radius, nearest, distances)
    least = np.where(np.isfinite(distances[:, :1]), distances[:, :1], 0.0)
    shares = np.exp((least - distances) / np.float32(TUNING.temperature))
    shares /= np.maximum(shares.sum(axis=1, keepdims=True), 1e-9)
    return Links(offsets[nearest // size], nearest % size, shares)


def agree(links: Sequence[Links], seeds: ndarray, trust: ndarray) -> ndarray:
    """Let the tokens of a window vote on what they are.

    Parameters
    ----------
    links : sequence of Links
        Of each frame of the window; what they have beyond the window is left out.
    seeds : (frames, n) float32
        What each token says by itself.
    trust : (frames, n) float32, ≥ 0
        How sure each is.

    Returns
    -------
    (frames, n) float32
        Weighted means of the seeds.
    """
    count, size = seeds.shape
    at = np.arange(count, dtype=np.int32)[:, None, None] + np.stack([each.frames for each in links])
    inside = (at >= 0) & (at < count)
    shares = np.stack([each.shares for each in links]) * inside
    shares /= np.maximum(shares.sum(axis=2, keepdims=True), 1e-9)
    nearest = np.where(inside, at * size + np.stack([each.cells for each in links]), 0)
    flat = -1, TUNING.count
    out = np.empty(count * size, np.float32)
    vote(
        shares.astype(np.float32).reshape(flat),
        nearest.astype(np.int32).reshape(flat),
        seeds.astype(np.float32).ravel(),
        trust.astype(np.float32).ravel(),
        TUNING.loyalty,
        TUNING.rounds,
        out,
    )
    return out.reshape(count, size)
