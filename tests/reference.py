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


def pearson_matrix(pictures: ndarray) -> ndarray:
    """All pairs, 1 with itself."""
    x, even = pictures.astype(np.float64), np.ones(pictures.shape[1])
    return np.array([[1.0 if i == j else weighted_pearson(x[i], x[j], even) for j in range(len(x))] for i in range(len(x))])


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


def measure_exposure(
    luma: ndarray, background: ndarray, known: ndarray, rounds: int, gains: ndarray, least_spread: float
) -> tuple[float, float]:
    """Gain and offset that bring a picture to the exposure of the background, by least squares over the places that agree."""
    one, other = luma.astype(np.float64)[known], background.astype(np.float64)[known]
    gain, offset, counts = 1.0, 0.0, np.ones(one.shape, bool)
    for _ in range(rounds):
        if not counts.any():
            break
        x, y = one[counts], other[counts]
        spread = float(x.var())
        slope = float(((x - x.mean()) * (y - y.mean())).mean()) / spread if spread > least_spread else 1.0
        gain = float(np.clip(slope, *gains))
        offset = float(y.mean() - gain * x.mean())
        left = np.abs(gain * one + offset - other)
        counts = left < max(3.0, 2.0 * float(left.mean()))
    return gain, offset


def classify_pixels(picture: ndarray, memory: ndarray, state: ndarray, radius: int, matches: int, mask: ndarray) -> None:
    """ViBe: a pixel like enough of those remembered in its place is background, and may take the place of one of them."""
    height, width, values, _ = memory.shape
    random = int(state[0])
    for y in range(height):
        for x in range(width):
            distances = np.abs(memory[y, x].astype(int) - picture[y, x].astype(int)).sum(axis=1)
            known = int((distances < radius).sum()) >= matches
            mask[y, x] = 0 if known else 255
            if not known:
                continue
            for shift in (13, -17, 5):
                random ^= (random << shift) % 2**32 if shift > 0 else random >> -shift
            if random % 16 == 0:
                memory[y, x, (random >> 8) % values] = picture[y, x]
            if (random >> 4) % 16 == 0:
                below = min(max(y + (random >> 14) % 3 - 1, 0), height - 1)
                beside = min(max(x + (random >> 18) % 3 - 1, 0), width - 1)
                memory[below, beside, (random >> 22) % values] = picture[y, x]
    state[0] = random


def superpixels(lab: ndarray, grid: tuple[int, int], compactness: float, rounds: int) -> ndarray:
    """Each pixel goes to the nearest of the centres of its cell and the eight around; then the centres move to their means."""
    height, width, _ = lab.shape
    rows, columns = grid
    places = [
        ((2 * r + 1) * height // (2 * rows), (2 * c + 1) * width // (2 * columns)) for r in range(rows) for c in range(columns)
    ]
    centres = np.array([[*lab[y, x], y, x] for y, x in places], np.float64)
    scale = np.array([1.0, 1.0, 1.0, *[compactness / np.sqrt(height * width / (rows * columns))] * 2])
    labels = np.zeros((height, width), int)
    for _ in range(rounds):
        for y in range(height):
            for x in range(width):
                row, column = y * rows // height, x * columns // width
                near = [k for k in range(len(places)) if abs(k // columns - row) <= 1 and abs(k % columns - column) <= 1]
                distances = [np.linalg.norm((centres[k] - [*lab[y, x], y, x]) * scale) for k in near]
                labels[y, x] = near[int(np.argmin(distances))]
        for k in range(len(places)):
            if (labels == k).any():
                centres[k] = [*lab[labels == k].mean(axis=0), *np.argwhere(labels == k).mean(axis=0)]
    return labels


def label_means(values: ndarray, labels: ndarray, count: int) -> ndarray:
    """Mean of the values with each label, 0 where there are none."""
    masks = [labels == k for k in range(count)]
    return np.array([values[mask].mean(axis=0, dtype=np.float64) if mask.any() else np.zeros(values.shape[2]) for mask in masks])


def nearest_tokens(queries: ndarray, keys: ndarray, itself: int, radius: int, count: int) -> tuple[ndarray, ndarray]:
    """All keys within the radius, sorted by their squared distance, the first of them."""
    _, rows, columns = queries.shape
    nearest, distances = np.zeros((rows * columns, count), int), np.full((rows * columns, count), np.inf)
    for i in range(rows):
        for j in range(columns):
            found = [
                (float(((keys[m, :, y, x].astype(np.float64) - queries[:, i, j]) ** 2).sum()), (m * rows + y) * columns + x)
                for m in range(len(keys))
                for y in range(rows)
                for x in range(columns)
                if abs(y - i) <= radius and abs(x - j) <= radius and (m, y, x) != (itself, i, j)
            ]
            for k, (distance, index) in enumerate(sorted(found)[:count]):
                nearest[i * columns + j, k], distances[i * columns + j, k] = index, distance
    return nearest, distances


def vote(shares: ndarray, nearest: ndarray, seeds: ndarray, trust: ndarray, loyalty: float, rounds: int) -> ndarray:
    """Powers of the whole matrix of attention, of trusted seeds and of trust, and the quotient."""
    size = len(seeds)
    attention = np.zeros((size, size))
    for i in range(size):
        for share, other in zip(shares[i], nearest[i], strict=True):
            attention[i, other] += share
    own = np.stack([trust.astype(np.float64) * seeds, trust.astype(np.float64)], axis=1)
    now = own
    for _ in range(rounds):
        now = loyalty * attention @ now + (1 - loyalty) * own
    return np.where(now[:, 1] > 1e-9, now[:, 0] / np.maximum(now[:, 1], 1e-9), 0.0)


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


def tone_map(
    picture: ndarray,
    light: ndarray,
    weights: ndarray,
    system: ndarray,
    gamut: ndarray,
    peak: float,
    encoding: ndarray,
) -> ndarray:
    """Coded RGB on an ordinary screen: its light, of the whole system, in the gamut of the screen, under Hable's curve."""
    seen = light[picture].astype(np.float64)
    if len(system) > 1:
        seen *= _by_root(system, seen @ weights)[..., None]
    seen = np.maximum(seen @ gamut.astype(np.float64).T, 0.0)
    if peak > 0:
        brightest = np.maximum(seen.max(axis=2, keepdims=True), 1e-6)
        seen *= hable(brightest) / hable(peak) / brightest
    return _by_root(encoding, seen)[..., ::-1]


def hable(light: Any) -> Any:
    """The curve as FFmpeg has it: ((x (A x + C B) + D E) / (x (A x + B) + D F)) - E / F."""
    a, b, c, d, e, f = 0.15, 0.50, 0.10, 0.20, 0.02, 0.30
    return (light * (light * a + b * c) + d * e) / (light * (light * a + b) + d * f) - e / f


def _by_root(table: ndarray, light: ndarray) -> ndarray:
    return np.asarray(table[(np.sqrt(np.minimum(light, 1.0)) * (len(table) - 1) + 0.5).astype(int)])


def map_planes(
    luma: ndarray, cb: ndarray, cr: ndarray, lumas: ndarray, slopes: ndarray, mix: ndarray, size: tuple[int, int]
) -> tuple[ndarray, ndarray]:
    """Planes on an ordinary screen: new luma by the old, and colour differences turned and made larger by it."""
    height, width = size
    halves = (height + 1) // 2, (width + 1) // 2
    old = np.minimum(luma[:height, :width].astype(int), len(lumas) - 1)
    both = np.stack([plane[: halves[0], : halves[1]] for plane in (cb, cr)]).astype(np.float64) - len(lumas) // 2
    new = 128.5 + np.einsum("ij,jyx->iyx", mix.astype(np.float64), both * slopes[old[::2, ::2]])
    return lumas[old], np.clip(new, 0.0, 255.0).astype(int)


def best_dots(stored: ndarray, queries: ndarray) -> ndarray:
    """The largest of all dot products of each descriptor with queries and with their mirror images."""
    signs = np.where(np.arange(147) < 75, 1, -1)
    both = [*queries.astype(int), *(queries.astype(int) * signs)]
    return np.array([max(int(np.dot(row.astype(int), query)) for query in both) for row in stored], np.int32)
