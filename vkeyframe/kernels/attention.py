"""Scaled dot-product attention: over tokens, and between the patches of two pictures."""

import numpy as np
from numpy import exp, float64, inf, ndarray, sqrt

from vkeyframe.kernels.jit import kernel


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
    count, depth = keys.shape
    scale = 1.0 / sqrt(depth)
    # Column by column, so that the inner loop runs over the keys: twice as fast as a dot product for each pair.
    columns = keys.T.copy()
    logits = np.empty(count)
    context = np.empty(values.shape[1])
    received[:] = 0.0
    for i in range(queries.shape[0]):
        logits[:] = 0.0
        for k in range(depth):
            value = float64(queries[i, k]) * scale
            for j in range(count):
                logits[j] += value * columns[k, j]
        highest = -inf
        for j in range(count):
            if masses[j] > 0.0 and not (exclude_self and i == j):
                highest = max(highest, logits[j])
        out[i] = 0.0
        if highest == -inf:
            continue
        total = 0.0
        for j in range(count):
            attended = masses[j] > 0.0 and not (exclude_self and i == j)
            logits[j] = masses[j] * exp(logits[j] - highest) if attended else 0.0
            total += logits[j]
        context[:] = 0.0
        for j in range(count):
            share = logits[j] / total
            received[j] += share
            for k in range(values.shape[1]):
                context[k] += share * values[j, k]
        out[i] = context


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
    for y in range(height):
        for x in range(width):
            lightness = float64(after[y, x, 0])
            a = float64(after[y, x, 1])
            b = float64(after[y, x, 2])
            here = (before[y, x, 0] - lightness) ** 2 + (before[y, x, 1] - a) ** 2 + (before[y, x, 2] - b) ** 2
            if here < 1.0:
                out[y, x] = sqrt(here)
                continue
            nearest = inf
            for v in range(max(0, y - radius), min(height, y + radius + 1)):
                for u in range(max(0, x - radius), min(width, x + radius + 1)):
                    d = (before[v, u, 0] - lightness) ** 2 + (before[v, u, 1] - a) ** 2 + (before[v, u, 2] - b) ** 2
                    nearest = min(nearest, d)
            total = 0.0
            mean_lightness = 0.0
            mean_a = 0.0
            mean_b = 0.0
            for v in range(max(0, y - radius), min(height, y + radius + 1)):
                for u in range(max(0, x - radius), min(width, x + radius + 1)):
                    d = (before[v, u, 0] - lightness) ** 2 + (before[v, u, 1] - a) ** 2 + (before[v, u, 2] - b) ** 2
                    # Beyond ten temperatures a key adds less than 1/20,000 and its exponential is not worth its time.
                    if d - nearest > 10.0 * temperature:
                        continue
                    share = exp((nearest - d) / temperature)
                    total += share
                    mean_lightness += share * before[v, u, 0]
                    mean_a += share * before[v, u, 1]
                    mean_b += share * before[v, u, 2]
            dl = mean_lightness / total - lightness
            da = mean_a / total - a
            db = mean_b / total - b
            out[y, x] = sqrt(dl * dl + da * da + db * db)
