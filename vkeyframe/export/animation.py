"""The keyframes one after another as a moving picture: WebP, GIF or PNG."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from vkeyframe.errors import OutputError
from vkeyframe.export.options import FormOptions
from vkeyframe.export.sheet import read_picture
from vkeyframe.opencv import cv2
from vkeyframe.output.folder import file_errors
from vkeyframe.report.records import Report

# The encoder wants all of them at once: at the usual width they take 80 MB.
MOST_FRAMES = 200
QUALITY = 80


def write_animation(report: Report, folder: Path) -> list[str]:
    """Write ``animation.webp``, or ``.gif`` or ``.png``, of the keyframes in order of time; of very many, the best-ranked.

    Raises
    ------
    InputError
        If a picture cannot be read.
    OutputError
        If the animation cannot be written.
    """
    options = FormOptions.of(report.settings)
    best = {keyframe.rank for keyframe in sorted(report.keyframes, key=lambda keyframe: keyframe.rank)[:MOST_FRAMES]}
    shown = [keyframe for keyframe in report.keyframes if keyframe.rank in best]
    width = min(options.animation_width, shown[0].width)
    size = width, max(1, round(shown[0].height * width / shown[0].width))
    frames = [cv2.resize(read_picture(folder / str(keyframe.file)), size, interpolation=cv2.INTER_AREA) for keyframe in shown]
    animation = cv2.Animation(options.animation_loops)
    animation.frames = frames
    animation.durations = [max(1, round(1000 * options.animation_seconds))] * len(frames)
    name = f"animation.{options.animation_format}"
    parameters = {
        "webp": [cv2.IMWRITE_WEBP_QUALITY, QUALITY],
        "gif": [],
        "png": [],
    }[options.animation_format]
    try:
        ok, encoded = cv2.imencodeanimation(f".{options.animation_format}", animation, parameters)
    except cv2.error as error:
        raise OutputError(f"{name}: cannot be encoded ({error.err}); try another animation_format=….") from None
    if not ok:
        raise OutputError(f"{name}: cannot be encoded; try another animation_format=….")
    with file_errors(folder):
        (folder / name).write_bytes(np.asarray(encoded).tobytes())
    return [name]
