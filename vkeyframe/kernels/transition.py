"""Whether the frames between two pictures are mixtures of them."""

import numpy as np
from numpy import ndarray, sqrt

from vkeyframe.kernels.jit import kernel


@kernel
def mixture_test(
    frames: ndarray,
    limit: float,
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
    before = np.zeros(patches)
    scale = 0.0
    for p in range(patches):
        square = 0.0
        for c in range(3):
            square += (frames[last, p, c] - frames[0, p, c]) ** 2
        scale += sqrt(square)
    scale = max(scale / patches, 1e-6)
    for t in range(count):
        distance = 0.0
        mean = 0.0
        mean_square = 0.0
        weight = 0.0
        fallen = 0.0
        for p in range(patches):
            dot = 0.0
            square = 0.0
            for c in range(3):
                d = frames[last, p, c] - frames[0, p, c]
                dot += (frames[t, p, c] - frames[0, p, c]) * d
                square += d * d
            alpha = min(1.0, max(0.0, dot / (square + 1e-6)))
            left = 0.0
            for c in range(3):
                d = frames[last, p, c] - frames[0, p, c]
                left += (frames[t, p, c] - frames[0, p, c] - alpha * d) ** 2
            distance += sqrt(left)
            reach = sqrt(square)
            weight += reach
            fallen += reach * max(0.0, before[p] - alpha)
            before[p] = alpha
            mean += reach * alpha
            mean_square += reach * alpha * alpha
        mean /= max(weight, 1e-6)
        mean_square /= max(weight, 1e-6)
        residual[t] = distance / patches / scale
        setback[t] = fallen / max(weight, 1e-6)
        progress[t] = mean
        spread[t] = (mean_square - mean * mean) / max(mean * (1.0 - mean), 1e-6)
        fading[t] = 1e9
        for level in (0.0, 255.0):
            for end in (0, last):
                dot = 0.0
                square = 0.0
                for p in range(patches):
                    for c in range(3):
                        d = frames[end, p, c] - level
                        dot += (frames[t, p, c] - level) * d
                        square += d * d
                s = min(1.0, max(0.0, dot / (square + 1e-6)))
                distance = 0.0
                for p in range(patches):
                    left = 0.0
                    for c in range(3):
                        left += (frames[t, p, c] - level - s * (frames[end, p, c] - level)) ** 2
                    distance += sqrt(left)
                distance = distance / patches / scale
                # A frame hardly faded is a plain one; it must not pass for part of a fade.
                if s < 0.9 and distance < fading[t]:
                    fading[t] = distance
                    # Black itself fits both explanations; then it is no fade.
                    if distance < residual[t] - 1e-6:
                        progress[t] = 0.5 - 0.5 * s if end == 0 else 0.5 + 0.5 * s
        residual[t] = min(residual[t], fading[t])
        if residual[t] > limit:
            return False
    return True
