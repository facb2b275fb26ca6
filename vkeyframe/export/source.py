"""The video that a report is of, for the forms that look into it once more."""

from __future__ import annotations

from pathlib import Path

from vkeyframe.errors import InputError
from vkeyframe.report.records import Report
from vkeyframe.video.file import VideoFile, is_url


def video_of(report: Report, path: Path | None = None) -> VideoFile:
    """Return the video of a report.

    Parameters
    ----------
    report : Report
    path : Path, optional
        Where it is; without it, where the report says, from the folder that the user works in.

    Raises
    ------
    InputError
        If it is not there, or is not the file that the report was made of.
    """
    if path is None and (is_url(report.video.path) or report.video.path == "stdin"):
        raise InputError(f"{report.video.path}: is no file here; give a copy of the video with video=….")
    file = VideoFile.of(report.video.path if path is None else path)
    if path is None and not file.path.exists():
        raise InputError(f"{file}: no such file; say where the video is with video=….")
    file.check_readable()
    if file.path.stat().st_size != report.video.size_bytes:
        raise InputError(
            f"{file}: is not the file that the report was made of; run extract anew, or give the video with video=…."
        )
    return file
