"""Superpixels: small areas of one colour each, and the means of them."""

import numpy as np
from numpy import float32, floating, inf, ndarray

from vkeyframe.kernels.jit import kernel, part


@kernel
def superpixels(lab: ndarray, grid: tuple[int, int], compactness: float, rounds: int, labels: ndarray) -> None:
    """Cut a picture into areas of similar colour, one near each cell of an even grid: SLIC, without joining stray pixels.

    Achanta, Shaji, Smith, Lucchi, Fua, Süsstrunk, "SLIC superpixels compared to state-of-the-art superpixel methods", PAMI 2012,
    doi:10.1109/TPAMI.2012.120. A pixel goes to the nearest of the nine centres about its cell.

    Parameters
    ----------
    lab : (height, width, 3) float32
        CIE Lab.
    grid : (int, int)
        Rows and columns, at most height and width; superpixel k begins in row k // columns and column k % columns.
    compactness : float
        Colour difference that counts as much as one side of a cell.
    rounds : int, ≥ 1
        How often the centres move.
    labels : (height, width) int32, out
    """
    height, width, _ = lab.shape
    rows, columns = grid
    centres = np.empty((rows * columns, 5), np.float32)
    for row in range(rows):
        for column in range(columns):
            y, x = (2 * row + 1) * height // (2 * rows), (2 * column + 1) * width // (2 * columns)
            centre = centres[row * columns + column]
            centre[0], centre[1], centre[2] = lab[y, x, 0], lab[y, x, 1], lab[y, x, 2]
            centre[3], centre[4] = y, x
    nearness = float32(compactness * compactness * rows * columns / (height * width))
    for _ in range(rounds):
        _assign(lab, grid, centres, nearness, labels)
        _move(lab, labels, centres)


@part
def _assign(lab: ndarray, grid: tuple[int, int], centres: ndarray, nearness: floating, labels: ndarray) -> None:
    """Give each pixel to the nearest centre; of two at the same distance to the first."""
    height, width, _ = lab.shape
    rows, columns = grid
    for y in range(height):
        row = y * rows // height
        for x in range(width):
            column = x * columns // width
            least = float32(inf)
            for i in range(max(0, row - 1), min(rows, row + 2)):
                for j in range(max(0, column - 1), min(columns, column + 2)):
                    centre = centres[i * columns + j]
                    l_, a, b = centre[0] - lab[y, x, 0], centre[1] - lab[y, x, 1], centre[2] - lab[y, x, 2]
                    v, u = centre[3] - float32(y), centre[4] - float32(x)
                    distance = l_ * l_ + a * a + b * b + nearness * (v * v + u * u)
                    if distance < least:
                        least = distance
                        labels[y, x] = i * columns + j


@part
def _move(lab: ndarray, labels: ndarray, centres: ndarray) -> None:
    """Move each centre to the mean of its pixels; one without pixels stays."""
    height, width, _ = lab.shape
    sums = np.zeros((centres.shape[0], 6))
    for y in range(height):
        for x in range(width):
            total = sums[labels[y, x]]
            for c in range(3):
                total[c] += lab[y, x, c]
            total[3] += y
            total[4] += x
            total[5] += 1.0
    for k in range(centres.shape[0]):
        if sums[k, 5] > 0.0:
            for c in range(5):
                centres[k, c] = sums[k, c] / sums[k, 5]


@kernel
def label_means(values: ndarray, labels: ndarray, out: ndarray) -> None:
    """Average a picture of several channels over each label.

    Parameters
    ----------
    values : (height, width, channels) float32
    labels : (height, width) int32, 0 to n − 1
    out : (n, channels) float32, out
        0 for a label without pixels.
    """
    channels = values.shape[2]
    sums = np.zeros((out.shape[0], channels + 1))
    for y in range(labels.shape[0]):
        for x in range(labels.shape[1]):
            total = sums[labels[y, x]]
            for c in range(channels):
                total[c] += values[y, x, c]
            total[channels] += 1.0
    for k in range(out.shape[0]):
        for c in range(channels):
            out[k, c] = sums[k, c] / max(sums[k, channels], 1.0)
