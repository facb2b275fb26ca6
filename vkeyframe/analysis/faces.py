"""Faces, by the cascades that come with OpenCV: frontal ones and profiles of both sides."""

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
    """How faces are looked for; on OSIE, pictures with the gaze of 15 people, faces are worth 0.16 of NSS.

    Attributes
    ----------
    frontal, profile : str
        Files of OpenCV; the profile looks to the left of the picture.
    scale_step : float
        From one size of a face to the next; 1.2 takes three fifths of the time and is worth half as much.
    neighbours : int
        How many windows beside each other must agree.
    smallest_px : int
        Side of the smallest face, in the picture that is searched.
    """

    frontal: str = "haarcascade_frontalface_default.xml"
    profile: str = "haarcascade_profileface.xml"
    scale_step: float = 1.1
    neighbours: int = 3
    smallest_px: int = 20


TUNING = FaceTuning()
# A cascade keeps what it works on: one picture at a time.
_BUSY = Lock()


@dataclass(frozen=True, slots=True)
class Face:
    """A face: centre and width in pixels of the picture that was searched, and whether it looks ahead or aside."""

    x: float
    y: float
    width: float
    frontal: bool


def find_faces(grey: ndarray) -> tuple[Face, ...]:
    """Find faces in a picture.

    Parameters
    ----------
    grey : (height, width) uint8
        About 320 pixels wide; the time grows with the area.

    Returns
    -------
    tuple of Face
        Sorted, so that they do not depend on the number of threads; a face may be in it as a frontal one and as a profile.

    Raises
    ------
    MissingLibraryError
        If OpenCV came without its cascades.

    References
    ----------
    Viola, Jones, "Robust real-time face detection", IJCV 2004, doi:10.1023/B:VISI.0000013087.49260.fb.
    """
    width = grey.shape[1]
    frontal = _detect(TUNING.frontal, grey)
    left = _detect(TUNING.profile, grey)
    right = [(width - x - w, y, w, h) for x, y, w, h in _detect(TUNING.profile, cv2.flip(grey, 1))]
    found = [(box, True) for box in frontal] + [(box, False) for box in (*left, *right)]
    return tuple(Face(x + w / 2, y + h / 2, float(w), ahead) for (x, y, w, h), ahead in sorted(found))


def _detect(name: str, grey: ndarray) -> list[tuple[int, int, int, int]]:
    cascade = _load(name)
    side = TUNING.smallest_px
    with _BUSY:
        boxes = cascade.detectMultiScale(grey, TUNING.scale_step, TUNING.neighbours, minSize=(side, side))
    return [(int(x), int(y), int(w), int(h)) for x, y, w, h in np.reshape(boxes, (-1, 4))]


@cache
def _load(name: str) -> Any:
    """Load a cascade the first time that it is needed."""
    folder = getattr(getattr(cv2, "data", None), "haarcascades", "")
    cascade = cv2.CascadeClassifier(str(Path(folder, name)))
    if cascade.empty():
        raise MissingLibraryError(f"OpenCV came without {name}; install opencv-python or opencv-python-headless from PyPI.")
    return cascade
