"""A container is opened and read once, and not read at all where nothing asks for it."""

from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.clips import encode, ffmpeg, scene, with_b_frames
from vkeyframe.errors import InputError
from vkeyframe.pipeline import run
from vkeyframe.settings import Settings
from vkeyframe.video import packets
from vkeyframe.video.file import VideoFile
from vkeyframe.video.packets import PacketIndex

MAX_PIXELS = 10**8


@pytest.fixture
def counts(monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """Count openings with a decoder, and readings of all packets."""
    counted = {"opened": 0, "scanned": 0}
    open_container, scan = packets.open_container, packets._scan

    def counted_open(path: Path, max_pixels: int, **options: str) -> Any:
        counted["opened"] += not options
        return open_container(path, max_pixels, **options)

    def counted_scan(*given: Any) -> Any:
        counted["scanned"] += 1
        return scan(*given)

    monkeypatch.setattr(packets, "open_container", counted_open)
    monkeypatch.setattr(packets, "_scan", counted_scan)
    return counted


@pytest.fixture
def video(tmp_path: Path) -> Path:
    return encode(tmp_path / "video.mkv", scene(1, 60), "-bf", "2")


def test_packets_are_read_once(video: Path, counts: dict[str, int]) -> None:
    assert run(VideoFile.of(video), Settings()).decoding.complete
    assert counts == {"opened": 1, "scanned": 1}


def test_one_that_is_read_beforehand_is_read_once(video: Path, counts: dict[str, int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packets, "WORTHWHILE_PX", 0)
    assert run(VideoFile.of(video), Settings()).decoding.complete
    assert counts == {"opened": 1, "scanned": 1}


def test_one_whose_pictures_end_early_is_read_once_at_its_end(video: Path, tmp_path: Path, counts: dict[str, int]) -> None:
    path = tmp_path / "sound.mkv"
    ffmpeg("-i", video, "-f", "lavfi", "-i", "sine=duration=6", "-c:v", "copy", path)
    assert run(VideoFile.of(path), Settings()).decoding.complete
    assert counts == {"opened": 1, "scanned": 1}


def test_a_scan_counts_all_frames_whatever_it_is_asked_first(video: Path) -> None:
    with closing(PacketIndex(VideoFile.of(video), MAX_PIXELS)) as index:
        times = index.packet_times(least_pixels=0)
        assert times is not None
        assert len(times) == index.scan().frames == 60
        assert index.scan().end == pytest.approx(2.4, abs=0.01)
        assert index.sizes == [(160, 96)]


def test_packets_are_told_in_the_order_of_being_shown(tmp_path: Path) -> None:
    path = with_b_frames(tmp_path / "video.mp4", scene(1, 60))
    with closing(PacketIndex(VideoFile.of(path), MAX_PIXELS)) as index:
        table = index.scan().table
    assert table is not None
    assert table.times == pytest.approx([place / 25 for place in range(60)], abs=1e-3)
    assert [place for place in range(60) if table.is_key[place]] == [0, 12, 24, 36, 48]
    # Three B-frames before each other frame.
    assert table.in_order[12:25].tolist() == [True, False, False, False] * 2 + [True, False, False, True, True]
    assert (table.sizes[table.is_key] > 2 * table.sizes[13]).all()
    assert table.sizes_tell
    assert (table.place(0.4), table.place(0.42), table.place(99.0)) == (10, None, None)
    assert (table.key_before(11), table.key_before(12)) == (0, 12)


def test_what_was_not_read_before_it_was_closed_is_unreadable(video: Path) -> None:
    index = PacketIndex(VideoFile.of(video), MAX_PIXELS)
    index.close()
    assert index.scan() == packets.PacketScan()


def test_what_is_no_video_has_no_sizes_and_no_packets(tmp_path: Path) -> None:
    path = tmp_path / "text.mp4"
    path.write_text("no video")
    index = PacketIndex(VideoFile.of(path), MAX_PIXELS)
    assert (index.sizes, index.packet_times(0), index.scan().frames) == ([], None, 0)


def test_large_pictures_are_refused_by_the_name_that_is_shown(video: Path) -> None:
    with pytest.raises(InputError, match=r"^stdin: its pictures have 160×96 pixels, more than 1000; "):
        PacketIndex(VideoFile.of(video, "stdin"), 1000)
