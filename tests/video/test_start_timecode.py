"""The timecode of the first frame and the exact rate, from wherever a file has them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import clips
from vkeyframe.video.file import VideoFile
from vkeyframe.video.open import open_video
from vkeyframe.video.options import ReadOptions


@pytest.fixture(scope="module")
def frames() -> list[clips.ndarray]:
    return clips.scene(1, 5, 64, 36)


@pytest.mark.parametrize(
    ("suffix", "rate", "code"),
    [
        (".mov", "24000/1001", "01:00:00:00"),
        (".mp4", "30000/1001", "00:59:58;00"),
        (".mkv", "25/1", "10:00:00:00"),
        (".mxf", "25/1", "01:00:00:00"),
        (".mp4", "24/1", None),
    ],
)
@pytest.mark.parametrize("decoder", ["opencv", "pyav"])
def test_it_is_read(suffix: str, rate: str, code: str | None, decoder: str, frames: list[clips.ndarray], tmp_path: Path) -> None:
    codec = ["-c:v", "mpeg2video"] if suffix == ".mxf" else []
    path = clips.encode(tmp_path / f"clip{suffix}", frames, *codec, *(["-timecode", code] if code else []), fps=rate)
    with open_video(VideoFile.of(path), ReadOptions(decoder=decoder, threads=1)) as reader:
        assert (reader.info.rate, reader.info.start_timecode) == (rate, code)
        list(reader.frames())
        assert reader.measured_info().rate == rate
