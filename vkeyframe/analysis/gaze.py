"""Where people look in a picture: heads for detail, closed shapes, text, skin, faces and motion, joined into one map.

It takes some 30 ms, so it is for keyframes; which moments stand for the others is in `attention`.

References
----------
.. [1] Cerf, Harel, Einhäuser, Koch, "Predicting human gaze using low-level saliency combined with face detection", NIPS 2007.
.. [2] Judd, Ehinger, Durand, Torralba, "Learning to predict where humans look", ICCV 2009, doi:10.1109/ICCV.2009.5459462.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy import ndarray

from vkeyframe.analysis.faces import Face, find_faces
from vkeyframe.analysis.heads import corners, shapes, shrink, skin, text_lines
from vkeyframe.opencv import cv2
from vkeyframe.report.records import HEADS

# The heads that cover the picture; faces and motion come to them.
COVERING: dict[str, Callable[[ndarray], ndarray]] = {"texture": corners, "shape": shapes, "text": text_lines, "skin": skin}
SIDE_PX = 320


@dataclass(frozen=True, slots=True)
class GazeTuning:
    """How the heads are joined; set on OSIE (175 pictures, 15 people), of which either half gives nearly the same numbers.

    Attributes
    ----------
    longest_side : int
        Cells along the longer side of the map.
    blur_cells : float
        Deviation of the blur of each head.
    floor_percent : float
        This percentile of a head counts as nothing.
    weights : dict of str to float
        Of the heads that cover the picture, each with a mean of 1; sums to 1.
    motion : float
        Of motion that the camera does not explain, set on DAVIS (ten moving objects): from 0.5 to 2 it finds them as well.
    least_motion : float
        Motion whose mean over the picture is below this does not count in full.
    face : float
        Of a face at its centre, where the mean of the other heads is 1.
    face_deviation : float
        Of the spot that a face is, in widths of the face.
    power : float
        To which the sum of the heads is raised: what stands out in several ways is looked at first.
    centre_width, centre_height : float
        Deviations of the bell in the middle of the picture, as shares of its width and height.
    beside_centre : float
        What is added to the bell, so that nothing is out of sight.
    """

    longest_side: int = 64
    blur_cells: float = 1.6
    floor_percent: float = 5.0
    weights: Mapping[str, float] = field(default_factory=lambda: {"texture": 0.33, "shape": 0.48, "text": 0.07, "skin": 0.12})
    motion: float = 1.0
    least_motion: float = 0.02
    face: float = 4.8
    face_deviation: float = 0.22
    power: float = 1.75
    centre_width: float = 0.35
    centre_height: float = 0.265
    beside_centre: float = 0.02


TUNING = GazeTuning()


@dataclass(frozen=True, slots=True)
class GazeMap:
    """Where people look in a picture.

    Attributes
    ----------
    map : (rows, columns) float32
        Share of the gaze that each cell of an even grid gets, ≥ 0; sums to 1. Cells are about square, and the longer side has
        64 of them.
    heads : dict of str to float
        How much each head gave to the map, 0 to 1; they sum to 1, and are equal where nothing is to be seen.
    parts : dict of str to (rows, columns) float32
        What each head gave to each cell of the map; empty where nothing is to be seen.
    """

    map: ndarray
    heads: dict[str, float]
    parts: dict[str, ndarray] = field(default_factory=dict)

    def encoded(self) -> str:
        """Return the map as a grey PNG, white where it is highest, in Base64."""
        grey = np.asarray(np.rint(255.0 * self.map / max(float(self.map.max()), 1e-12)), np.uint8)
        return base64.b64encode(bytes(cv2.imencode(".png", grey)[1])).decode("ascii")

    def prominence(self, box: tuple[float, float, float, float]) -> float:
        """Tell how much a part of the picture stands out: its share of the gaze divided by its share of the area.

        Parameters
        ----------
        box : (float, float, float, float)
            Left and top edge, width and height, as shares of the picture's width and height.

        Returns
        -------
        float, ≥ 0
            1 for the whole picture and for any part of an even map; 0 for a box outside the picture.
        """
        x, y, width, height = box
        rows, columns = self.map.shape
        covered = np.outer(_coverage(y, height, rows), _coverage(x, width, columns))
        area = float(covered.mean())
        return float((self.map * covered).sum()) / area if area > 0.0 else 0.0


def gaze_map(
    picture: ndarray, motion: ndarray | None = None, lasting: ndarray | None = None, heads: Collection[str] = HEADS
) -> GazeMap:
    """Find where people look in a picture.

    Parameters
    ----------
    picture : (height, width, 3) uint8, BGR
        Of any size; it is looked at with 320 pixels along its longer side.
    motion : (h, w) float32, 0 to 1, optional
        Where something moves in another way than the camera, on a grid of any size, as `own_motion` tells it.
    lasting : (h, w) float32, 0 to 1, optional
        What lies over all of the video and is seen no more, on a grid of any size, as `OverlayFinder` tells it.
    heads : collection of str
        The heads to look with, of `HEADS`.

    Returns
    -------
    GazeMap
        Even where the picture has no contrast.

    Raises
    ------
    MissingLibraryError
        If OpenCV came without its cascade for faces.
    """
    small = shrink(picture, SIDE_PX)
    rows, columns = grid_of(*picture.shape[:2])
    covering = {name: measure for name, measure in COVERING.items() if name in heads}
    parts = {name: TUNING.weights[name] * _normalised(measure(small), rows, columns) for name, measure in covering.items()}
    if "face" in heads:
        faces = find_faces(cv2.cvtColor(small, cv2.COLOR_BGR2GRAY))
        parts["face"] = _face_spots(faces, small.shape[1], small.shape[0], (rows, columns))
    if motion is not None and "motion" in heads:
        parts["motion"] = TUNING.motion * _normalised(motion, rows, columns, TUNING.least_motion)
    if lasting is not None:
        # Means of ones come out a little above 1.
        fresh = 1.0 - np.minimum(cv2.resize(lasting, (columns, rows), interpolation=cv2.INTER_AREA), 1.0)
        parts = {name: part * fresh for name, part in parts.items()}
    return _join(parts, (rows, columns))


def grid_of(height: int, width: int) -> tuple[int, int]:
    """Return rows and columns of the map of a picture."""
    scale = TUNING.longest_side / max(height, width)
    return max(1, round(height * scale)), max(1, round(width * scale))


def _join(parts: Mapping[str, ndarray], grid: tuple[int, int]) -> GazeMap:
    """Add up the heads, and raise what several of them see and what is near the centre."""
    seen = sum(parts.values(), np.zeros(grid))
    rows, columns = grid
    pull = seen ** (TUNING.power - 1.0) * _centre(rows, columns)
    total = float((pull * seen).sum())
    if total <= 0.0:
        return GazeMap(np.full((rows, columns), 1.0 / (rows * columns), np.float32), dict.fromkeys(HEADS, 1.0 / len(HEADS)))
    given = {name: pull * part / total for name, part in parts.items()}
    shares = {name: float(given[name].sum()) if name in given else 0.0 for name in HEADS}
    found = {name: np.asarray(part, np.float32) for name, part in given.items()}
    return GazeMap(np.asarray(pull * seen / total, np.float32), shares, found)


def _normalised(head: ndarray, rows: int, columns: int, least: float = 1e-6) -> ndarray:
    """Bring a head to the grid, without what nearly all of the picture has, and to a mean of 1, or less where `least` is more."""
    cells = cv2.resize(np.asarray(head, np.float32), (columns, rows), interpolation=cv2.INTER_AREA)
    cells = cv2.GaussianBlur(cells, (0, 0), TUNING.blur_cells)
    cells = np.maximum(cells - np.percentile(cells, TUNING.floor_percent), 0.0)
    return np.asarray(cells / max(float(cells.mean()), least), np.float64)


def _face_spots(faces: tuple[Face, ...], width: int, height: int, grid: tuple[int, int]) -> ndarray:
    """Draw a spot for each face of a picture of a size; where they overlap, the brighter one counts."""
    rows, columns = grid
    x, y = (np.arange(columns) + 0.5) * width / columns, (np.arange(rows) + 0.5) * height / rows
    spots = np.zeros(grid)
    for face in faces:
        deviation = TUNING.face_deviation * face.width
        across, down = np.exp(-(((x - face.x) / deviation) ** 2) / 2), np.exp(-(((y - face.y) / deviation) ** 2) / 2)
        spots = np.maximum(spots, TUNING.face * np.outer(down, across))
    return spots


def _centre(rows: int, columns: int) -> ndarray:
    """Return the pull of the centre, (rows, columns)."""
    x, y = (np.arange(columns) + 0.5) / columns - 0.5, (np.arange(rows) + 0.5) / rows - 0.5
    across, down = np.exp(-((x / TUNING.centre_width) ** 2) / 2), np.exp(-((y / TUNING.centre_height) ** 2) / 2)
    return np.asarray(np.outer(down, across) + TUNING.beside_centre)


def _coverage(start: float, length: float, count: int) -> ndarray:
    """Return how much of each of some equal cells from 0 to 1 a stretch covers, 0 to 1 each."""
    edges = np.arange(count + 1) / count
    covered = np.minimum(edges[1:], start + length) - np.maximum(edges[:-1], start)
    return np.asarray(np.clip(covered * count, 0.0, 1.0))
