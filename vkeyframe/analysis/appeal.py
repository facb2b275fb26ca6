"""How well a picture would do as the cover of its video: a face that looks at the viewer, and no title card."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy import ndarray

from vkeyframe.analysis.faces import EYES, Face, FaceTuning, find_boxes, find_faces
from vkeyframe.analysis.heads import shrink
from vkeyframe.opencv import cv2

# What is looked at; eyes are too small in less.
SIDE_PX = 640


@dataclass(frozen=True, slots=True)
class AppealTuning:
    """What makes a cover; set by eye on ten videos with people and twelve without.

    Attributes
    ----------
    faceless : float
        Appeal of a picture without a face, where the best face has 1.
    blind : float
        What a face is worth of which no eye is found; with one eye it is a quarter of the way to 1.
    enough : float
        Width of a face, as a share of the picture's longer side, from which on a larger one is no better.
    sure : int
        How many windows beside each other must agree on a face: more than for the gaze map, as a single one decides here.
    searched_px : int
        Longer side of the picture in which faces are looked for.
    eyes_px : int
        Width at which the upper part of a face is searched for eyes.
    plain_levels : int
        Grey levels around the commonest colour that count as the same.
    plain : float
        Share of the picture in one colour from which on it begins to be a card.
    card : float
        What is left of the appeal of a picture all in one colour.
    """

    faceless: float = 0.1
    blind: float = 0.25
    enough: float = 0.12
    sure: int = 8
    searched_px: int = 320
    eyes_px: int = 160
    plain_levels: int = 20
    plain: float = 0.5
    card: float = 0.05


TUNING = AppealTuning()
SURE_FACES = FaceTuning(neighbours=TUNING.sure)


def appeal(picture: ndarray) -> float:
    """Rate a picture as a cover.

    Parameters
    ----------
    picture : (height, width, 3) uint8, BGR
        With 640 pixels along its longer side or more, so that eyes can be seen.

    Returns
    -------
    float, above 0 to 1
        1 for a large face with two open eyes, a tenth or less without a face.

    Raises
    ------
    MissingLibraryError
        If OpenCV came without its cascades for faces and eyes.
    """
    large, small = shrink(picture, SIDE_PX), shrink(picture, TUNING.searched_px)
    grey = cv2.cvtColor(large, cv2.COLOR_BGR2GRAY)
    faces = find_faces(cv2.cvtColor(small, cv2.COLOR_BGR2GRAY), SURE_FACES)
    worth = [_worth(face, grey, small.shape[1] / grey.shape[1]) for face in faces]
    best: float = TUNING.faceless + (1.0 - TUNING.faceless) * max(worth, default=0.0)
    # A face on a plain ground is no card.
    return best if worth else best * _variety(small)


def _worth(face: Face, grey: ndarray, scale: float) -> float:
    """Rate a face, 0 to 1: its size, and how many of its eyes are found, which closed ones are not."""
    x, y, width = (value / scale for value in (face.x, face.y, face.width))
    left, top = max(0, round(x - width / 2)), max(0, round(y - width / 2))
    upper = grey[top : round(y + 0.1 * width), left : round(x + width / 2)]
    if min(upper.shape) < 2:
        return 0.0
    wide = TUNING.eyes_px
    upper = cv2.resize(upper, (wide, max(2, round(wide * upper.shape[0] / upper.shape[1]))), interpolation=cv2.INTER_LINEAR)
    middles = [left + side / 2 for left, _, side, _ in find_boxes(upper, EYES)]
    eyes = any(middle < wide / 2 for middle in middles) + any(middle >= wide / 2 for middle in middles)
    size: float = min(1.0, width / max(grey.shape) / TUNING.enough)
    return size * (TUNING.blind + (1.0 - TUNING.blind) * (eyes / 2) ** 2)


def _variety(picture: ndarray) -> float:
    """Return 1 where a picture has many colours, less where most of it has one, as a title card has."""
    # Sixteen levels of each colour.
    coarse = (picture >> 4).astype(np.int64)
    codes = coarse[..., 0] << 8 | coarse[..., 1] << 4 | coarse[..., 2]
    code = int(np.bincount(codes.ravel()).argmax())
    commonest = 16 * np.array([code >> 8, code >> 4 & 15, code & 15]) + 8
    plain = float((np.abs(picture.astype(np.int64) - commonest).max(axis=2) <= TUNING.plain_levels).mean())
    return 1.0 - (1.0 - TUNING.card) * max(0.0, plain - TUNING.plain) / (1.0 - TUNING.plain)
