"""Decoding in part: frames that no other depends on are left out, and all that is told of the others stays true."""

from contextlib import closing
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from numpy import ndarray

from tests.clips import cut_off, encode, number_of, numbered_scene, probe_frames, scene, with_variable_rate
from vkeyframe.pipeline import run
from vkeyframe.settings import Settings
from vkeyframe.timing import Position
from vkeyframe.video import packets
from vkeyframe.video.file import VideoFile
from vkeyframe.video.frame import Frame
from vkeyframe.video.open import open_video
from vkeyframe.video.options import ReadOptions
from vkeyframe.video.packets import PacketIndex
from vkeyframe.video.reader import VideoReader
from vkeyframe.video.sampling import TUNING
from vkeyframe.video.timeline import TimelineMismatchError

DECODERS = ("opencv", "pyav")
COUNT = 200
MAX_PIXELS = 10**8


@pytest.fixture(autouse=True)
def always_worth_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packets, "WORTHWHILE_PX", 0)


@pytest.fixture(params=["h264.mp4", "h264.mkv", "hevc.mp4", "variable.mp4"])
def video(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Return a video with B-frames, one of them with uneven steps in time."""
    path, frames = tmp_path / request.param, numbered_scene(COUNT)
    if "variable" in request.param:
        return with_variable_rate(path, frames)
    codec = ("-c:v", "libx265", "-preset", "veryfast", "-x265-params", "log-level=none", "-crf", "18")
    return encode(path, frames, "-bf", "3", *(codec if "hevc" in request.param else ()))


def packet_times(path: Path) -> ndarray | None:
    with closing(PacketIndex(VideoFile.of(path), MAX_PIXELS)) as index:
        return index.packet_times()


def read(reader: VideoReader) -> list[Frame]:
    with reader:
        frames = [frame for frame, _ in reader.frames()]
        assert reader.complete()
        return frames


@pytest.mark.parametrize("decoder", DECODERS)
def test_every_frame_handed_out_has_its_own_index_and_time(decoder: str, video: Path) -> None:
    reader = open_video(VideoFile.of(video), ReadOptions(decoder=decoder, skip_nonref=True))
    frames = read(reader)
    times = np.array([frame["time"] for frame in probe_frames(video)])
    assert reader.decoded_frames < 0.8 * COUNT
    assert (reader.last_frame, reader.last_time) == (COUNT - 1, pytest.approx(times[-1], abs=1e-3))
    info = reader.measured_info()
    assert info.duration == pytest.approx(times[-1] + 1 / info.fps, abs=1e-3)
    assert [number_of(frame.picture) for frame in frames] == [frame.index for frame in frames]
    assert np.allclose([frame.time for frame in frames], times[[frame.index for frame in frames]], atol=1e-3)
    for one, other in pairwise(frames):
        assert other.index - one.index <= TUNING.largest_step
        assert np.allclose(other.skipped_times, times[one.index + 1 : other.index], atol=1e-3)


def test_a_range_is_kept_to_the_frame(tmp_path: Path) -> None:
    path = encode(tmp_path / "video.mp4", numbered_scene(COUNT), "-bf", "3")
    options = ReadOptions(start=Position(None, 50), end=Position(None, 101), skip_nonref=True)
    reader = open_video(VideoFile.of(path), options)
    assert 50 <= read(reader)[0].index <= 52
    assert (reader.last_frame, reader.last_time) == (100, 4.0)


@pytest.mark.parametrize("decoder", DECODERS)
def test_where_frames_are_missing_the_video_is_read_once_more_in_full(decoder: str, tmp_path: Path) -> None:
    whole = encode(tmp_path / "whole.mkv", scene(3, COUNT), "-bf", "3", "-g", "50")
    cut = cut_off(whole, 0.6)
    options = ReadOptions(decoder=decoder, skip_nonref=True)
    with open_video(VideoFile.of(cut), options) as reader, pytest.raises(TimelineMismatchError):
        list(reader.frames())
    decoding = run(VideoFile.of(cut), Settings.of(decoder=decoder)).decoding
    assert decoding.decoded_frames > 0.5 * COUNT
    assert not decoding.complete
    assert decoding.warnings


def test_what_was_drawn_before_a_second_reading_leaves_no_picture(tmp_path: Path) -> None:
    whole = encode(tmp_path / "whole.mkv", scene(3, COUNT, speed=8), "-bf", "3", "-g", "50")
    cut = cut_off(whole, 0.6)
    folder = tmp_path / "pictures"
    folder.mkdir()
    report = run(VideoFile.of(cut), Settings.of(), folder)
    assert sorted(path.name for path in folder.iterdir()) == sorted(str(keyframe.file) for keyframe in report.keyframes)


def test_long_gaps_between_what_must_be_decoded_are_not_accepted(tmp_path: Path) -> None:
    options = ("-bf", "9", "-x264-params", "b-adapt=0:b-pyramid=none:scenecut=0")
    path = encode(tmp_path / "gaps.mp4", scene(3, COUNT), *options)
    with open_video(VideoFile.of(path), ReadOptions(skip_nonref=True)) as reader, pytest.raises(TimelineMismatchError):
        list(reader.frames())
    assert run(VideoFile.of(path), Settings.of()).decoding.decoded_frames == COUNT


@pytest.mark.parametrize("codec", ["mpeg4", "mjpeg"])
def test_codecs_that_do_not_tell_are_decoded_in_full(codec: str, tmp_path: Path) -> None:
    path = encode(tmp_path / "video.avi", scene(3, 60), "-c:v", codec, "-q:v", "3")
    assert packet_times(path) is None


def test_a_short_video_is_decoded_in_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = encode(tmp_path / "video.mp4", scene(3, 60))
    assert packet_times(path) is not None
    monkeypatch.undo()
    assert packet_times(path) is None
