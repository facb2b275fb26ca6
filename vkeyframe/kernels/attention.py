"""Scaled dot-product attention: over tokens, and between the patches of two pictures."""

import numpy as np
from numpy import float32, float64, floating, inf, ndarray, sqrt

from vkeyframe.kernels.jit import kernel

# A colour so far from all others that it gets no attention.
MARGIN = 1e9
# Finite, so that a token without another to look at has a logit below it.
LOWEST = -1e300


@kernel
def attend(
    queries: ndarray, keys: ndarray, values: ndarray, masses: ndarray, exclude_self: bool, out: ndarray, received: ndarray
) -> None:
    """Attend from every query to all keys: softmax(QKᵀ/√d + log m)·V.

    With `masses` a key that stands for several tokens counts as often as it says, so that a cluster
    gets the attention all its members would get (Vaswani et al., 2017, arXiv:1706.03762, eq. 1).

    Parameters
    ----------
    queries : (n, d) float32
    keys : (m, d) float32
    values : (m, v) float32
    masses : (m,) float32, ≥ 0
        How many tokens each key stands for; 1 for plain attention.
    exclude_self : bool
        Whether query i must not look at key i, as in non-local filtering; a lone token is left with 0.
    out : (n, v) float32, out
    received : (m,) float64, out
        Attention that each key got, summed over the queries.
    """
    count, depth = queries.shape
    scale = 1.0 / sqrt(depth)
    columns = np.empty((depth, count))
    for i in range(count):
        for k in range(depth):
            columns[k, i] = queries[i, k] * scale
    shares = np.empty((keys.shape[0], count))
    highest = np.empty(count)
    totals = np.empty(count)
    context = np.empty((values.shape[1], count))
    shares[:] = 0.0
    highest[:] = LOWEST
    totals[:] = 0.0
    context[:] = 0.0
    received[:] = 0.0
    # Key by key, so that every inner loop runs over the queries and is vectorised; query by query takes thrice as long and more.
    for j in range(keys.shape[0]):
        if masses[j] <= 0.0:
            continue
        logits = shares[j]
        for k in range(depth):
            column = columns[k]
            value = float64(keys[j, k])
            for i in range(count):
                logits[i] += value * column[i]
        if exclude_self and j < count:
            logits[j] = -inf
        for i in range(count):
            highest[i] = max(highest[i], logits[i])
    for j in range(keys.shape[0]):
        if masses[j] <= 0.0:
            continue
        line = shares[j]
        mass = float64(masses[j])
        for i in range(count):
            # exp(x/128)¹²⁸; below exp(-40) nothing counts.
            x = line[i] - highest[i]
            share = _exponential(max(x, -40.0) * (1 / 128))
            for _ in range(7):
                share *= share
            line[i] = mass * share if x >= -40.0 else 0.0
            totals[i] += line[i]
        for k in range(values.shape[1]):
            column = context[k]
            value = float64(values[j, k])
            for i in range(count):
                column[i] += value * line[i]
    for i in range(count):
        part = 1.0 / totals[i] if totals[i] > 0.0 else 0.0
        for j in range(keys.shape[0]):
            received[j] += shares[j, i] * part
        for k in range(values.shape[1]):
            out[i, k] = context[k, i] * part


@kernel
def unexplained_change(before: ndarray, after: ndarray, radius: int, temperature: float, out: ndarray) -> None:
    """Measure what a picture shows that nearby patches of another picture do not.

    Cross-attention in a search window: each pixel of `after` is a query, the pixels of `before` within `radius` are
    keys and values, the logits are −‖q − k‖²/temperature (the dot product up to terms of the norms). Motion within
    the window is explained, also between pixels, because the softmax blends neighbours.

    Parameters
    ----------
    before, after : (height, width, 3) float32
        Small CIE Lab pictures.
    radius : int
        Search range in pixels, both ways.
    temperature : float
        In squared Lab units; the smaller, the closer to the single best match.
    out : (height, width) float32, out
        Colour difference (ΔE 1976) between each pixel and what its attention reconstructs. Where the pixel in the
        same place differs by less than 1, that difference, without a search.
    """
    height, width, _ = after.shape
    # All pixels against the same shift at a time, in planes laid out flat with a margin: every inner loop is long and
    # vectorised. A loop over the keys of each pixel takes three times as long, for its branches cannot be foretold.
    pitch = width + 2 * radius
    keys = np.empty((3, (height + 2 * radius) * pitch + 2 * radius), np.float32)
    queries = np.empty((3, height * pitch), np.float32)
    keys[:] = MARGIN
    queries[:] = 0.0
    for y in range(height):
        for x in range(width):
            for c in range(3):
                keys[c, (y + radius) * pitch + x + radius] = before[y, x, c]
                queries[c, y * pitch + x] = after[y, x, c]
    here = np.empty(height * pitch, np.float32)
    _squared_distances(keys, radius * pitch + radius, queries, 0, here)
    top = height
    bottom = 0
    for y in range(height):
        for x in range(width):
            out[y, x] = sqrt(here[y * pitch + x])
            if here[y * pitch + x] >= 1.0:
                top = min(top, y)
                bottom = y + 1
    if top >= bottom:
        return
    nearest = np.empty((bottom - top) * pitch, np.float32)
    totals = np.empty((4, nearest.size))
    nearest[:] = inf
    totals[:] = 0.0
    scratch = np.empty(nearest.size, np.float32)
    for v in range(2 * radius + 1):
        for u in range(2 * radius + 1):
            _squared_distances(keys, (top + v) * pitch + u, queries, top * pitch, scratch)
            for i in range(nearest.size):
                nearest[i] = min(nearest[i], scratch[i])
    for v in range(2 * radius + 1):
        for u in range(2 * radius + 1):
            shift = (top + v) * pitch + u
            _squared_distances(keys, shift, queries, top * pitch, scratch)
            _shares(scratch, nearest, temperature)
            for i in range(nearest.size):
                totals[3, i] += scratch[i]
            for c in range(3):
                plane = keys[c, shift : shift + nearest.size]
                total = totals[c]
                for i in range(nearest.size):
                    total[i] += float64(scratch[i]) * plane[i]
    for y in range(top, bottom):
        for x in range(width):
            i = (y - top) * pitch + x
            if here[y * pitch + x] >= 1.0:
                square = 0.0
                for c in range(3):
                    square += (totals[c, i] / totals[3, i] - after[y, x, c]) ** 2
                out[y, x] = sqrt(square)


@kernel
def _squared_distances(keys: ndarray, key: int, queries: ndarray, query: int, out: ndarray) -> None:
    """Compare as many keys, from one on, with as many queries; both are planes of colours, (3, n) float32."""
    out[:] = 0.0
    for c in range(3):
        plane = keys[c, key : key + out.size]
        asked = queries[c, query : query + out.size]
        for i in range(out.size):
            d = plane[i] - asked[i]
            out[i] += d * d


@kernel
def _shares(distances: ndarray, nearest: ndarray, temperature: float) -> None:
    """Turn squared distances into exp((nearest − distance)/temperature) in place, 0 beyond ten temperatures: less than 1/20,000.

    With exp(x/32)³² the exponential is exact to float32.
    """
    scale = float32(1.0 / temperature)
    for i in range(distances.size):
        x = (nearest[i] - distances[i]) * scale
        z = max(x, float32(-10.0)) * float32(1 / 32)
        share = _exponential(z)
        for _ in range(5):
            share *= share
        distances[i] = share if x >= float32(-10.0) else float32(0.0)


@kernel
def _exponential(z: floating) -> floating:
    """Taylor polynomial of exp(z) for z from -1/3 to 0, off by less than 1e-8. C's own exponential cannot be vectorised."""
    share = float32(1 / 720) + z * float32(1 / 5040)
    share = float32(1 / 120) + z * share
    share = float32(1 / 24) + z * share
    share = float32(1 / 6) + z * share
    share = float32(1 / 2) + z * share
    share = float32(1.0) + z * share
    return float32(1.0) + z * share
