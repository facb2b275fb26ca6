"""Files that are shorter than they say, where nothing else tells that something is missing."""

from pathlib import Path

import pytest

from tests.clips import cut_off, encode, scene
from vkeyframe import extract
from vkeyframe.video.truncation import is_truncated

FORMS = {
    "avi": ("-c:v", "mjpeg", "-q:v", "3"),
    "mkv": ("-c:v", "libx264"),
    "webm": ("-c:v", "libvpx", "-deadline", "realtime"),
    "wmv": ("-c:v", "wmv2", "-q:v", "3"),
}


@pytest.mark.parametrize("suffix", FORMS)
def test_a_file_that_was_cut_off_is_told_from_a_whole_one(suffix: str, tmp_path: Path) -> None:
    path = encode(tmp_path / f"clip.{suffix}", scene(1, 60), *FORMS[suffix])
    assert not is_truncated(path)
    assert extract(path).decoding.complete
    assert is_truncated(cut_off(path, 0.97))


@pytest.mark.parametrize(("name", "options"), [("live.mkv", ("-live", "1")), ("clip.ts", ()), ("clip.mp4", ())])
def test_where_nothing_is_said_nothing_is_missing(name: str, options: tuple[str, ...], tmp_path: Path) -> None:
    path = encode(tmp_path / name, scene(1, 60), "-c:v", "libx264", *options)
    assert not is_truncated(cut_off(path, 0.97))


@pytest.mark.parametrize("head", [b"", b"RIFF", b"\x1a\x45\xdf\xa3", b"\x1a\x45\xdf\xa3\x00\x18\x53", bytes(99)])
def test_a_beginning_that_ends_too_soon_says_nothing(head: bytes, tmp_path: Path) -> None:
    path = tmp_path / "short"
    path.write_bytes(head)
    assert is_truncated(path) == (head == b"RIFF")


def test_a_cut_file_without_a_usable_length_is_not_complete(tmp_path: Path) -> None:
    path = cut_off(encode(tmp_path / "clip.wmv", scene(1, 100), *FORMS["wmv"]), 0.7)
    decoding = extract(path).decoding
    assert not decoding.complete
    assert decoding.warnings
