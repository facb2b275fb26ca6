"""Reports that know where they lie, and where the pictures of their keyframes are."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from vkeyframe.errors import InputError
from vkeyframe.report.records import Report

if TYPE_CHECKING:
    from numpy import ndarray


def located(report: Report, folder: Path | None) -> Report:
    """Return a report that knows its folder, and of which each keyframe finds its picture.

    Parameters
    ----------
    report : Report
    folder : Path or None
        Where its files lie; None where none were written, so that pictures are decoded from the video.
    """
    keyframes = []
    for keyframe in report.keyframes:
        size = keyframe.width, keyframe.height
        if folder is not None and keyframe.file is not None:
            keyframes.append(keyframe.opened_by(partial(_read_file, folder / keyframe.file)))
        else:
            keyframes.append(keyframe.opened_by(partial(_read_video, report.video.path, keyframe.time, size)))
    return replace(report, keyframes=tuple(keyframes)).lying_in(folder)


def _read_file(path: Path) -> ndarray:
    import numpy as np

    from vkeyframe.opencv import cv2

    try:
        data = np.fromfile(path, np.uint8)
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror or error}).") from None
    picture = cv2.imdecode(data, cv2.IMREAD_COLOR) if data.size else None
    if picture is None:
        raise InputError(f"{path}: is no picture that can be read.")
    return np.asarray(picture)


def _read_video(path: str, time: float, size: tuple[int, int]) -> ndarray:
    import numpy as np

    from vkeyframe.opencv import cv2
    from vkeyframe.video.file import VideoFile
    from vkeyframe.video.one_frame import frame_at

    picture = frame_at(VideoFile.of(path), time)
    if picture.shape[1::-1] == size:
        return picture
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA))
