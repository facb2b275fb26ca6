"""The key regions of the keyframes as pictures of their own."""

from __future__ import annotations

from pathlib import Path

from vkeyframe.export.sheet import read_picture
from vkeyframe.opencv import cv2
from vkeyframe.output.options import aspect_ratio
from vkeyframe.output.spool import write_picture
from vkeyframe.report.records import Report

# JPEG quality: the picture was compressed once already.
QUALITY = 95
Box = tuple[int, int, int, int]


def write_crops(report: Report, folder: Path) -> list[str]:
    """Cut the key regions out of the keyframes' pictures in a folder, NAME_crop1.jpg, NAME_crop2.jpg and so on, heaviest first.

    How much of the picture around a region is kept, and the form of the crop, say the report's settings `crop_margin` and
    `crop_aspect`.

    Raises
    ------
    InputError
        If a picture cannot be read.
    OutputError
        If a crop cannot be written.
    """
    # A report of an earlier version has neither.
    margin, aspect = float(report.settings.get("crop_margin", 0.0)), aspect_ratio(report.settings.get("crop_aspect"))
    names = []
    for keyframe in report.keyframes:
        picture = read_picture(folder / str(keyframe.file))
        height, width = picture.shape[:2]
        for number, region in enumerate(keyframe.regions, 1):
            x, y, wide, high = crop_box(region.box, (width, height), margin, aspect)
            name = f"{Path(str(keyframe.file)).stem}_crop{number}.jpg"
            crop = picture[y : y + high, x : x + wide]
            write_picture(folder / name, crop, (wide, high), [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
            names.append(name)
    return names


def crop_box(box: Box, size: tuple[int, int], margin: float, aspect: float | None) -> Box:
    """Widen a box by a margin, bring it to a form, and move it into the picture.

    Parameters
    ----------
    box : (int, int, int, int)
        Left and top edge, width and height in pixels.
    size : (int, int)
        Width and height of the picture.
    margin : float
        What is added on each side, as a share of the box's width or height.
    aspect : float or None
        Width divided by height. The box grows to it; where the picture is too small, the crop is as large as fits, in that form.

    Returns
    -------
    (int, int, int, int)
        Inside the picture, at least one pixel wide and high.
    """
    x, y, wide, high = box
    width, height = wide * (1.0 + 2.0 * margin), high * (1.0 + 2.0 * margin)
    if aspect is not None:
        width, height = max(width, height * aspect), max(height, width / aspect)
    shrink = 1.0 if aspect is None else min(1.0, size[0] / width, size[1] / height)
    final = [max(1, min(most, round(side * shrink))) for side, most in zip((width, height), size, strict=True)]
    corner = [round(start + side / 2 - new / 2) for start, side, new in zip((x, y), (wide, high), final, strict=True)]
    left, top = (max(0, min(most - new, place)) for place, new, most in zip(corner, final, size, strict=True))
    return left, top, final[0], final[1]
