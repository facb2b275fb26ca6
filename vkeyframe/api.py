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
    exports: tuple[str, ...] = (),
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
    exports : tuple of str
        Further forms of the result to write, such as ``("sheet",)`` for a contact sheet.
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
        return _analyse(isolation, Path(path), settings, None, label, progress)
    with OutputFolder(Path(output), overwrite) as folder:
        report = _analyse(isolation, Path(path), settings, folder.path if pictures else None, label, progress)
        _export(isolation, report, folder.path, exports, label or str(path))
        if fingerprint is not None:
            report = replace(report, run=replace(report.run, fingerprint=fingerprint))
        return folder.commit(report)


def _analyse(
    isolation: Isolation | None,
    path: Path,
    settings: Settings,
    pictures: Path | None,
    label: str | None,
    progress: Callable[[float, float], None] | None,
) -> Report:
    if isolation is None:
        return _run(path, settings, pictures, label, progress)
    report = isolation.call(label or str(path), _run, path, settings, pictures, label, progress=progress)
    return replace(report, run=replace(report.run, decoder_messages=isolation.messages))


def _run(
    path: Path,
    settings: Settings,
    pictures: Path | None,
    label: str | None,
    progress: Callable[[float, float], None] | None = None,
) -> Report:
    # Numba and OpenCV take half a second to import, which a process that leaves the work to a child need not pay.
    from vkeyframe.pipeline import run

    for left in pictures.iterdir() if pictures is not None else ():
        # By a child that crashed.
        left.unlink()
    return run(path, settings, pictures, label, progress)


def _export(isolation: Isolation | None, report: Report, folder: Path, exports: tuple[str, ...], subject: str) -> None:
    """Write further forms, in the child process where there is one, which has loaded OpenCV already."""
    from vkeyframe.export.run import write_forms

    if isolation is None:
        write_forms(report, folder, exports)
    elif exports:
        isolation.call(subject, write_forms, report, folder, exports)
