"""Histograms of oriented gradients."""

import numpy as np
from numpy import arctan2, float32, float64, floor, ndarray, pi, sqrt

from vkeyframe.kernels.jit import kernel, part

# Directions of a gradient, and of a line, which has none of its two sides marked.
DIRECTIONS, LINES = 18, 9
ORIENTATIONS = DIRECTIONS + LINES


@part
def _gather(luma: ndarray, cell: int, histogram: ndarray) -> None:
    """Add each pixel's gradient to the two nearest directions in the four nearest cells."""
    height, width = luma.shape
    rows, columns, _ = histogram.shape
    for y in range(1, height - 1):
        down = (y + 0.5) / cell - 0.5
        top = int(floor(down))
        for x in range(1, width - 1):
            across = float64(luma[y, x + 1]) - float64(luma[y, x - 1])
            upright = float64(luma[y + 1, x]) - float64(luma[y - 1, x])
            strength = sqrt(across * across + upright * upright)
            if strength <= 0.0:
                continue
            angle = arctan2(upright, across) * (LINES / pi)
            angle = angle + DIRECTIONS if angle < 0.0 else angle
            low = int(floor(angle))
            share = angle - low
            left = int(floor((x + 0.5) / cell - 0.5))
            for row in range(max(top, 0), min(top + 2, rows)):
                for column in range(max(left, 0), min(left + 2, columns)):
                    near = (1.0 - abs(down - row)) * (1.0 - abs((x + 0.5) / cell - 0.5 - column)) * strength
                    histogram[row, column, low % DIRECTIONS] += near * (1.0 - share)
                    histogram[row, column, (low + 1) % DIRECTIONS] += near * share


@kernel
def oriented_gradients(luma: ndarray, cell: int, clip: float, noise: float, out: ndarray) -> None:
    """Describe each cell of a picture by how strong its gradients are in each direction.

    Histograms of 18 directions and of the 9 lines along which they lie, each divided by the strength in the four blocks of 2×2
    cells around its cell and cut off at `clip` (Felzenszwalb, Girshick, McAllester, Ramanan, PAMI 2010,
    doi:10.1109/TPAMI.2009.167, section 6).

    Parameters
    ----------
    luma : (rows · cell, columns · cell) float32
        0 to 255.
    cell : int
        Pixels along a cell.
    clip : float
        The highest share of a block that counts.
    noise : float
        Added to the squared strength of a block, so that a flat one is not divided by nothing.
    out : (rows, columns, 27) float32, out
        0 to 2·clip.
    """
    rows, columns, _ = out.shape
    histogram = np.zeros((rows, columns, DIRECTIONS))
    _gather(luma, cell, histogram)
    strength = np.zeros((rows + 2, columns + 2))
    for y in range(rows):
        for x in range(columns):
            for k in range(LINES):
                line = histogram[y, x, k] + histogram[y, x, k + LINES]
                strength[y + 1, x + 1] += line * line
    out[:] = float32(0.0)
    for y in range(rows):
        for x in range(columns):
            for corner in range(4):
                top, left = y + corner // 2, x + corner % 2
                block = strength[top, left] + strength[top + 1, left] + strength[top, left + 1] + strength[top + 1, left + 1]
                scale = 1.0 / sqrt(block + noise)
                for k in range(DIRECTIONS):
                    out[y, x, k] += float32(0.5 * min(histogram[y, x, k] * scale, clip))
                for k in range(LINES):
                    line = histogram[y, x, k] + histogram[y, x, k + LINES]
                    out[y, x, DIRECTIONS + k] += float32(0.5 * min(line * scale, clip))
