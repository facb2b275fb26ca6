"""Pearson correlation: of two weighted pictures, of all pairs of many, and block by block."""

import numpy as np
from numpy import float64, ndarray, sqrt

from vkeyframe.kernels.jit import kernel, part

FLAT_VARIANCE = 1e-6
SAME_LEVEL = 8.0
ENOUGH = 0.8


@kernel
def weighted_pearson(first: ndarray, second: ndarray, weights: ndarray) -> float:
    """Correlate two pictures, every value with a weight.

    Parameters
    ----------
    first, second : (n,) float32
    weights : (n,) float32, ≥ 0
        Not all zero; need not sum to 1; equal weights give the plain correlation.

    Returns
    -------
    float in [-1, 1]
        Where a picture is flat (variance ≤ 1e-6) the correlation is not defined: 1 if both are flat and their
        means differ by at most 8, else 0.
    """
    total = float64(0.0)
    sum_first = float64(0.0)
    sum_second = float64(0.0)
    for i in range(first.size):
        total += weights[i]
        sum_first += float64(weights[i]) * first[i]
        sum_second += float64(weights[i]) * second[i]
    mean_first = sum_first / total
    mean_second = sum_second / total
    covariance = float64(0.0)
    variance_first = float64(0.0)
    variance_second = float64(0.0)
    for i in range(first.size):
        a = first[i] - mean_first
        b = second[i] - mean_second
        covariance += weights[i] * a * b
        variance_first += weights[i] * a * a
        variance_second += weights[i] * b * b
    if variance_first <= FLAT_VARIANCE * total or variance_second <= FLAT_VARIANCE * total:
        both = variance_first <= FLAT_VARIANCE * total and variance_second <= FLAT_VARIANCE * total
        return 1.0 if both and abs(mean_first - mean_second) <= SAME_LEVEL else 0.0
    return float(max(-1.0, min(1.0, covariance / sqrt(variance_first * variance_second))))


def pearson_matrix(pictures: ndarray) -> ndarray:
    """Correlate every picture with every other.

    One matrix product: BLAS beats a compiled loop.

    Parameters
    ----------
    pictures : (m, n) float

    Returns
    -------
    (m, m) float64 in [-1, 1], symmetric, 1 on the diagonal
        Of flat pictures as in `weighted_pearson`.
    """
    x = np.asarray(pictures, np.float64)
    means = x.mean(axis=1)
    x = x - means[:, None]
    lengths = np.sqrt((x * x).sum(axis=1))
    flat = lengths**2 <= FLAT_VARIANCE * x.shape[1]
    x /= np.where(flat, 1.0, lengths)[:, None]
    rho = np.clip(x @ x.T, -1.0, 1.0)
    rho[flat], rho[:, flat] = 0.0, 0.0
    rho[np.ix_(flat, flat)] = np.abs(means[flat, None] - means[flat]) <= SAME_LEVEL
    np.fill_diagonal(rho, 1.0)
    return np.asarray(rho)


@kernel
def block_pearson(before: ndarray, after: ndarray, radius: int, size: int, out: ndarray, weights: ndarray) -> None:
    """Correlate each block of a picture with the best-fitting block nearby in another.

    Brightness and contrast drop out of a correlation, so that a flash or drifting exposure leaves blocks alike; the
    search makes up for motion. A variance of 4 (codec noise) is added to both blocks, so that flat ones are alike.
    The search goes outward in rings and stops at the first ring that explains the block (`ENOUGH`).

    Parameters
    ----------
    before, after : (height, width) float32
        Luma, 0 to 255; at least `size` high and wide.
    radius : int
        Search range in pixels, both ways.
    size : int
        Side of a block in pixels; neighbouring blocks overlap.
    out : (rows, columns) float32, out
        Best correlation for the block of `after` at each place of an even grid, -1 to 1.
    weights : (rows, columns) float32, out
        Standard deviation of that block, cut off at 20: how much there is to recognise.
    """
    rows, columns = out.shape
    boxes = _box_sums(before, size)
    own_boxes = _box_sums(after, size)
    tops = _places(rows, after.shape[0], size)
    lefts = _places(columns, after.shape[1], size)
    best = np.empty((rows, columns))
    is_open = np.empty((rows, columns), np.bool_)
    best[:] = -1.0
    is_open[:] = True
    line = np.empty(after.shape[1])
    for ring in range(radius + 1):
        _search_ring(before, after, boxes, own_boxes, size, ring, tops, lefts, is_open, best, line)
        for row in range(rows):
            for column in range(columns):
                is_open[row, column] = is_open[row, column] and best[row, column] < ENOUGH
    _, own_spreads = own_boxes
    for row in range(rows):
        for column in range(columns):
            out[row, column] = best[row, column]
            weights[row, column] = min(sqrt(own_spreads[tops[row], lefts[column]] / (size * size)), 20.0)


@part
def _search_ring(
    before: ndarray,
    after: ndarray,
    boxes: tuple[ndarray, ndarray],
    own_boxes: tuple[ndarray, ndarray],
    size: int,
    ring: int,
    tops: ndarray,
    lefts: ndarray,
    is_open: ndarray,
    best: ndarray,
    line: ndarray,
) -> None:
    """Correlate the open blocks with all places that are `ring` pixels away, and keep the best correlations."""
    height, width = after.shape
    area = size * size
    noise = 4.0 * area
    totals, spreads = boxes
    own_totals, own_spreads = own_boxes
    # One shift for all blocks of a row at a time: their products are summed column by column, which is vectorised, and the
    # columns then for each block. With a loop for each block the search takes four times as long.
    for row in range(tops.size):
        left_over = 0
        for column in range(lefts.size):
            left_over += is_open[row, column]
        if not left_over:
            continue
        top = tops[row]
        for dy in range(-ring, ring + 1):
            y0 = top + dy
            if y0 < 0 or y0 + size > height:
                continue
            for dx in range(-ring, ring + 1, 1 if abs(dy) == ring else 2 * ring):
                begin = max(0, -dx)
                end = min(width, width - dx)
                line[:] = 0.0
                for y in range(size):
                    shown = after[top + y, begin:end]
                    other = before[y0 + y, begin + dx : end + dx]
                    for x in range(end - begin):
                        line[x] += float64(other[x]) * shown[x]
                for column in range(lefts.size):
                    left = lefts[column]
                    if is_open[row, column] and begin <= left <= end - size:
                        product = 0.0
                        for x in range(size):
                            product += line[left - begin + x]
                        covariance = product - own_totals[top, left] * totals[y0, left + dx] / area
                        both = (own_spreads[top, left] + noise) * (spreads[y0, left + dx] + noise)
                        best[row, column] = max(best[row, column], (covariance + noise) / sqrt(both))


@kernel
def _places(count: int, length: int, size: int) -> ndarray:
    """Where blocks of some size begin, spread evenly over a length; they overlap or leave gaps."""
    places = np.empty(count, np.int64)
    for i in range(count):
        places[i] = min(max((2 * i + 1) * length // (2 * count) - size // 2, 0), length - size)
    return places


@kernel
def _box_sums(picture: ndarray, size: int) -> tuple[ndarray, ndarray]:
    """Sum every square of a picture, and the squared deviations from its mean, each at the square's upper left corner."""
    height, width = picture.shape
    sums = np.empty((height - size + 1, width - size + 1))
    squares = np.empty((height - size + 1, width - size + 1))
    sums[:] = 0.0
    squares[:] = 0.0
    line = np.empty(width)
    square = np.empty(width)
    for top in range(height - size + 1):
        line[:] = 0.0
        square[:] = 0.0
        for y in range(size):
            values = picture[top + y]
            for x in range(width):
                value = float64(values[x])
                line[x] += value
                square[x] += value * value
        for shift in range(size):
            for x in range(width - size + 1):
                sums[top, x] += line[x + shift]
                squares[top, x] += square[x + shift]
        for x in range(width - size + 1):
            squares[top, x] = max(squares[top, x] - sums[top, x] * sums[top, x] / (size * size), 0.0)
    return sums, squares
