"""What players show above their time line: sheets of previews as Jellyfin keeps them, and a list of previews in WebVTT.

Jellyfin [1]_ looks beside ``FILM.mkv`` for ``FILM.trickplay/320 - 10x10/0.jpg`` and so on. Preview number n stands for what
begins at n times the interval, and lies on the sheet row by row. It assumes the interval and the tiles of its own settings; the
defaults, 10 s, 320 pixels, 10×10, JPEG quality 90, are those of its `TrickplayOptions`.

The list names for each time a part of a sheet [2]_, as video.js, Plyr and JW Player read it.

References
----------
.. [1] https://github.com/jellyfin/jellyfin: `PathManager.GetTrickplayDirectory`, `TrickplayManager.CreateTiles`
.. [2] W3C, Media Fragments URI 1.0, section 4.2.2, Spatial Dimension. https://www.w3.org/TR/media-frags/
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePath

import numpy as np
from numpy import ndarray

from vkeyframe.errors import UsageError
from vkeyframe.export.options import FormOptions
from vkeyframe.opencv import cv2
from vkeyframe.output.folder import file_errors
from vkeyframe.output.naming import safe_name
from vkeyframe.output.spool import write_picture
from vkeyframe.output.whole_file import write_text
from vkeyframe.report.records import Report
from vkeyframe.timing import format_timecode
from vkeyframe.video.file import VideoFile
from vkeyframe.video.options import ReadOptions
from vkeyframe.video.previews import preview_pictures

QUALITY = 90
LIST_NAME, SHEET_STEM = "previews.vtt", "previews"
# A sheet that many programs still open.
MOST_SHEET_PX = 100_000_000


def write_trickplay(report: Report, folder: Path, video: VideoFile) -> list[str]:
    """Write NAME.trickplay/WIDTH - COLUMNSxROWS/0.jpg and so on into a folder.

    Raises
    ------
    InputError
        If the video cannot be decoded.
    OutputError
        If a sheet cannot be written.
    UsageError
        If a sheet would be too large.
    """
    options = FormOptions.of(report.settings)
    columns, rows = options.tiles()
    width, _ = preview_size(report, options)
    inner = f"{safe_name(PurePath(report.video.name).stem)}.trickplay/{width} - {columns}x{rows}"
    with file_errors(folder):
        (folder / inner).mkdir(parents=True)
    names = []
    for number, (sheet, _) in enumerate(_sheets(report, video, options)):
        names.append(f"{inner}/{number}.jpg")
        _write(folder / names[-1], sheet)
    return names


def write_preview_list(report: Report, folder: Path, video: VideoFile) -> list[str]:
    """Write ``previews.vtt`` and its sheets, ``previews_0.jpg`` and so on, into a folder; raises as `write_trickplay`."""
    options = FormOptions.of(report.settings)
    columns, _ = options.tiles()
    width, height = preview_size(report, options)
    names, cues, shown = [], ["WEBVTT"], 0
    for number, (sheet, count) in enumerate(_sheets(report, video, options)):
        names.append(f"{SHEET_STEM}_{number}.jpg")
        # The last one is no higher than its previews.
        _write(folder / names[-1], sheet[: height * -(-count // columns)])
        for place in range(count):
            times = (options.preview_interval * (shown + place + each) for each in (0, 1))
            start, end = (format_timecode(time) for time in times)
            part = f"{place % columns * width},{place // columns * height},{width},{height}"
            cues.append(f"{start} --> {end}\n{names[-1]}#xywh={part}")
        shown += count
    write_text(folder / LIST_NAME, "\n\n".join(cues) + "\n")
    return [LIST_NAME, *names]


def preview_size(report: Report, options: FormOptions) -> tuple[int, int]:
    """Return width and height of a preview in pixels: even numbers, and no larger than the video, as Jellyfin has it."""
    width = max(2, min(options.preview_width, report.video.width) // 2 * 2)
    return width, max(2, round(width * report.video.height / report.video.width / 2) * 2)


def _sheets(report: Report, video: VideoFile, options: FormOptions) -> Iterator[tuple[ndarray, int]]:
    """Yield full sheets, each with the number of previews on it; what is left on the last one is black."""
    columns, rows = options.tiles()
    width, height = preview_size(report, options)
    if columns * width * rows * height > MOST_SHEET_PX:
        raise UsageError(f"A sheet of {columns}×{rows} previews would be too large; use fewer preview_tiles=….")
    sheet, count = np.zeros((rows * height, columns * width, 3), np.uint8), 0
    for picture in preview_pictures(video, options.preview_interval, (width, height), ReadOptions().max_pixels):
        if count == columns * rows:
            yield sheet, count
            sheet, count = np.zeros_like(sheet), 0
        top, left = count // columns * height, count % columns * width
        sheet[top : top + height, left : left + width] = picture
        count += 1
    yield sheet, count


def _write(path: Path, sheet: ndarray) -> None:
    write_picture(path, sheet, (sheet.shape[1], sheet.shape[0]), [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
