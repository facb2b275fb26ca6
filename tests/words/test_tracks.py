"""Subtitle tracks of real files, which begin at times of their own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from tests import clips
from tests.subtitled import Cue, Track, put_together
from vkeyframe.errors import InputError
from vkeyframe.video.file import VideoFile
from vkeyframe.words.options import WordOptions
from vkeyframe.words.source import Words, read_words
from vkeyframe.words.tracks import contents_of

MOST_PIXELS = 10**8
# As the container counts.
CUES: Sequence[Cue] = ((1.5, 2.5, "Hello there"), (3.0, 3.8, "second"), (4.2, 4.9, "third"))
SRT = "1\n00:00:01,500 --> 00:00:02,500\nHello there\n\n2\n00:00:03,000 --> 00:00:03,800\nsecond\n"


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a clip of 5 seconds."""
    return clips.write_clip(tmp_path_factory.mktemp("subtitled") / "plain.mp4", clips.scenes(range(5), 25))


def said(words: Words) -> list[tuple[float, float, str]]:
    return [(line.start_time, line.end_time, line.text) for line in words.lines]


def read(path: Path, **options: object) -> Words:
    return read_words(VideoFile.of(path), WordOptions(**{"words": True, **options}), MOST_PIXELS)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("codec", "suffix"), [("subrip", "mkv"), ("ass", "mkv"), ("webvtt", "mkv"), ("webvtt", "webm"), ("mov_text", "mp4")]
)
def test_every_kind_of_text_is_read(codec: str, suffix: str, clip: Path, tmp_path: Path) -> None:
    if suffix == "webm":
        clip = clips.write_clip(tmp_path / "plain.webm", clips.scene(1, 125), codec="VP80")
    video = put_together(tmp_path / f"a.{suffix}", clip, Track(CUES, codec, "eng"))
    words = read(video)
    assert said(words) == [*CUES]
    assert words.notes == (f"Words: 3 lines of subtitle track 1 (en, {codec}).",)


@pytest.mark.parametrize(
    ("codec", "suffix", "begin"), [("subrip", "mkv", 1.0), ("subrip", "mkv", 2.0), ("mov_text", "mp4", 1.0), ("ass", "mkv", 0.4)]
)
def test_times_of_a_track_count_from_the_first_frame_wherever_that_is(
    codec: str, suffix: str, begin: float, clip: Path, tmp_path: Path
) -> None:
    video = put_together(tmp_path / f"a.{suffix}", clip, Track(CUES, codec), begin=begin)
    assert said(read(video)) == [(max(0.0, round(a - begin, 3)), round(b - begin, 3), text) for a, b, text in CUES]


def test_times_beside_a_video_count_from_where_the_container_begins(clip: Path, tmp_path: Path) -> None:
    # The sound begins at 0, the pictures 1 s later.
    late = put_together(tmp_path / "late.mp4", clip, begin=1.0, sound=(0.0, "eng"))
    (tmp_path / "late.srt").write_text(SRT)
    assert said(read(late)) == [(0.5, 1.5, "Hello there"), (2.0, 2.8, "second")]
    # A recording whose clock stands at 1.4 s where it begins; players begin to count there.
    ts = put_together(tmp_path / "ts.ts", clip, begin=1.4)
    (tmp_path / "ts.srt").write_text(SRT)
    assert said(read(ts)) == [(1.5, 2.5, "Hello there"), (3.0, 3.8, "second")]


def test_times_of_whisper_count_from_where_the_sound_begins(clip: Path, tmp_path: Path) -> None:
    late = put_together(tmp_path / "a.mkv", clip, begin=0.0, sound=(2.0, "eng"))
    (tmp_path / "a.json").write_text('{"segments": [{"start": 0.5, "end": 1.5, "text": " Hello"}]}')
    (found,) = said(read(late, words=False, transcript=str(tmp_path / "a.json")))
    # The encoder of the sound has a delay of 64 ms.
    assert found == (pytest.approx(2.5, abs=0.07), pytest.approx(3.5, abs=0.07), "Hello")


ENGLISH, GERMAN = Track(CUES, language="eng"), Track([(1, 2, "Hallo")], language="ger")


@pytest.mark.parametrize(
    ("tracks", "spoken", "asked", "taken"),
    [
        ((ENGLISH, GERMAN), None, None, 1),
        ((ENGLISH, replace(GERMAN, disposition="default")), None, None, 2),
        ((GERMAN, ENGLISH), "eng", None, 2),
        ((replace(GERMAN, disposition="default"), ENGLISH), "eng", None, 2),
        ((replace(ENGLISH, disposition="forced"), GERMAN), "eng", None, 2),
        ((replace(ENGLISH, disposition="hearing_impaired"), ENGLISH), "eng", None, 2),
        ((ENGLISH, GERMAN), "eng", "de", 2),
        ((ENGLISH, GERMAN), "eng", "DEU", 2),
        ((ENGLISH, GERMAN), "eng", "2", 2),
    ],
)
def test_the_track_is_that_of_the_sound_or_that_which_is_asked_for(
    tracks: tuple[Track, ...], spoken: str | None, asked: str | None, taken: int, clip: Path, tmp_path: Path
) -> None:
    video = put_together(tmp_path / "a.mkv", clip, *tracks, sound=None if spoken is None else (0.0, spoken))
    assert f"of subtitle track {taken} (" in read(video, subtitles=asked).notes[-1]


def test_subtitles_that_are_not_there_are_an_error_that_lists_those_that_are(clip: Path, tmp_path: Path) -> None:
    video = put_together(tmp_path / "a.mkv", clip, ENGLISH, GERMAN)
    for asked in ("fr", "3", "0"):
        with pytest.raises(InputError, match=f"has no subtitles {asked} in it or beside it; .*: 1 .en, subrip., 2 .de, subrip."):
            read(video, subtitles=asked)


def test_pictures_of_words_are_told_as_such(clip: Path, tmp_path: Path) -> None:
    video = put_together(tmp_path / "a.mkv", clip, Track(CUES, "dvbsub", "eng"))
    (track,) = contents_of(VideoFile.of(video), MOST_PIXELS).tracks
    assert not track.is_text
    assert read(video).notes == (
        "No words were found: subtitle track 1 (en, dvb_subtitle) holds pictures of words; give the words with transcript=….",
    )
    # A track of text goes before it.
    video = put_together(tmp_path / "b.mkv", clip, Track(CUES, "dvbsub", "eng", "default"), GERMAN)
    assert said(read(video)) == [(1.0, 2.0, "Hallo")]


def test_a_video_without_words_says_so(clip: Path) -> None:
    words = read(clip)
    assert words.lines == ()
    assert words.notes[0].startswith(
        "No words were found: it has no subtitle track, and no NAME.srt, .vtt or .ass lies beside it"
    )


def test_a_track_that_is_cut_off_gives_what_is_there(clip: Path, tmp_path: Path) -> None:
    video = put_together(tmp_path / "a.mkv", clip, ENGLISH)
    data = video.read_bytes()
    video.write_bytes(data[: data.index(b"third")])
    assert said(read(video)) == [*CUES[:2]]


def test_what_is_no_video_has_nothing_in_it(tmp_path: Path) -> None:
    path = tmp_path / "a.mkv"
    path.write_bytes(b"\x1aE\xdf\xa3" + bytes(range(256)) * 20)
    assert contents_of(VideoFile.of(path), MOST_PIXELS).tracks == ()
