"""Attention for everyone: where in a picture the eye goes."""

from __future__ import annotations

from numpy import ndarray

from vkeyframe.analysis.attention import spatial_attention as attention_of
from vkeyframe.analysis.features import extract_features


def spatial_attention(picture: ndarray) -> ndarray:
    """Tell where in a picture the eye goes.

    Parameters
    ----------
    picture : (height, width, 3) uint8, BGR

    Returns
    -------
    (9, 16) float32
        Share of the attention that each cell of an even grid gets, ≥ 0; sums to 1. Even where the picture has no contrast.
    """
    return attention_of(extract_features(picture, 0, 0.0), None).map
