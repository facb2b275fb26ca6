"""Scaled dot-product attention: over tokens, and between the patches of two pictures."""

import numpy as np
from numpy import float32, float64, floating, inf, ndarray, sqrt

from vkeyframe.kernels.jit import kernel, part

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
    count = queries.shape[0]
    shares = np.empty((keys.shape[0], count))
    highest = np.empty(count)
    totals = np.empty(count)
    context = np.empty((values.shape[1], count))
    # Key by key, so that every inner loop runs over the queries and is vectorised; query by query takes more than three times as
    # long.
    _find_logits(queries, keys, masses, exclude_self, shares, highest)
    _weigh_values(values, masses, highest, shares, totals, context)
    received[:] = 0.0
    for i in range(count):
        part = 1.0 / totals[i] if totals[i] > 0.0 else 0.0
        for j in range(keys.shape[0]):
            received[j] += shares[j, i] * part
        for k in range(values.shape[1]):
            out[i, k] = context[k, i] * part


@part
def _find_logits(queries: ndarray, keys: ndarray, masses: ndarray, exclude_self: bool, logits: ndarray, highest: ndarray) -> None:
    """Compute QKᵀ/√d, a line of `logits` for each key, and the highest of each query. A key without mass gets a line of 0."""
    count, depth = queries.shape
    scale = 1.0 / sqrt(depth)
    columns = np.empty((depth, count))
    for i in range(count):
        for k in range(depth):
            columns[k, i] = queries[i, k] * scale
    logits[:] = 0.0
    highest[:] = LOWEST
    for j in range(keys.shape[0]):
        if masses[j] <= 0.0:
            continue
        line = logits[j]
        for k in range(depth):
            column = columns[k]
            value = float64(keys[j, k])
            for i in range(count):
                line[i] += value * column[i]
        if exclude_self and j < count:
            line[j] = -inf
        for i in range(count):
            highest[i] = max(highest[i], line[i])


@part
def _weigh_values(values: ndarray, masses: ndarray, highest: ndarray, shares: ndarray, totals: ndarray, context: ndarray) -> None:
    """Turn the logits in `shares` into m·exp(logit − highest); sum these for each query, and the values that they weigh."""
    totals[:] = 0.0
    context[:] = 0.0
    for j in range(values.shape[0]):
        if masses[j] <= 0.0:
            continue
        line = shares[j]
        mass = float64(masses[j])
        for i in range(totals.size):
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
            for i in range(totals.size):
                column[i] += value * line[i]


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
    top, bottom = _measure_in_place(before, after, out)
    if top >= bottom:
        return
    height, width, _ = after.shape
    pitch = width + 2 * radius
    keys = np.empty((3, (bottom - top + 2 * radius) * pitch + 2 * radius), np.float32)
    queries = np.empty((3, (bottom - top) * pitch), np.float32)
    totals = np.empty((4, queries.shape[1]))
    keys[:] = MARGIN
    queries[:] = 0.0
    _lay_out(before, max(top - radius, 0), min(bottom + radius, height), (radius - top) * pitch + radius, pitch, keys)
    _lay_out(after, top, bottom, -top * pitch, pitch, queries)
    _attend_in_window(keys, queries, pitch, radius, temperature, totals)
    for y in range(top, bottom):
        for x in range(width):
            i = (y - top) * pitch + x
            if out[y, x] >= 1.0:
                square = 0.0
                for c in range(3):
                    square += (totals[c, i] / totals[3, i] - after[y, x, c]) ** 2
                out[y, x] = sqrt(square)


@part
def _measure_in_place(before: ndarray, after: ndarray, out: ndarray) -> tuple[int, int]:
    """Compare each pixel with the one in the same place.

    Returns
    -------
    top, bottom : int
        The first row with a difference of at least 1, and the row below the last one; `top` is larger if there is none.
    """
    height, width, _ = after.shape
    top = height
    bottom = 0
    for y in range(height):
        for x in range(width):
            square = float32(0.0)
            for c in range(3):
                d = before[y, x, c] - after[y, x, c]
                square += d * d
            out[y, x] = sqrt(square)
            if square >= 1.0:
                top = min(top, y)
                bottom = y + 1
    return top, bottom


@kernel
def _lay_out(picture: ndarray, first: int, last: int, start: int, pitch: int, planes: ndarray) -> None:
    """Copy the rows from `first` to `last` to flat planes, (3, n) float32: the pixel (y, x) to start + y·pitch + x."""
    for y in range(first, last):
        for x in range(picture.shape[1]):
            for c in range(3):
                planes[c, start + y * pitch + x] = picture[y, x, c]


@part
def _attend_in_window(keys: ndarray, queries: ndarray, pitch: int, radius: int, temperature: float, totals: ndarray) -> None:
    """Sum the colours of all keys around each query, weighted by their shares of attention, and sum the shares too."""
    nearest = np.empty(queries.shape[1], np.float32)
    scratch = np.empty(queries.shape[1], np.float32)
    nearest[:] = inf
    totals[:] = 0.0
    for v in range(2 * radius + 1):
        for u in range(2 * radius + 1):
            _squared_distances(keys, v * pitch + u, queries, scratch)
            for i in range(nearest.size):
                nearest[i] = min(nearest[i], scratch[i])
    for v in range(2 * radius + 1):
        for u in range(2 * radius + 1):
            shift = v * pitch + u
            _squared_distances(keys, shift, queries, scratch)
            _shares(scratch, nearest, temperature)
            for i in range(nearest.size):
                totals[3, i] += scratch[i]
            for c in range(3):
                plane = keys[c, shift : shift + nearest.size]
                total = totals[c]
                for i in range(nearest.size):
                    total[i] += float64(scratch[i]) * plane[i]


@kernel
def _squared_distances(keys: ndarray, key: int, queries: ndarray, out: ndarray) -> None:
    """Compare the queries with as many keys, from `key` on; both are planes of colours, (3, n) float32."""
    out[:] = 0.0
    for c in range(3):
        plane = keys[c, key : key + out.size]
        asked = queries[c]
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
