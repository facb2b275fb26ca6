"""The animation, read by Pillow and ffprobe."""

import json
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests import clips
from vkeyframe.export import animation
from vkeyframe.export.animation import write_animation
from vkeyframe.report.records import Report

MakeReport = Callable[..., Report]


def draw(folder: Path, make_report: MakeReport, number: int = 4, **settings: object) -> tuple[Report, list[np.ndarray]]:
    """Write pictures of scenes and make their report."""
    from vkeyframe.output.spool import write_picture

    names = [f"{index}.png" for index in range(number)]
    pictures = [clips.scene(index, 1, 64, 36)[0] for index in range(number)]
    for name, picture in zip(names, pictures, strict=True):
        write_picture(folder / name, picture, (64, 36), [])
    return replace(make_report(*names), settings=settings), pictures


@pytest.mark.parametrize(("form", "off"), [("webp", 16), ("gif", 20), ("png", 0.01)])
def test_all_keyframes_are_shown_for_as_long_as_asked(form: str, off: float, tmp_path: Path, make_report: MakeReport) -> None:
    report, pictures = draw(tmp_path, make_report, animation_format=form, animation_seconds=0.5, animation_loops=3)
    name = f"animation.{form}"
    assert write_animation(report, tmp_path) == [name]
    data = (tmp_path / name).read_bytes()
    with Image.open(tmp_path / name) as shown:
        assert shown.size == (64, 36)
        assert getattr(shown, "n_frames") == len(pictures)  # noqa: B009  only pictures that move have it
        for index, picture in enumerate(pictures):
            shown.seek(index)
            frame = np.asarray(shown.convert("RGB"))[..., ::-1].astype(int)
            assert shown.info["duration"] == 500
            assert np.abs(frame - picture).mean() < off
        # A GIF says how often it is shown again.
        assert shown.info["loop"] == {"webp": 3, "gif": 2, "png": 3}[form]
    write_animation(report, tmp_path)
    assert (tmp_path / name).read_bytes() == data


@pytest.mark.parametrize(("form", "codec"), [("gif", "gif"), ("png", "apng")])
def test_ffprobe_finds_every_frame(form: str, codec: str, tmp_path: Path, make_report: MakeReport) -> None:
    report, pictures = draw(tmp_path, make_report, animation_format=form)
    (name,) = write_animation(report, tmp_path)
    source = tmp_path / name
    force = ["-f", "apng"] if form == "png" else []
    command = [clips.tool("ffprobe"), "-v", "error", *force, "-count_frames", "-show_streams", "-of", "json", str(source)]
    (stream,) = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)["streams"]
    assert (stream["codec_name"], stream["width"], stream["height"]) == (codec, 64, 36)
    assert int(stream["nb_read_frames"]) == len(pictures)


def test_it_is_made_smaller_and_never_larger(tmp_path: Path, make_report: MakeReport) -> None:
    for width, size in ((32, (32, 18)), (640, (64, 36))):
        report, _ = draw(tmp_path, make_report, animation_width=width)
        write_animation(report, tmp_path)
        with Image.open(tmp_path / "animation.webp") as shown:
            assert shown.size == size


def test_of_very_many_only_the_best_are_shown(tmp_path: Path, make_report: MakeReport, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(animation, "MOST_FRAMES", 2)
    report, pictures = draw(tmp_path, make_report)
    ranked = [replace(keyframe, rank=rank) for keyframe, rank in zip(report.keyframes, (3, 1, 4, 2), strict=True)]
    write_animation(replace(report, keyframes=tuple(ranked)), tmp_path)
    with Image.open(tmp_path / "animation.webp") as shown:
        assert getattr(shown, "n_frames") == 2  # noqa: B009
        for place, index in enumerate((1, 3)):
            shown.seek(place)
            frame = np.asarray(shown.convert("RGB"))[..., ::-1].astype(int)
            assert np.abs(frame - pictures[index]).mean() < 16
