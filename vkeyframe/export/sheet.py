"""The contact sheet: all keyframes on one picture, with their times, shots and ranks."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, sqrt
from pathlib import Path

import numpy as np
from numpy import ndarray

from vkeyframe.analysis.descriptor import Part, without_bars
from vkeyframe.errors import InputError, OutputError
from vkeyframe.export.options import FormOptions
from vkeyframe.opencv import cv2
from vkeyframe.output.spool import write_picture
from vkeyframe.report.records import Keyframe, Report

SHEET_NAME = "sheet.jpg"
WHOLE: Part = (0.0, 0.0, 1.0, 1.0)


@dataclass(frozen=True, slots=True)
class SheetLayout:
    """Sizes, colours and quality of a contact sheet; all were chosen by eye.

    Attributes
    ----------
    widest_px : int
        Width at which tiles begin to shrink; viewers of the web and of desktops show 6000 pixels without trouble.
    highest_px : int
        No JPEG holds more lines.
    narrowest_tile_px : int
        Least width of a tile, in which a picture can still be told from another.
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
    highest_px: int = 65500
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

    Columns, width, captions and whether black bars are left out say the report's settings.

    Raises
    ------
    InputError
        If a picture cannot be read.
    OutputError
        If the sheet cannot be written, or would be too high.
    """
    sheet = draw_sheet(report.keyframes, folder, layout, FormOptions.of(report.settings))
    write_picture(folder / SHEET_NAME, sheet, (sheet.shape[1], sheet.shape[0]), [cv2.IMWRITE_JPEG_QUALITY, layout.quality])
    return [SHEET_NAME]


def draw_sheet(
    keyframes: tuple[Keyframe, ...], folder: Path, layout: SheetLayout, options: FormOptions = FormOptions()
) -> ndarray:
    """Return the sheet of at least one keyframe as a (height, width, 3) uint8 BGR picture."""
    usual = max(min(len(keyframes), layout.fewest_columns), ceil(sqrt(len(keyframes) * layout.columns_per_row)))
    columns = options.sheet_columns or usual
    width = max(layout.narrowest_tile_px, min(options.sheet_width, layout.widest_px // columns))
    part = _common_part(keyframes, folder) if options.sheet_trim else WHOLE
    height = max(1, round(width * (keyframes[0].height * part[3]) / (keyframes[0].width * part[2])))
    rows = ceil(len(keyframes) / columns)
    caption_px = layout.caption_px if options.captions() else 0
    step_x, step_y = width + layout.gap_px, height + caption_px + layout.gap_px
    size = rows * step_y + layout.gap_px, columns * step_x + layout.gap_px
    if max(size) > layout.highest_px:
        raise OutputError(f"{SHEET_NAME}: would be {size[0]} pixels high; use a smaller sheet_width=… or more sheet_columns=….")
    sheet = np.full((*size, 3), layout.paper, np.uint8)
    for number, keyframe in enumerate(keyframes):
        x, y = layout.gap_px + number % columns * step_x, layout.gap_px + number // columns * step_y
        picture = read_picture(folder / str(keyframe.file))
        shown = _cut_out(picture, part)
        sheet[y : y + height, x : x + width] = cv2.resize(shown, (width, height), interpolation=cv2.INTER_AREA)
        _write_caption(sheet, _caption(keyframe, options.captions()), (x, y + height), width, layout)
    return sheet


def _caption(keyframe: Keyframe, parts: tuple[str, ...]) -> str:
    texts = {"time": keyframe.timecode, "shot": f"shot {keyframe.shot}", "rank": f"#{keyframe.rank}"}
    return "  ".join(texts[part] for part in parts)


def _write_caption(sheet: ndarray, text: str, place: tuple[int, int], width: int, layout: SheetLayout) -> None:
    """Write a text below a tile, smaller where it would be wider than the tile or higher than the line."""
    if not text:
        return
    scale = width * layout.font_scale_per_px
    (wide, high), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, scale, 1)
    # Letters are smoothed, so that they reach a pixel further.
    scale *= min(1.0, (width - 2) / max(1, wide), (layout.caption_px - layout.baseline_px - 3) / max(1, high))
    corner = (place[0], place[1] + layout.caption_px - layout.baseline_px)
    cv2.putText(sheet, text, corner, cv2.FONT_HERSHEY_SIMPLEX, scale, layout.ink, 1, cv2.LINE_AA)


def _common_part(keyframes: tuple[Keyframe, ...], folder: Path) -> Part:
    """Find what is left of the pictures without the black bars that all of them have."""
    size = keyframes[0].width, keyframes[0].height
    brightest = np.zeros(size[::-1], np.uint8)
    for keyframe in keyframes:
        grey = cv2.cvtColor(read_picture(folder / str(keyframe.file)), cv2.COLOR_BGR2GRAY)
        brightest = np.maximum(brightest, cv2.resize(grey, size, interpolation=cv2.INTER_AREA))
    return without_bars(brightest)


def _cut_out(picture: ndarray, part: Part) -> ndarray:
    height, width = picture.shape[:2]
    left, top = round(part[0] * width), round(part[1] * height)
    return picture[top : top + max(1, round(part[3] * height)), left : left + max(1, round(part[2] * width))]


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
