"""Frames of two fields are made frames of one moment, with their numbers and times."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy import ndarray

from tests import clips
from vkeyframe.video.file import VideoFile
from vkeyframe.video.frame import Frame
from vkeyframe.video.open import open_video
from vkeyframe.video.options import ReadOptions

COUNT = 24
CODECS = {
    "mpeg2": (".ts", ("-c:v", "mpeg2video", "-q:v", "3", "-bf", "2", "-g", "12")),
    "h264": (".mp4", ("-c:v", "libx264", "-preset", "ultrafast", "-crf", "14")),
}


def fields(count: int) -> list[ndarray]:
    """Frames whose even lines show a moment and whose odd lines the next one, and that carry their numbers."""
    moments = clips.scene(5, 2 * count, speed=4)
    frames = [moment.copy() for moment in moments[::2]]
    for frame, later in zip(frames, moments[1::2], strict=True):
        frame[1::2] = later[1::2]
    return clips.numbered(frames)


def combing(picture: ndarray) -> float:
    """How much more neighbouring lines differ than every second one: above 1 where two moments are interleaved."""
    lines = picture[clips.BLOCK_PX + 4 :].astype(float).mean(axis=2)
    return float(np.abs(lines[1:] - lines[:-1]).mean() / np.abs(lines[2:] - lines[:-2]).mean())


def read(path: Path, deinterlace: str, decoder: str = "opencv") -> list[Frame]:
    options = ReadOptions(decode="every", deinterlace=deinterlace, decoder=decoder)
    with open_video(VideoFile.of(path), options) as reader:
        return [frame for frame, _ in reader.frames()]


@pytest.mark.parametrize("decoder", ["opencv", "pyav"])
@pytest.mark.parametrize("codec", CODECS)
def test_flagged_frames_are_deinterlaced_and_keep_their_numbers_and_times(codec: str, decoder: str, tmp_path: Path) -> None:
    suffix, options = CODECS[codec]
    path = tmp_path / f"clip{suffix}"
    clips.encode(path, fields(COUNT), "-vf", "setfield=tff", "-flags", "+ildct+ilme", *options)
    combed, found = read(path, "no", decoder), read(path, "auto", decoder)
    assert [clips.number_of(frame.picture) for frame in found] == list(range(COUNT))
    assert [(frame.index, frame.time) for frame in found] == [(frame.index, frame.time) for frame in combed]
    assert [frame.time for frame in found] == pytest.approx([frame["time"] for frame in clips.probe_frames(path)], abs=0.001)
    assert min(combing(frame.picture) for frame in combed) > 1.0
    assert max(combing(frame.picture) for frame in found) < 0.75
    again = read(path, "auto", decoder)
    assert all(np.array_equal(one.picture, other.picture) for one, other in zip(found, again, strict=True))


def test_frames_that_are_not_flagged_are_deinterlaced_when_that_is_asked_for(tmp_path: Path) -> None:
    path = clips.encode(tmp_path / "clip.mp4", fields(COUNT))
    asked, plain = read(path, "yes"), read(path, "auto")
    assert [frame.index for frame in asked] == [frame.index for frame in plain] == list(range(COUNT))
    assert [frame.time for frame in asked] == pytest.approx([frame.time for frame in plain], abs=1e-6)
    assert [clips.number_of(frame.picture) for frame in asked] == list(range(COUNT))
    assert min(combing(frame.picture) for frame in plain) > 1.0
    assert max(combing(frame.picture) for frame in asked) < 0.75


def test_a_video_that_turns_interlaced_has_all_its_frames(tmp_path: Path) -> None:
    drawn = clips.numbered(clips.scene(5, COUNT))
    first = clips.encode(tmp_path / "first.ts", drawn[:12], "-c:v", "mpeg2video", "-q:v", "3")
    second = clips.interlaced(tmp_path / "second.ts", drawn[12:])
    joined = tmp_path / "joined.ts"
    clips.ffmpeg("-i", f"concat:{first}|{second}", "-c", "copy", joined)
    numbers = [clips.number_of(frame.picture) for frame in read(joined, "auto")]
    assert numbers == [clips.number_of(frame.picture) for frame in read(joined, "no")]
    assert len(numbers) == COUNT


def test_one_interlaced_frame_is_enough(tmp_path: Path) -> None:
    path = clips.interlaced(tmp_path / "clip.ts", clips.numbered_scene(1))
    assert [frame.index for frame in read(path, "auto")] == [0]
