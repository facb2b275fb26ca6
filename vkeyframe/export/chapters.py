"""Shots as chapters: FFmpeg's metadata file, and the XML of Matroska."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET
from xml.etree.ElementTree import Element, SubElement

from vkeyframe.export.edit_list import edit_list, stem
from vkeyframe.report.records import Shot
from vkeyframe.report.shot_list import ShotList

# What has a meaning in FFmpeg's metadata, and is written with a backslash before it.
_MEANT = re.compile(r"([=;#\\\n])")


def write_ffmetadata(found: ShotList) -> str:
    """Write chapters that ``ffmpeg -i VIDEO -i FILE -map_chapters 1 -c copy OUT`` puts into a video, to the microsecond."""
    name = _MEANT.sub(r"\\\1", stem(edit_list(found).name))
    lines = [";FFMETADATA1", f"title={name}"]
    for shot in found.shots:
        start, end = _microseconds(shot)
        lines += ["[CHAPTER]", "TIMEBASE=1/1000000", f"START={start}", f"END={end}", f"title={_title(shot)}"]
    return "\n".join(lines) + "\n"


def write_matroska_chapters(found: ShotList) -> str:
    """Write chapters that ``mkvmerge --chapters FILE`` and ``mkvpropedit`` put into a Matroska file."""
    root = Element("Chapters")
    edition = SubElement(root, "EditionEntry")
    for shot in found.shots:
        atom = SubElement(edition, "ChapterAtom")
        start, end = _microseconds(shot)
        SubElement(atom, "ChapterTimeStart").text = _clock(start)
        SubElement(atom, "ChapterTimeEnd").text = _clock(end)
        display = SubElement(atom, "ChapterDisplay")
        SubElement(display, "ChapterString").text = _title(shot)
        SubElement(display, "ChapterLanguage").text = "eng"
    ET.indent(root, " ")
    head = '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE Chapters SYSTEM "matroskachapters.dtd">'
    return f"{head}\n{ET.tostring(root, 'unicode')}\n"


def _title(shot: Shot) -> str:
    return f"Shot {shot.index}"


def _microseconds(shot: Shot) -> tuple[int, int]:
    """Return when a shot begins and ends; the end is that of its last frame, where it is known."""
    end = shot.end_time if shot.end_time_exclusive is None else shot.end_time_exclusive
    return round(shot.start_time * 1e6), round(end * 1e6)


def _clock(microseconds: int) -> str:
    """Write a time as Matroska's tools have it, with nine digits."""
    seconds, rest = divmod(microseconds, 1_000_000)
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}.{rest:06d}000"
