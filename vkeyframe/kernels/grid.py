"""The sizes of the small pictures that all analysis works on, and the difference of two of them that exposure does not touch."""

import numpy as np
from numpy import ndarray

# Luma, and colour at half of that; a cell has 4×4 values of luma.
LUMA_ROWS, LUMA_COLUMNS = 36, 64
COLOUR_ROWS, COLOUR_COLUMNS = 18, 32
CELL_ROWS, CELL_COLUMNS = 9, 16
CELL_SIDE = 4


def cell_means(luma: ndarray) -> ndarray:
    """Mean of each cell of a (36, 64) picture, (9, 16)."""
    return np.asarray(luma.reshape(CELL_ROWS, CELL_SIDE, CELL_COLUMNS, CELL_SIDE).mean(axis=(1, 3)))


def exposure_free_difference(before: ndarray, after: ndarray) -> ndarray:
    """Absolute difference of two pictures without their median difference, which a change of exposure or a flash makes.

    Parameters
    ----------
    before, after : (height, width) float32
        Luma, 0 to 255.

    Returns
    -------
    (height, width) float32, 0 to 255
    """
    difference = after - before
    return np.asarray(np.abs(difference - np.median(difference)))
