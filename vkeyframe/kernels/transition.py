"""Whether the frames between two pictures are mixtures of them."""

import numpy as np
from numpy import inf, ndarray, sqrt

from vkeyframe.kernels.jit import kernel, part

# So many patches at a time are tried as faded ones: most are far off by then.
BLOCK = 64


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

    In a dissolve the share α of the last frame in the blend is the same for all patches, in a wipe it is 0 or 1. What
    remains says whether the transition is real: a moving camera leaves much.

    Parameters
    ----------
    frames : (k, n, 3) float32, k ≥ 2
        Patches in a linear colour space, 0 to 255, in order of time.
    limit, budget : float
        The test is over as soon as the residual of one frame is above `limit`, or the sum of the residuals between the first
        frame and the last above `budget`.
    residual : (k,) float64, out
        Mean distance of the patches from the best explanation, divided by the mean distance of first and last frame.
    progress : (k,) float64, out
        0 where a frame equals the first, 1 where it equals the last; 0.5 is fully black or white in a fade. As `spread` and
        `setback` a mean over the patches, weighted by how much first and last differ there.
    spread : (k,) float64, out
        Variance of the patches' α over the greatest possible, ᾱ(1 − ᾱ): near 0 in a dissolve, near 1 in a wipe.
    fading : (k,) float64, out
        Distance from the best faded frame over the same mean distance as in `residual`; 1e9 where nothing is faded or the
        blend is the better explanation.
    setback : (k,) float64, out
        How far the patches' α fell since the frame before: what moves through the picture comes and goes, a transition
        only comes.

    Returns
    -------
    bool
        Whether every frame is explained; if not, the outputs are not complete.
    """
    weights = np.empty(frames.shape[1])
    alphas = np.empty(frames.shape[:2])
    explained = _explain_frames(frames, limit, budget, weights, alphas, residual, progress, spread, fading)
    if explained:
        _find_setbacks(alphas, weights, setback)
    return explained


@part
def _explain_frames(
    frames: ndarray,
    limit: float,
    budget: float,
    weights: ndarray,
    alphas: ndarray,
    residual: ndarray,
    progress: ndarray,
    spread: ndarray,
    fading: ndarray,
) -> bool:
    """Find all that `mixture_test` finds but `setback`, the weights of the patches, and each patch's α in each frame."""
    count, patches, _ = frames.shape
    last = count - 1
    ends = np.empty((2, 3 * patches))
    _flatten(frames[0], ends[0])
    _flatten(frames[last], ends[1])
    sums = _products(ends[0], ends[0], ends[1]), _products(ends[1], ends[0], ends[1])
    _distances(ends[1], ends[0], weights)
    weight = max(_sum(weights), 1e-6)
    scale = max(_sum(weights), 1e-6 * patches)
    shown = np.empty(3 * patches)
    distances = np.empty(patches)
    spent = 0.0
    # From the middle outward: a frame half-way is the least like a mixture where there is none, and most stretches are none.
    for place in range(count):
        t = (count // 2 + (place // 2 + 1 if place % 2 else -(place // 2))) % count
        _flatten(frames[t], shown)
        _blend(shown, ends[0], ends[1], weights, alphas[t], distances)
        blended = _sum(distances) / scale
        fading[t], through = _best_fade(shown, ends, sums, blended, scale, distances)
        residual[t] = min(blended, fading[t])
        if 0 < t < last:
            spent += residual[t]
        if residual[t] > limit or spent > budget:
            return False
        mean, spread[t] = _mean_and_spread(alphas[t], weights, weight)
        progress[t] = mean if through < 0.0 else through
    return True


@part
def _best_fade(
    shown: ndarray, ends: ndarray, sums: tuple[tuple[float, float, float], ...], blended: float, scale: float, distances: ndarray
) -> tuple[float, float]:
    """Find the faded frame that explains a picture best: c + s (f − c) with f the first or the last frame, c black or white.

    Returns
    -------
    fading : float
        As of `mixture_test`.
    through : float
        The progress of the fade; -1 where the blend, whose residual is `blended`, is the better explanation.
    """
    fading = 1e9
    through = -1.0
    total, first_product, last_product = _products(shown, ends[0], ends[1])
    for level in (0.0, 255.0):
        for end in (0, 1):
            # Σ(f − c)(e − c) and Σ(e − c)² from sums that serve both levels
            constant = level * (shown.size * level - sums[end][0])
            dot = (last_product if end else first_product) - level * total + constant
            square = sums[end][1 + end] - level * sums[end][0] + constant
            s = min(1.0, max(0.0, dot / (square + 1e-6)))
            # A frame hardly faded is a plain one; it must not pass for part of a fade.
            if s >= 0.9:
                continue
            most = min(fading, blended + 1e-6) * scale
            distance = _fade(shown, ends[end], level, s, most, distances) / scale
            if distance < fading:
                fading = distance
                # Black itself fits both explanations; then it is no fade.
                if distance < blended - 1e-6:
                    through = 0.5 + 0.5 * s if end else 0.5 - 0.5 * s
    return fading, through


@part
def _mean_and_spread(alphas: ndarray, weights: ndarray, weight: float) -> tuple[float, float]:
    """Weighted mean of the patches' α, and their variance over the greatest possible."""
    mean = 0.0
    mean_square = 0.0
    for p in range(alphas.size):
        mean += weights[p] * alphas[p]
        mean_square += weights[p] * alphas[p] * alphas[p]
    mean /= weight
    mean_square /= weight
    return mean, (mean_square - mean * mean) / max(mean * (1.0 - mean), 1e-6)


@part
def _find_setbacks(alphas: ndarray, weights: ndarray, setback: ndarray) -> None:
    """Weighted mean of how far the patches' α fell since the frame before; 0 in the first frame."""
    weight = max(_sum(weights), 1e-6)
    setback[0] = 0.0
    for t in range(1, setback.size):
        fallen = 0.0
        for p in range(weights.size):
            fallen += weights[p] * max(alphas[t - 1, p] - alphas[t, p], 0.0)
        setback[t] = fallen / weight


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
def _fade(shown: ndarray, end: ndarray, level: float, share: float, most: float, distances: ndarray) -> float:
    """How far the patches are from level + share·(end − level), in sum; infinite as soon as that is above `most`."""
    offset = level - share * level
    total = 0.0
    for start in range(0, distances.size, BLOCK):
        stop = min(start + BLOCK, distances.size)
        for p in range(start, stop):
            r0 = shown[3 * p] - offset - share * end[3 * p]
            r1 = shown[3 * p + 1] - offset - share * end[3 * p + 1]
            r2 = shown[3 * p + 2] - offset - share * end[3 * p + 2]
            distances[p] = sqrt(r0 * r0 + r1 * r1 + r2 * r2)
        for p in range(start, stop):
            total += distances[p]
        if total > most:
            return inf
    return total


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
