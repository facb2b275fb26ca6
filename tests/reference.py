"""The kernels once more, as their docstrings describe them: slow, obvious, in double precision."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest
from numba import config
from numpy import ndarray

COMPILED = not config.DISABLE_JIT
needs_compiler = pytest.mark.skipif(not COMPILED, reason="NUMBA_DISABLE_JIT is set: nothing is compiled")


def forms(kernel: Callable[..., Any]) -> list[Any]:
    """Pytest parameters for a kernel: compiled, where Numba compiles, and as plain Python."""
    plain = pytest.param(plain_form(kernel), id="python")
    return [pytest.param(kernel, id="compiled"), plain] if COMPILED else [plain]


def plain_form(kernel: Callable[..., Any]) -> Callable[..., Any]:
    """Return the Python function that a kernel is compiled from."""
    plain: Callable[..., Any] = getattr(kernel, "py_func", kernel)
    return plain


def precision(form: Callable[..., Any]) -> float:
    """Return how closely a form of a kernel must follow the reference, relative to the numbers that go into it.

    In plain Python a sum that starts with 0.0 takes on the float32 of what is added to it (NEP 50).
    """
    return 2e-6 if hasattr(form, "py_func") else 1e-4


def downsample(picture: ndarray, rows: int, columns: int) -> tuple[ndarray, ndarray]:
    """Area means of BGR and mean squared gradients of luma, for each cell of a grid."""
    height, width, _ = picture.shape
    bgr = picture.astype(np.float64)
    luma = (29 * bgr[..., 0] + 150 * bgr[..., 1] + 77 * bgr[..., 2]) / 256
    energy = np.zeros((height, width))
    energy[:, :-1] += (luma[:, 1:] - luma[:, :-1]) ** 2
    energy[:-1] += (luma[1:] - luma[:-1]) ** 2
    means, gradients = np.empty((rows, columns, 3)), np.empty((rows, columns))
    for row in range(rows):
        top, bottom = row * height // rows, (row + 1) * height // rows
        ys = range(top, max(bottom, top + 1), max(1, (bottom - top) // 6))
        for column in range(columns):
            left, right = column * width // columns, (column + 1) * width // columns
            xs = range(left, max(right, left + 1))
            means[row, column] = np.mean([bgr[y, x] for y in ys for x in xs], axis=0)
            gradients[row, column] = np.mean([energy[y, x] for y in ys for x in xs])
    return means, gradients


def downsample_plane(plane: ndarray, rows: int, columns: int) -> tuple[ndarray, ndarray]:
    """Area means and mean squared gradients of one plane: a grey picture has the same in all of its channels."""
    means, gradients = downsample(np.repeat(plane[..., None], 3, axis=2), rows, columns)
    return means[..., 0], gradients


def weighted_pearson(first: ndarray, second: ndarray, weights: ndarray) -> float:
    """Correlation under weights; flat pictures are alike where their means differ by at most 8."""
    shares = weights.astype(np.float64) / weights.sum(dtype=np.float64)
    mean_first, mean_second = (shares * first).sum(), (shares * second).sum()
    variance_first = (shares * (first - mean_first) ** 2).sum()
    variance_second = (shares * (second - mean_second) ** 2).sum()
    if variance_first <= 1e-6 and variance_second <= 1e-6:
        return 1.0 if abs(mean_first - mean_second) <= 8.0 else 0.0
    if variance_first <= 1e-6 or variance_second <= 1e-6:
        return 0.0
    covariance = (shares * (first - mean_first) * (second - mean_second)).sum()
    return float(np.clip(covariance / np.sqrt(variance_first * variance_second), -1.0, 1.0))


def pearson_matrix(pictures: ndarray, weights: ndarray) -> ndarray:
    """All pairs: the mean of the correlations under either's weights, 1 with itself."""
    count = len(pictures)
    x, a = pictures.astype(np.float64), weights.astype(np.float64)
    rho = np.ones((count, count))
    for i in range(count):
        for j in range(count):
            if i != j:
                rho[i, j] = (weighted_pearson(x[i], x[j], a[i]) + weighted_pearson(x[i], x[j], a[j])) / 2
    return rho


def block_pearson(before: ndarray, after: ndarray, radius: int, size: int, grid: tuple[int, int]) -> tuple[ndarray, ndarray]:
    """Best correlation of every block with those around its place, ring by ring until 0.8, and the block's deviation."""
    before, after = before.astype(np.float64), after.astype(np.float64)
    height, width = after.shape
    rows, columns = grid
    best, texture = np.empty(grid), np.empty(grid)
    for row in range(rows):
        for column in range(columns):
            top = int(np.clip((2 * row + 1) * height // (2 * rows) - size // 2, 0, height - size))
            left = int(np.clip((2 * column + 1) * width // (2 * columns) - size // 2, 0, width - size))
            block = after[top : top + size, left : left + size]
            found = [-1.0]
            for ring in range(radius + 1):
                for y in range(top - ring, top + ring + 1):
                    for x in range(left - ring, left + ring + 1):
                        inside = 0 <= y <= height - size and 0 <= x <= width - size
                        if inside and max(abs(y - top), abs(x - left)) == ring:
                            found.append(noisy_correlation(before[y : y + size, x : x + size], block))
                if max(found) >= 0.8:
                    break
            best[row, column] = max(found)
            texture[row, column] = min(block.std(), 20.0)
    return best, texture


def noisy_correlation(first: ndarray, second: ndarray) -> float:
    """Correlation of two blocks as if both had the same noise of variance 4 on top."""
    covariance = ((first - first.mean()) * (second - second.mean())).mean()
    return float((covariance + 4.0) / np.sqrt((first.var() + 4.0) * (second.var() + 4.0)))


def attend(queries: ndarray, keys: ndarray, values: ndarray, masses: ndarray, exclude_self: bool) -> tuple[ndarray, ndarray]:
    """Attention by eq. 1 of arXiv:1706.03762 with log masses on the logits; returns the output and what each key got."""
    q, k, v = queries.astype(np.float64), keys.astype(np.float64), values.astype(np.float64)
    out, received = np.zeros((len(q), v.shape[1])), np.zeros(len(k))
    for i in range(len(q)):
        seen = [j for j in range(len(k)) if masses[j] > 0 and not (exclude_self and i == j)]
        if not seen:
            continue
        logits = np.array([q[i] @ k[j] / np.sqrt(q.shape[1]) + np.log(masses[j], dtype=np.float64) for j in seen])
        shares = np.exp(logits - logits.max())
        shares /= shares.sum()
        out[i] = shares @ v[seen]
        received[seen] += shares
    return out, received


def attend_with_heads(
    queries: ndarray, keys: ndarray, values: ndarray, masses: ndarray, exclude_self: bool
) -> tuple[ndarray, ndarray]:
    """Multi-head attention: every head, the first axis of all but the masses, by itself."""
    heads = [attend(q, k, v, masses, exclude_self) for q, k, v in zip(queries, keys, values, strict=True)]
    return np.stack([out for out, _ in heads]), np.stack([received for _, received in heads])


def unexplained_change(before: ndarray, after: ndarray, radius: int, temperature: float) -> ndarray:
    """Colour difference between each pixel and the softmax mean of the pixels around its place in another picture."""
    before, after = before.astype(np.float64), after.astype(np.float64)
    height, width, _ = after.shape
    left = np.empty((height, width))
    for y in range(height):
        for x in range(width):
            plain = np.linalg.norm(before[y, x] - after[y, x])
            window = before[max(0, y - radius) : y + radius + 1, max(0, x - radius) : x + radius + 1].reshape(-1, 3)
            squares = ((window - after[y, x]) ** 2).sum(axis=1)
            near = squares - squares.min() <= 10 * temperature
            shares = np.exp((squares.min() - squares) / temperature) * near
            left[y, x] = plain if plain < 1.0 else np.linalg.norm(shares @ window / shares.sum() - after[y, x])
    return left


class Mixture(NamedTuple):
    """What `mixture_test` returns and fills in."""

    explained: bool
    residual: ndarray
    progress: ndarray
    spread: ndarray
    fading: ndarray
    setback: ndarray


def mixture_test(frames: ndarray, limit: float, budget: float) -> Mixture:
    """Each frame as a blend of the first and the last, patch by patch, or as one of them on its way to black or white."""
    frames = frames.astype(np.float64)
    count = len(frames)
    change = frames[-1] - frames[0]
    reach = np.linalg.norm(change, axis=1)
    scale, weights = max(reach.mean(), 1e-6), reach / max(reach.sum(), 1e-6)
    residual, progress, spread, fading, setback = np.zeros((5, count))
    before = np.zeros(frames.shape[1])
    for t in range(count):
        alpha = np.clip(((frames[t] - frames[0]) * change).sum(axis=1) / (reach**2 + 1e-6), 0.0, 1.0)
        blend = frames[0] + alpha[:, None] * change
        residual[t] = np.linalg.norm(frames[t] - blend, axis=1).mean() / scale
        progress[t] = weights @ alpha
        spread[t] = weights @ (alpha - progress[t]) ** 2 / max(progress[t] * (1 - progress[t]), 1e-6)
        setback[t] = weights @ np.maximum(before - alpha, 0.0)
        before = alpha
        # Less than a tenth faded is not faded.
        fades = [fade for fade in _fades(frames[t], frames[0], frames[-1], scale) if fade[1] < 0.9]
        fading[t], strength, sign = min(fades, default=(1e9, 0.0, 0.0))
        if fading[t] > residual[t] + 1e-6:
            fading[t] = 1e9
        if fading[t] < residual[t]:
            residual[t], progress[t] = fading[t], 0.5 + sign * 0.5 * strength
    explained = bool((residual <= limit).all() and residual[1:-1].sum() <= budget)
    return Mixture(explained, residual, progress, spread, fading, setback)


def _fades(frame: ndarray, first: ndarray, last: ndarray, scale: float) -> list[tuple[float, float, float]]:
    """For all ways to fade: the relative distance, the strength of the picture, and -1 on its way out, 1 on its way in."""
    fades = []
    for level in 0.0, 255.0:
        for end, sign in (first, -1.0), (last, 1.0):
            shown = end - level
            strength = np.clip(((frame - level) * shown).sum() / ((shown**2).sum() + 1e-6), 0.0, 1.0)
            distance = np.linalg.norm(frame - level - strength * shown, axis=1).mean() / scale
            fades.append((float(distance), float(strength), sign))
    return fades


def coverage_gains(similarity: ndarray, weights: ndarray, covered: ndarray) -> ndarray:
    """What every item k would add to the sum over t of w_t max(covered_t, s(t, k))."""
    total = sum(w * c for w, c in zip(weights, covered, strict=True))
    with_each = [sum(w * max(c, s) for w, c, s in zip(weights, covered, column, strict=True)) for column in similarity.T]
    return np.array(with_each) - total


def unlike_share(one: ndarray, other: ndarray, tolerance: ndarray, noise: float) -> float:
    """Mean over the places of 1 − exp(−(‖x − y‖ − noise)² / tolerance), where the distance is beyond the noise."""
    distance = np.linalg.norm(one.astype(np.float64) - other.astype(np.float64), axis=2)
    beyond = np.maximum(distance - float(noise), 0.0)
    return float(np.mean(1.0 - np.exp(-(beyond**2) / tolerance.astype(np.float64))))


def unlike_matrix(pictures: ndarray, groups: ndarray, tolerances: ndarray, noise: float, between: float) -> ndarray:
    """All pairs, those of one group with its tolerance, others with an even one."""
    even = np.full(pictures.shape[1:3], float(between))
    return np.array(
        [
            [unlike_share(x, y, tolerances[a] if a == b else even, noise) for y, b in zip(pictures, groups, strict=True)]
            for x, a in zip(pictures, groups, strict=True)
        ]
    )


def oriented_gradients(luma: ndarray, cell: int, clip: float, noise: float, rows: int, columns: int) -> ndarray:
    """Histograms of 18 directions and 9 lines for each cell, each pixel shared between four cells and two directions."""
    across, upright = np.zeros(luma.shape), np.zeros(luma.shape)
    wide = luma.astype(np.float64)
    across[1:-1, 1:-1] = wide[1:-1, 2:] - wide[1:-1, :-2]
    upright[1:-1, 1:-1] = wide[2:, 1:-1] - wide[:-2, 1:-1]
    histogram = np.zeros((rows, columns, 18))
    for (y, x), strength in np.ndenumerate(np.hypot(across, upright)):
        angle = np.arctan2(upright[y, x], across[y, x]) * 9 / np.pi % 18
        for row, column, k in np.ndindex(rows, columns, 18):
            apart = abs(angle - k)
            near = [max(0.0, 1 - abs((place + 0.5) / cell - 0.5 - at)) for place, at in ((y, row), (x, column))]
            histogram[row, column, k] += strength * near[0] * near[1] * max(0.0, 1 - min(apart, 18 - apart))
    lines = histogram[..., :9] + histogram[..., 9:]
    padded = np.pad((lines**2).sum(axis=2), 1)
    out = np.zeros((rows, columns, 27))
    for y, x, down, right in np.ndindex(rows, columns, 2, 2):
        block = np.sqrt(padded[y + down : y + down + 2, x + right : x + right + 2].sum() + noise)
        out[y, x] += 0.5 * np.minimum(np.concatenate([histogram[y, x], lines[y, x]]) / block, clip)
    return out


def fit_spectrum(samples: ndarray, label: ndarray, support: ndarray, dual: ndarray, penalty: float, size: int) -> ndarray:
    """The system of equations of each frequency, (x·xᴴ/N + µ·1)·g = x·y − l + µ·h, solved as it stands."""
    x, other, multipliers = (np.asarray(each, np.complex128) for each in (samples, support, dual))
    found = [
        np.linalg.solve(np.outer(one, one.conj()) / size + penalty * np.eye(len(one)), one * y - m + penalty * h)
        for one, y, h, m in zip(x.T, label, other.T, multipliers.T, strict=True)
    ]
    return np.stack(found, axis=1)
