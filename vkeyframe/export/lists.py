"""The forms that a list of shots can be written in; each is one text, made of the shots alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec

from vkeyframe.errors import MissingLibraryError
from vkeyframe.report.shot_list import ShotList

Write = Callable[[ShotList], str]


@dataclass(frozen=True, slots=True)
class ListForm:
    """A form of a list of shots.

    Attributes
    ----------
    help : str
        A sentence that says what it is, beginning with the name of the file.
    suffix : str
        End of the file's name, behind ``shots``.
    load : callable
        Imports and returns what makes the text of the shots.
    rows : bool
        Whether the rows of several videos can stand in one text, one below the other; each says its video.
    has_head : bool
        Whether its first line names the columns.
    """

    help: str
    suffix: str
    load: Callable[[], Write]
    rows: bool = False
    has_head: bool = False


def _csv() -> Write:
    from vkeyframe.export.table import write_csv

    return write_csv


def _jsonl() -> Write:
    from vkeyframe.export.table import write_jsonl

    return write_jsonl


def _scenes() -> Write:
    from vkeyframe.export.table import write_scenes

    return write_scenes


def _edl() -> Write:
    from vkeyframe.export.edl import write_edl

    return write_edl


def _otio() -> Write:
    if find_spec("opentimelineio") is None:
        raise MissingLibraryError("The form 'otio' needs OpenTimelineIO; pip install 'vkeyframe[otio]'.")
    from vkeyframe.export.otio import write_otio

    return write_otio


def _fcpxml() -> Write:
    from vkeyframe.export.fcpxml import write_fcpxml

    return write_fcpxml


def _fcp7() -> Write:
    from vkeyframe.export.fcp7 import write_fcp7

    return write_fcp7


def _ffmetadata() -> Write:
    from vkeyframe.export.chapters import write_ffmetadata

    return write_ffmetadata


def _mkvchapters() -> Write:
    from vkeyframe.export.chapters import write_matroska_chapters

    return write_matroska_chapters


def _vttchapters() -> Write:
    from vkeyframe.export.chapters import write_webvtt_chapters

    return write_webvtt_chapters


def _aegisub() -> Write:
    from vkeyframe.export.encoders import write_aegisub

    return write_aegisub


def _qp() -> Write:
    from vkeyframe.export.encoders import write_qp

    return write_qp


LISTS: dict[str, ListForm] = {
    "csv": ListForm("a table of the shots with frames, times and SMPTE timecodes.", ".csv", _csv, rows=True, has_head=True),
    "jsonl": ListForm("the same table as JSON, one shot a line.", ".jsonl", _jsonl, rows=True),
    "scenedetect": ListForm("a table with the columns of PySceneDetect, frames from 1.", ".scenes.csv", _scenes),
    "edl": ListForm("an edit decision list, CMX 3600.", ".edl", _edl),
    "otio": ListForm("a timeline of OpenTimelineIO.", ".otio", _otio),
    "fcpxml": ListForm("a project for Final Cut Pro and DaVinci Resolve.", ".fcpxml", _fcpxml),
    "fcp7": ListForm("a sequence for Premiere Pro and others, XML of Final Cut Pro 7.", ".xml", _fcp7),
    "ffmetadata": ListForm("chapters for ffmpeg.", ".ffmetadata", _ffmetadata),
    "mkvchapters": ListForm("chapters for mkvmerge.", ".chapters.xml", _mkvchapters),
    "vttchapters": ListForm("chapters for players in browsers, WebVTT.", ".chapters.vtt", _vttchapters),
    "aegisub": ListForm("the shots' first frames for Aegisub.", ".keyframes.txt", _aegisub),
    "qp": ListForm("the shots' first frames for x264 and x265.", ".qp", _qp),
}
