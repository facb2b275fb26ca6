"""Mutants of small videos: every one ends with a report that shows something, or with one sentence."""

from __future__ import annotations

from pathlib import Path

import av
import pytest

from tests import clips, fuzz
from tests.mutate import flipped, mutant
from vkeyframe import Settings, extract
from vkeyframe.video.file import VideoFile
from vkeyframe.video.packets import PacketIndex

COUNT = 200


@pytest.fixture(scope="module")
def fates(tmp_path_factory: pytest.TempPathFactory) -> list[fuzz.Fate]:
    folder = tmp_path_factory.mktemp("fuzz")
    return list(fuzz.fates(fuzz.samples(folder), range(COUNT), folder))


def test_no_mutant_ends_as_none_should(fates: list[fuzz.Fate]) -> None:
    assert len(fates) == COUNT
    assert [fate for fate in fates if fate.fault] == []
    assert {fate.end for fate in fates} <= {"decoded", "damaged", "InputError", "DecoderError"}


def test_the_mutants_are_neither_whole_nor_hopeless(fates: list[fuzz.Fate]) -> None:
    """Else the test above would show nothing."""
    for end in ("decoded", "damaged", "InputError"):
        assert sum(fate.end == end for fate in fates) >= COUNT // 20


def test_a_seed_is_a_mutant(tmp_path: Path) -> None:
    data = bytes(range(256)) * 20
    assert mutant(data, 1) == mutant(data, 1)
    assert len({mutant(data, seed) for seed in range(100)}) > 90
    assert flipped(data, 0.01, 3) == flipped(data, 0.01, 3) != data
    changed = sum(a != b for a, b in zip(flipped(data, 0.01, 3), data, strict=True))
    assert changed == len(data) // 100


@pytest.mark.parametrize("data", [b"", b"x", b"xy"])
def test_hardly_anything_can_be_mutated_as_well(data: bytes) -> None:
    for seed in range(200):
        mutant(data, seed)


@pytest.mark.parametrize("decoder", fuzz.DECODERS)
def test_a_stream_that_appears_in_mid_file_is_passed_over(decoder: str, tmp_path: Path) -> None:
    # FFmpeg looks for streams in the first and the last seconds when it opens a file.
    path = clips.encode(tmp_path / "clip.mpg", clips.scene(1, 100) * 5, "-c:v", "mpeg1video", "-q:v", "2", "-f", "mpeg")
    parts = path.read_bytes().split(b"\x00\x00\x01\xe0")
    middle = len(parts) // 2
    path.write_bytes(b"".join(b"\x00\x00\x01" + bytes([0xE5 if 0 <= i - middle < 5 else 0xE0]) + p for i, p in enumerate(parts)))
    with av.open(str(path)) as container, pytest.raises(IndexError):
        list(container.demux())
    assert 480 < extract(path, Settings.of(decoder=decoder)).decoding.decoded_frames < 500


def test_the_pictures_that_an_index_names_are_missed_where_they_are_cut_off(tmp_path: Path) -> None:
    """Also where the sound of the last second lies before them, so that the file can be read up to its end."""
    path = clips.encode(tmp_path / "clip.mp4", clips.scene(1, 50), "-movflags", "+faststart")
    whole = PacketIndex(VideoFile.of(path), 10**8).scan()
    assert (whole.frames, whole.end) == (50, 2.0)
    cut = PacketIndex(VideoFile.of(clips.cut_off(path, 0.85)), 10**8).scan()
    assert cut.frames == 50
    assert cut.end < 1.9
