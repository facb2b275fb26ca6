"""Files with subtitles beside a video, and which of them is taken."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests import clips
from vkeyframe.errors import UsageError
from vkeyframe.video.file import VideoFile
from vkeyframe.words.beside import find_beside, word_files
from vkeyframe.words.languages import language
from vkeyframe.words.options import WordOptions
from vkeyframe.words.source import read_words

CUE = "1\n00:00:00,500 --> 00:00:01,500\n{}\n"
DRONE = '1\n00:00:00,000 --> 00:00:00,033\n<font size="28">FrameCnt: 1\n[latitude: 47.1] [longitude: 8.5] [abs_alt: 500]</font>\n'


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return clips.write_clip(tmp_path_factory.mktemp("beside") / "My.Film (1).mp4", clips.scene(1, 50))


@pytest.fixture
def video(clip: Path, tmp_path: Path) -> Path:
    path = tmp_path / clip.name
    path.symlink_to(clip)
    return path


def put(video: Path, *names: str) -> None:
    for name in names:
        (video.parent / name).write_text(CUE.format(name))


def taken(video: Path, **options: object) -> str:
    words = read_words(VideoFile.of(video), WordOptions(**{"words": True, **options}), 10**8)  # type: ignore[arg-type]
    return words.lines[0].text if words.lines else ""


@pytest.mark.parametrize(
    ("names", "asked", "wanted"),
    [
        (("My.Film (1).srt", "My.Film (1).en.srt"), None, "My.Film (1).srt"),
        (("My.Film (1).vtt", "My.Film (1).srt"), None, "My.Film (1).srt"),
        (("My.Film (1).de.srt", "My.Film (1).en.srt"), "en", "My.Film (1).en.srt"),
        (("My.Film (1).pt-BR.srt", "My.Film (1).srt"), "por", "My.Film (1).pt-BR.srt"),
        (("My.Film (1).en.forced.srt", "My.Film (1).en.sdh.srt", "My.Film (1).en.srt"), "en", "My.Film (1).en.srt"),
        (("My.Film (1).en.forced.srt", "My.Film (1).en.hi.srt"), None, "My.Film (1).en.hi.srt"),
        (("My.Film (1).hi.srt",), "hi", "My.Film (1).hi.srt"),
        (("my.film (1).SRT",), None, "my.film (1).SRT"),
        # Of other videos, or none.
        (("My.Film (1) part 2.srt", "My.Film.srt", "My.Film (1).part2.srt", "My.Film (1).txt", "My.Film (1).srt.bak"), None, ""),
    ],
)
def test_which_file_is_taken(names: tuple[str, ...], asked: str | None, wanted: str, video: Path) -> None:
    put(video, *names)
    assert taken(video, subtitles=asked) == wanted


def test_what_cannot_be_read_is_told_and_the_next_one_taken(video: Path) -> None:
    put(video, "My.Film (1).en.srt")
    (video.parent / "My.Film (1).srt").write_bytes(bytes(range(256)) * 20)
    (video.parent / "My.Film (1).ass").mkdir()
    os.mkfifo(video.parent / "My.Film (1).vtt")
    words = read_words(VideoFile.of(video), WordOptions(words=True), 10**8)
    assert words.notes[0].startswith("My.Film (1).srt: is no text")
    assert words.notes[1:] == ("Words: 1 line of My.Film (1).en.srt.",)


def test_the_log_of_a_drone_holds_no_words(video: Path) -> None:
    (video.parent / "My.Film (1).srt").write_text(DRONE)
    words = read_words(VideoFile.of(video), WordOptions(words=True), 10**8)
    assert words.lines == ()
    assert words.notes[0] == "My.Film (1).srt: holds a drone's log and no words."


def test_a_transcript_goes_before_and_its_name_may_hold_that_of_the_video(video: Path) -> None:
    put(video, "My.Film (1).srt", "words of My.Film (1).srt")
    pattern = str(video.parent / "words of {name}.srt")
    assert taken(video, transcript=pattern) == "words of My.Film (1).srt"
    options = WordOptions(transcript=pattern)
    assert word_files(video, video.name, options) == [video.parent / "words of My.Film (1).srt"]
    assert word_files(video, video.name, WordOptions(words=True)) == [video.parent / "My.Film (1).srt"]
    assert word_files(video, video.name, WordOptions()) == []
    assert find_beside(video.parent / "none" / "a.mp4") == []


@pytest.mark.parametrize(
    ("texts", "name"),
    [
        (("en", "eng", "EN-us"), "en"),
        (("pt_BR", "por"), "pt"),
        (("ger", "deu", "de"), "de"),
        (("hsb",), "hsb"),
        (("und", "", None, "mul"), None),
    ],
)
def test_languages_have_one_name_each(texts: tuple[str | None, ...], name: str | None) -> None:
    assert {language(text) for text in texts} == {name}


def test_options_that_contradict_each_other_or_are_empty_are_refused() -> None:
    with pytest.raises(UsageError, match="subtitles and transcript contradict each other"):
        WordOptions(subtitles="en", transcript="a.srt")
    with pytest.raises(UsageError, match="transcript is empty"):
        WordOptions(transcript="")
    assert not WordOptions().asked_for
    assert all(WordOptions(**given).asked_for for given in ({"words": True}, {"subtitles": "en"}, {"transcript": "a"}))  # type: ignore[arg-type]
