"""Files with words: forms, encodings, and what is no text at all."""

from __future__ import annotations

import os
import resource
import threading
from pathlib import Path

import pytest

from tests.subtitled import ASS_HEADER
from vkeyframe.errors import InputError
from vkeyframe.words.files import FileWords, read_file

SRT = """1
00:00:01,000 --> 00:00:02,500
<i>Grüße</i> {\\an8}aus Zürich
zweite Reihe

2
00:00:03,000 --> 00:00:04,000
Ça va – “oui”

"""
VTT = """WEBVTT - a title

STYLE
::cue { color: red }

NOTE not --> a cue

first
00:01.000 --> 00:02.500 align:start position:0%
<v Bob>Gr\u00fc\u00dfe</v> <00:00:01.500><c>aus</c> Z\u00fcrich &amp; zweite Reihe

1:00:03.000 --> 1:00:04.000
later
"""
ASS = ASS_HEADER + (
    "Comment: 0,0:00:00.00,0:00:09.00,Default,,0,0,0,,not said\n"
    "Dialogue: 0,0:00:03.00,0:00:04.00,Default,,0,0,0,,with, commas\n"
    "Dialogue: 0,0:00:01.00,0:00:02.50,Default,Bob,0,0,0,,{\\k20}Ka{\\k30}ra\\Noke\n"
)


def read(path: Path, data: bytes | str) -> FileWords:
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return read_file(path, path.name)


def found(words: FileWords) -> list[tuple[float, float, str]]:
    return [(round(cue.start, 3), round(cue.end, 3), "|".join(cue.rows)) for cue in words.cues]


def refusal(path: Path) -> str:
    with pytest.raises(InputError) as caught:
        read_file(path, path.name)
    return str(caught.value)


SAID = [(1.0, 2.5, "Grüße aus Zürich|zweite Reihe"), (3.0, 4.0, "Ça va – “oui”")]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize(
    ("encoding", "guess"),
    [
        ("utf-8", None),
        ("utf-8-sig", None),
        ("utf-16", None),
        ("utf-16-le", "UTF-16-LE"),
        ("utf-16-be", "UTF-16-BE"),
        ("cp1252", "Windows-1252"),
    ],
)
def test_subrip_in_every_encoding_and_with_every_end_of_line(tmp_path: Path, encoding: str, guess: str | None, end: str) -> None:
    words = read(tmp_path / "a.srt", SRT.replace("\n", end).encode(encoding))
    assert found(words) == SAID
    assert words.notes == (() if guess is None else (f"a.srt: is not UTF-8; it was read as {guess}.",))
    assert not words.of_sound


def test_webvtt(tmp_path: Path) -> None:
    assert found(read(tmp_path / "a.vtt", VTT)) == [(1.0, 2.5, "Grüße aus Zürich & zweite Reihe"), (3603.0, 3604.0, "later")]


def test_ass_without_its_comments(tmp_path: Path) -> None:
    assert found(read(tmp_path / "a.ass", ASS)) == [(1.0, 2.5, "Kara|oke"), (3.0, 4.0, "with, commas")]


def test_the_content_decides_and_not_the_name(tmp_path: Path) -> None:
    assert len(read(tmp_path / "a.srt", VTT).cues) == 2
    assert len(read(tmp_path / "a.txt", ASS).cues) == 2
    assert read(tmp_path / "b.srt", '{"segments": [{"start": 1, "end": 2, "text": " hi"}]}').of_sound


def test_cues_that_are_broken_are_left_out_and_told(tmp_path: Path) -> None:
    text = (
        SRT + "3\n00:00:broken --> 00:00:05,000\nlost\n\n4\n00:00:06,000 --> 00:00:07,000\n\n\n"
        "5\n00:00:08,000 --> 00:00:09,000\nlast\n"
    )
    words = read(tmp_path / "a.srt", text)
    assert found(words) == [*SAID, (8.0, 9.0, "last")]
    # The empty one is not broken.
    assert words.notes == ("a.srt: 1 of its lines have no time that can be understood, and are left out.",)


@pytest.mark.parametrize("text", ["", "\n\n", "just some words\nand more\n", "WEBVTT\n", ASS_HEADER, "{}", "[]", "[1, 2]"])
def test_a_text_without_lines_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.srt").write_text(text)
    assert refusal(tmp_path / "a.srt").startswith("a.srt: ")


@pytest.mark.parametrize("data", [bytes(range(256)) * 64, os.urandom(5000), b"\x89PNG\r\n\x1a\n" + bytes(200), b"\0" * 1000])
def test_rubbish_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.srt").write_bytes(data)
    assert refusal(tmp_path / "a.srt") == "a.srt: is no text; give subtitles (SRT, ASS, WebVTT) or the JSON of Whisper."


def test_a_gigabyte_is_refused_without_being_read(tmp_path: Path) -> None:
    path = tmp_path / "huge.srt"
    with path.open("wb") as file:
        file.truncate(1 << 30)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert refusal(path) == "huge.srt: has more than 16 MiB, which no subtitles and no transcript of a video have."
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100 << 10


def test_a_folder_a_pipe_and_a_device_are_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.srt")
    (tmp_path / "zero.srt").symlink_to("/dev/zero")
    told: list[str] = []
    names = ("pipe.srt", "zero.srt", ".", "none.srt", "a\0b")
    thread = threading.Thread(target=lambda: told.extend(refusal(tmp_path / name) for name in names), daemon=True)
    thread.start()
    thread.join(10.0)
    assert told[:2] == ["pipe.srt: is no file; give a file with words.", "zero.srt: is no file; give a file with words."]
    assert told[2].endswith(": is a folder; give a file with words.")
    assert told[3] == "none.srt: no such file."
    assert "cannot be read" in told[4]


def test_of_more_lines_than_a_day_of_talk_has_the_first_are_read(tmp_path: Path) -> None:
    path = tmp_path / "large.srt"
    cues = (f"00:00:01,000 --> 00:00:02,000\nw{number:06}\n\n" for number in range(110_000))
    path.write_text("".join(cues))
    words = read_file(path, "large.srt")
    assert len(words.cues) == 100_000
    assert words.notes == ()
