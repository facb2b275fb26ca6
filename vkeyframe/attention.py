"""Attention for everyone: where in a picture the eye goes."""

from __future__ import annotations

from numpy import ndarray

from vkeyframe.analysis.gaze import gaze_map


def spatial_attention(picture: ndarray) -> ndarray:
    """Tell where in a picture the eye goes.

    Parameters
    ----------
    picture : (height, width, 3) uint8, BGR

    Returns
    -------
    (rows, columns) float32
        Share of the attention that each cell of an even grid gets, ≥ 0; sums to 1. The longer side has 64 cells, which are
        about square. Even where the picture has no contrast.
    """
    return gaze_map(picture).map
