"""What Python programs can ask besides keyframes and tracks: shots, frames like a target, reports that were written before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from os import PathLike
from pathlib import Path

from vkeyframe.errors import ReportError, UsageError
from vkeyframe.library.answers import Answer, SearchOptions
from vkeyframe.library.questions import Question, parse_question
from vkeyframe.models.guard import crashes_of
from vkeyframe.output.folder import REPORT_NAME
from vkeyframe.output.location import located
from vkeyframe.process.bar import Progress, shown
from vkeyframe.process.isolation import Isolation
from vkeyframe.report.matches import Matches
from vkeyframe.report.read import load_report as parse_report
from vkeyframe.report.records import Report
from vkeyframe.report.shot_list import ShotList
from vkeyframe.selection.match_options import MatchOptions
from vkeyframe.selection.options import SelectionOptions
from vkeyframe.settings import Settings
from vkeyframe.video.file import VideoFile
from vkeyframe.video.options import ReadOptions


def shots(
    path: str | PathLike[str],
    settings: Settings | None = None,
    *,
    sensitivity: float = 0.5,
    progress: Progress | bool | None = None,
) -> ShotList:
    """Find the shots of a video and choose nothing.

    Parameters
    ----------
    path : path
        A local video file.
    settings : Settings, optional
        Of which it is used how the video is read.
    sensitivity : float
        How little must change between two shots, 0 to 1.
    progress : callable or bool, optional
        Called with the seconds done and the seconds in all (0: unknown); with True a bar is shown.

    Raises
    ------
    InputError, DecoderError, DamagedVideoError, UsageError
        As `extract` does.
    """
    file, reading = VideoFile.of(path), (settings or Settings()).reading
    with Isolation() as isolation, shown(progress, Path(path).name) as told:
        given = file, reading, sensitivity
        return isolation.call(str(file), shots_of, *given, answer=ShotList, on_crash=shots_without_opencv, progress=told)


def match(
    target: str | PathLike[str],
    videos: str | PathLike[str] | Sequence[str | PathLike[str]],
    *,
    options: MatchOptions | None = None,
    settings: Settings | None = None,
    progress: Progress | bool | None = None,
) -> Matches:
    """Find the frames that show a target picture, also cropped, scaled, mirrored, under a caption, brighter or darker.

    Parameters
    ----------
    target : path or str
        A picture file, or a time in the first video, such as ``"00:01:05"``.
    videos : path or sequence of path
    options : MatchOptions, optional
    settings : Settings, optional
        Of which it is used how the videos are read.
    progress : callable or bool, optional
        As for `shots`; told of the video at hand.

    Raises
    ------
    InputError, DecoderError, UsageError
    """
    files = [VideoFile.of(path) for path in ([videos] if isinstance(videos, str | PathLike) else videos)]
    reading = (settings or Settings()).reading
    with Isolation() as isolation, shown(progress, str(target)) as told:
        given = files, str(target), options or MatchOptions(), reading
        return isolation.call(str(target), _match, *given, answer=Matches, on_crash=_match_without_opencv, progress=told)


def search(
    query: str | PathLike[str] | None = None,
    *,
    library: str | PathLike[str],
    text: str | None = None,
    options: SearchOptions | None = None,
    settings: Settings | None = None,
    progress: Progress | bool | None = None,
) -> Answer:
    """Find what a picture, a frame, a clip or words stand for in a library.

    Parameters
    ----------
    query : path or str, optional
        A picture, a video (all of it is the clip), ``"film.mp4@12.5"`` for its frame there, or ``"film.mp4@10-15"`` for a clip.
    library : path
        Made by ``vkeyframe index`` or ``vkeyframe batch --library``.
    text : str, optional
        Words to look for instead.
    options : SearchOptions, optional
    settings : Settings, optional
        Of which it is used how a video is read, and what `about` names, with `features` and `text_model`, instead of a query.
    progress : callable or bool, optional
        As for `shots`.

    Raises
    ------
    LibraryError, InputError, DecoderError, UsageError
    """
    chosen = settings or Settings()
    if [query, text, chosen.selection.about].count(None) != 2:
        raise UsageError("Give one of query=…, text=… and about=….")
    place, asked = str(Path(library)), options or SearchOptions()
    if chosen.selection.about is not None:
        with Isolation() as isolation:
            return about_library(isolation, place, asked, chosen)
    if query is None:
        from vkeyframe.library.asking import ask_words

        return ask_words(text or "", place, asked)
    question = parse_question(str(query))
    with Isolation() as isolation, shown(progress, str(query)) as told:
        given = question, place, asked, chosen.reading
        return isolation.call(str(query), ask_library, *given, answer=Answer, on_crash=ask_without_opencv, progress=told)


def load_report(path: str | PathLike[str]) -> Report:
    """Read a report that was written before, whose keyframes find their pictures.

    Parameters
    ----------
    path : path
        A ``report.json``, or the folder that it lies in.

    Raises
    ------
    ReportError
        If there is none, or it cannot be read.
    """
    from vkeyframe.analysis.registry import section_types

    file = Path(path, REPORT_NAME) if Path(path).is_dir() else Path(path)
    try:
        data = file.read_bytes()
        return located(parse_report(data, section_types(names=parse_report(data).sections)), file.parent)
    except ReportError as error:
        raise ReportError(f"{file}: {error}") from None
    except OSError as error:
        raise ReportError(f"{file}: cannot be read ({error.strerror or error}).") from None


def shots_of(file: VideoFile, reading: ReadOptions, sensitivity: float, progress: Progress | None = None) -> ShotList:
    """Do what `shots` does, in the child process."""
    from vkeyframe.pipeline import find_shots

    return find_shots(file, reading, sensitivity, progress)


def shots_without_opencv(file: VideoFile, reading: ReadOptions, sensitivity: float, progress: Progress | None = None) -> ShotList:
    """Do it once more after OpenCV's decoder has crashed."""
    return shots_of(file, replace(reading, opencv_crashed=True), sensitivity, progress)


def _match(
    files: list[VideoFile], target: str, options: MatchOptions, reading: ReadOptions, progress: Progress | None = None
) -> Matches:
    from vkeyframe.matching import match as find_matches

    return find_matches(files, target, options, reading, progress)


def _match_without_opencv(
    files: list[VideoFile], target: str, options: MatchOptions, reading: ReadOptions, progress: Progress | None = None
) -> Matches:
    return _match(files, target, options, replace(reading, opencv_crashed=True), progress)


def about_library(isolation: Isolation, library: str, options: SearchOptions, settings: Settings) -> Answer:
    """Ask a library, in a child process, for what words name that a user's model reads."""
    model = str(settings.selection.features)
    with crashes_of(model):
        given = settings.selection, library, options, settings.reading.threads
        return isolation.call(model, _ask_about, *given, answer=Answer)


def _ask_about(selection: SelectionOptions, library: str, options: SearchOptions, threads: int) -> Answer:
    from vkeyframe.library.by_words import ask_about

    return ask_about(selection, library, options, threads)


def ask_library(
    question: Question, library: str, options: SearchOptions, reading: ReadOptions, progress: Progress | None = None
) -> Answer:
    """Ask a library in the process that this is called in."""
    from vkeyframe.library.asking import ask

    return ask(question, library, options, reading, progress)


def ask_without_opencv(
    question: Question, library: str, options: SearchOptions, reading: ReadOptions, progress: Progress | None = None
) -> Answer:
    """Do the same after OpenCV's decoder has crashed."""
    return ask_library(question, library, options, replace(reading, opencv_crashed=True), progress)
