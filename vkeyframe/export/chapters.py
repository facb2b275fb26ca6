"""Shots as chapters, with what is said in them where that is known: for FFmpeg, Matroska and players in browsers."""

from __future__ import annotations

import re
from html import escape
from xml.etree import ElementTree as ET
from xml.etree.ElementTree import Element, SubElement

from vkeyframe.export.edit_list import edit_list, stem
from vkeyframe.report.records import Shot
from vkeyframe.report.shot_list import ShotList
from vkeyframe.timing import format_timecode

# What has a meaning in FFmpeg's metadata, and is written with a backslash before it.
_MEANT = re.compile(r"([=;#\\\n])")
# Characters of what is said that a title has; menus show about so many.
MOST_WORDS = 120
# What XML cannot hold.
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def write_ffmetadata(found: ShotList) -> str:
    """Write chapters that ``ffmpeg -i VIDEO -i FILE -map_chapters 1 -c copy OUT`` puts into a video, to the microsecond."""
    escaped = r"\\\1"
    name = _MEANT.sub(escaped, stem(edit_list(found).name))
    lines = [";FFMETADATA1", f"title={name}"]
    for shot in found.shots:
        start, end = _microseconds(shot)
        lines += ["[CHAPTER]", "TIMEBASE=1/1000000", f"START={start}", f"END={end}", f"title={_MEANT.sub(escaped, _title(shot))}"]
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


def write_webvtt_chapters(found: ShotList) -> str:
    """Write chapters for players in browsers: ``<track kind="chapters" src="shots.chapters.vtt">``."""
    cues = []
    for shot in found.shots:
        start, end = (format_timecode(microseconds / 1e6) for microseconds in _microseconds(shot))
        cues.append(f"{start} --> {end}\n{escape(_title(shot), quote=False)}\n")
    return "\n".join(["WEBVTT\n", *cues])


def _title(shot: Shot) -> str:
    """Name a shot by its number and the beginning of what is said in it, on one row."""
    words = " ".join(_NOT_XML.sub("", shot.text or "").split())
    if len(words) > MOST_WORDS:
        words = f"{words[:MOST_WORDS].rpartition(' ')[0] or words[:MOST_WORDS]} …"
    return f"Shot {shot.index}: {words}" if words else f"Shot {shot.index}"


def _microseconds(shot: Shot) -> tuple[int, int]:
    """Return when a shot begins and ends; the end is that of its last frame, where it is known."""
    end = shot.end_time if shot.end_time_exclusive is None else shot.end_time_exclusive
    return round(shot.start_time * 1e6), round(end * 1e6)


def _clock(microseconds: int) -> str:
    """Write a time as Matroska's tools have it, with nine digits."""
    seconds, rest = divmod(microseconds, 1_000_000)
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}.{rest:06d}000"
