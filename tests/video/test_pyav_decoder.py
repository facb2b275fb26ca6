"""The second reader hands out the same frames, times and pictures as the first, and steps in where that one fails."""

from __future__ import annotations

import resource
from pathlib import Path

import numpy as np
import pytest
from numpy import ndarray

from tests import clips
from tests.conftest import SAMPLES
from tests.video.test_reader import COUNT, ENCODED, read
from vkeyframe.analysis.features import extract_features
from vkeyframe.errors import InputError
from vkeyframe.pipeline import run
from vkeyframe.settings import Settings
from vkeyframe.video.file import VideoFile
from vkeyframe.video.frame import Frame, Planes
from vkeyframe.video.open import open_video
from vkeyframe.video.options import ReadOptions
from vkeyframe.video.reader import describe_decoding

COLOURS = {
    "unspecified": (),
    "bt709": ("-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709"),
    "full-range": ("-vf", "scale=out_range=pc,format=yuvj420p", "-pix_fmt", "yuvj420p", "-color_range", "pc"),
    "odd-size": ("-vf", "crop=637:359:0:0:exact=1", "-pix_fmt", "yuv420p", "-c:v", "ffv1"),
    "four-four-four": ("-pix_fmt", "yuv444p"),
}


@pytest.fixture(scope="module")
def drawn() -> list[ndarray]:
    """Give the frames that the clips are made of."""
    return clips.numbered_scene(COUNT)


def frames(path: Path, decoder: str, decode: str = "every") -> list[Frame]:
    with open_video(VideoFile.of(path), ReadOptions(decode=decode, decoder=decoder)) as reader:
        return [frame for frame, _ in reader.frames()]


@pytest.mark.parametrize("kind", ENCODED)
def test_frames_and_times_are_those_of_ffprobe(kind: str, tmp_path: Path, drawn: list[ndarray]) -> None:
    make, suffix = ENCODED[kind]
    path = make(tmp_path / f"clip{suffix}", drawn)
    with open_video(VideoFile.of(path), ReadOptions(decode="every", decoder="pyav")) as reader:
        found = [frame for frame, _ in reader.frames()]
        assert [clips.number_of(frame.picture) for frame in found] == list(range(COUNT))
    assert [frame.time for frame in found] == pytest.approx([frame["time"] for frame in clips.probe_frames(path)], abs=0.001)
    decoding = describe_decoding(reader, COUNT)
    assert (decoding.complete, decoding.warnings) == (True, ())
    with open_video(VideoFile.of(path), ReadOptions()) as rival:
        one, other = reader.info, rival.info
    assert (one.width, one.height, one.rotation, one.fps) == (other.width, other.height, other.rotation, other.fps)


@pytest.mark.parametrize("kind", COLOURS)
def test_pictures_and_features_are_those_of_opencv(kind: str, tmp_path: Path) -> None:
    # No colour so strong that it is cut off in BGR, which planes are not.
    drawn = [(64 + picture // 2).astype(np.uint8) for picture in clips.scene(1, 4, width=640, height=360)]
    path = clips.encode(tmp_path / "clip.mkv", drawn, *COLOURS[kind])
    for one, other in zip(frames(path, "opencv"), frames(path, "pyav"), strict=True):
        assert isinstance(other.content, Planes) is (kind != "four-four-four")
        assert np.abs(one.picture.astype(int) - other.picture).mean() < 0.5
        ours, theirs = (extract_features(frame.content, 0, 0.0) for frame in (one, other))
        assert np.abs(ours.small - theirs.small).mean() < 2.0
        assert np.abs(ours.luma - theirs.luma).mean() < 2.0
        assert theirs.gradients.mean() == pytest.approx(ours.gradients.mean(), rel=0.1)


def test_a_turned_video_is_turned(tmp_path: Path, drawn: list[ndarray]) -> None:
    path = clips.turned(clips.write_clip(tmp_path / "clip.mp4", drawn[:8]), 90)
    for one, other in zip(frames(path, "opencv"), frames(path, "pyav"), strict=True):
        assert other.picture.shape == (clips.WIDTH, clips.HEIGHT, 3)
        assert np.array_equal(one.picture, other.picture)


def test_codec_mode_gives_the_key_frames_alone(tmp_path: Path, drawn: list[ndarray]) -> None:
    path = clips.with_b_frames(tmp_path / "clip.mp4", drawn)
    expected = [index for index, frame in enumerate(clips.probe_frames(path)) if frame["key"]]
    assert [clips.number_of(frame.picture) for frame in frames(path, "pyav", "codec")] == expected


@pytest.mark.parametrize("name", ["edited", "slides", "static", "variable"])
def test_both_readers_lead_to_the_same_keyframes(name: str) -> None:
    one, other = (run(VideoFile.of(SAMPLES / f"{name}.mp4"), Settings.of(decoder=decoder)) for decoder in ("opencv", "pyav"))
    assert [shot.start_frame for shot in one.shots] == [shot.start_frame for shot in other.shots]
    picks = [[keyframe.frame for keyframe in report.keyframes] for report in (one, other)]
    near = [sum(any(abs(a - b) <= 2 for b in theirs) for a in ours) for ours, theirs in (picks, picks[::-1])]
    # Of two moments that are as good, rounding decides; one of five is the least that differs.
    assert sum(near) >= 0.8 * sum(map(len, picks))


def test_pyav_goes_on_where_a_video_turns_interlaced(tmp_path: Path, drawn: list[ndarray]) -> None:
    half = COUNT // 2
    codec = ("-c:v", "mpeg2video", "-q:v", "3")
    first = clips.encode(tmp_path / "first.ts", drawn[:half], *codec)
    second = clips.interlaced(tmp_path / "second.ts", drawn[half:])
    path = tmp_path / "both.ts"
    clips.ffmpeg("-i", f"concat:{first}|{second}", "-c", "copy", path)
    found = read(path)
    assert found.numbers == list(range(COUNT))
    told = [warning for warning in found.reader.warnings if "interlaced" in warning]
    assert len(told) == 1 or max(clips.luma_difference(a, b) for a, b in zip(found.pictures, drawn, strict=True)) < 20


def test_a_sound_longer_than_the_pictures_is_no_damage(tmp_path: Path, drawn: list[ndarray]) -> None:
    silent = clips.encode(tmp_path / "silent.mkv", drawn)
    path = tmp_path / "clip.mkv"
    clips.ffmpeg("-i", silent, "-f", "lavfi", "-i", "sine=duration=6", "-c:v", "copy", path)
    found = read(path)
    assert found.numbers == list(range(COUNT))
    assert describe_decoding(found.reader, COUNT).complete
    clips.cut_off(path, 0.5)
    assert not describe_decoding(read(path).reader, COUNT).complete


def test_a_cover_picture_is_not_the_video(tmp_path: Path, drawn: list[ndarray]) -> None:
    video = clips.encode(tmp_path / "video.mp4", drawn)
    cover, path = tmp_path / "cover.png", tmp_path / "clip.mp4"
    clips.ffmpeg("-i", video, "-frames:v", "1", cover)
    clips.ffmpeg("-i", cover, "-i", video, "-map", "0", "-map", "1", "-c", "copy", "-disposition:v:0", "attached_pic", path)
    for decoder in "opencv", "pyav":
        assert len(frames(path, decoder)) == COUNT


@pytest.mark.parametrize("content", [b"", b"This is no video.\n" * 1000])
def test_what_is_no_video_is_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(content)
    for file in path, tmp_path / "missing.mp4", tmp_path:
        with pytest.raises(InputError) as caught:
            open_video(VideoFile.of(file), ReadOptions(decoder="pyav"))
        assert str(caught.value).startswith(f"{file}: ")


@pytest.mark.parametrize("decoder", ["opencv", "pyav"])
def test_pictures_said_to_be_huge_are_refused_before_memory_is_taken(decoder: str, tmp_path: Path) -> None:
    path = tmp_path / "huge.y4m"
    path.write_bytes(b"YUV4MPEG2 W16000 H12000 F25:1 Ip A1:1 C420\nFRAME\n" + bytes(100_000))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(InputError, match="16000×12000"):
        open_video(VideoFile.of(path), ReadOptions(decoder=decoder))
    # One such picture is 288 MB as planes.
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000
