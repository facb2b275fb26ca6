"""The reel: which stretches it has, each frame of them once, and the sound at its place."""

from __future__ import annotations

import json
import subprocess
import wave
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from numpy import ndarray

from tests import clips
from tests.video.test_clips import numbers
from vkeyframe.cli.main import run
from vkeyframe.errors import InputError
from vkeyframe.export.reel import choose_stretches
from vkeyframe.export.source import video_of
from vkeyframe.report.records import Keyframe, Report, Shot
from vkeyframe.video.file import VideoFile
from vkeyframe.video.options import ReadOptions
from vkeyframe.video.reel import Stretch, write_reel

Capture = pytest.CaptureFixture[str]
MOST_PIXELS = ReadOptions().max_pixels
FRAMES, RATE = 200, 48000
# Frames that begin with a click.
CLICKS = (5, 60, 71, 118, 150, 190)


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give 8 s of numbered frames, with clicks in the sound where some of them begin."""
    folder = tmp_path_factory.mktemp("reel")
    samples = np.zeros(FRAMES * RATE // 25, np.int16)
    for frame in CLICKS:
        samples[frame * RATE // 25 : frame * RATE // 25 + 96] = 20000
    with wave.open(str(folder / "clicks.wav"), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(samples.tobytes())
    silent = clips.encode(folder / "silent.mp4", clips.numbered(clips.scenes(range(4), 50)), "-bf", "2", "-g", "37")
    clips.ffmpeg("-i", silent, "-i", folder / "clicks.wav", "-c:v", "copy", "-c:a", "aac", "-b:a", "128k", folder / "film.mp4")
    return folder / "film.mp4"


def sound_of(path: Path) -> ndarray:
    """Decode the sound with ffmpeg as players do."""
    raw = clips.ffmpeg("-i", path, "-map", "0:a", "-ac", "1", "-ar", str(RATE), "-f", "s16le", "-")
    return np.frombuffer(raw, "<i2").astype(float)


def clicks_in(path: Path) -> list[float]:
    """Find when clicks begin, in seconds."""
    loud = np.flatnonzero(np.abs(sound_of(path)) > 5000)
    return [float(place) / RATE for place in loud[np.diff(loud, prepend=-RATE) > RATE // 50]]


def test_the_frames_are_exact_and_the_sound_is_in_step(film: Path, tmp_path: Path) -> None:
    stretches = [Stretch(0.0, 2.0), Stretch(55 / 25, 81 / 25), Stretch(110 / 25, 8.0)]
    ranges = [range(50), range(55, 81), range(110, 200)]
    reel = tmp_path / "reel.mp4"
    write_reel(VideoFile.of(film), stretches, reel, MOST_PIXELS)
    shown = [number for each in ranges for number in each]
    assert numbers(reel) == shown
    expected = [shown.index(frame) / 25 for frame in CLICKS]
    found = clicks_in(reel)
    assert len(found) == len(expected)
    assert np.abs(np.array(found) - expected).max() < 0.01
    command = [clips.tool("ffprobe"), "-v", "error", "-show_streams", "-of", "json", str(reel)]
    streams = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)["streams"]
    assert [stream["codec_name"] for stream in streams] == ["h264", "aac"]
    assert [float(stream["duration"]) for stream in streams] == pytest.approx([len(shown) / 25] * 2, abs=0.05)
    times = [frame["time"] for frame in clips.probe_frames(reel)]
    assert times == pytest.approx([index / 25 for index in range(len(shown))], abs=0.002)
    write_reel(VideoFile.of(film), stretches, tmp_path / "again.mp4", MOST_PIXELS)
    assert (tmp_path / "again.mp4").read_bytes() == reel.read_bytes()


@pytest.mark.parametrize("suffix", [".ts", ".mkv", ".avi"])
def test_other_containers_are_cut_as_exactly(suffix: str, film: Path, tmp_path: Path) -> None:
    other, reel = tmp_path / f"film{suffix}", tmp_path / "reel.mp4"
    codec = ["-c:v", "mpeg4", "-q:v", "2", "-bf", "0", "-c:a", "mp3"] if suffix == ".avi" else ["-c", "copy"]
    clips.ffmpeg("-i", film, *codec, other)
    write_reel(VideoFile.of(other), [Stretch(60 / 25, 100 / 25), Stretch(140 / 25, 160 / 25)], reel, MOST_PIXELS)
    # AVI has a gap behind the first frame where ffmpeg begins with B-frames; what counts is the time.
    shown = {number: frame["time"] for number, frame in zip(numbers(other), clips.probe_frames(other), strict=True)}
    start = shown[0]
    wanted = [number for number, time in shown.items() if 2.39 < time - start < 3.99 or 5.59 < time - start < 6.39]
    assert numbers(reel) == wanted
    assert np.abs(np.array(clicks_in(reel)[1:]) - [11 / 25, 50 / 25]).max() < 0.05


def test_without_sound_there_is_a_reel_too(film: Path, tmp_path: Path) -> None:
    write_reel(VideoFile.of(film.with_name("silent.mp4")), [Stretch(1.0, 3.0)], tmp_path / "reel.mp4", MOST_PIXELS)
    assert numbers(tmp_path / "reel.mp4") == list(range(25, 75))


def of_shots(report: Report, lengths: list[float], times: list[float], keyframe: Callable[..., Keyframe]) -> Report:
    """Make a report with shots of these lengths and keyframes at these times, the best first."""
    shots, start = [], 0.0
    for index, length in enumerate(lengths):
        frames = round(start * 25), round((start + length) * 25)
        kind = "cut" if index else "start"
        shots.append(Shot(index, frames[0], frames[1] - 1, start, start + length - 0.04, kind, 0.5, frames[1], start + length))
        start += length
    keyframes = []
    for index, time in enumerate(sorted(times)):
        shot = next(shot for shot in shots if shot.start_time <= time < (shot.end_time_exclusive or 0.0))
        made = keyframe(index, None)
        keyframes.append(replace(made, time=time, frame=round(time * 25), shot=shot.index, rank=times.index(time) + 1))
    return replace(report, shots=tuple(shots), keyframes=tuple(keyframes))


@pytest.mark.parametrize("seconds", [1.0, 2.0, 4.0, 5.0, 12.0, 60.0, 1000.0])
@pytest.mark.parametrize("seed", range(6))
def test_stretches_lie_in_their_shots_apart_and_within_the_time(
    seed: int, seconds: float, make_report: Callable[..., Report], make_keyframe: Callable[..., Keyframe]
) -> None:
    source = np.random.default_rng(seed)
    lengths = [round(float(length) * 25) / 25 for length in source.choice([0.4, 1.0, 2.0, 6.0, 30.0], 8)]
    times = [round(float(time), 2) for time in source.uniform(0.0, sum(lengths) - 0.04, 14)]
    report = of_shots(make_report(), lengths, list(dict.fromkeys(times)), make_keyframe)
    found = choose_stretches(report, seconds)
    assert found == sorted(found, key=lambda stretch: stretch.start)
    assert sum(stretch.end - stretch.start for stretch in found) <= seconds + 1e-9
    assert all(one.end <= other.start + 1e-9 for one, other in pairwise(found))
    for stretch in found:
        (shot,) = [shot for shot in report.shots if shot.start_time - 1e-9 <= stretch.start < (shot.end_time_exclusive or 0.0)]
        assert stretch.end <= (shot.end_time_exclusive or 0.0) + 1e-9
        assert stretch.end - stretch.start >= min(1.5, seconds - 0.04) - 1e-9
        assert any(stretch.start <= keyframe.time < stretch.end for keyframe in report.keyframes)
    best = min((keyframe for keyframe in report.keyframes if lengths[keyframe.shot] >= 1.5), key=lambda keyframe: keyframe.rank)
    assert any(stretch.start <= best.time < stretch.end for stretch in found)


def test_a_stretch_near_the_limit_of_a_shot_ends_there(
    make_report: Callable[..., Report], make_keyframe: Callable[..., Keyframe]
) -> None:
    report = of_shots(make_report(), [10.0, 10.0], [2.0, 18.2], make_keyframe)
    assert choose_stretches(report, 6.1) == [Stretch(0.0, pytest.approx(3.0, abs=0.1)), Stretch(pytest.approx(17.0), 20.0)]


def test_where_all_shots_are_short_they_are_shown_whole(
    make_report: Callable[..., Report], make_keyframe: Callable[..., Keyframe]
) -> None:
    report = of_shots(make_report(), [0.8] * 5, [0.4, 2.0], make_keyframe)
    found = choose_stretches(report, 10.0)
    assert [(stretch.start, stretch.end) for stretch in found] == [pytest.approx((0.0, 0.8)), pytest.approx((1.6, 2.4))]


def test_the_command_writes_it_and_export_too(
    film: Path, place: Path, childless: None, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["extract", str(film), "-o", "out", "--reel", "4", "-q"]) == 0
    first = numbers(place / "out" / "reel.mp4")
    assert 37 <= len(first) <= 100
    assert len(first) == len(set(first))
    assert "reel.mp4" in json.loads((place / "out" / "report.json").read_text())["files"]
    assert run(["export", "out", "--to", "reel", "--reel", "2", "-o", "shorter"]) == 0
    assert 37 <= len(numbers(place / "shorter" / "reel.mp4")) <= 50
    assert run(["export", "out", "--to", "reel", "-o", "same", "--video", str(film)]) == 0
    assert (place / "same" / "reel.mp4").read_bytes() == (place / "out" / "reel.mp4").read_bytes()
    capsys.readouterr()
    assert (
        run(["export", "out", "--to", "reel", "--video", str(film.with_name("silent.mp4")), "-o", "no"]) == InputError.exit_code
    )
    assert "not the file that the report was made of" in capsys.readouterr().err
    assert not (place / "no").exists()


def test_a_video_that_is_gone_is_said(make_report: Callable[..., Report], place: Path) -> None:
    with pytest.raises(InputError, match=r"clip\.mp4: no such file; say where the video is with video=…"):
        video_of(make_report())


@pytest.mark.parametrize("degrees", [90, 180])
def test_a_turned_video_is_shown_upright(degrees: int, tmp_path: Path) -> None:
    path = clips.turned(clips.encode(tmp_path / "film.mp4", clips.scene(1, 30)), degrees)
    write_reel(VideoFile.of(path), [Stretch(0.4, 0.8)], tmp_path / "reel.mp4", MOST_PIXELS)
    size = (96, 160) if degrees == 90 else (160, 96)
    upright = clips.decode_with_ffmpeg(path, 10, *size)
    assert clips.luma_difference(clips.decode_with_ffmpeg(tmp_path / "reel.mp4", 0, *size), upright) < 4
