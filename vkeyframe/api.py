"""The Python interface: `from vkeyframe import extract, track, Settings`."""

from __future__ import annotations

import shutil
from contextlib import nullcontext
from dataclasses import replace
from os import PathLike
from pathlib import Path
from threading import RLock
from typing import Any

from vkeyframe.export.registry import find_exporter
from vkeyframe.models.guard import crashes_of
from vkeyframe.output.destination import Destination
from vkeyframe.output.folder import OutputFolder
from vkeyframe.output.location import located
from vkeyframe.output.stale import remove_leftovers
from vkeyframe.output.track_folders import TRACKS
from vkeyframe.output.wholeness import sizes_in, with_pictures
from vkeyframe.process.bar import Progress, shown
from vkeyframe.process.isolation import Isolation
from vkeyframe.process.wire import to_record
from vkeyframe.report.records import Report
from vkeyframe.report.tracks import Tracks, tracks_to_json
from vkeyframe.selection.options import SelectionOptions
from vkeyframe.settings import Settings
from vkeyframe.tracking.request import TrackRequest
from vkeyframe.video.file import VideoFile

# What decoders write goes to file descriptors of the whole process, where it is heard by whoever decodes: one at a time.
_DECODING_HERE = RLock()


def extract(
    path: str | PathLike[str],
    settings: Settings | None = None,
    *,
    output: str | PathLike[str] | None = None,
    overwrite: bool = False,
    exports: tuple[str, ...] = (),
    progress: Progress | bool | None = None,
    isolate: bool = True,
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
        Further forms of the result to write into the folder, such as ``("sheet",)`` for a contact sheet with times.
    progress : callable or bool, optional
        Called with the seconds of video done and the seconds in all (0: unknown); with True a bar is shown.
    isolate : bool
        Whether to decode in a child process, which is ended afterwards: a crash of the decoder is a DecoderError then, and ends
        no notebook or server. Without it the work is done in this process, which saves about a second for each video. Threads
        that call this so take turns, and what another library decodes meanwhile can count as damage of this video.

    Raises
    ------
    InputError, DecoderError
        If the video is missing, is no video, or gives no picture.
    DamagedVideoError
        If the settings are strict and the video is damaged or cut off.
    OutputError
        If the output cannot be written, or something else is in its place.
    UsageError
        If no frame lies in the chosen range.
    """
    destination = None if output is None else Destination(Path(output), overwrite, exports=exports)
    if destination is not None:
        for folder in (destination.folder.absolute().parent, destination.folder):
            remove_leftovers(folder, deep=False)
    with Isolation() if isolate else nullcontext() as isolation, shown(progress, Path(path).name) as told:
        report = produce(VideoFile.of(path), settings or Settings(), destination, isolation, progress=told)
    return located(report, None if output is None else Path(output))


def produce(
    file: VideoFile,
    settings: Settings,
    destination: Destination | None = None,
    isolation: Isolation | None = None,
    fingerprint: str | None = None,
    progress: Progress | None = None,
) -> Report:
    """Do what `extract` does, for the command line and for batches.

    Parameters
    ----------
    file : VideoFile
    settings : Settings
    destination : Destination, optional
    isolation : Isolation, optional
        A child process to work in, so that after a crash of OpenCV the video is decoded with PyAV, and a crash of both is a
        DecoderError; without it the work is done in this process.
    fingerprint : str, optional
        Is kept in the report's `run`, with the sizes of the pictures as part of it; by it a batch tells whether the same was
        done before.
    progress : callable, optional
    """
    if destination is None:
        return _analyse(isolation, file, settings, None, progress)
    for form in destination.exports:
        settings = settings.having(**find_exporter(form).settings)
    with OutputFolder(destination.folder, destination.overwrite) as folder, folder.named_as_asked():
        report = _analyse(isolation, file, settings, folder.path if destination.pictures else None, progress)
        if destination.exports:
            _export(isolation, file, report, folder.path, destination.exports)
        if fingerprint is not None:
            fingerprint = with_pictures(fingerprint, report, sizes_in(folder.path))
        return folder.commit(replace(report, run=replace(report.run, fingerprint=fingerprint)))


def _analyse(
    isolation: Isolation | None, file: VideoFile, settings: Settings, pictures: Path | None, progress: Progress | None
) -> Report:
    if isolation is None:
        with _DECODING_HERE:
            return _run(file, settings, pictures, progress)
    if settings.selection.features is not None:
        _load_in_child(isolation, settings.selection.features, settings)
    report = isolation.call(
        str(file), _run, file, settings, pictures, answer=Report, on_crash=_run_without_opencv, progress=progress
    )
    sections = {name: _section(name, value) for name, value in report.sections.items()}
    return replace(report, sections=sections, run=replace(report.run, decoder_messages=isolation.messages))


def _load_in_child(isolation: Isolation, model: str, settings: Settings) -> None:
    """Load the user's model before the video, so that a crash of it is not taken for one of the decoder; it stays loaded."""
    with crashes_of(model):
        isolation.call(model, _load_model, settings.selection, settings.reading.threads, answer=None)


def _load_model(options: SelectionOptions, threads: int) -> None:
    from vkeyframe.selection.users_model import load_model

    load_model(options, threads)


def _section(name: str, value: Any) -> Any:
    """Make the records of a section of its plain values; where it has none, its analyser need not be imported."""
    if value in ([], None):
        return () if value == [] else None
    from vkeyframe.analysis.registry import section_type

    return to_record(section_type(name), value)


def _run(file: VideoFile, settings: Settings, pictures: Path | None, progress: Progress | None = None) -> Report:
    # Numba and OpenCV take half a second to import, which a process that leaves the work to a child need not pay.
    from vkeyframe.pipeline import run

    return run(file, settings, pictures, progress)


def _run_without_opencv(file: VideoFile, settings: Settings, pictures: Path | None, progress: Progress | None = None) -> Report:
    """Do it once more after OpenCV's decoder has crashed."""
    # The crashed attempt may have left pictures.
    for path in pictures.iterdir() if pictures is not None else ():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    return _run(file, replace(settings, reading=replace(settings.reading, opencv_crashed=True)), pictures, progress)


def _export(isolation: Isolation | None, file: VideoFile, report: Report, folder: Path, exports: tuple[str, ...]) -> None:
    """Write further forms, in the child process where there is one, which has loaded OpenCV already."""
    from vkeyframe.export.run import write_forms

    if isolation is None:
        write_forms(report, folder, exports, file)
    else:
        isolation.call(str(file), write_forms, report, folder, exports, file, answer=None)


def track(
    path: str | PathLike[str],
    request: TrackRequest | None = None,
    *,
    output: str | PathLike[str] | None = None,
    overwrite: bool = False,
    progress: Progress | bool | None = None,
    isolate: bool = True,
) -> Tracks:
    """Follow the things of a video and, given an output folder, write where they are.

    Parameters
    ----------
    path : path
        A local video file.
    request : TrackRequest, optional
        What to follow; without it, the most attended things of each shot, at most three.
    output : path, optional
        Folder for ``tracks.csv``, ``tracks.mot.txt``, ``tracks.json`` and what else is asked for. It appears whole when
        all is done, or not at all. Without it nothing is written.
    overwrite : bool
        Whether to replace such a folder from an earlier run, which else is an error.
    progress : callable or bool, optional
        As for `extract`; each time that the video is read is counted.
    isolate : bool
        As for `extract`.

    Raises
    ------
    InputError, DecoderError, DamagedVideoError, OutputError
        As `extract` does.
    UsageError
        If the box lies outside the picture, or the video ends before it.
    """
    folder = None if output is None else Path(output)
    for place in (folder.absolute().parent, folder) if folder is not None else ():
        remove_leftovers(place, deep=False)
    with Isolation() if isolate else nullcontext() as isolation, shown(progress, Path(path).name) as told:
        return follow(VideoFile.of(path), request or TrackRequest(), folder, overwrite, isolation, told)


def follow(
    file: VideoFile,
    request: TrackRequest,
    folder: Path | None,
    overwrite: bool,
    isolation: Isolation | None,
    progress: Progress | None = None,
) -> Tracks:
    """Do what `track` does, for the command line; the arguments are those of `produce`."""
    if folder is None:
        return _track(isolation, file, request, None, progress)
    with OutputFolder(folder, overwrite, TRACKS) as filled, filled.named_as_asked():
        tracks = _track(isolation, file, request, filled.path, progress)
        files = filled.commit_list(lambda files: tracks_to_json(replace(tracks, files=files)) + "\n")
        return replace(tracks, files=files)


def _track(
    isolation: Isolation | None, file: VideoFile, request: TrackRequest, folder: Path | None, progress: Progress | None
) -> Tracks:
    if isolation is None:
        with _DECODING_HERE:
            return _run_tracking(file, request, folder, progress)
    return isolation.call(
        str(file), _run_tracking, file, request, folder, answer=Tracks, on_crash=_track_without_opencv, progress=progress
    )


def _run_tracking(file: VideoFile, request: TrackRequest, folder: Path | None, progress: Progress | None = None) -> Tracks:
    from vkeyframe.tracking.run import follow_things

    return follow_things(file, request, folder, progress)


def _track_without_opencv(
    file: VideoFile, request: TrackRequest, folder: Path | None, progress: Progress | None = None
) -> Tracks:
    """Do it once more after OpenCV's decoder has crashed; what the first attempt wrote is written anew."""
    return _run_tracking(file, replace(request, reading=replace(request.reading, opencv_crashed=True)), folder, progress)
