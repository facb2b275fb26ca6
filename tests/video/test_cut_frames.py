"""Cuts are placed at the very frame, by the sizes of packets and where these do not tell by the pictures."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from tests import clips
from vkeyframe.pipeline import find_shots
from vkeyframe.video import cut_frames, packets
from vkeyframe.video.cut_frames import Gap, narrow_gaps
from vkeyframe.video.file import VideoFile
from vkeyframe.video.frame import FrameTime
from vkeyframe.video.open import open_video
from vkeyframe.video.options import ReadOptions
from vkeyframe.video.packet_sizes import guess_first_frame
from vkeyframe.video.packets import PacketIndex, PacketTable
from vkeyframe.video.second_look import SecondLook

# Lengths of the shots, so that the cuts fall on every place between two samples.
LENGTHS = (31, 26, 33, 28, 37, 29)
CUTS = np.cumsum(LENGTHS)[:-1].tolist()
FIXED_GROUPS = ("-bf", "3", "-x264-params", "b-adapt=0:keyint=25:min-keyint=25:scenecut=0")
ENCODED: dict[str, tuple[str, tuple[str, ...]]] = {
    "h264": (".mp4", ("-bf", "2")),
    "h264-without-b-frames": (".mkv", ("-bf", "0")),
    "h264-fixed-groups": (".mp4", FIXED_GROUPS),
    "h264-key-frames-only": (".mp4", ("-g", "1")),
    "hevc": (".mp4", ("-c:v", "libx265", "-x265-params", "log-level=error")),
    "mpeg2": (".ts", ("-c:v", "mpeg2video", "-q:v", "5", "-bf", "2")),
    "mpeg4": (".avi", ("-c:v", "mpeg4", "-q:v", "5")),
    "mjpeg": (".avi", ("-c:v", "mjpeg", "-q:v", "5")),
    "ffv1": (".mkv", ("-c:v", "ffv1", "-g", "1")),
    "vp8": (".webm", ("-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8", "-b:v", "500k")),
}
MAX_PIXELS = 10**8


def write(path: Path, *options: str) -> Path:
    """Write six shots, encoded as the options say."""
    frames = [frame for seed, length in enumerate(LENGTHS) for frame in clips.scene(seed, length)]
    return clips.encode(path, frames, *options)


def starts(path: Path, **options: str) -> list[int]:
    found = find_shots(VideoFile.of(path), ReadOptions(**options))
    for (before, after), cut in zip(pairwise(found.shots), found.transitions, strict=True):
        assert after.start_frame == before.end_frame + 1
        assert (cut.from_frame, cut.to_frame) == (before.end_frame, after.start_frame)
        assert (cut.from_time, cut.to_time) == (before.end_time, after.start_time)
    return [shot.start_frame for shot in found.shots[1:]]


@pytest.mark.parametrize("form", ENCODED)
@pytest.mark.parametrize("decoder", ["opencv", "pyav"])
def test_a_cut_is_placed_at_its_frame(form: str, decoder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # In these short videos as many frames may be decoded again as it takes.
    monkeypatch.setattr(cut_frames, "MOST_LOOKED_AT", 2.0)
    suffix, options = ENCODED[form]
    assert starts(write(tmp_path / f"video{suffix}", *options), decoder=decoder) == CUTS


@pytest.mark.parametrize("form", ["h264", "hevc"])
def test_a_cut_is_placed_at_its_frame_where_frames_are_left_out(
    form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packets, "WORTHWHILE_PX", 0)
    suffix, options = ENCODED[form]
    assert starts(write(tmp_path / f"video{suffix}", *options)) == CUTS


def test_with_a_variable_rate_the_time_of_a_cut_is_that_of_its_frame(tmp_path: Path) -> None:
    path = tmp_path / "video.mkv"
    frames = [frame for seed in (1, 2) for frame in clips.scene(seed, 31)]
    clips.with_variable_rate(path, frames)
    (cut,) = find_shots(VideoFile.of(path), ReadOptions()).transitions
    times = [frame["time"] for frame in clips.probe_frames(path)]
    assert cut.to_frame == 31
    assert (cut.to_time, cut.from_time) == pytest.approx((times[31], times[30]), abs=1e-3)


def test_no_frame_is_decoded_again_where_the_packets_tell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[list[tuple[int, int]]] = []
    monkeypatch.setattr(SecondLook, "first_frames", lambda _, gaps: looked.append(gaps) or [None] * len(gaps))
    assert starts(write(tmp_path / "video.mp4", "-bf", "2")) == CUTS
    assert looked == []


def test_not_more_than_a_share_of_the_frames_is_decoded_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[tuple[int, int]] = []

    def first_frames(_: SecondLook, gaps: list[tuple[int, int]]) -> list[None]:
        looked.extend(gaps)
        return [None] * len(gaps)

    monkeypatch.setattr(SecondLook, "first_frames", first_frames)
    path = write(tmp_path / "video.avi", "-c:v", "mjpeg")
    found = starts(path)
    # A gap costs four frames or five, of 184.
    assert len(looked) == len(CUTS)
    assert np.abs(np.subtract(found, CUTS)).max() <= 2
    looked.clear()
    monkeypatch.setattr(cut_frames, "MOST_LOOKED_AT", 10 / sum(LENGTHS))
    starts(path)
    assert 1 <= len(looked) <= 2


def table_of(
    sizes: list[float], keys: tuple[int, ...] = (0,), out_of_order: tuple[int, ...] = (), tells: bool = True
) -> PacketTable:
    count = len(sizes)
    in_order, is_key = np.ones(count, bool), np.zeros(count, bool)
    in_order[list(out_of_order)], is_key[list(keys)] = False, True
    return PacketTable(np.arange(count) / 25, 0.0, np.array(sizes, float), in_order, is_key, tells)


BUSY, QUIET = [1000.0] * 20, [100.0] * 20


@pytest.mark.parametrize("place", [19, 20, 21, 22])
def test_the_first_large_packet_begins_a_quiet_shot(place: int) -> None:
    sizes = [900.0] + [100.0] * 39
    sizes[place] = 800.0
    guess = guess_first_frame(table_of(sizes), 18, 22)
    assert (guess.place, guess.likely, guess.certain) == (place, True, True)


def test_the_last_large_packet_begins_a_quiet_shot_after_a_busy_one() -> None:
    # The largest packet of the gap is still the old shot's.
    guess = guess_first_frame(table_of([*BUSY, 1200.0, 1000.0, *QUIET]), 18, 23)
    assert (guess.place, guess.likely) == (21, True)


def test_a_key_frame_that_comes_as_regularly_as_ever_is_not_certain() -> None:
    sizes = [*QUIET, 900.0, *QUIET]
    assert guess_first_frame(table_of(sizes, keys=(0, 20)), 18, 22).certain
    assert not guess_first_frame(table_of(sizes, keys=(0, 10, 20)), 18, 22).certain


def test_a_large_packet_behind_frames_that_are_shown_before_it_is_not_certain() -> None:
    sizes = [*QUIET, 100.0, 900.0, *QUIET]
    assert guess_first_frame(table_of(sizes), 18, 22).certain
    guess = guess_first_frame(table_of(sizes, out_of_order=(19, 20)), 18, 22)
    assert not guess.likely
    assert not guess.certain
    # The large packet may lie behind the gap.
    assert not guess_first_frame(table_of(sizes, out_of_order=(19, 20)), 17, 20).certain


@pytest.mark.parametrize(("size", "certain"), [(900.0, True), (500.0, False)])
def test_among_b_frames_a_packet_must_be_much_larger_than_that_of_other_frames(size: float, certain: bool) -> None:
    # Every third frame is shown behind two that are decoded after it.
    sizes = [300.0 if place % 3 == 0 else 20.0 for place in range(60)]
    sizes[30], sizes[31] = 300.0, size
    out_of_order = tuple(place for place in range(60) if place % 3 and place not in (29, 31, 32))
    guess = guess_first_frame(table_of(sizes, out_of_order=out_of_order), 28, 32)
    assert (guess.place, guess.certain) == (31, certain)


def test_key_frames_alone_and_packets_with_hidden_frames_tell_nothing() -> None:
    sizes = [*QUIET, 900.0, *QUIET]
    for table in (table_of(sizes, keys=tuple(range(41))), table_of(sizes, tells=False)):
        guess = guess_first_frame(table, 18, 22)
        assert not guess.likely
        assert not guess.certain


def test_between_two_frames_next_to_each_other_nothing_is_to_be_guessed() -> None:
    guess = guess_first_frame(table_of(QUIET), 4, 5)
    assert (guess.place, guess.certain) == (5, True)


@pytest.mark.parametrize("last", [0, 38])
def test_a_gap_at_the_edge_of_the_video_has_an_answer(last: int) -> None:
    assert last < guess_first_frame(table_of([100.0] * 40), last, min(39, last + 3)).place <= 39


def test_a_gap_that_the_packets_do_not_know_stays_open(tmp_path: Path) -> None:
    path = write(tmp_path / "video.mp4")
    index = PacketIndex(VideoFile.of(path), MAX_PIXELS)
    table = index.scan().table
    assert table is not None
    gaps = [Gap(FrameTime(28, 28.4 / 25), FrameTime(32, 32 / 25)), Gap(FrameTime(28, 28 / 25), FrameTime(31, 32 / 25))]
    assert narrow_gaps(gaps, table, VideoFile.of(path), MAX_PIXELS) == [None, None]
    right = Gap(FrameTime(28, 28 / 25), FrameTime(32, 32 / 25))
    assert narrow_gaps([right], table, VideoFile.of(path), MAX_PIXELS) == [Gap(FrameTime(30, 1.2), FrameTime(31, 1.24))]


def test_a_damaged_video_is_not_read_again(tmp_path: Path) -> None:
    path = clips.damaged(write(tmp_path / "video.mp4", "-bf", "2"), 0.4, 0.42)
    with open_video(VideoFile.of(path), ReadOptions(threads=1)) as reader:
        for _ in reader.frames():
            pass
        assert reader.damaged_frames
        assert reader.narrow_cuts([Gap(FrameTime(28, 28 / 25), FrameTime(32, 32 / 25))]) == [None]


def test_a_second_look_at_what_cannot_be_read_finds_nothing(tmp_path: Path) -> None:
    look = SecondLook(VideoFile.of(tmp_path / "missing.mp4"), MAX_PIXELS, table_of([1.0] * 40))
    assert look.first_frames([(3, 6)]) == [None]
    path = write(tmp_path / "video.mp4", "-c:v", "mjpeg")
    wrong = table_of([1.0] * 400)
    assert SecondLook(VideoFile.of(path), MAX_PIXELS, wrong).first_frames([(300, 304)]) == [None]
