"""Files with words: subtitles as text, which FFmpeg reads, and transcripts of Whisper."""

from __future__ import annotations

import codecs
import math
import os
import re
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from stat import S_ISDIR, S_ISREG

import av
from av.container import InputContainer

from vkeyframe.errors import InputError
from vkeyframe.process.heartbeat import tick
from vkeyframe.video.ffmpeg_log import silenced
from vkeyframe.words.cues import MOST_LINES, Cue, rows_of
from vkeyframe.words.whisper import read_whisper

# The subtitles of a film have 200 KB, three hours of whisper.cpp's fullest JSON about 13 MB.
LARGEST = 1 << 24
# FFmpeg's names for the forms, by suffix.
FORMS = {".srt": "srt", ".vtt": "webvtt", ".ass": "ass", ".ssa": "ass"}
# Where a form says that a line follows, and how it does so with times that can be understood.
_CLOCK = r"\d+:\d+:\d+[.,:]\d+"
_SHORT_CLOCK = r"(?:\d+:)?\d+:\d+[.,]\d+"
_MARKS = {
    "srt": (re.compile(r"-->"), re.compile(rf"{_CLOCK}[ \t]*-->[ \t]*{_CLOCK}")),
    "webvtt": (re.compile(r"-->"), re.compile(rf"{_SHORT_CLOCK}[ \t]*-->[ \t]*{_SHORT_CLOCK}")),
    "ass": (
        re.compile(r"^[ \t]*Dialogue[ \t]*:", re.M | re.I),
        re.compile(rf"^[ \t]*Dialogue[ \t]*:[^,\n]*,[ \t]*{_CLOCK}[ \t]*,[ \t]*{_CLOCK}[ \t]*,", re.M | re.I),
    ),
}
_NOTES = re.compile(r"^(?:NOTE|STYLE|REGION)\b.*?(?:\n\s*\n|\Z)", re.M | re.S)
# How many characters without meaning make a text rubbish, as a share.
_RUBBISH = 0.02


@dataclass(frozen=True, slots=True)
class FileWords:
    """What a file holds.

    Attributes
    ----------
    cues : list of Cue
    notes : tuple of str
        What the user should know of the file, one sentence each.
    of_sound : bool
        Whether times count from where the sound begins, as those of Whisper do; else from where the container does.
    """

    cues: list[Cue]
    notes: tuple[str, ...] = ()
    of_sound: bool = False


def read_file(path: Path, shown: str) -> FileWords:
    """Read subtitles or a transcript; the content decides, not the name.

    Parameters
    ----------
    path : Path
    shown : str
        What messages call it.

    Raises
    ------
    InputError
        If it cannot be read, is too large or no text, or has no line of dialogue.
    """
    text, notes = decode_text(read_bytes(path, shown), shown)
    if text.lstrip()[:1] in ("{", "[") and not text.lstrip().startswith("[Script"):
        try:
            cues = read_whisper(text)
        except ValueError as error:
            raise InputError(f"{shown}: cannot be understood: {error}.") from None
        return FileWords(_not_empty(cues, shown), notes, of_sound=True)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    form = form_of(text)
    cues = _not_empty(read_subtitles(text, form), shown)
    broken = broken_lines(text, form)
    if broken:
        notes = (*notes, f"{shown}: {broken} of its lines have no time that can be understood, and are left out.")
    return FileWords(cues, notes)


def read_bytes(path: Path, shown: str) -> bytes:
    """Read a file of a size that words can have.

    Raises
    ------
    InputError
        If it cannot be read, or is no file, too large or empty.
    """
    try:
        mode = path.stat().st_mode
        if not S_ISREG(mode):
            raise InputError(f"{shown}: is {'a folder' if S_ISDIR(mode) else 'no file'}; give a file with words.")
        # What has become a pipe meanwhile is not waited for.
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb") as file:
            data = file.read(LARGEST + 1)
    except InputError:
        raise
    except FileNotFoundError:
        raise InputError(f"{shown}: no such file.") from None
    except (OSError, ValueError) as error:
        raise InputError(f"{shown}: cannot be read ({getattr(error, 'strerror', None) or error}).") from None
    if len(data) > LARGEST:
        raise InputError(f"{shown}: has more than {LARGEST >> 20} MiB, which no subtitles and no transcript of a video have.")
    return data


def decode_text(data: bytes, shown: str) -> tuple[str, tuple[str, ...]]:
    """Make text of bytes, with a sentence where the encoding is a guess.

    Raises
    ------
    InputError
        If it is no text.
    """
    text, guess = _decoded(data)
    unprintable = sum(text.count(chr(code)) for code in range(32) if chr(code) not in "\t\n\r\f\x1a") + text.count("\ufffd")
    if unprintable > _RUBBISH * len(text):
        raise InputError(f"{shown}: is no text; give subtitles (SRT, ASS, WebVTT) or the JSON of Whisper.")
    return text, (f"{shown}: is not UTF-8; it was read as {guess}.",) if guess else ()


def _decoded(data: bytes) -> tuple[str, str]:
    """Return the text, and the encoding where that is a guess."""
    for mark, encoding in ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16")):
        if data.startswith(mark):
            return data.decode(encoding, "replace"), ""
    # Without a mark the zeros tell which half of each pair comes first.
    start = data[:4096]
    for first, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
        if len(start) > 3 and start[first::2].count(0) > 0.4 * len(start[first::2]) and start[1 - first :: 2].count(0) == 0:
            return data.decode(encoding, "replace"), encoding.upper()
    try:
        return data.decode("utf-8"), ""
    except UnicodeDecodeError:
        # Five of its codes mean nothing.
        return data.decode("cp1252", "replace"), "Windows-1252"


def form_of(text: str) -> str:
    """Tell by its content which form subtitles have."""
    start = text.lstrip("\ufeff").lstrip()
    if start.startswith("WEBVTT"):
        return "webvtt"
    return "ass" if re.search(r"^\[(?:Script Info|V4\+? Styles|Events)\]", text, re.M | re.I) else "srt"


def read_subtitles(text: str, form: str) -> list[Cue]:
    """Let FFmpeg read subtitles; the very same line at the same time is given once."""
    cues: list[Cue] = []
    with suppress(av.FFmpegError, UnicodeError, IndexError), silenced(), _opened(text, form) as container:
        for packet in container.demux(*container.streams.subtitles[:1]):
            tick()
            if not packet.size or packet.pts is None or packet.time_base is None:
                continue
            rows = _rows(packet.decode())
            # Behind a time that it cannot read, FFmpeg goes on with the text of the line before.
            mark = next((number for number, row in enumerate(rows) if "-->" in row), len(rows))
            if mark < len(rows):
                rows = rows[: mark - (mark > 0 and rows[mark - 1].isdecimal())]
            start = float(packet.pts * packet.time_base)
            end = start + float(packet.duration * packet.time_base) if packet.duration else math.nan
            cues.append(Cue(start, end, rows))
            if len(cues) >= MOST_LINES:
                break
    return [cue for cue in cues if cue.rows]


def _opened(text: str, form: str) -> InputContainer:
    return av.open(BytesIO(text.encode("utf-8", "replace")), "r", format=form)


def broken_lines(text: str, form: str) -> int:
    """Count the lines of subtitles whose times cannot be understood."""
    said = _NOTES.sub("", text) if form == "webvtt" else text
    every, whole = (len(pattern.findall(said)) for pattern in _MARKS[form])
    return max(0, every - whole)


def _rows(subtitles: list) -> tuple[str, ...]:
    return tuple(row for subtitle in subtitles for row in rows_of(text_of(subtitle)))


def text_of(subtitle: object) -> str:
    """Return the text of what FFmpeg made of a subtitle, with the overrides of ASS; empty for a picture."""
    event: bytes = getattr(subtitle, "ass", b"")
    # Order, layer, style, name, three margins and effect stand before it.
    parts = event.decode("utf-8", "replace").split(",", 8)
    return parts[8] if len(parts) == 9 else ""


def _not_empty(cues: list[Cue], shown: str) -> list[Cue]:
    if not cues:
        raise InputError(f"{shown}: no line of dialogue can be read in it; it must be SRT, ASS, WebVTT or the JSON of Whisper.")
    return cues
