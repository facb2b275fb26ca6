"""Time every kernel, warm, against the fastest way found to do the same with NumPy or OpenCV.

``python -m tests.bench.kernels [--json FILE] [--rounds N]`` prints a table. A ratio above 1 says that the kernel is
faster; where it is the slower one by more than a fifth, the reason why it stays is printed. Both ways must agree before
either is timed; each takes its turn in every round, medians count. Both have one thread: the kernels are serial, and
threads of BLAS that wait for a busy core can take ten times as long.
"""

import argparse
import json
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from time import perf_counter

# BLAS reads it when NumPy is imported.
os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"

import cv2
import numba
import numpy as np
from numpy import ndarray

from tests import reference
from tests.kernels.test_specialisations import KERNELS
from vkeyframe.analysis.attention import TUNING as ATTENTION
from vkeyframe.analysis.attention import temporal_attention, unit_vectors
from vkeyframe.analysis.change import TUNING as CHANGE
from vkeyframe.kernels.attention import attend, unexplained_change
from vkeyframe.kernels.coverage import coverage_gains
from vkeyframe.kernels.downsample import ROWS_PER_CELL, downsample, downsample_plane
from vkeyframe.kernels.grid import CELL_COLUMNS, CELL_ROWS, COLOUR_COLUMNS, COLOUR_ROWS
from vkeyframe.kernels.grid import LUMA_COLUMNS as COLUMNS
from vkeyframe.kernels.grid import LUMA_ROWS as ROWS
from vkeyframe.kernels.nearest import EVEN, best_dots
from vkeyframe.kernels.pearson import ENOUGH, block_pearson, pearson_matrix, weighted_pearson
from vkeyframe.kernels.superpixels import label_means, superpixels
from vkeyframe.kernels.tone_map import map_planes, tone_map
from vkeyframe.kernels.transition import mixture_test
from vkeyframe.kernels.unlike import unlike_matrix, unlike_share
from vkeyframe.kernels.voting import nearest_tokens, vote

SHORTEST_SAMPLE = 2e-3
SLOWER = 0.8
GRID = CELL_ROWS, CELL_COLUMNS
SMALL = COLOUR_ROWS, COLOUR_COLUMNS
TOKENS_NEARNESS = 10.0 * (34 * 61 / (240 * 427)) ** 0.5
SEARCH_RADIUS, BLOCK_SIZE = CHANGE.search_radius, CHANGE.block_size


@dataclass(frozen=True, slots=True)
class Case:
    """A kernel call and its rival.

    `tolerance` is by how much the results may differ on average, relative to the mean of the rival's; `reason` why the kernel
    stays where it is slower.
    """

    name: str
    kernel: Callable[[], ndarray]
    rival: Callable[[], ndarray]
    tolerance: float = 1e-3
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Timing:
    """Medians in microseconds; `ratio` is how many times faster the kernel is, `reason` why it stays if it is not."""

    name: str
    kernel_us: float
    rival_us: float
    ratio: float
    reason: str


def downsample_case() -> Case:
    """One 1080p frame; the rival rounds its luma to whole numbers."""
    picture = _scene(1080, 1920)
    means, gradients = np.empty((ROWS, COLUMNS, 3), np.float32), np.empty((ROWS, COLUMNS), np.float32)
    step = 1080 // ROWS // ROWS_PER_CELL

    def kernel() -> ndarray:
        downsample(picture, means, gradients)
        return np.dstack([means, gradients])

    def rival() -> ndarray:
        luma = [cv2.cvtColor(picture[first::step], cv2.COLOR_BGR2GRAY) for first in (0, 1)]
        return np.dstack([_area_means(picture, step), _area_energy(*luma)])

    return Case("downsample 1080p", kernel, rival, 0.02)


def downsample_plane_case(name: str, height: int, width: int, sharpness: bool) -> Case:
    """A plane of a 1080p frame, with or without its sharpness."""
    plane = _scene(height, width)[..., 0].copy()
    means, gradients = np.empty((ROWS, COLUMNS), np.float32), np.empty((ROWS, COLUMNS) if sharpness else (0, 0), np.float32)
    step = height // ROWS // ROWS_PER_CELL

    def kernel() -> ndarray:
        downsample_plane(plane, width, means, gradients)
        return np.dstack([means, gradients]) if sharpness else means

    def rival() -> ndarray:
        small = _area_means(plane, step)
        return np.dstack([small, _area_energy(plane[::step], plane[1::step])]) if sharpness else small

    return Case(f"downsample_plane {name}", kernel, rival, 0.02)


def tone_map_case() -> Case:
    """A 1080p frame of HLG, against NumPy."""
    picture = np.random.default_rng(1).integers(0, 65536, (1080, 1920, 3), np.uint16)
    light, system = np.linspace(0, 1, 65536, dtype=np.float32) ** 3, np.linspace(5, 10, 4096, dtype=np.float32)
    weights, gamut = np.array([0.26, 0.68, 0.06], np.float32), np.eye(3, dtype=np.float32)
    encoding = np.rint(255 * np.linspace(0, 1, 4096) ** 0.83).astype(np.uint8)
    out = np.empty(picture.shape, np.uint8)

    def kernel() -> ndarray:
        tone_map(picture, light, weights, system, gamut, np.float32(10.0), encoding, out)
        return out

    def rival() -> ndarray:
        return reference.tone_map(picture, light, weights, system, gamut, 10.0, encoding)

    return Case("tone_map 1080p", kernel, rival, 1.0)


def map_planes_case() -> Case:
    """The planes of a 1080p frame of 10 bits, against NumPy."""
    source = np.random.default_rng(1)
    luma = source.integers(0, 1024, (1080, 1920), np.uint16)
    cb, cr = source.integers(0, 1024, (2, 540, 960), np.uint16)
    lumas, slopes = np.linspace(0, 255, 1024).astype(np.uint8), np.linspace(0.1, 1, 1024, dtype=np.float32)
    mix = np.eye(2, dtype=np.float32)
    out, outs = np.empty(luma.shape, np.uint8), np.empty((2, 540, 960), np.uint8)

    def kernel() -> ndarray:
        map_planes(luma, cb, cr, lumas, slopes, mix, out, outs)
        return out

    def rival() -> ndarray:
        return reference.map_planes(luma, cb, cr, lumas, slopes, mix, luma.shape)[0]

    return Case("map_planes 1080p", kernel, rival, 1.0)


def _area_means(picture: ndarray, step: int = 1) -> ndarray:
    """Average each cell, of its rows one in every `step`: NumPy adds the rows, OpenCV the columns."""
    height, width = picture.shape[:2]
    lines = picture.reshape(ROWS, height // ROWS, -1)[:, ::step]
    sums = lines.sum(axis=1, dtype=np.uint16 if picture.itemsize == 1 else np.uint32).astype(np.float32)
    return cv2.resize(sums.reshape(ROWS, width, -1), (COLUMNS, ROWS), interpolation=cv2.INTER_AREA) / np.float32(lines.shape[1])


def _area_energy(here: ndarray, below: ndarray) -> ndarray:
    """Mean over each cell of the squared differences to the right and below, of bytes."""
    across = cv2.copyMakeBorder(cv2.absdiff(here[:, 1:], here[:, :-1]), 0, 0, 0, 1, cv2.BORDER_CONSTANT)
    return sum(_area_means(cv2.multiply(change, change, dtype=cv2.CV_16U)) for change in (across, cv2.absdiff(here, below)))


def weighted_pearson_case(name: str, count: int) -> Case:
    """Two Lab pictures (1,728 values), or two luma pictures of a target (230,400)."""
    rng = np.random.default_rng(0)
    first, second, weights = rng.random((3, count)).astype(np.float32)
    second += first

    def kernel() -> ndarray:
        return np.array(weighted_pearson(first, second, weights))

    def rival() -> ndarray:
        shares = weights / weights.sum()
        a, b = first - shares @ first, second - shares @ second
        shared = shares * a
        return np.array(shared @ b / np.sqrt((shared @ a) * ((shares * b) @ b)))

    return Case(
        f"weighted_pearson {name}", kernel, rival, reason="NumPy sums in single precision, which does not do for large pictures"
    )


def pearson_matrix_case() -> Case:
    """200 candidates; here NumPy is what the package uses and a loop over the kernel the rival."""
    rng = np.random.default_rng(0)
    pictures, weights = rng.random((200, 1728)).astype(np.float32) * 100, np.ones(1728, np.float32)

    def rival() -> ndarray:
        return np.array([[weighted_pearson(x, y, weights) for y in pictures] for x in pictures])

    return Case("pearson_matrix 200 (rival: kernel)", lambda: pearson_matrix(pictures), rival)


def block_pearson_case(name: str, before: ndarray, after: ndarray) -> Case:
    """Luma of two analysed frames: after a cut every place is searched, else the search stops early."""
    out, texture = np.empty(GRID, np.float32), np.empty(GRID, np.float32)
    reach = range(-SEARCH_RADIUS, SEARCH_RADIUS + 1)
    ring = np.array([max(abs(dy), abs(dx)) for dy in reach for dx in reach])
    order = np.argsort(ring, kind="stable")
    moves = np.array([(dy, dx) for dy in reach for dx in reach])[order]
    starts = np.searchsorted(ring[order], range(SEARCH_RADIUS + 1))
    tops, lefts = (
        np.clip((2 * np.arange(n) + 1) * side // (2 * n) - BLOCK_SIZE // 2, 0, side - BLOCK_SIZE)
        for n, side in zip(GRID, (ROWS, COLUMNS), strict=True)
    )
    bottom, right = ROWS - BLOCK_SIZE, COLUMNS - BLOCK_SIZE
    ys, xs = tops[:, None, None] + moves[:, 0], lefts[:, None] + moves[:, 1]
    inside = ((ys >= 0) & (ys <= bottom) & (xs >= 0) & (xs <= right)).reshape(-1, len(moves))
    places = (np.clip(ys, 0, bottom) * (right + 1) + np.clip(xs, 0, right)).reshape(-1, len(moves))
    own = (tops[:, None] * (right + 1) + lefts).ravel()

    def windows(picture: ndarray) -> ndarray:
        values = np.lib.stride_tricks.sliding_window_view(picture, (BLOCK_SIZE, BLOCK_SIZE)).reshape(-1, BLOCK_SIZE**2)
        return values - values.mean(axis=1, keepdims=True)

    def kernel() -> ndarray:
        block_pearson(before, after, SEARCH_RADIUS, BLOCK_SIZE, out, texture)
        return out

    def rival() -> ndarray:
        noise = 4.0 * BLOCK_SIZE**2
        others, block = windows(before), windows(after)[own]
        spread, other_spread = np.einsum("ij,ij->i", block, block), np.einsum("ij,ij->i", others, others)
        covariance = np.take_along_axis(block @ others.T, places, axis=1)
        rho = (covariance + noise) / np.sqrt((spread[:, None] + noise) * (other_spread[places] + noise))
        best = np.maximum.accumulate(np.maximum.reduceat(np.where(inside, rho, -1.0), starts, axis=1), axis=1)
        enough = np.append(best[:, :-1] >= ENOUGH, np.ones((len(best), 1), bool), axis=1).argmax(axis=1)
        return best[np.arange(len(best)), enough].reshape(GRID)

    return Case(f"block_pearson {name}", kernel, rival)


def attend_case(head: str, depth: int) -> Case:
    """One head of a frame: 144 patches of so many values, and one value more that makes the distance of a dot product."""
    rng = np.random.default_rng(0)
    queries, keys = rng.normal(size=(2, 144, depth + 1)).astype(np.float32)
    values, masses = rng.random((144, depth)).astype(np.float32), np.ones(144, np.float32)
    out, received = np.empty((144, depth), np.float32), np.empty(144)

    def kernel() -> ndarray:
        attend(queries, keys, values, masses, True, out, received)
        return np.column_stack([out, received])

    def rival() -> ndarray:
        shares = (queries / np.float32(np.sqrt(depth + 1))) @ keys.T
        shares += np.log(masses)
        np.fill_diagonal(shares, -np.inf)
        shares -= shares.max(axis=1, keepdims=True)
        np.exp(shares, out=shares)
        shares /= shares.sum(axis=1, keepdims=True)
        return np.column_stack([shares @ values, shares.sum(axis=0)])

    return Case(
        f"attend {head}", kernel, rival, reason="NumPy attends in single precision; in double it takes longer than the kernel"
    )


def attend_in_time_case(count: int) -> Case:
    """The candidates of a shot, or the shots of a video; here NumPy is what the package uses and the kernel the rival."""
    rng = np.random.default_rng(0)
    vectors, ones = unit_vectors(rng.random((count, 1728)) + rng.random(1728)), np.ones((count, 1), np.float32)
    tokens = (vectors * np.sqrt(np.sqrt(1728) / ATTENTION.time_temperature)).astype(np.float32)
    out, received = np.empty((count, 1), np.float32), np.empty(count)

    def rival() -> ndarray:
        attend(tokens, tokens, ones, ones.ravel(), False, out, received)
        return received / received.sum()

    return Case(f"temporal_attention {count} (rival: kernel)", lambda: temporal_attention(vectors, np.ones(count)), rival)


def unexplained_change_case(name: str, before: ndarray, after: ndarray) -> Case:
    """Lab of two analysed frames: after a cut every pixel is searched, else those that changed."""
    out = np.empty(SMALL, np.float32)
    side = 2 * SEARCH_RADIUS + 1

    def kernel() -> ndarray:
        unexplained_change(before, after, SEARCH_RADIUS, CHANGE.temperature, out)
        return out

    def rival() -> ndarray:
        padded = cv2.copyMakeBorder(before, *[SEARCH_RADIUS] * 4, cv2.BORDER_CONSTANT, value=(1e6,) * 3)
        windows = np.lib.stride_tricks.sliding_window_view(padded, (side, side), axis=(0, 1)).reshape(*SMALL, 3, side**2)
        away = windows - after[..., None]
        squares = np.einsum("yxcw,yxcw->yxw", away, away)
        here = squares[..., side**2 // 2]
        squares = squares - squares.min(axis=2, keepdims=True)
        shares = np.exp(squares * np.float32(-1 / CHANGE.temperature))
        left = np.einsum("yxcw,yxw->yxc", away, shares) / shares.sum(axis=2, keepdims=True)
        return np.where(here < 1.0, np.sqrt(here), np.sqrt(np.einsum("yxc,yxc->yx", left, left)))

    return Case(f"unexplained_change {name}", kernel, rival, 0.01)


def mixture_test_case() -> Case:
    """The longest dissolve looked for, 21 frames of 576 patches."""
    first, last = (_scene(*SMALL, seed).reshape(-1, 3).astype(np.float32) for seed in (0, 1))
    share = np.linspace(0, 1, 21, dtype=np.float32)[:, None, None]
    frames = first * (1 - share) + last * share + np.random.default_rng(2).normal(0, 2, (21, 576, 3)).astype(np.float32)
    outputs = [np.empty(21) for _ in range(5)]

    def kernel() -> ndarray:
        mixture_test(frames, 9.0, 180.0, *outputs)
        return np.minimum(np.stack(outputs), 10.0)

    def rival() -> ndarray:
        change, moved = frames[-1] - frames[0], frames - frames[0]
        square = np.einsum("pc,pc->p", change, change)
        reach = np.sqrt(square)
        scale, weights = max(float(reach.mean()), 1e-6), reach / max(float(reach.sum()), 1e-6)
        alpha = np.clip(np.einsum("tpc,pc->tp", moved, change) / (square + np.float32(1e-6)), 0, 1)
        residual = _mean_length(moved - alpha[..., None] * change) / scale
        progress = alpha @ weights
        spread = ((alpha * alpha) @ weights - progress**2) / np.maximum(progress * (1 - progress), 1e-6)
        setback = np.maximum(-np.diff(alpha, axis=0, prepend=0), 0) @ weights
        fading = np.full(len(frames), 1e9, np.float32)
        for level in 0.0, 255.0:
            shown = frames - np.float32(level)
            for end, sign in (shown[0], -0.5), (shown[-1], 0.5):
                strength = np.clip(np.tensordot(shown, end, 2) / np.vdot(end, end), 0, 1)
                distance = _mean_length(shown - strength[:, None, None] * end) / scale
                better = (strength < 0.9) & (distance < fading)
                fading = np.where(better, distance, fading)
                progress = np.where(better & (distance < residual), 0.5 + sign * strength, progress)
        fading = np.where(fading > residual + 1e-6, 10.0, fading)
        return np.stack([np.minimum(residual, fading), progress, spread, fading, setback])

    return Case("mixture_test 21 frames", kernel, rival)


def _mean_length(vectors: ndarray) -> ndarray:
    length: ndarray = np.sqrt(np.einsum("tpc,tpc->tp", vectors, vectors)).mean(axis=1)
    return length


def coverage_gains_case(count: int) -> Case:
    """One step of the ranking of so many candidates, half of them covered in part."""
    rng = np.random.default_rng(0)
    similarity, weights = rng.random((count, count)), rng.random(count)
    covered = np.where(rng.random(count) < 0.5, rng.random(count), 0.0)
    gains = np.empty(count)

    def kernel() -> ndarray:
        coverage_gains(similarity, weights, covered, gains)
        return gains

    def rival() -> ndarray:
        # Greater of the two, minus what is covered: one array less than the differences cut off at 0.
        return weights @ np.maximum(similarity, covered[:, None]) - weights @ covered

    return Case(f"coverage_gains {count}", kernel, rival)


def unlike_share_case(one: ndarray, other: ndarray) -> Case:
    """A sample beside the first one of its segment."""
    tolerance, noise = np.random.default_rng(0).uniform(144, 1000, SMALL).astype(np.float32), np.float32(2)

    def kernel() -> ndarray:
        return np.array(unlike_share(one, other, tolerance, noise))

    def rival() -> ndarray:
        return np.array(_unlike(one, other, tolerance, noise).mean())

    return Case("unlike_share", kernel, rival)


def unlike_matrix_case(count: int) -> Case:
    """Compare so many candidates of ten shots with each other; the rival one at a time with all that follow."""
    rng = np.random.default_rng(0)
    pictures = rng.normal(50, 20, (count, *SMALL, 3)).astype(np.float32)
    groups, tolerances = np.arange(count) // (count // 10), rng.uniform(144, 1000, (10, *SMALL)).astype(np.float32)
    noise, between, shares = np.float32(2), np.float32(144), np.empty((count, count))

    def kernel() -> ndarray:
        shares.fill(np.nan)
        unlike_matrix(pictures, groups, tolerances, noise, between, shares)
        return shares

    def rival() -> ndarray:
        found = np.zeros((count, count))
        for i in range(count - 1):
            same = (groups[i + 1 :] == groups[i])[:, None, None]
            tolerance = np.where(same, tolerances[groups[i]], between)
            found[i, i + 1 :] = _unlike(pictures[i], pictures[i + 1 :], tolerance, noise).mean(axis=(1, 2))
        return found + found.T

    return Case(f"unlike_matrix {count}", kernel, rival)


def _unlike(one: ndarray, other: ndarray, tolerance: ndarray, noise: np.float32) -> ndarray:
    """Tell for each place how much of its attention is gone."""
    away = one - other
    beyond = np.maximum(np.sqrt(np.einsum("...c,...c->...", away, away)) - noise, 0)
    return 1 - np.exp(-beyond * beyond / tolerance)


def superpixels_case() -> Case:
    """A picture of the size that masks are found in, 240x427."""
    lab = cv2.cvtColor(_scene(240, 427).astype(np.float32) / 255, cv2.COLOR_BGR2LAB)
    grid, rounds, labels = (34, 61), 4, np.empty((240, 427), np.int32)
    y, x = np.mgrid[:240, :427]
    row, column = y * 34 // 240, x * 61 // 427
    points = np.dstack([lab, (y * TOKENS_NEARNESS).astype(np.float32), (x * TOKENS_NEARNESS).astype(np.float32)])

    def kernel() -> ndarray:
        superpixels(lab, grid, 10.0, rounds, labels)
        return labels

    def rival() -> ndarray:
        down, across = (2 * np.arange(34) + 1) * 240 // 68, (2 * np.arange(61) + 1) * 427 // 122
        centres = points[down[:, None], across].copy()
        best = np.empty((240, 427), np.int32)
        for _ in range(rounds):
            least = np.full((240, 427), np.inf, np.float32)
            for i in (-1, 0, 1):
                for j in (-1, 0, 1):
                    u, v = np.clip(row + i, 0, 33), np.clip(column + j, 0, 60)
                    distance = ((centres[u, v] - points) ** 2).sum(axis=2)
                    nearer = distance < least
                    least[nearer], best[nearer] = distance[nearer], (u * 61 + v)[nearer]
            counts = np.maximum(np.bincount(best.ravel(), minlength=34 * 61), 1)
            for c in range(5):
                centres[..., c] = (np.bincount(best.ravel(), points[..., c].ravel(), 34 * 61) / counts).reshape(34, 61)
        return best

    return Case("superpixels 240x427", kernel, rival, tolerance=2e-2)


def label_means_case() -> Case:
    """Twelve channels over 2,074 labels."""
    rng = np.random.default_rng(0)
    values = rng.random((240, 427, 12)).astype(np.float32)
    labels, out = rng.integers(0, 2074, (240, 427)).astype(np.int32), np.empty((2074, 12), np.float32)

    def kernel() -> ndarray:
        label_means(values, labels, out)
        return out

    def rival() -> ndarray:
        flat = labels.ravel()
        counts = np.bincount(flat, minlength=2074)
        sums = [np.bincount(flat, values[..., c].ravel(), 2074) for c in range(12)]
        return np.stack(sums, axis=1) / np.maximum(counts, 1)[:, None]

    return Case("label_means 240x427x12", kernel, rival)


def nearest_tokens_case() -> Case:
    """2,074 tokens, among nine frames; the rival sorts only as far as it must."""
    frames = np.random.default_rng(0).normal(0, 10, (9, 12, 34, 61)).astype(np.float32)
    nearest, distances = np.empty((2074, 24), np.int32), np.empty((2074, 24), np.float32)
    padded = np.pad(frames, ((0, 0), (0, 0), (8, 8), (8, 8)), constant_values=1e6)

    def kernel() -> ndarray:
        nearest_tokens(frames[4], frames, 4, 8, nearest, distances)
        return distances

    def rival() -> ndarray:
        planes = [
            ((padded[m, :, i : i + 34, j : j + 61] - frames[4]) ** 2).sum(axis=0)
            for m in range(9)
            for i in range(17)
            for j in range(17)
            if (m, i, j) != (4, 8, 8)
        ]
        stacked = np.stack(planes, axis=2).reshape(2074, -1)
        return np.sort(np.partition(stacked, 24, axis=1)[:, :24], axis=1)

    return Case("nearest_tokens 2074 in 9 frames", kernel, rival)


def vote_case() -> Case:
    """Eighty frames of 2,074 tokens."""
    rng = np.random.default_rng(0)
    size = 80 * 2074
    shares = np.full((size, 24), 1 / 24, np.float32)
    nearest = np.clip(np.arange(size)[:, None] + rng.integers(-9000, 9000, (size, 24)), 0, size - 1).astype(np.int32)
    seeds, trust, out = rng.random(size, np.float32), rng.random(size, np.float32), np.empty(size, np.float32)

    def kernel() -> ndarray:
        vote(shares, nearest, seeds, trust, 0.9, 4, out)
        return out

    def rival() -> ndarray:
        own = np.stack([trust * seeds, trust], axis=1)
        now = own
        for _ in range(4):
            now = 0.9 * np.einsum("nk,nkc->nc", shares, now[nearest]) + 0.1 * own
        return now[:, 0] / now[:, 1]

    return Case("vote 80 frames", kernel, rival)


def best_dots_case() -> Case:
    """Ten thousand keyframes, asked by a picture and what it may be a part of, all mirrored too, against one product in BLAS."""
    rng = np.random.default_rng(0)
    stored, queries = rng.integers(-40, 41, (10_000, 147), np.int8), rng.integers(-40, 41, (6, 147), np.int16)
    out = np.empty(len(stored), np.int32)
    signs = np.where(np.arange(147) < EVEN, 1, -1)
    keys, both = stored.astype(np.float32), np.concatenate([queries, queries * signs]).astype(np.float32)

    def kernel() -> ndarray:
        best_dots(stored, queries, out)
        return out

    def rival() -> ndarray:
        return np.asarray((keys @ both.T).max(axis=1))

    return Case("best_dots 10,000", kernel, rival)


def registry() -> list[Case]:
    """Return all that is timed, at the sizes the package uses."""
    luma = [cv2.cvtColor(_scene(ROWS, COLUMNS, seed), cv2.COLOR_BGR2GRAY).astype(np.float32) for seed in (0, 1)]
    lab = [cv2.cvtColor(_scene(*SMALL, seed).astype(np.float32) / 255, cv2.COLOR_BGR2LAB) for seed in (0, 1)]
    return [
        downsample_case(),
        tone_map_case(),
        map_planes_case(),
        downsample_plane_case("luma 1080p", 1080, 1920, True),
        downsample_plane_case("chroma 1080p", 540, 960, False),
        weighted_pearson_case("of Lab pictures", 1728),
        weighted_pearson_case("of a target", 230_400),
        pearson_matrix_case(),
        block_pearson_case("cut", luma[0], luma[1]),
        block_pearson_case("motion", luma[0], np.roll(luma[0], 1, 1)),
        attend_case("luminance", 16),
        attend_case("colour", 8),
        attend_case("texture", 1),
        attend_in_time_case(12),
        attend_in_time_case(100),
        unexplained_change_case("cut", lab[0], lab[1]),
        unexplained_change_case("motion", lab[0], np.roll(lab[0], 1, 1)),
        mixture_test_case(),
        coverage_gains_case(60),
        coverage_gains_case(1000),
        unlike_share_case(lab[0], lab[1]),
        unlike_matrix_case(200),
        superpixels_case(),
        label_means_case(),
        nearest_tokens_case(),
        vote_case(),
        best_dots_case(),
    ]


def _scene(height: int, width: int, seed: int = 0) -> ndarray:
    """A soft coloured picture with some grain, (height, width, 3) uint8."""
    rng = np.random.default_rng(seed)
    soft = cv2.resize(rng.integers(20, 236, (9, 16, 3), np.uint8), (width, height), interpolation=cv2.INTER_CUBIC)
    return np.clip(soft + rng.normal(0, 4, soft.shape), 0, 255).astype(np.uint8)


def measure(case: Case, rounds: int) -> Timing:
    """Check that kernel and rival agree, then time them in turns.

    Raises
    ------
    AssertionError
        If their results differ by more than the case allows.
    """
    found, expected = case.kernel(), case.rival()
    difference = np.abs(found - expected).mean() / np.abs(expected).mean()
    if not difference <= case.tolerance:
        raise AssertionError(
            f"{case.name}: kernel and rival differ by {difference:.2g} of the mean; {case.tolerance} is allowed."
        )
    kernel_repeats, rival_repeats = _repeats(case.kernel), _repeats(case.rival)
    samples = [(_time(case.kernel, kernel_repeats), _time(case.rival, rival_repeats)) for _ in range(rounds)]
    kernel_time, rival_time = (median(times) for times in zip(*samples, strict=True))
    ratio = median(rival / kernel for kernel, rival in samples)
    reason = case.reason if ratio < SLOWER else ""
    return Timing(case.name, round(kernel_time * 1e6, 1), round(rival_time * 1e6, 1), round(ratio, 2), reason)


def _repeats(call: Callable[[], ndarray]) -> int:
    """How often to call so that one sample is not shorter than `SHORTEST_SAMPLE`."""
    return max(1, round(SHORTEST_SAMPLE / min(_time(call, 1) for _ in range(3))))


def _time(call: Callable[[], ndarray], repeats: int) -> float:
    started = perf_counter()
    for _ in range(repeats):
        call()
    return (perf_counter() - started) / repeats


def main() -> None:
    """Print the table, and write it as JSON where asked to."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the timings to a file")
    parser.add_argument("--rounds", type=int, default=31, metavar="N", help="samples per case, at least 1 (default: 31)")
    arguments = parser.parse_args()
    if arguments.rounds < 1:
        parser.error(f"--rounds is {arguments.rounds}; it must be at least 1.")
    if numba.config.DISABLE_JIT:
        parser.error("NUMBA_DISABLE_JIT is set, so that there is no kernel to time; unset it.")
    cv2.setNumThreads(1)
    cases, timings = registry(), []
    if unknown := KERNELS - {case.name.split()[0] for case in cases}:
        parser.error(f"{', '.join(sorted(unknown))}: not timed; add a case to the registry.")
    print(f"{'kernel, warm':36}{'kernel µs':>12}{'rival µs':>12}{'ratio':>8}")
    for case in cases:
        timings.append(timing := measure(case, arguments.rounds))
        print(
            f"{timing.name:36}{timing.kernel_us:12,.1f}{timing.rival_us:12,.1f}{timing.ratio:8.2f}  {timing.reason}", flush=True
        )
    if arguments.json:
        versions = {"numba": numba.__version__, "numpy": np.__version__, "opencv": cv2.__version__}
        results = {"rounds": arguments.rounds, "versions": versions, "timings": [asdict(timing) for timing in timings]}
        arguments.json.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
