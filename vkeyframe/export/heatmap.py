"""The keyframes with their attention drawn over them."""

from __future__ import annotations

import base64
from pathlib import Path

import numpy as np
from numpy import ndarray

from vkeyframe.analysis.gaze import gaze_map
from vkeyframe.export.sheet import read_picture
from vkeyframe.opencv import cv2
from vkeyframe.output.spool import write_picture
from vkeyframe.report.records import Keyframe, Report

QUALITY = 90
# How much of the colour covers the picture where attention is highest; chosen by eye, so that the picture can still be seen.
MOST_COLOUR = 0.65


def write_heatmaps(report: Report, folder: Path) -> list[str]:
    """Draw the attention over each keyframe's picture in a folder, as NAME_heatmap.jpg.

    The attention is that of the report. Where the report has none, it is found in the picture alone, so that motion is unknown.

    Raises
    ------
    InputError
        If a picture cannot be read.
    OutputError
        If one cannot be written.
    """
    names = []
    for keyframe in report.keyframes:
        picture = read_picture(folder / str(keyframe.file))
        name = f"{Path(str(keyframe.file)).stem}_heatmap.jpg"
        drawn = draw_heatmap(picture, _attention_of(keyframe, picture))
        write_picture(folder / name, drawn, (drawn.shape[1], drawn.shape[0]), [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
        names.append(name)
    return names


def draw_heatmap(picture: ndarray, attention: ndarray) -> ndarray:
    """Lay colours over a picture, red where attention is highest and none where there is none.

    Parameters
    ----------
    picture : (height, width, 3) uint8, BGR
    attention : (rows, columns) float, ≥ 0

    Returns
    -------
    (height, width, 3) uint8, BGR
    """
    height, width = picture.shape[:2]
    share = attention.astype(np.float32) / max(float(attention.max()), 1e-12)
    share = np.clip(cv2.resize(share, (width, height), interpolation=cv2.INTER_CUBIC), 0.0, 1.0)
    colours = cv2.applyColorMap(np.asarray(np.rint(255.0 * share), np.uint8), cv2.COLORMAP_TURBO)
    cover = (MOST_COLOUR * np.sqrt(share))[..., None]
    return np.asarray(np.rint(picture * (1.0 - cover) + colours * cover), np.uint8)


def _attention_of(keyframe: Keyframe, picture: ndarray) -> ndarray:
    if keyframe.attention_map is None:
        return gaze_map(picture).map
    decoded = cv2.imdecode(np.frombuffer(base64.b64decode(keyframe.attention_map), np.uint8), cv2.IMREAD_GRAYSCALE)
    return np.asarray(decoded, np.float32)
