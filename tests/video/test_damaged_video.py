"""Damage that a decoder conceals: it is heard of, counted, and gives the same result with any number of threads."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests import clips
from tests.test_odd import ODD
from vkeyframe.matching import match
from vkeyframe.pipeline import find_shots, run
from vkeyframe.report.write import report_to_dict
from vkeyframe.settings import Settings
from vkeyframe.video.attempts import read_with_care
from vkeyframe.video.damage import DamageCounter, DamageFoundError
from vkeyframe.video.ffmpeg_log import DecoderErrors, count_errors
from vkeyframe.video.file import VideoFile
from vkeyframe.video.open import open_video
from vkeyframe.video.options import ReadOptions
from vkeyframe.video.timeline import TimelineMismatchError

DECODERS = ["opencv", "pyav"]
THREADS = (1, 2, 4, 8)
MESSAGE = b"[h264 @ 0x55d5c0ffee] error while decoding MB 5 6, bytestream -7\n"


@pytest.fixture(scope="module")
def scratched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give an H.264 video of which some bytes in the middle are others; a decoder hands out all of its frames."""
    path = clips.encode(
        tmp_path_factory.mktemp("clip") / "clip.mp4", clips.scenes((1, 2, 3), 40, speed=4), "-g", "60", "-bf", "2"
    )
    data = bytearray(path.read_bytes())
    for share in (0.35, 0.5, 0.55, 0.6):
        place = int(share * len(data))
        data[place : place + 12] = bytes(range(12))
    path.write_bytes(data)
    return path


def outcome(path: Path, folder: Path, **options: Any) -> tuple[str, dict[str, bytes]]:
    """Return the report as text, without what may differ, and the pictures."""
    folder.mkdir()
    report = report_to_dict(run(VideoFile.of(path), Settings.of(**options), folder))
    del report["run"]
    return json.dumps(report), {each.name: each.read_bytes() for each in folder.iterdir()}


@pytest.mark.parametrize("decoder", DECODERS)
def test_a_damaged_video_gives_the_same_with_any_number_of_threads(scratched: Path, decoder: str, tmp_path: Path) -> None:
    found = [outcome(scratched, tmp_path / str(threads), decoder=decoder, threads=threads) for threads in THREADS]
    assert all(each == found[0] for each in found)
    decoding = json.loads(found[0][0])["decoding"]
    assert decoding["damaged_frames"] > 0
    assert not decoding["complete"]
    assert "damaged" in " ".join(decoding["warnings"])


@pytest.mark.skipif(not ODD.is_dir(), reason="the corpus is not beside the project")
@pytest.mark.parametrize("decoder", DECODERS)
@pytest.mark.parametrize("name", ["empty_edit_5s.mp4", "corrupted.mp4", "displaymatrix.mp4"])
def test_so_do_real_ones(name: str, decoder: str, tmp_path: Path) -> None:
    found = [outcome(ODD / name, tmp_path / str(threads), decoder=decoder, threads=threads) for threads in (1, 3, 8)]
    assert all(each == found[0] for each in found)
    assert not json.loads(found[0][0])["decoding"]["complete"]


def test_shots_and_matches_are_the_same_too(scratched: Path) -> None:
    shots = [find_shots(VideoFile.of(scratched), ReadOptions(threads=threads)) for threads in (1, 4)]
    assert shots[0] == shots[1]
    assert not shots[0].decoding.complete
    assert match([scratched], "2", reading=ReadOptions(threads=1)) == match([scratched], "2", reading=ReadOptions(threads=4))


@pytest.mark.parametrize("decoder", DECODERS)
def test_an_intact_video_is_read_once(decoder: str, tmp_path: Path) -> None:
    path = clips.encode(tmp_path / "clip.mp4", clips.scene(1, 40), "-bf", "2")
    with open_video(VideoFile.of(path), ReadOptions(decoder=decoder, threads=4)) as reader:
        list(reader.frames())
    assert (reader.damaged_frames, reader.complete()) == (0, True)


@pytest.mark.parametrize("decoder", DECODERS)
def test_several_threads_stop_at_damage(scratched: Path, decoder: str, capfd: pytest.CaptureFixture[str]) -> None:
    with open_video(VideoFile.of(scratched), ReadOptions(decoder=decoder, threads=4)) as reader, pytest.raises(DamageFoundError):
        list(reader.frames())
    # In this process nobody asked for FFmpeg's words.
    assert "h264" not in capfd.readouterr().err


@pytest.mark.parametrize(
    ("line", "errors"),
    [
        (MESSAGE, 1),
        (2 * MESSAGE, 2),
        (b"\x1b[48;5;0m\x1b[38;5;196m[hevc @ 0x5] \x1b[0m\x1b[38;5;196mInvalid NAL unit size\x1b[0m\n", 1),
        (b"[h264 @ 0x5] SEI type 5 size 800 truncated at 72\n", 0),
        (b"[mov,mp4,m4a,3gp,3g2,mj2 @ 0x5] stream 0, offset 0x30: partial file\n", 0),
        (b"[matroska,webm @ 0x5] File ended prematurely\n", 0),
        (b"somebody else: error\n", 0),
        (b"", 0),
    ],
)
def test_what_a_decoder_says_of_pictures_is_an_error(line: bytes, errors: int) -> None:
    assert count_errors(line) == errors


def test_errors_are_heard_in_pieces_and_other_words_are_passed_on(capfd: pytest.CaptureFixture[str]) -> None:
    errors, other = DecoderErrors(), DecoderErrors()
    os.write(2, MESSAGE[:20])
    assert errors.take() == 0
    os.write(2, MESSAGE[20:] + b"a word of mine\n")
    assert (errors.take(), errors.take(), other.take()) == (1, 0, 1)
    assert capfd.readouterr().err == "a word of mine\n"
    os.write(2, b"the last")
    errors.close()
    errors.close()
    os.write(2, b" word\n")
    other.close()
    os.write(2, b"open again\n")
    assert capfd.readouterr().err == "the last word\nopen again\n"


def test_a_great_deal_of_words_takes_no_memory(capfd: pytest.CaptureFixture[str]) -> None:
    errors = DecoderErrors()
    for _ in range(3):
        os.write(2, MESSAGE * 20_000)
        assert errors.take() == 20_000
        assert os.fstat(2).st_size == 0
    errors.close()
    assert capfd.readouterr().err == ""


class Player:
    """Grabs as it is told; with each grab some errors."""

    def __init__(self, *grabs: tuple[bool, int]) -> None:
        self._grabs, self.errors = iter(grabs), 0

    def grab(self) -> bool:
        grabbed, self.errors = next(self._grabs, (False, 0))
        return grabbed


def test_a_frame_with_errors_is_damaged_and_one_that_fails_with_errors_counts_once() -> None:
    decoder: Any = Player((True, 0), (True, 5), (False, 2), (False, 0), (True, 0), (False, 3))
    damage = DamageCounter(decoder, lambda: decoder.errors)
    counts = []
    while damage.grab():
        counts.append(damage.failures)
    assert (counts, damage.failures) == ([0, 1, 3], 4)


def test_each_attempt_is_more_careful_than_the_one_before() -> None:
    failures = iter([DamageFoundError(), DamageFoundError()])
    tried = []

    def look(options: ReadOptions) -> str:
        tried.append((options.threads, options.skip_nonref))
        for failure in failures:
            raise failure
        return "read"

    assert read_with_care(ReadOptions(skip_nonref=True), look) == "read"
    assert tried == [(0, True), (1, True), (1, False)]
    tried.clear()
    failures = iter([TimelineMismatchError(), DamageFoundError()])
    assert read_with_care(ReadOptions(threads=4, skip_nonref=True), look) == "read"
    assert tried == [(4, True), (4, False), (1, False)]
