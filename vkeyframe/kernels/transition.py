"""Whether the frames between two pictures are mixtures of them."""

import numpy as np
from numpy import ndarray, sqrt

from vkeyframe.kernels.jit import kernel


@kernel
def mixture_test(
    frames: ndarray,
    limit: float,
    budget: float,
    residual: ndarray,
    progress: ndarray,
    spread: ndarray,
    fading: ndarray,
    setback: ndarray,
) -> bool:
    """Explain each frame by the first and the last: patch by patch a blend of both, or one of them on the way to black or white.

    Patch p of a blend is f_a + α_p (f_b − f_a) with α_p = clip(⟨f − f_a, f_b − f_a⟩ / ‖f_b − f_a‖², 0, 1): one α for all
    patches in a dissolve, 0 or 1 in a wipe. A faded frame is c + s (f_a − c) or c + s (f_b − c) with one s for all
    patches and c black or white. What remains says whether the transition is real: a moving camera leaves much.

    Parameters
    ----------
    frames : (k, n, 3) float32, k ≥ 2
        Patches in a linear colour space, 0 to 255, in order of time.
    limit : float
        The test is over as soon as the residual of one frame is above this.
    budget : float
        Likewise for the sum of the residuals between the first frame and the last.
    residual : (k,) float64, out
        Mean distance of the patches from the best explanation, divided by the mean distance of first and last frame.
    progress : (k,) float64, out
        0 where a frame equals the first, 1 where it equals the last; 0.5 is fully black or white in a fade. As `spread` and
        `setback` a mean over the patches, weighted by how much first and last differ there.
    spread : (k,) float64, out
        Variance of the patches' α over the greatest possible, ᾱ(1 − ᾱ): near 0 in a dissolve, near 1 in a wipe.
    fading : (k,) float64, out
        Distance from the best faded frame over the same mean distance as in `residual`; 1e9 where nothing is faded.
    setback : (k,) float64, out
        How far the patches' α fell since the frame before, the mean over the patches: what moves through the picture
        comes and goes, a transition only comes.

    Returns
    -------
    bool
        Whether every frame is explained; if not, the outputs are not complete.
    """
    count, patches, _ = frames.shape
    last = count - 1
    ends = np.empty((2, 3 * patches))
    _flatten(frames[0], ends[0])
    _flatten(frames[last], ends[1])
    # Of the first and the last picture: sum, and dot products with both.
    of_first = _products(ends[0], ends[0], ends[1])
    of_last = _products(ends[1], ends[0], ends[1])
    totals = of_first[0], of_last[0]
    squares = of_first[1], of_last[2]
    weights = np.empty(patches)
    _distances(ends[1], ends[0], weights)
    weight = max(_sum(weights), 1e-6)
    scale = max(_sum(weights), 1e-6 * patches)
    shown = np.empty(3 * patches)
    distances = np.empty(patches)
    alphas = np.empty((count, patches))
    spent = 0.0
    # From the middle outward: a frame half-way is the least like a mixture where there is none, and most stretches are none.
    for place in range(count):
        t = (count // 2 + (place // 2 + 1 if place % 2 else -(place // 2))) % count
        _flatten(frames[t], shown)
        _blend(shown, ends[0], ends[1], weights, alphas[t], distances)
        residual[t] = _sum(distances) / scale
        fading[t] = 1e9
        through = -1.0
        total, first_product, last_product = _products(shown, ends[0], ends[1])
        for level in (0.0, 255.0):
            for end in (0, 1):
                # Σ(f − c)(e − c) and Σ(e − c)² from sums that serve both levels
                constant = level * (3 * patches * level - totals[end])
                dot = (last_product if end else first_product) - level * total + constant
                square = squares[end] - level * totals[end] + constant
                s = min(1.0, max(0.0, dot / (square + 1e-6)))
                # A frame hardly faded is a plain one; it must not pass for part of a fade.
                if s >= 0.9:
                    continue
                _fade(shown, ends[end], level, s, distances)
                distance = _sum(distances) / scale
                if distance < fading[t]:
                    fading[t] = distance
                    # Black itself fits both explanations; then it is no fade.
                    if distance < residual[t] - 1e-6:
                        through = 0.5 + 0.5 * s if end else 0.5 - 0.5 * s
        residual[t] = min(residual[t], fading[t])
        if 0 < t < last:
            spent += residual[t]
        if residual[t] > limit or spent > budget:
            return False
        mean = 0.0
        mean_square = 0.0
        for p in range(patches):
            mean += weights[p] * alphas[t, p]
            mean_square += weights[p] * alphas[t, p] * alphas[t, p]
        mean /= weight
        mean_square /= weight
        progress[t] = mean if through < 0.0 else through
        spread[t] = (mean_square - mean * mean) / max(mean * (1.0 - mean), 1e-6)
    setback[0] = 0.0
    for t in range(1, count):
        fallen = 0.0
        for p in range(patches):
            fallen += weights[p] * max(alphas[t - 1, p] - alphas[t, p], 0.0)
        setback[t] = fallen / weight
    return True


@kernel
def _flatten(frame: ndarray, out: ndarray) -> None:
    """Write the values of a picture one behind the other, widened."""
    values = frame.ravel()
    for i in range(out.size):
        out[i] = values[i]


@kernel
def _sum(values: ndarray) -> float:
    """Sum in one order; NumPy's own sum takes longer to compile than all else here."""
    total = 0.0
    for i in range(values.size):
        total += values[i]
    return total


@kernel
def _distances(one: ndarray, other: ndarray, out: ndarray) -> None:
    """Distance of the colours of each patch; both flat, three values for a patch."""
    for p in range(out.size):
        d0 = one[3 * p] - other[3 * p]
        d1 = one[3 * p + 1] - other[3 * p + 1]
        d2 = one[3 * p + 2] - other[3 * p + 2]
        out[p] = sqrt(d0 * d0 + d1 * d1 + d2 * d2)


@kernel
def _blend(shown: ndarray, first: ndarray, last: ndarray, reach: ndarray, alphas: ndarray, distances: ndarray) -> None:
    """Find each patch's share of the last picture, and how far the patch is from that blend."""
    for p in range(alphas.size):
        d0 = last[3 * p] - first[3 * p]
        d1 = last[3 * p + 1] - first[3 * p + 1]
        d2 = last[3 * p + 2] - first[3 * p + 2]
        m0 = shown[3 * p] - first[3 * p]
        m1 = shown[3 * p + 1] - first[3 * p + 1]
        m2 = shown[3 * p + 2] - first[3 * p + 2]
        alphas[p] = min(1.0, max(0.0, (m0 * d0 + m1 * d1 + m2 * d2) / (reach[p] * reach[p] + 1e-6)))
    for p in range(alphas.size):
        r0 = shown[3 * p] - first[3 * p] - alphas[p] * (last[3 * p] - first[3 * p])
        r1 = shown[3 * p + 1] - first[3 * p + 1] - alphas[p] * (last[3 * p + 1] - first[3 * p + 1])
        r2 = shown[3 * p + 2] - first[3 * p + 2] - alphas[p] * (last[3 * p + 2] - first[3 * p + 2])
        distances[p] = sqrt(r0 * r0 + r1 * r1 + r2 * r2)


@kernel
def _fade(shown: ndarray, end: ndarray, level: float, share: float, distances: ndarray) -> None:
    """How far each patch is from level + share·(end − level)."""
    offset = level - share * level
    for p in range(distances.size):
        r0 = shown[3 * p] - offset - share * end[3 * p]
        r1 = shown[3 * p + 1] - offset - share * end[3 * p + 1]
        r2 = shown[3 * p + 2] - offset - share * end[3 * p + 2]
        distances[p] = sqrt(r0 * r0 + r1 * r1 + r2 * r2)


@kernel
def _products(shown: ndarray, first: ndarray, last: ndarray) -> tuple[float, float, float]:
    """Sum of a picture, and its dot products with two others."""
    total = 0.0
    first_product = 0.0
    last_product = 0.0
    for i in range(shown.size):
        total += shown[i]
        first_product += shown[i] * first[i]
        last_product += shown[i] * last[i]
    return total, first_product, last_product
