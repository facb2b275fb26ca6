"""The contact sheet: all keyframes on one picture, with their times."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, sqrt
from pathlib import Path

import numpy as np
from numpy import ndarray

from vkeyframe.errors import InputError
from vkeyframe.opencv import cv2
from vkeyframe.output.spool import write_picture
from vkeyframe.report.records import Keyframe, Report

SHEET_NAME = "sheet.jpg"


@dataclass(frozen=True, slots=True)
class SheetLayout:
    """Sizes, colours and quality of a contact sheet; all were chosen by eye.

    Attributes
    ----------
    widest_px : int
        Width at which tiles begin to shrink; viewers of the web and of desktops show 6000 pixels without trouble.
    tile_px, narrowest_tile_px : int
        Width of a tile: the usual one, and the least one, in which a picture can still be told from another.
    gap_px : int
        Space around each tile.
    caption_px, baseline_px : int
        Height of the line for the time below a tile, and how far above its lower edge the letters stand.
    fewest_columns : int
        How many tiles a row has before there is a second one.
    columns_per_row : float
        Columns divided by rows where there are many tiles; with tiles of 16:9 the sheet is a little wider than high.
    font_scale_per_px : float
        OpenCV's font scale for each pixel of a tile's width; a time then takes about a third of the width.
    paper : int
        Grey level of the background, 0 to 255.
    ink : (int, int, int)
        Blue, green and red of the letters, 0 to 255.
    quality : int
        JPEG quality, 1 to 100.
    """

    widest_px: int = 6000
    tile_px: int = 320
    narrowest_tile_px: int = 16
    gap_px: int = 8
    caption_px: int = 24
    baseline_px: int = 8
    fewest_columns: int = 4
    columns_per_row: float = 0.7
    font_scale_per_px: float = 1 / 640
    paper: int = 24
    ink: tuple[int, int, int] = (230, 230, 230)
    quality: int = 88


def write_sheet(report: Report, folder: Path, layout: SheetLayout = SheetLayout()) -> list[str]:
    """Draw the keyframes' pictures in a folder onto ``sheet.jpg`` in it, in order of time.

    Raises
    ------
    InputError
        If a picture cannot be read.
    OutputError
        If the sheet cannot be written.
    """
    sheet = draw_sheet(report.keyframes, folder, layout)
    write_picture(folder / SHEET_NAME, sheet, (sheet.shape[1], sheet.shape[0]), [cv2.IMWRITE_JPEG_QUALITY, layout.quality])
    return [SHEET_NAME]


def draw_sheet(keyframes: tuple[Keyframe, ...], folder: Path, layout: SheetLayout) -> ndarray:
    """Return the sheet of at least one keyframe as a (height, width, 3) uint8 BGR picture."""
    columns = max(min(len(keyframes), layout.fewest_columns), ceil(sqrt(len(keyframes) * layout.columns_per_row)))
    width = max(layout.narrowest_tile_px, min(layout.tile_px, layout.widest_px // columns))
    height = max(1, round(width * keyframes[0].height / keyframes[0].width))
    rows = ceil(len(keyframes) / columns)
    step_x, step_y = width + layout.gap_px, height + layout.caption_px + layout.gap_px
    sheet = np.full((rows * step_y + layout.gap_px, columns * step_x + layout.gap_px, 3), layout.paper, np.uint8)
    for number, keyframe in enumerate(keyframes):
        top = layout.gap_px + number // columns * step_y
        left = layout.gap_px + number % columns * step_x
        picture = read_picture(folder / str(keyframe.file))
        sheet[top : top + height, left : left + width] = cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)
        place = (left, top + height + layout.caption_px - layout.baseline_px)
        scale = width * layout.font_scale_per_px
        cv2.putText(sheet, keyframe.timecode, place, cv2.FONT_HERSHEY_SIMPLEX, scale, layout.ink, 1, cv2.LINE_AA)
    return sheet


def read_picture(path: Path) -> ndarray:
    """Read a picture file as BGR; OpenCV's own reader mishandles some file names.

    Raises
    ------
    InputError
        If it is missing or no picture.
    """
    try:
        data = np.fromfile(path, np.uint8)
        picture: ndarray | None = cv2.imdecode(data, cv2.IMREAD_COLOR)
    except (OSError, cv2.error):
        picture = None
    if picture is None:
        raise InputError(f"{path}: no picture can be read from it.")
    return picture
