"""The contact sheet: all keyframes on one picture, with their times."""

from __future__ import annotations

from math import ceil, sqrt
from pathlib import Path

import numpy as np
from numpy import ndarray

from vkeyframe.opencv import cv2
from vkeyframe.output.folder import SHEET_NAME
from vkeyframe.output.spool import write_picture
from vkeyframe.report.records import Keyframe

WIDEST_PX = 6000
TILE_PX = 320
GAP_PX = 8
CAPTION_PX = 24
PAPER, INK = 24, (230, 230, 230)


def write_sheet(folder: Path, keyframes: tuple[Keyframe, ...]) -> None:
    """Draw the keyframes' pictures in a folder onto ``sheet.jpg`` in it, in order of time."""
    columns = max(min(len(keyframes), 4), ceil(sqrt(len(keyframes) * 0.7)))
    width = max(16, min(TILE_PX, WIDEST_PX // columns))
    height = max(1, round(width * keyframes[0].height / keyframes[0].width))
    rows = ceil(len(keyframes) / columns)
    step_x, step_y = width + GAP_PX, height + CAPTION_PX + GAP_PX
    sheet = np.full((rows * step_y + GAP_PX, columns * step_x + GAP_PX, 3), PAPER, np.uint8)
    for keyframe in keyframes:
        top = GAP_PX + keyframe.index // columns * step_y
        left = GAP_PX + keyframe.index % columns * step_x
        picture = read_picture(folder / str(keyframe.file))
        sheet[top : top + height, left : left + width] = cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)
        place = (left, top + height + CAPTION_PX - 8)
        cv2.putText(sheet, keyframe.timecode, place, cv2.FONT_HERSHEY_SIMPLEX, width / 640, INK, 1, cv2.LINE_AA)
    write_picture(folder / SHEET_NAME, sheet, (sheet.shape[1], sheet.shape[0]), [cv2.IMWRITE_JPEG_QUALITY, 88])


def read_picture(path: Path) -> ndarray:
    """Read a picture file as BGR; OpenCV's own reader mishandles some file names."""
    picture: ndarray | None = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_COLOR)
    if picture is None:
        raise ValueError(f"{path}: no picture can be read from it.")
    return picture
