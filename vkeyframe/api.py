"""The Python interface: `from vkeyframe import extract, Settings`."""

from __future__ import annotations

from collections.abc import Callable
from os import PathLike
from pathlib import Path

from vkeyframe.models import Report
from vkeyframe.report.folder import OutputFolder
from vkeyframe.settings import Settings


def extract(
    path: str | PathLike[str],
    settings: Settings | None = None,
    *,
    output: str | PathLike[str] | None = None,
    overwrite: bool = False,
    sheet: bool = False,
    pictures: bool = True,
    label: str | None = None,
    progress: Callable[[float, float], None] | None = None,
) -> Report:
    """Find the keyframes of a video and, given an output folder, write them.

    Parameters
    ----------
    path : path
        A local video file.
    settings : Settings, optional
        What to extract; the defaults are those of the command line.
    output : path, optional
        Folder for the pictures and ``report.json``. It appears whole when all is done, or not at all.
        Without it nothing is written.
    overwrite : bool
        Whether to replace such a folder from an earlier run, which else is an error.
    sheet : bool
        Whether to add ``sheet.jpg``, a contact sheet with times.
    pictures : bool
        Whether to write the keyframes' pictures.
    label : str, optional
        What to call the video in the report instead of its path, for one that came through a pipe.
    progress : callable, optional
        Called with the seconds of video done and the seconds in all (0: unknown).

    Raises
    ------
    InputError
        If the video is missing, is no video, or gives no picture.
    DamagedVideoError
        If the settings are strict and the video is damaged or cut off.
    OutputError
        If the output cannot be written, or is in the way.
    UsageError
        If no frame lies in the chosen range.
    """
    # Numba and OpenCV take half a second to import, which `vkeyframe --help` must not pay.
    from vkeyframe.pipeline import run
    from vkeyframe.report.sheet import write_sheet

    settings = settings or Settings()
    if output is None:
        return run(Path(path), settings, None, label, progress)
    with OutputFolder(Path(output), overwrite) as folder:
        report = run(Path(path), settings, folder.path if pictures else None, label, progress)
        if sheet and pictures:
            write_sheet(folder.path, report.keyframes)
        folder.commit(report)
    return report
