"""What Python programs can ask besides keyframes and tracks: shots, frames like a target, reports that were written before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from os import PathLike
from pathlib import Path

from vkeyframe.errors import ReportError
from vkeyframe.output.folder import REPORT_NAME
from vkeyframe.output.location import located
from vkeyframe.process.bar import Progress, shown
from vkeyframe.process.isolation import Isolation
from vkeyframe.report.matches import Matches
from vkeyframe.report.read import load_report as parse_report
from vkeyframe.report.records import Report
from vkeyframe.report.shot_list import ShotList
from vkeyframe.selection.match_options import MatchOptions
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
