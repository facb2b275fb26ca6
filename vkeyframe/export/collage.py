"""The collage: all keyframes as one picture without captions, in rows that are filled from edge to edge."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from math import sqrt
from pathlib import Path

import numpy as np
from numpy import ndarray

from vkeyframe.errors import OutputError
from vkeyframe.export.options import FormOptions
from vkeyframe.export.sheet import read_picture
from vkeyframe.opencv import cv2
from vkeyframe.output.spool import write_picture
from vkeyframe.report.records import Report

COLLAGE_NAME = "collage.jpg"
# More lines than this no JPEG holds.
HIGHEST_PX = 65500


@dataclass(frozen=True, slots=True)
class CollageLayout:
    """Form, colour and quality of a collage; all were chosen by eye.

    Attributes
    ----------
    aspect : float
        Width divided by height that is aimed at; rows are whole, so it is met roughly.
    gap_px : int
        Space between pictures; there is none around them all.
    paper : int
        Grey level of that space, 0 to 255.
    quality : int
        JPEG quality, 1 to 100.
    """

    aspect: float = 1.5
    gap_px: int = 4
    paper: int = 24
    quality: int = 90


def write_collage(report: Report, folder: Path, layout: CollageLayout = CollageLayout()) -> list[str]:
    """Lay the keyframes' pictures in a folder side by side on ``collage.jpg`` in it, in order of time.

    Raises
    ------
    InputError
        If a picture cannot be read.
    OutputError
        If the collage cannot be written, or would be too high.
    """
    width = FormOptions.of(report.settings).collage_width
    sizes = [(keyframe.width, keyframe.height) for keyframe in report.keyframes]
    boxes, height = place_pictures(sizes, width, layout)
    if height > HIGHEST_PX:
        raise OutputError(f"{COLLAGE_NAME}: would be {height} pixels high; use a smaller collage_width=….")
    collage = np.full((height, width, 3), layout.paper, np.uint8)
    for keyframe, (left, top, wide, high) in zip(report.keyframes, boxes, strict=True):
        picture = read_picture(folder / str(keyframe.file))
        smaller = wide < picture.shape[1]
        tile = cv2.resize(picture, (wide, high), interpolation=cv2.INTER_AREA if smaller else cv2.INTER_CUBIC)
        collage[top : top + high, left : left + wide] = tile
    write_picture(folder / COLLAGE_NAME, collage, (width, height), [cv2.IMWRITE_JPEG_QUALITY, layout.quality])
    return [COLLAGE_NAME]


def place_pictures(
    sizes: list[tuple[int, int]], width: int, layout: CollageLayout
) -> tuple[list[tuple[int, int, int, int]], int]:
    """Place pictures in rows of one height each that fill the width.

    Parameters
    ----------
    sizes : list of (int, int)
        Width and height in pixels of each picture, at least one.
    width : int
        Of the collage, in pixels.
    layout : CollageLayout

    Returns
    -------
    boxes : list of (int, int, int, int)
        Left and top edge, width and height of each picture. Forms are kept to the pixel that rounding takes.
    height : int
        Of the collage.
    """
    aspects = np.array([wide / high for wide, high in sizes])
    rows = max(1, min(len(sizes), round(sqrt(float(aspects.sum()) / layout.aspect))))
    boxes: list[tuple[int, int, int, int]] = []
    top, start = 0, 0
    for stop in _row_ends(aspects, rows):
        row = aspects[start:stop]
        # A narrow collage of many pictures leaves less room than gaps take.
        gap = min(layout.gap_px, max(0, (width - len(row)) // len(row)))
        room = width - gap * (len(row) - 1)
        height = max(1, round(room / float(row.sum())))
        edges = np.rint(np.concatenate([[0.0], np.cumsum(row)]) * (room / float(row.sum()))).astype(int)
        for place, (left, right) in enumerate(pairwise(edges)):
            boxes.append((int(left) + place * gap, top, max(1, int(right - left)), height))
        top, start = top + height + layout.gap_px, stop
    return boxes, top - layout.gap_px


def _row_ends(aspects: ndarray, rows: int) -> list[int]:
    """Part pictures into rows, without changing their order, so that the rows' widths at one height differ least in squares."""
    until = np.concatenate([[0.0], np.cumsum(aspects)])
    share = float(until[-1]) / rows
    # cost[n]: of the best way to fill the rows so far with the first n pictures; each row has one at least.
    cost = np.full(len(until), np.inf)
    cost[0] = 0.0
    before = []
    for _ in range(rows):
        # Row n, column m: the pictures from m on, up to n, make up the new row.
        total = cost[None, :] + (until[:, None] - until[None, :] - share) ** 2
        total[np.arange(len(until))[None, :] >= np.arange(len(until))[:, None]] = np.inf
        before.append(np.argmin(total, axis=1))
        cost = np.min(total, axis=1)
    ends = [len(aspects)]
    for choice in reversed(before[1:]):
        ends.append(int(choice[ends[-1]]))
    return ends[::-1]
