"""One pass over every kind of file: indices, presentation times, pictures, and what is told of damage."""

from __future__ import annotations

import os
import struct
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from numpy import ndarray

from tests import clips
from vkeyframe.errors import InputError
from vkeyframe.opencv import cv2
from vkeyframe.report.video_info import VideoInfo
from vkeyframe.timing import parse_position
from vkeyframe.video.attempts import read_with_care
from vkeyframe.video.file import VideoFile
from vkeyframe.video.header import display_size
from vkeyframe.video.open import open_video
from vkeyframe.video.options import ReadOptions
from vkeyframe.video.reader import VideoReader, describe_decoding

COUNT = 60
Maker = Callable[[Path, Sequence[ndarray]], Path]

# What ffmpeg makes, and the suffix of the file.
ENCODED: dict[str, tuple[Maker, str]] = {
    "b-frames": (clips.with_b_frames, ".mp4"),
    "b-frames-matroska": (clips.with_b_frames, ".mkv"),
    "variable-rate": (clips.with_variable_rate, ".mp4"),
    "variable-rate-matroska": (clips.with_variable_rate, ".mkv"),
    "delayed": (clips.with_delayed_start, ".mp4"),
    "delayed-matroska": (clips.with_delayed_start, ".mkv"),
    "transport-stream": (clips.with_delayed_start, ".ts"),
    "ten-bit": (clips.with_ten_bits, ".mp4"),
    "wide-pixels": (lambda path, frames: clips.with_aspect(path, frames, "2/1"), ".mp4"),
    "lossless": (lambda path, frames: clips.encode(path, frames, "-c:v", "ffv1"), ".mkv"),
    "one-key-frame": (lambda path, frames: clips.encode(path, frames, "-g", "1000", "-bf", "2"), ".mov"),
}


@dataclass
class Pass:
    """What one pass over a video gave."""

    reader: VideoReader
    info: VideoInfo
    indices: list[int]
    times: list[float]
    pictures: list[ndarray]
    samples: list[bool]
    skipped_times: list[tuple[float, ...]]
    exact: list[bool]

    @property
    def numbers(self) -> list[int]:
        """The numbers drawn on the pictures."""
        return [clips.number_of(picture) for picture in self.pictures]


def read(path: Path, decode: str = "every", start: str | None = None, end: str | None = None, threads: int = 0) -> Pass:
    """Go through a video and keep all that is handed out."""
    first, last = (None if text is None else parse_position(text) for text in (start, end))
    return read_with_care(ReadOptions(decode=decode, start=first, end=last, threads=threads), partial(_read, path))


def _read(path: Path, options: ReadOptions) -> Pass:
    with open_video(VideoFile.of(path), options) as reader:
        items = list(reader.frames())
        frames = [frame for frame, _ in items]
        return Pass(
            reader,
            reader.info,
            [frame.index for frame in frames],
            [frame.time for frame in frames],
            [frame.picture for frame in frames],
            [is_sample for _, is_sample in items],
            [frame.skipped_times for frame in frames],
            [frame.index_exact for frame in frames],
        )


@pytest.fixture(scope="module")
def drawn() -> list[ndarray]:
    """Give the frames that the clips are made of."""
    return clips.numbered_scene(COUNT)


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory, drawn: list[ndarray]) -> Path:
    """Give a good MP4 of 60 frames at 25 frames a second, with a key frame every 12."""
    return clips.write_clip(tmp_path_factory.mktemp("plain") / "plain.mp4", drawn)


@pytest.fixture(scope="module")
def variable(tmp_path_factory: pytest.TempPathFactory, drawn: list[ndarray]) -> Path:
    """Give a video with uneven steps between its frames."""
    return clips.with_variable_rate(tmp_path_factory.mktemp("variable") / "variable.mp4", drawn)


@pytest.mark.parametrize("codec", clips.FORMS)
def test_every_frame_comes_once_in_order_with_its_own_picture(codec: str, tmp_path: Path, drawn: list[ndarray]) -> None:
    path = clips.write_clip(tmp_path / f"clip{clips.FORMS[codec]}", drawn, codec=codec)
    found = read(path)
    assert found.indices == list(range(COUNT))
    assert found.numbers == list(range(COUNT))
    assert found.times == pytest.approx([index / 25 for index in range(COUNT)], abs=0.001)
    assert max(clips.luma_difference(a, b) for a, b in zip(found.pictures, drawn, strict=True)) < 6
    assert all(found.exact)
    assert found.reader.decoded_frames == COUNT
    assert found.reader.estimated_times == 0
    assert (found.info.width, found.info.height, found.info.rotation) == (clips.WIDTH, clips.HEIGHT, 0)
    assert found.info.fps == pytest.approx(25, abs=0.01)


@pytest.mark.parametrize("kind", ENCODED)
def test_times_are_those_of_ffprobe(kind: str, tmp_path: Path, drawn: list[ndarray]) -> None:
    make, suffix = ENCODED[kind]
    path = make(tmp_path / f"clip{suffix}", drawn)
    found = read(path)
    assert found.indices == list(range(COUNT))
    assert found.numbers == list(range(COUNT))
    assert found.times == pytest.approx([frame["time"] for frame in clips.probe_frames(path)], abs=0.001)
    assert found.reader.estimated_times == 0


@pytest.mark.parametrize("kind", ENCODED)
def test_a_good_video_is_complete_without_a_warning(kind: str, tmp_path: Path, drawn: list[ndarray]) -> None:
    make, suffix = ENCODED[kind]
    found = read(make(tmp_path / f"clip{suffix}", drawn))
    decoding = describe_decoding(found.reader, COUNT)
    assert decoding.complete
    assert decoding.warnings == ()
    assert (decoding.decoded_frames, decoding.damaged_frames) == (COUNT, 0)


def test_uneven_steps_are_uneven_in_the_times(variable: Path) -> None:
    steps = np.diff(read(variable).times)
    assert set(np.round(steps, 3)) == {0.02, 0.04, 0.06, 0.12}


def test_rate_and_duration_are_measured(variable: Path) -> None:
    found = read(variable)
    measured = found.reader.measured_info()
    assert measured.duration == pytest.approx(found.times[-1] + 1 / found.info.fps, abs=0.001)
    assert measured.fps == found.info.fps


def test_ten_bits_keep_their_brightness(tmp_path: Path, drawn: list[ndarray]) -> None:
    found = read(clips.with_ten_bits(tmp_path / "clip.mp4", drawn))
    assert {picture.dtype for picture in found.pictures} == {np.dtype(np.uint8)}
    assert max(clips.luma_difference(a, b) for a, b in zip(found.pictures, drawn, strict=True)) < 6


@pytest.mark.parametrize(
    ("degrees", "back"), [(90, cv2.ROTATE_90_COUNTERCLOCKWISE), (180, cv2.ROTATE_180), (270, cv2.ROTATE_90_CLOCKWISE)]
)
def test_rotation_is_applied(degrees: int, back: int, tmp_path: Path, drawn: list[ndarray]) -> None:
    found = read(clips.turned(clips.write_clip(tmp_path / "clip.mp4", drawn), degrees))
    size = (clips.WIDTH, clips.HEIGHT) if degrees == 180 else (clips.HEIGHT, clips.WIDTH)
    assert (found.info.width, found.info.height) == size
    assert found.info.rotation == degrees
    assert [clips.number_of(cv2.rotate(picture, back)) for picture in found.pictures] == list(range(COUNT))


@pytest.mark.parametrize(("ratio", "width"), [("2/1", 320), ("2/3", 107), ("64/45", 228), ("1/1", 160)])
def test_pixels_that_are_not_square_widen_the_picture(ratio: str, width: int, tmp_path: Path, drawn: list[ndarray]) -> None:
    info = read(clips.with_aspect(tmp_path / "clip.mp4", drawn[:5], ratio)).info
    over, under = map(int, ratio.split("/"))
    assert (info.width, info.height) == (width, clips.HEIGHT)
    assert info.sample_aspect_ratio == pytest.approx(over / under, abs=1e-6)


def test_pixels_that_are_not_square_turn_with_the_picture(tmp_path: Path, drawn: list[ndarray]) -> None:
    info = read(clips.turned(clips.with_aspect(tmp_path / "clip.mp4", drawn[:5], "2/1"), 90)).info
    assert (info.width, info.height) == (clips.HEIGHT // 2, clips.WIDTH)
    assert info.sample_aspect_ratio == 0.5


def test_a_displayed_size_is_never_empty() -> None:
    assert display_size(640, 360, 1.0) == (640, 360)
    assert display_size(720, 576, 64 / 45) == (1024, 576)
    assert display_size(1, 100, 0.05) == (1, 100)
    # Real videos, whose ratios are what was left of scaling.
    assert display_size(568, 320, 681 / 680) == (568, 320)
    assert display_size(470, 320, 704 / 705) == (470, 320)
    assert display_size(704, 480, 10 / 11) == (640, 480)
    assert display_size(100, 100, 1.01) == (101, 100)


@pytest.mark.parametrize(
    ("start", "end", "first", "last"),
    [
        ("0.4", None, 10, 59),
        ("0.41", None, 11, 59),
        ("10f", None, 10, 59),
        (None, "0.4", 0, 9),
        (None, "0.41", 0, 10),
        (None, "10f", 0, 9),
        ("00:00:01.000", "00:00:02.000", 25, 49),
        ("5f", "0.4", 5, 9),
        ("59f", None, 59, 59),
        ("0", "1f", 0, 0),
    ],
)
def test_a_range_is_kept_to_the_frame(start: str | None, end: str | None, first: int, last: int, plain: Path) -> None:
    found = read(plain, "every", start, end)
    assert found.indices == list(range(first, last + 1))
    assert found.numbers == found.indices
    assert found.times == pytest.approx([index / 25 for index in found.indices], abs=0.001)
    assert found.reader.stopped is (end is not None)
    assert found.reader.complete()
    assert (found.reader.last_frame, found.reader.last_time) == (last, found.times[-1])


def test_a_range_in_seconds_follows_presentation_times(variable: Path) -> None:
    times = [frame["time"] for frame in clips.probe_frames(variable)]
    found = read(variable, "every", "1.0", "2.0")
    assert found.indices == [index for index, time in enumerate(times) if 1.0 <= time < 2.0]
    assert found.numbers == found.indices


@pytest.mark.parametrize(("start", "end"), [("100", None), ("60f", None), (None, "0")])
def test_a_range_beside_the_video_gives_no_frame(start: str | None, end: str | None, plain: Path) -> None:
    assert read(plain, "every", start, end).indices == []


def test_a_video_that_stops_early_keeps_the_duration_of_its_header(plain: Path) -> None:
    found = read(plain, "every", None, "0.4")
    assert found.reader.measured_info() == found.info
    assert found.info.duration == pytest.approx(2.4, abs=0.01)


@pytest.mark.parametrize(("fps", "step"), [(5, 1), (10, 1), (15, 2), (25, 3), (30, 4), (50, 5), (60, 5), (120, 5)])
def test_sampling_takes_about_eight_a_second_and_never_leaves_out_five(fps: int, step: int, tmp_path: Path) -> None:
    path = clips.write_clip(tmp_path / "clip.mp4", clips.numbered_scene(80), fps)
    found = read(path, "sampled")
    assert found.indices[0] == 0
    assert found.indices == found.numbers
    # Between samples there may be frames that are likely sharper.
    steps = np.diff(np.array(found.indices)[found.samples])
    assert steps.max() <= 5
    assert steps.mean() == pytest.approx(step, abs=0.3)


def test_sampling_holds_to_time_where_the_rate_varies(variable: Path) -> None:
    found = read(variable, "sampled")
    assert np.diff(found.indices).max() <= 5
    # Two frames of this video are never more than 0.12 s apart, so none needs to come later than this.
    assert np.diff(found.times).max() <= 0.125 + 0.06
    assert 6.0 <= (len(found.times) - 1) / found.times[-1] <= 10.0


def test_the_times_of_skipped_frames_are_handed_on(variable: Path) -> None:
    every, sampled = read(variable), read(variable, "sampled")
    for before, after, skipped in zip(sampled.indices, sampled.indices[1:], sampled.skipped_times[1:], strict=False):
        assert skipped == tuple(every.times[before + 1 : after])


def test_samples_are_the_same_among_every_frame(plain: Path) -> None:
    every, sampled = read(plain), read(plain, "sampled")
    one, other = (
        [i for i, is_sample in zip(found.indices, found.samples, strict=True) if is_sample] for found in (every, sampled)
    )
    assert one == other
    assert set(every.skipped_times) == {()}


def test_pictures_handed_out_stay_as_they_are(plain: Path) -> None:
    with open_video(VideoFile.of(plain), ReadOptions(decode="every")) as reader:
        frames = reader.frames()
        first, _ = next(frames)
        copy = first.picture.copy()
        later = [frame for frame, _ in frames]
    assert np.array_equal(first.picture, copy)
    assert not any(np.shares_memory(first.picture, frame.picture) for frame in later)


def test_codec_gives_only_key_frames(plain: Path) -> None:
    found = read(plain, "codec")
    assert found.numbers == [0, 12, 24, 36, 48]
    assert found.indices == found.numbers
    assert found.exact == [False] * 5
    assert all(found.samples)
    assert found.reader.complete()


@pytest.mark.parametrize("kind", ["b-frames", "b-frames-matroska", "delayed", "variable-rate"])
def test_codec_gives_the_key_frames_that_ffprobe_names(kind: str, tmp_path: Path, drawn: list[ndarray]) -> None:
    make, suffix = ENCODED[kind]
    path = make(tmp_path / f"clip{suffix}", drawn)
    keys = [(number, frame["time"]) for number, frame in enumerate(clips.probe_frames(path)) if frame["key"]]
    found = read(path, "codec")
    assert found.numbers == [number for number, _ in keys]
    assert found.times == pytest.approx([time for _, time in keys], abs=0.001)
    assert found.exact == [False] * len(keys)


def test_codec_leaves_no_trace_for_the_next_reader(plain: Path) -> None:
    read(plain, "codec")
    assert read(plain).indices == list(range(COUNT))


@pytest.mark.parametrize(
    ("make", "suffix"),
    [
        (lambda path, frames: clips.write_clip(path, frames, codec="mp4v"), ".mp4"),
        (lambda path, frames: clips.write_clip(path, frames, codec="FFV1"), ".mkv"),
        (lambda path, frames: clips.encode(path, frames, "-g", "10"), ".mp4"),
    ],
    ids=["mp4v", "ffv1", "h264"],
)
def test_frames_behind_damage_are_recovered_and_failures_counted(
    make: Maker, suffix: str, tmp_path: Path, drawn: list[ndarray]
) -> None:
    found = read(clips.damaged(make(tmp_path / f"clip{suffix}", drawn), 0.4, 0.5))
    assert found.numbers[:15] == list(range(15))
    assert found.numbers[-15:] == list(range(COUNT - 15, COUNT))
    assert found.times[-15:] == pytest.approx([number / 25 for number in range(COUNT - 15, COUNT)], abs=0.001)
    assert found.indices == list(range(len(found.indices)))
    assert len(found.indices) < COUNT
    decoding = describe_decoding(found.reader, len(found.indices))
    assert not decoding.complete
    assert 0 < decoding.damaged_frames < COUNT
    assert len(decoding.warnings) == 1
    assert "damaged" in decoding.warnings[0]
    assert str(decoding.decoded_frames) in decoding.warnings[0]


@pytest.mark.parametrize(
    ("make", "suffix"),
    [
        (lambda path, frames: clips.write_clip(path, frames, codec="MJPG"), ".avi"),
        (lambda path, frames: clips.write_clip(path, frames, codec="FFV1"), ".mkv"),
        (lambda path, frames: clips.write_clip(path, frames, codec="VP80"), ".webm"),
        (lambda path, frames: clips.encode(path, frames, "-movflags", "+faststart"), ".mp4"),
    ],
    ids=["avi", "matroska", "webm", "mp4"],
)
def test_a_video_that_is_cut_off_gives_what_is_there(make: Maker, suffix: str, tmp_path: Path, drawn: list[ndarray]) -> None:
    found = read(clips.cut_off(make(tmp_path / f"clip{suffix}", drawn), 0.7))
    decoded = len(found.indices)
    assert 20 < decoded < 50
    # Of the last frame only a part may be left.
    assert found.numbers[:-1] == found.indices[:-1] == list(range(decoded - 1))
    decoding = describe_decoding(found.reader, decoded)
    assert not decoding.complete
    assert (decoding.declared_frames, decoding.decoded_frames) == (COUNT, decoded)
    assert len(decoding.warnings) == 1
    assert str(decoded) in decoding.warnings[0]


@pytest.mark.parametrize("codec", clips.FORMS)
def test_a_good_video_of_opencv_is_complete(codec: str, tmp_path: Path, drawn: list[ndarray]) -> None:
    found = read(clips.write_clip(tmp_path / f"clip{clips.FORMS[codec]}", drawn, codec=codec))
    assert found.reader.complete()
    assert describe_decoding(found.reader, COUNT).warnings == ()


@pytest.mark.parametrize("told", [3, 7, 6000, 2**31 - 1])
def test_a_wrong_frame_count_in_the_header_does_not_matter(told: int, tmp_path: Path, drawn: list[ndarray]) -> None:
    path = clips.write_clip(tmp_path / "clip.avi", drawn, codec="MJPG")
    data = bytearray(path.read_bytes())
    for chunk, place in ((b"avih", 24), (b"strh", 40)):
        begin = data.index(chunk) + place
        assert data[begin : begin + 4] == struct.pack("<I", COUNT)
        data[begin : begin + 4] = struct.pack("<I", told)
    path.write_bytes(data)
    found = read(path)
    assert found.info.declared_frames == told
    assert found.indices == found.numbers == list(range(COUNT))
    assert found.times == pytest.approx([index / 25 for index in range(COUNT)], abs=0.001)
    assert found.reader.measured_info().duration == pytest.approx(COUNT / 25, abs=0.001)
    assert found.reader.complete() is (told < COUNT)


@pytest.mark.parametrize("suffix", [".mpg", ".ts", ".mkv"])
def test_interlaced_video_is_shown_or_refused_but_never_guessed(
    suffix: str, tmp_path: Path, plain: Path, drawn: list[ndarray]
) -> None:
    path = clips.interlaced(tmp_path / f"clip{suffix}", drawn)
    # Pictures of another video lie in the memory that the decoder is given next; OpenCV hands it out where it fails.
    read(plain)
    found, refusal = None, ""
    try:
        found = read(path)
    except InputError as error:
        refusal = str(error)
    if found is None:
        assert "interlaced" in refusal
        return
    assert found.indices == list(range(COUNT))
    assert found.numbers == found.indices
    assert max(clips.luma_difference(a, b) for a, b in zip(found.pictures, drawn, strict=True)) < 20
    told = describe_decoding(found.reader, COUNT).warnings
    assert all("interlaced" in warning for warning in told)
    assert any(np.ptp(picture.astype(int), axis=2).max() > 0 for picture in found.pictures)


@pytest.mark.parametrize(
    ("make", "suffix"),
    [
        (clips.write_clip, ".mp4"),
        (clips.encode, ".mp4"),
        (clips.with_ten_bits, ".mp4"),
        (clips.blacker_than_black, ".mp4"),
        (lambda path, frames: clips.write_clip(path, frames, codec="MJPG"), ".avi"),
    ],
    ids=["mp4v", "h264", "ten-bit", "ten-bit-below-black", "full-range"],
)
def test_a_black_video_is_black_and_nothing_else(make: Maker, suffix: str, tmp_path: Path, plain: Path) -> None:
    path = make(tmp_path / f"clip{suffix}", clips.flat(10))
    read(plain)
    found = read(path)
    assert max(int(picture.max()) for picture in found.pictures) <= 2
    # Where the luma cannot be looked at, black may be a failure to convert, which is told.
    told = describe_decoding(found.reader, 10).warnings
    assert told == () or (make is clips.blacker_than_black and "black" in told[0])


@pytest.mark.parametrize("threads", [1, 2])
def test_the_number_of_threads_changes_nothing(threads: int, tmp_path: Path, drawn: list[ndarray]) -> None:
    path = clips.with_b_frames(tmp_path / "clip.mp4", drawn)
    one, other = read(path), read(path, threads=threads)
    assert (one.indices, one.times) == (other.indices, other.times)
    assert all(np.array_equal(a, b) for a, b in zip(one.pictures, other.pictures, strict=True))


def missing(path: Path) -> Path:
    return path / "missing.mp4"


def directory(path: Path) -> Path:
    folder = path / "folder.mp4"
    folder.mkdir()
    return folder


def empty(path: Path) -> Path:
    file = path / "empty.mp4"
    file.touch()
    return file


def text(path: Path) -> Path:
    file = path / "text.mp4"
    file.write_text("This is no video.\n" * 1000)
    return file


def noise(path: Path) -> Path:
    file = path / "noise.mp4"
    file.write_bytes(np.random.default_rng(3).bytes(50_000))
    return file


def sound(path: Path) -> Path:
    return clips.sound_only(path / "sound.m4a")


def header_only(path: Path) -> Path:
    return clips.cut_off(clips.write_clip(path / "header.avi", clips.numbered_scene(20), codec="MJPG"), 0.1)


def without_index(path: Path) -> Path:
    return clips.cut_off(clips.write_clip(path / "tail.mp4", clips.numbered_scene(20)), 0.5)


def playlist(path: Path) -> Path:
    file = path / "list.m3u8"
    file.write_text("#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nhttp://127.0.0.1:9/part.ts\n#EXT-X-ENDLIST\n")
    return file


def dangling(path: Path) -> Path:
    link = path / "link.mp4"
    link.symlink_to(path / "nowhere.mp4")
    return link


def too_long(path: Path) -> Path:
    return path / f"{'n' * 300}.mp4"


@pytest.mark.parametrize(
    "make",
    [missing, directory, empty, text, noise, sound, without_index, playlist, dangling, too_long],
    ids=lambda make: make.__name__,
)
@pytest.mark.parametrize("decode", ["sampled", "codec"])
def test_what_is_no_video_is_refused_by_name(make: Callable[[Path], Path], decode: str, tmp_path: Path) -> None:
    path = make(tmp_path)
    with pytest.raises(InputError) as caught:
        open_video(VideoFile.of(path), ReadOptions(decode=decode))
    told = str(caught.value)
    assert told.startswith(f"{path}: ")
    assert told.endswith(".")
    assert "\n" not in told


def test_a_header_without_a_frame_is_refused(tmp_path: Path) -> None:
    path = header_only(tmp_path)
    assert path.stat().st_size > 0
    path.write_bytes(path.read_bytes()[: path.read_bytes().index(b"movi") + 4])
    with pytest.raises(InputError, match=r"header\.avi: no (picture|video)"):
        open_video(VideoFile.of(path), ReadOptions())


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="the superuser may read everything")
def test_a_file_without_permission_is_refused(plain: Path, tmp_path: Path) -> None:
    path = tmp_path / "locked.mp4"
    path.write_bytes(plain.read_bytes())
    path.chmod(0)
    with pytest.raises(InputError, match="permission"):
        open_video(VideoFile.of(path), ReadOptions())


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="the superuser may read everything")
def test_a_folder_without_permission_is_refused(plain: Path, tmp_path: Path) -> None:
    folder = tmp_path / "locked"
    folder.mkdir()
    folder.chmod(0)
    try:
        with pytest.raises(InputError, match=r"locked/clip\.mp4"):
            open_video(VideoFile.of(folder / "clip.mp4"), ReadOptions())
    finally:
        folder.chmod(0o700)


@pytest.mark.parametrize("name", ["with space.mp4", "100%d.mp4", "café 映画.mp4", "-q.mp4", "a'b\"c.mp4", "[1].mp4", "a:b.mp4"])
def test_any_file_name_can_be_read(name: str, plain: Path, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(plain.read_bytes())
    found = read(path, "sampled")
    assert found.info.name == name
    assert found.info.path == str(path)
    assert found.numbers[0] == 0


def test_a_relative_path_is_reported_as_it_was_given(plain: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(plain.parent)
    info = read(Path(plain.name), "sampled").info
    assert info.path == info.name == plain.name
    assert info.size_bytes == plain.stat().st_size
    assert info.codec


@pytest.mark.parametrize("decoder", ["opencv", "pyav"])
def test_closing_it_ends_the_thread_that_decodes_ahead(tmp_path: Path, decoder: str) -> None:
    clip = clips.write_clip(tmp_path / "a.mp4", clips.scene(1, 60))
    with open_video(VideoFile.of(clip), ReadOptions(decoder=decoder)) as reader:
        frames = reader.frames()
        next(frames)
    assert [thread for thread in threading.enumerate() if thread.name.startswith("prefetch")] == []
    assert list(frames) == []
