"""Attention between the superpixels of neighbouring frames, and votes that go along it."""

import numpy as np
from numpy import float32, inf, ndarray

from vkeyframe.kernels.jit import kernel


@kernel
def nearest_tokens(queries: ndarray, keys: ndarray, itself: int, radius: int, nearest: ndarray, distances: ndarray) -> None:
    """Find the keys most like each query among those within some cells of a grid.

    Parameters
    ----------
    queries : (d, rows, columns) float32
    keys : (m, d, rows, columns) float32
        Of m frames.
    itself : int
        Which of the m frames the queries are, so that none finds itself; -1 for none.
    radius : int
        Cells up, down, left and right.
    nearest : (rows * columns, count) int32, out
        Indices frame * rows * columns + cell, the nearest first; of two at the same distance the first. 0 where there is none.
    distances : (rows * columns, count) float32, out
        Squared; infinite where there is none.
    """
    depth, rows, columns = queries.shape
    count = nearest.shape[1]
    line = np.empty(2 * radius + 1, np.float32)
    nearest[:] = 0
    distances[:] = inf
    for i in range(rows):
        for j in range(columns):
            found, far = nearest[i * columns + j], distances[i * columns + j]
            first, last = max(0, j - radius), min(columns, j + radius + 1)
            for frame in range(keys.shape[0]):
                for y in range(max(0, i - radius), min(rows, i + radius + 1)):
                    line[:] = float32(0.0)
                    for c in range(depth):
                        row = keys[frame, c, y, first:last]
                        value = queries[c, i, j]
                        for x in range(last - first):
                            difference = row[x] - value
                            line[x] += difference * difference
                    if frame == itself and y == i:
                        line[j - first] = inf
                    for x in range(last - first):
                        if line[x] < far[count - 1]:
                            place = count - 1
                            while place > 0 and far[place - 1] > line[x]:
                                far[place], found[place] = far[place - 1], found[place - 1]
                                place -= 1
                            far[place], found[place] = line[x], (frame * rows + y) * columns + first + x


@kernel
def vote(shares: ndarray, nearest: ndarray, seeds: ndarray, trust: ndarray, loyalty: float, rounds: int, out: ndarray) -> None:
    """Let each token take over what those say that it attends to, again and again: u ← a·A·u + (1 − a)·t·s.

    The same is done with the trust t alone, and the result is the quotient: a token that nobody vouches for counts little.
    Faktor, Irani, "Video segmentation by non-local consensus voting", BMVC 2014, doi:10.5244/C.28.21.

    Parameters
    ----------
    shares : (n, count) float32, ≥ 0
        Rows of A: what each token gives to those it attends to. Sums to 1, or less.
    nearest : (n, count) int32
        Which tokens those are.
    seeds : (n,) float32
        s, what each token says by itself.
    trust : (n,) float32, ≥ 0
        t, how much it is sure.
    loyalty : float
        a, 0 to 1.
    rounds : int
    out : (n,) float32, out
        Weighted mean of the seeds; 0 where nothing with trust is within reach.
    """
    size, count = shares.shape
    now, then = np.empty((2, size)), np.empty((2, size))
    for i in range(size):
        now[0, i], now[1, i] = trust[i] * seeds[i], trust[i]
    for _ in range(rounds):
        for i in range(size):
            total = 0.0
            weight = 0.0
            for k in range(count):
                other = nearest[i, k]
                total += shares[i, k] * now[0, other]
                weight += shares[i, k] * now[1, other]
            then[0, i] = loyalty * total + (1.0 - loyalty) * trust[i] * seeds[i]
            then[1, i] = loyalty * weight + (1.0 - loyalty) * trust[i]
        now, then = then, now
    for i in range(size):
        out[i] = now[0, i] / now[1, i] if now[1, i] > 1e-9 else 0.0
