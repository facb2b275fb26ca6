"""What is said, from the file to the report: on videos of which it is known when each word is said and which frame is sharp."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
import webvtt
from numpy import ndarray

from tests import clips
from tests.subtitled import Track, put_together
from vkeyframe import Settings, extract, load_report
from vkeyframe.cli.main import run
from vkeyframe.errors import InputError
from vkeyframe.opencv import cv2
from vkeyframe.report.records import Report

FPS = 25
# Over a picture that stays the same, then over another shot; the fourth lies over the cut at 6 s.
SAID = [(0.4, 1.4, "one"), (1.6, 2.6, "<i>two</i>"), (3.0, 4.6, "three &amp; more"), (5.6, 7.6, "four"), (8.0, 9.0, "five")]
PLAIN = ["one", "two", "three & more", "four", "five"]
# The frames of each line that are not blurred, first and last.
SHARP = [(20, 28), (52, 60), (98, 106), (168, 176), (210, 218)]
Capture = pytest.CaptureFixture[str]


def srt() -> str:
    def clock(seconds: float) -> str:
        return f"00:00:{int(seconds):02},{round(seconds * 1000) % 1000:03}"

    return "\n".join(f"{n}\n{clock(a)} --> {clock(b)}\n{text}\n" for n, (a, b, text) in enumerate(SAID, 1))


def frames() -> list[ndarray]:
    """Draw ten seconds: one still picture, and from frame 150 on another."""
    pictures = [clips.scene(seed, 1)[0] for seed in (1, 2)]
    blurred = [cv2.GaussianBlur(picture, (0, 0), 3.0) for picture in pictures]
    sharp = {number for first, last in SHARP for number in range(first, last + 1)}
    return [(pictures if number in sharp else blurred)[number >= 150] for number in range(250)]


def which_sharp(numbers: Iterable[int]) -> list[int | None]:
    """Give for each frame the line of which it is a sharp frame."""
    return [next((n for n, (first, last) in enumerate(SHARP) if first <= number <= last), None) for number in numbers]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with the same words in a track and beside a video, and a video without any."""
    here = tmp_path_factory.mktemp("words")
    plain = clips.write_clip(here / "plain.mp4", frames())
    put_together(here / "film.mkv", plain, Track(SAID, language="eng"))
    shutil.copy(plain, here / "beside.mp4")
    (here / "beside.en.srt").write_text(srt())
    return here


@pytest.fixture(scope="module")
def of_lines(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Report:
    output = tmp_path_factory.mktemp("lines") / "out"
    return extract(
        folder / "film.mkv", Settings.of(keep="lines"), output=output, exports=("html", "vttchapters", "messages-claude")
    )


@pytest.mark.parametrize("name", ["film.mkv", "beside.mp4"])
def test_lines_shots_and_keyframes_have_the_words(name: str, folder: Path) -> None:
    report = extract(folder / name, Settings.of(words=True, count=2))
    lines = report.sections["lines"]
    assert [(line.start_time, line.end_time, line.text) for line in lines] == [
        (start, end, text) for (start, end, _), text in zip(SAID, PLAIN, strict=True)
    ]
    assert [shot.start_frame for shot in report.shots] == [0, 150]
    # The fourth is not half a second in the first shot.
    assert [shot.text for shot in report.shots] == ["one\ntwo\nthree & more", "four\nfive"]
    assert [keyframe.text for keyframe in report.keyframes] == ["one\ntwo\nthree & more", "four\nfive"]


def test_nothing_of_it_is_there_unless_it_is_asked_for(folder: Path) -> None:
    report = extract(folder / "film.mkv")
    assert "lines" not in report.sections
    assert {shot.text for shot in report.shots} | {keyframe.text for keyframe in report.keyframes} == {None}
    assert not {"words", "subtitles", "transcript"} & report.settings.keys()
    assert report.decoding.warnings == ()


def test_each_line_has_the_sharp_frame_within_it_also_over_a_picture_that_stays_the_same(of_lines: Report) -> None:
    assert which_sharp(keyframe.frame for keyframe in of_lines.keyframes) == [0, 1, 2, 3, 4]
    detail = [cv2.Laplacian(picture, cv2.CV_64F).std() for picture in (frames()[0], frames()[20])]
    assert all(cv2.Laplacian(keyframe.picture, cv2.CV_64F).std() > sum(detail) / 2 for keyframe in of_lines.keyframes)
    assert [keyframe.text for keyframe in of_lines.keyframes] == PLAIN
    assert [line.keyframe for line in of_lines.sections["lines"]] == [0, 1, 2, 3, 4]
    assert sorted(keyframe.rank for keyframe in of_lines.keyframes) == [1, 2, 3, 4, 5]


def test_a_number_of_lines_shows_what_differs_most(folder: Path) -> None:
    report = extract(folder / "film.mkv", Settings.of(keep="lines", count=2))
    assert sorted(keyframe.shot for keyframe in report.keyframes) == [0, 1]
    assert None not in which_sharp(keyframe.frame for keyframe in report.keyframes)


def test_the_part_that_is_read_has_its_lines_only(folder: Path) -> None:
    report = extract(folder / "film.mkv", Settings.of(keep="lines", start=2.7, end=5.0))
    assert [line.text for line in report.sections["lines"]] == ["three & more"]
    assert which_sharp(keyframe.frame for keyframe in report.keyframes) == [2]
    silent = extract(folder / "film.mkv", Settings.of(keep="lines", start=4.7, end=5.5))
    assert silent.sections["lines"] == ()
    assert len(silent.keyframes) == 1
    assert "Nothing is said in the part that was read" in silent.decoding.warnings[-1]


def test_lines_that_are_not_there_leave_the_usual_keyframes_and_a_sentence(folder: Path) -> None:
    usual, asked = extract(folder / "plain.mp4"), extract(folder / "plain.mp4", Settings.of(keep="lines"))
    assert [keyframe.frame for keyframe in asked.keyframes] == [keyframe.frame for keyframe in usual.keyframes]
    assert asked.decoding.warnings[-1] == "There are no lines to keep; the keyframes show new content instead."
    assert asked.decoding.warnings[-2].startswith("No words were found")
    assert (asked.sections["lines"], asked.keyframes[0].text, asked.settings["keep"]) == ((), "", "lines")


def test_the_report_can_be_read_again(of_lines: Report) -> None:
    assert of_lines.folder is not None
    again = load_report(of_lines.folder)
    assert again.sections["lines"] == of_lines.sections["lines"]
    assert again.keyframes[2].text == "three & more"


def test_the_chapters_have_the_words(of_lines: Report) -> None:
    assert of_lines.folder is not None
    text = (of_lines.folder / "shots.chapters.vtt").read_text("utf-8")
    assert "three &amp; more" in text
    cues = list(webvtt.from_string(text))
    assert [(cue.start, cue.end) for cue in cues] == [("00:00:00.000", "00:00:06.000"), ("00:00:06.000", "00:00:10.000")]
    assert cues[1].text == "Shot 1: four five"


def test_the_page_and_the_messages_have_the_words(of_lines: Report) -> None:
    assert of_lines.folder is not None
    page = (of_lines.folder / "report.html").read_text("utf-8")
    assert re.findall(r'<span class="said">(.*?)</span>', page) == [text.replace("&", "&amp;") for text in PLAIN]
    body = json.loads((of_lines.folder / "messages-claude.json").read_text("utf-8"))
    captions = [part["text"] for part in body["messages"][0]["content"] if part["type"] == "text"][1:-1]
    assert [caption.partition(", where is said:\n")[2] for caption in captions] == PLAIN


def test_a_transcript_that_cannot_be_read_is_an_error_before_anything_is_decoded(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.srt: no such file"):
        extract(folder / "film.mkv", Settings.of(transcript=str(tmp_path / "none.srt")), output=tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.usefixtures("childless")
def test_the_command_line_takes_a_transcript_for_each_video(folder: Path, place: Path, capsys: Capture) -> None:
    (place / "beside.json").write_text(json.dumps({"segments": [{"start": 1, "end": 2, "text": " of beside"}]}))
    (place / "plain.srt").write_text("1\n00:00:01,000 --> 00:00:02,000\nof plain\n")
    videos = [str(folder / "beside.mp4"), str(folder / "plain.mp4")]
    assert run(["extract", *videos, "--transcript", "plain.srt"]) == 2
    assert "--transcript is of one video; with {name} in it" in capsys.readouterr().err
    assert run(["extract", *videos, "--transcript", "{name}.srt", "--json", "-", "--no-images"]) == 3
    output, told = capsys.readouterr()
    assert [line["text"] for line in json.loads(output)["lines"]] == ["of plain"]
    assert "beside.srt: no such file." in told
    assert run(["extract", videos[0], "--transcript", "beside.json", "--json", "-", "--no-images"]) == 0
    output, told = capsys.readouterr()
    assert [line["text"] for line in json.loads(output)["lines"]] == ["of beside"]
    assert "Words: 1 line of beside.json." in told
    assert run(["extract", str(folder / "film.mkv"), "--subtitles", "fr", "--json", "-", "--no-images"]) == 3
    assert "has no subtitles fr in it or beside it; its subtitle tracks: 1 (en, subrip)." in capsys.readouterr().err


@pytest.mark.usefixtures("childless")
def test_a_batch_does_again_what_is_said_otherwise(folder: Path, place: Path, capsys: Capture) -> None:
    shutil.copy(folder / "beside.mp4", "a.mp4")
    Path("a.srt").write_text(srt())

    def status(*options: str) -> Any:
        assert run(["batch", "a.mp4", "-o", "out", "--resume", "--no-images", "-q", *options]) == 0
        return json.loads(capsys.readouterr().out)["status"]

    assert [status("--words"), status("--words"), status()] == ["done", "skipped", "done"]
    assert status("--words") == "done"
    os.utime("a.srt", (1, 1))
    assert [status("--words"), status("--words")] == ["done", "skipped"]
    assert run(["batch", "a.mp4", "--transcript", "a.srt"]) == 2
    assert "--transcript is of one video" in capsys.readouterr().err


@pytest.mark.usefixtures("childless")
def test_words_are_never_written_to(folder: Path, place: Path, capsys: Capture) -> None:
    shutil.copy(folder / "plain.mp4", "a.mp4")
    Path("a.srt").write_text(srt())
    Path("sub").mkdir()
    Path("sub/words.srt").write_text(srt())
    for options in (["--words", "--json", "a.srt"], ["--transcript", "sub/words.srt", "--json", "sub/words.srt"]):
        assert run(["extract", "a.mp4", "--overwrite", *options]) == 2
    assert run(["extract", "a.mp4", "--overwrite", "--transcript", "sub/words.srt", "-o", "sub"]) == 2
    assert "sub/words.srt: is an input and lies in the output folder sub" in capsys.readouterr().err
    assert Path("a.srt").read_text() == Path("sub/words.srt").read_text() == srt()
