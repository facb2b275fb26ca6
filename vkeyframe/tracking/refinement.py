"""From attention on superpixels to the pixels of an object: colour models of object and ground, cut along edges."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy import ndarray

from vkeyframe.opencv import cv2


@dataclass(frozen=True, slots=True)
class RefinementTuning:
    """Where attention is sure, as shares of the highest in the frame; from trials on DAVIS (J of masks).

    Attributes
    ----------
    ground, half, object : float
        Below the first is ground for sure, from the last on object for sure; in between the second is the first guess.
    rounds : int
        Of fitting colours and cutting anew; two cost half as much again and change J by 0.001.
    margin : float
        What is looked at beside the unsure part, as a share of that part's width and height.
    least_pixels : int
        Fewer pixels of object or ground give no colour model.
    """

    ground: float = 0.2
    half: float = 0.45
    object: float = 0.8
    rounds: int = 1
    margin: float = 0.35
    least_pixels: int = 12


TUNING = RefinementTuning()


def refine(picture: ndarray, attention: ndarray) -> ndarray:
    """Decide which pixels belong to the object.

    Parameters
    ----------
    picture : (height, width, 3) uint8, BGR
    attention : (height, width) float32, 0 to 1

    Returns
    -------
    (height, width) bool
        Attention above a half where colours cannot tell object and ground apart.

    References
    ----------
    Rother, Kolmogorov, Blake, "GrabCut: interactive foreground extraction using iterated graph cuts", SIGGRAPH 2004,
    doi:10.1145/1186562.1015720.
    """
    guess = attention > TUNING.half
    found = np.zeros(attention.shape, bool)
    part = _part(attention > TUNING.ground)
    if part is None:
        return found
    state = np.full(attention.shape, cv2.GC_BGD, np.uint8)
    state[attention > TUNING.ground] = cv2.GC_PR_BGD
    state[guess] = cv2.GC_PR_FGD
    state[attention >= TUNING.object] = cv2.GC_FGD
    state = np.ascontiguousarray(state[part])
    inside = (state & 1) == 1
    if min(int(inside.sum()), int((~inside).sum())) < TUNING.least_pixels:
        return guess
    cut_out(picture[part], state, TUNING.rounds)
    found[part] = (state & 1) == 1
    return found


def cut_out(picture: ndarray, state: ndarray, rounds: int) -> None:
    """Run GrabCut in place on a state of the four values of OpenCV, which must hold both object and ground."""
    cv2.setRNGSeed(0)
    cv2.grabCut(
        np.ascontiguousarray(picture), state, (0, 0, 0, 0), np.zeros((1, 65)), np.zeros((1, 65)), rounds, cv2.GC_INIT_WITH_MASK
    )


def _part(area: ndarray) -> tuple[slice, slice] | None:
    """Return the rows and columns about an area, with a margin; None where it is empty."""
    rows, columns = np.flatnonzero(area.any(axis=1)), np.flatnonzero(area.any(axis=0))
    if not rows.size:
        return None
    return _widened(rows, area.shape[0]), _widened(columns, area.shape[1])


def _widened(places: ndarray, length: int) -> slice:
    """Return the stretch from the first to the last place, and a margin."""
    first, last = int(places[0]), int(places[-1]) + 1
    margin = 4 + int(TUNING.margin * (last - first))
    return slice(max(0, first - margin), min(length, last + margin))
