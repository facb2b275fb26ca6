"""Making faces unrecognisable; a face too many does less harm than one that is missed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy import ndarray

from vkeyframe.analysis.faces import Face, FaceTuning, find_boxes
from vkeyframe.opencv import cv2

WARNING = "Faces that were found are blurred; some can be missed, so look at each picture before you pass it on."


@dataclass(frozen=True, slots=True)
class HidingTuning:
    """How faces are looked for and hidden.

    With the cascade of `analysis.faces` alone a face was found in 47 of 64 frames of four videos with one face each, nodding and
    tilted, in 3 of 16 where it was coded coarsely. With all three cascades on the turned pictures too it was found in all 64, and
    with the two frontal ones at these angles in 39 of 40. Profiles are searched upright only, since three angles of them took
    twice as long as all the rest. With equalised brightness faces were lost. There are one to three false finds in a picture.

    Attributes
    ----------
    frontal : tuple of str
        Cascades that are used at each of the angles.
    profile : str
        Cascade that is used for faces that look left and right.
    angles : tuple of float
        Degrees by which the picture is turned.
    scale_step : float
    neighbours : int
    smallest_px : int
        These three as in `FaceTuning`.
    least_px, most_px : int
        Longer side of the picture that is searched; smaller pictures are enlarged to the first, larger ones shrunk to the second.
    growth : float
        How much larger the hidden ellipse is than the face that was found.
    height : float
        Height of the ellipse as a share of its width; cascades find eyes to mouth, and a head is higher than that.
    cells : int
        How many cells are left across a face. Set by eye.
    """

    frontal: tuple[str, ...] = ("haarcascade_frontalface_default.xml", "haarcascade_frontalface_alt2.xml")
    profile: str = "haarcascade_profileface.xml"
    angles: tuple[float, ...] = (0.0, -25.0, 25.0)
    scale_step: float = 1.1
    neighbours: int = 2
    smallest_px: int = 20
    least_px: int = 640
    most_px: int = 960
    growth: float = 1.25
    height: float = 1.25
    cells: int = 5


TUNING = HidingTuning()


def hide_faces(picture: ndarray, tuning: HidingTuning = TUNING) -> ndarray:
    """Blur the faces that are found in a picture.

    Parameters
    ----------
    picture : (height, width, 3) uint8, BGR
        Stays as it is.
    tuning : HidingTuning

    Returns
    -------
    (height, width, 3) uint8, BGR
        The same picture where no face is found.

    Raises
    ------
    MissingLibraryError
        If OpenCV came without its cascades.
    """
    hidden = picture.copy()
    for face in find_all_faces(picture, tuning):
        _hide(hidden, face, tuning)
    return hidden


def find_all_faces(picture: ndarray, tuning: HidingTuning = TUNING) -> list[Face]:
    """Find faces from ahead, tilted and from the side, some of them several times, and some things that are none.

    Parameters
    ----------
    picture : (height, width, 3) uint8, BGR
    tuning : HidingTuning

    Returns
    -------
    list of Face
        In pixels of the picture.
    """
    height, width = picture.shape[:2]
    longest = max(height, width)
    scale = min(max(longest, tuning.least_px), tuning.most_px) / longest
    size = max(1, round(width * scale)), max(1, round(height * scale))
    interpolation = cv2.INTER_AREA if scale < 1.0 else cv2.INTER_LINEAR
    grey = cv2.cvtColor(cv2.resize(picture, size, interpolation=interpolation), cv2.COLOR_BGR2GRAY)
    found = [face for angle in tuning.angles for face in _turned_faces(grey, angle, tuning)]
    found += _faces(grey, tuning.profile, tuning)
    mirrored = _faces(np.ascontiguousarray(grey[:, ::-1]), tuning.profile, tuning)
    found += [Face(grey.shape[1] - face.x, face.y, face.width) for face in mirrored]
    return [Face(face.x / scale, face.y / scale, face.width / scale) for face in found]


def _turned_faces(grey: ndarray, angle: float, tuning: HidingTuning) -> list[Face]:
    height, width = grey.shape
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), angle, 1.0)
    turned = grey if angle == 0.0 else cv2.warpAffine(grey, turn, (width, height))
    back = cv2.invertAffineTransform(turn)
    found = []
    for cascade in tuning.frontal:
        for face in _faces(turned, cascade, tuning):
            x, y = back @ (face.x, face.y, 1.0)
            found.append(Face(float(x), float(y), face.width))
    return found


def _faces(grey: ndarray, cascade: str, tuning: HidingTuning) -> list[Face]:
    boxes = find_boxes(grey, FaceTuning(cascade, tuning.scale_step, tuning.neighbours, tuning.smallest_px))
    return [Face(x + w / 2, y + h / 2, float(w)) for x, y, w, h in boxes]


def _hide(picture: ndarray, face: Face, tuning: HidingTuning) -> None:
    """Replace an ellipse around a face by a few cells of its colours, which run into each other."""
    across = face.width * tuning.growth
    half = across / 2, across / 2 * tuning.height
    left, top = (max(0, int(place - side)) for place, side in zip((face.x, face.y), half, strict=True))
    part = picture[top : int(face.y + half[1]) + 1, left : int(face.x + half[0]) + 1]
    if not part.size:
        return
    high, wide = part.shape[:2]
    few = cv2.resize(part, (tuning.cells, tuning.cells), interpolation=cv2.INTER_AREA)
    blurred = cv2.resize(few, (wide, high), interpolation=cv2.INTER_LINEAR)
    inside = np.zeros((high, wide), np.uint8)
    centre = round(face.x - left), round(face.y - top)
    cv2.ellipse(inside, centre, (max(1, round(half[0])), max(1, round(half[1]))), 0, 0, 360, 255, cv2.FILLED)
    part[inside > 0] = blurred[inside > 0]
