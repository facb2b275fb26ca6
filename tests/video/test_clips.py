"""Shots as files: each frame of them, and with packets that are copied no more than decoding needs."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import cv2
import pytest

from tests import clips
from tests.test_odd import ODD
from vkeyframe.cli.main import run

Capture = pytest.CaptureFixture[str]
LENGTHS = (30, 30, 30)
FIXED_GROUPS = ("-bf", "3", "-x264-params", "keyint=25:min-keyint=25:scenecut=0")


@pytest.fixture(autouse=True)
def here(place: Path, childless: None) -> Path:
    return place


@pytest.fixture(scope="session")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give three scenes of 30 numbered frames with a tone, a key frame every 25 frames, and a timecode."""
    folder = tmp_path_factory.mktemp("film")
    frames = clips.numbered(clips.scenes(range(3), 30))
    silent = clips.encode(folder / "silent.mp4", frames, *FIXED_GROUPS, fps="30000/1001")
    tone = ["-f", "lavfi", "-i", "sine=duration=3", "-c:v", "copy", "-c:a", "aac", "-timecode", "00:59:58;00"]
    clips.ffmpeg("-i", silent, *tone, folder / "film.mp4")
    return folder / "film.mp4"


def numbers(path: Path) -> list[int]:
    """Read the numbers of all frames."""
    capture, found = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG), []
    while True:
        ok, frame = capture.read()
        if not ok:
            return found
        found.append(clips.number_of(frame))


def streams(path: Path) -> dict[str, Any]:
    shown = "stream=codec_type,codec_name,start_time,duration,width,height,r_frame_rate:stream_tags=timecode"
    command = [clips.tool("ffprobe"), "-v", "error", "-show_entries", shown, "-of", "json", str(path)]
    found = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)["streams"]
    return {stream["codec_type"]: stream for stream in found}


def test_packets_are_copied_from_the_key_frame_before_each_shot(film: Path, capsys: Capture) -> None:
    assert run(["shots", str(film), "--to", "clips"]) == 0
    output, told = capsys.readouterr()
    assert output == ""
    folder = Path("film_shots")
    assert clips.entries(folder) == [f"film_00{number}.mp4" for number in range(3)]
    lines = told.splitlines()
    assert lines[0] == f"{folder / 'film_000.mp4'}: shot 0"
    assert lines[1].startswith(f"{folder / 'film_001.mp4'}: shot 1, begins 0.167 s (5 frames) earlier, at the codec's key frame")
    assert lines[2] == f"{folder / 'film_002.mp4'}: shot 2, begins 0.334 s (10 frames) earlier, at the codec's key frame"
    late = 1 if "1 frame later" in lines[1] else 0
    expected = [range(30), range(25, 60 + late), range(50, 90)]
    assert [numbers(folder / f"film_00{number}.mp4") for number in range(3)] == [list(each) for each in expected]


def test_encoded_anew_a_clip_has_the_frames_of_its_shot_with_its_sound(film: Path, capsys: Capture) -> None:
    assert run(["shots", str(film), "--to", "clips", "--reencode", "-o", "cut"]) == 0
    assert capsys.readouterr().err.splitlines() == [f"{Path('cut') / f'film_00{n}.mp4'}: shot {n}" for n in range(3)]
    timecodes = ["00:59:58;00", "00:59:59;00", "01:00:00;00"]
    for number in range(3):
        path = Path("cut") / f"film_00{number}.mp4"
        assert numbers(path) == list(range(30 * number, 30 * number + 30))
        found = streams(path)
        assert found["video"]["tags"]["timecode"] == timecodes[number]
        assert found["video"]["r_frame_rate"] == "30000/1001"
        assert float(found["video"]["start_time"]) == 0.0
        assert float(found["video"]["duration"]) == pytest.approx(1.001, abs=2e-3)
        # A packet of sound has 1024 samples, 23 ms; one that began before the shot is not its own.
        assert float(found["audio"]["start_time"]) == pytest.approx(0.0, abs=0.03)
        assert float(found["audio"]["duration"]) == pytest.approx(1.0, abs=0.05)
    # The picture is that of the source.
    pictures = [clips.decode_some(film, [45])[45], clips.decode_some(Path("cut/film_001.mp4"), [15])[15]]
    assert clips.luma_difference(*pictures) < 3.0


COPY = ("-c", "copy")
CONTAINERS: dict[str, tuple[str, tuple[str, ...]]] = {
    "ts": (".ts", COPY),
    "avi": (".avi", ("-c:v", "mpeg4", "-q:v", "3", "-g", "10", "-c:a", "mp2")),
    # PyAV knows its decoder only, under another name than its encoders.
    "av1": (".mkv", ("-c:v", "libsvtav1", "-preset", "12", "-svtav1-params", "keyint=20", "-c:a", "copy")),
}


@pytest.mark.parametrize("form", CONTAINERS)
def test_other_containers(form: str, film: Path, capsys: Capture) -> None:
    suffix, options = CONTAINERS[form]
    clips.ffmpeg("-i", film, "-map", "0:v", "-map", "0:a", *options, f"film{suffix}")
    sound = streams(Path(f"film{suffix}"))["audio"]["codec_name"]
    assert run(["shots", f"film{suffix}", "--to", "clips", "-q", "--json", "-"]) == 0, capsys.readouterr().err
    listed = json.loads(capsys.readouterr().out)
    assert len(listed) == 3
    for number, shot in enumerate(listed):
        path = Path("film_shots") / f"film_00{number}{suffix}"
        shown = numbers(path)
        assert set(range(shot["start_frame"], shot["end_frame_exclusive"])) <= set(shown)
        assert shown == sorted(shown)
        assert streams(path)["audio"]["codec_name"] == sound


@pytest.mark.skipif(not ODD.is_dir(), reason="the corpus is not beside the project")
def test_what_a_container_does_not_take_is_encoded_anew(capsys: Capture) -> None:
    """Its frames are to be shown before they are to be decoded."""
    path = ODD / "mov-elist-starts-ctts-2ndsample.mp4"
    assert run(["shots", str(path), "--to", "clips", "-o", "cut"]) == 6
    assert "cannot hold what is in the video (Invalid argument); use --reencode" in capsys.readouterr().err
    assert not Path("cut").exists()
    assert run(["shots", str(path), "--to", "clips", "-o", "cut", "--reencode", "-q"]) == 0


def test_a_variable_rate_stays_and_so_do_odd_sizes(capsys: Capture) -> None:
    frames = [f[:95, :159] for seed in range(2) for f in clips.numbered(clips.scene(seed, 24))]
    clips.encode(Path("plain.mkv"), frames, "-c:v", "ffv1", "-pix_fmt", "bgr0")
    steps = "setpts='(240*floor(N/4)+20*eq(mod(N,4),1)+60*eq(mod(N,4),2)+120*eq(mod(N,4),3))/(1000*TB)'"
    timing = ["-vf", f"settb=1/1000,{steps}", "-fps_mode", "passthrough", "-enc_time_base", "1:1000"]
    clips.ffmpeg("-i", "plain.mkv", *timing, "-c:v", "ffv1", "-g", "1", "-pix_fmt", "bgr0", "odd.mkv")
    source = [frame["time"] for frame in clips.probe_frames(Path("odd.mkv"))]
    assert run(["shots", "odd.mkv", "--to", "clips", "--reencode", "-o", "cut", "-q"]) == 0
    for number in range(2):
        path = Path("cut") / f"odd_00{number}.mp4"
        assert numbers(path) == list(range(24))
        shown = [frame["time"] for frame in clips.probe_frames(path)]
        own = source[24 * number : 24 * number + 24]
        assert shown == pytest.approx([time - own[0] for time in own], abs=1e-3)
        assert (streams(path)["video"]["width"], streams(path)["video"]["height"]) == (159, 95)


def test_a_turned_video_is_upright(film: Path, capsys: Capture) -> None:
    path = clips.turned(clips.write_clip(Path("turned.mp4"), clips.scene(1, 20)), 90)
    assert run(["shots", str(path), "--to", "clips", "--reencode", "-o", "cut", "-q"]) == 0
    found = clips.decode_some(Path("cut/turned_000.mp4"), [7])[7]
    assert found.shape[:2] == (clips.WIDTH, clips.HEIGHT)
    assert clips.luma_difference(found, clips.decode_some(path, [7])[7]) < 4.0


def test_clips_of_several_videos_have_a_folder_each(film: Path, capsys: Capture) -> None:
    clips.write_clip(Path("a.mp4"), clips.scene(1, 20))
    clips.write_clip(Path("b.mp4"), clips.scene(2, 20))
    assert run(["shots", "a.mp4", "b.mp4", "--to", "clips", "-o", "out", "-q", "--json", "-"]) == 0
    assert [clips.entries(Path("out") / name) for name in "ab"] == [["a_000.mp4"], ["b_000.mp4"]]
    assert len(capsys.readouterr().out.splitlines()) == 2


def test_files_that_are_there_are_replaced_only_if_asked(film: Path, capsys: Capture) -> None:
    Path("cut").mkdir()
    (Path("cut") / "film_001.mp4").write_text("mine")
    assert run(["shots", str(film), "--to", "clips", "-o", "cut"]) == 6
    assert "film_001.mp4: exists already" in capsys.readouterr().err
    assert clips.entries(Path("cut")) == ["film_001.mp4"]
    assert run(["shots", str(film), "--to", "clips", "-o", "cut", "--overwrite", "-q"]) == 0
    assert len(clips.entries(Path("cut"))) == 3


def test_a_folder_that_is_a_file(film: Path, capsys: Capture) -> None:
    Path("cut").write_text("mine")
    assert run(["shots", str(film), "--to", "clips", "-o", "cut"]) == 6
    assert "is no folder" in capsys.readouterr().err


def test_without_certain_times_nothing_is_cut(capsys: Capture) -> None:
    frames = clips.scene(1, 40)
    path = clips.cut_off(clips.write_clip(Path("broken.avi"), frames, codec="MJPG"), 0.6)
    code = run(["shots", str(path), "--to", "clips", "-o", "cut", "-q"])
    assert code in (0, 3)
    if code == 3:
        assert "convert it first" in capsys.readouterr().err
        assert not Path("cut").exists()


def test_the_same_bytes_in_each_run(film: Path) -> None:
    for folder in ("one", "two"):
        assert run(["shots", str(film), "--to", "clips", "--reencode", "-o", folder, "-q"]) == 0
    assert clips.results(Path("one")) == clips.results(Path("two"))


def test_clips_in_a_process_of_its_own(film: Path) -> None:
    done = clips.call("shots", film, "--to", "clips", "-o", "cut")
    assert done.returncode == 0, done.stderr
    assert done.stdout == b""
    assert len(clips.entries(Path("cut"))) == 3
