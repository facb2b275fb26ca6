"""The Python interface: `from vkeyframe import extract, Settings`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from vkeyframe.output.folder import OutputFolder
from vkeyframe.report.records import Report
from vkeyframe.settings import Settings

if TYPE_CHECKING:
    from vkeyframe.process.isolation import Isolation


def extract(
    path: str | PathLike[str],
    settings: Settings | None = None,
    *,
    output: str | PathLike[str] | None = None,
    overwrite: bool = False,
    sheet: bool = False,
    pictures: bool = True,
    label: str | None = None,
    fingerprint: str | None = None,
    isolation: Isolation | None = None,
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
    fingerprint : str, optional
        Is kept in the report's `run`; by it a batch tells whether the same was done before.
    isolation : Isolation, optional
        A child process to work in, so that after a crash of OpenCV the video is decoded with PyAV, and a crash of both is a
        DecoderError; without it the work is done here.
    progress : callable, optional
        Called with the seconds of video done and the seconds in all (0: unknown).

    Raises
    ------
    InputError, DecoderError
        If the video is missing, is no video, or gives no picture.
    DamagedVideoError
        If the settings are strict and the video is damaged or cut off.
    OutputError
        If the output cannot be written, or is in the way.
    UsageError
        If no frame lies in the chosen range.
    """
    settings = settings or Settings()
    if output is None:
        return _analyse(isolation, Path(path), settings, None, False, label, progress)
    with OutputFolder(Path(output), overwrite) as folder:
        report = _analyse(isolation, Path(path), settings, folder.path if pictures else None, sheet, label, progress)
        if fingerprint is not None:
            report = replace(report, run=report.run | {"fingerprint": fingerprint})
        folder.commit(report)
    return report


def _analyse(
    isolation: Isolation | None,
    path: Path,
    settings: Settings,
    pictures: Path | None,
    sheet: bool,
    label: str | None,
    progress: Callable[[float, float], None] | None,
) -> Report:
    if isolation is None:
        return _run(path, settings, pictures, sheet, label, progress)
    arguments = path, settings, pictures, sheet, label
    report = isolation.call(label or str(path), _run, *arguments, on_crash=_run_after_crash, progress=progress)
    return replace(report, run=report.run | {"decoder_messages": isolation.messages})


def _run(
    path: Path,
    settings: Settings,
    pictures: Path | None,
    sheet: bool,
    label: str | None,
    progress: Callable[[float, float], None] | None = None,
    opencv_crashed: bool = False,
) -> Report:
    # Numba and OpenCV take half a second to import, which a process that leaves the work to a child need not pay.
    from vkeyframe.export.sheet import write_sheet
    from vkeyframe.pipeline import run

    for left in pictures.iterdir() if pictures is not None else ():
        # A crashed first attempt may have left files.
        left.unlink()
    report = run(path, settings, pictures, label, progress, opencv_crashed)
    if sheet and pictures is not None:
        write_sheet(pictures, report.keyframes)
    return report


def _run_after_crash(
    path: Path,
    settings: Settings,
    pictures: Path | None,
    sheet: bool,
    label: str | None,
    progress: Callable[[float, float], None] | None = None,
) -> Report:
    return _run(path, settings, pictures, sheet, label, progress, opencv_crashed=True)
