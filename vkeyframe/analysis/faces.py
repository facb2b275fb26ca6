"""Faces that look ahead, by a cascade that comes with OpenCV."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from numpy import ndarray

from vkeyframe.errors import MissingLibraryError
from vkeyframe.opencv import cv2


@dataclass(frozen=True, slots=True)
class FaceTuning:
    """How faces are looked for; set on OSIE, where they move NSS by 0.19.

    Profiles are not looked for: they moved NSS by 0.01, on one half of the pictures only, and took three times as long.

    Attributes
    ----------
    file : str
        The cascade, one of OpenCV's.
    scale_step : float
        From one size of a face to the next; 1.1 takes a third longer and gives the same.
    neighbours : int
        How many windows beside each other must agree.
    smallest_px : int
        Side of the smallest face, in the picture that is searched.
    """

    file: str = "haarcascade_frontalface_default.xml"
    scale_step: float = 1.15
    neighbours: int = 2
    smallest_px: int = 20


TUNING = FaceTuning()
# Open eyes, also behind glasses, in the upper part of a face; closed ones are seldom found.
EYES = FaceTuning("haarcascade_eye_tree_eyeglasses.xml", scale_step=1.05, neighbours=3, smallest_px=20)
# A cascade keeps what it works on: one picture at a time.
_BUSY = Lock()


@dataclass(frozen=True, slots=True)
class Face:
    """A face: centre and width, in pixels of the picture that was searched."""

    x: float
    y: float
    width: float


def find_faces(grey: ndarray, tuning: FaceTuning = TUNING) -> tuple[Face, ...]:
    """Find faces in a picture.

    Parameters
    ----------
    grey : (height, width) uint8
        About 320 pixels wide; the time grows with the area.
    tuning : FaceTuning

    Returns
    -------
    tuple of Face
        In order of their boxes.

    Raises
    ------
    MissingLibraryError
        If OpenCV came without its cascade.

    References
    ----------
    Viola, Jones, "Robust real-time face detection", IJCV 2004, doi:10.1023/B:VISI.0000013087.49260.fb.
    """
    return tuple(Face(x + w / 2, y + h / 2, float(w)) for x, y, w, h in find_boxes(grey, tuning))


def find_boxes(grey: ndarray, tuning: FaceTuning) -> list[tuple[int, int, int, int]]:
    """Find what a cascade knows; left and top edge, width and height, sorted, so that threads do not matter."""
    cascade = _load(tuning.file)
    side = tuning.smallest_px
    with _BUSY:
        boxes = cascade.detectMultiScale(grey, tuning.scale_step, tuning.neighbours, minSize=(side, side))
    return sorted((int(x), int(y), int(w), int(h)) for x, y, w, h in np.reshape(boxes, (-1, 4)))


@cache
def _load(name: str) -> Any:
    """Load a cascade the first time that it is needed."""
    folder = getattr(getattr(cv2, "data", None), "haarcascades", "")
    cascade = cv2.CascadeClassifier(str(Path(folder, name)))
    if cascade.empty():
        raise MissingLibraryError(f"OpenCV came without {name}; install opencv-python or opencv-python-headless from PyPI.")
    return cascade
