"""Recordings that are read while they are written, by the real command line."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import time
from pathlib import Path

import jsonschema
import pytest

from tests import clips
from tests.live.servers import follow, growing, of_type, read_lines, report_in, transport_stream
from vkeyframe.cli.main import run
from vkeyframe.errors import InputError, UsageError
from vkeyframe.report.schema import report_schema

IDLE = ("--idle", "0.5")
SCENES = 3
SCENE_SECONDS = 1.6
MOST_DELAY = 3.0


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a recording of three scenes."""
    return transport_stream(tmp_path_factory.mktemp("recording") / "whole.ts", range(SCENES))


@pytest.fixture(autouse=True)
def here(place: Path, childless: None) -> Path:
    """Work in an empty folder, and in this process."""
    return place


def remuxed(recording: Path, path: Path, *options: str) -> Path:
    clips.ffmpeg("-i", recording, "-c", "copy", *options, path)
    return path


@pytest.mark.parametrize(
    ("name", "options"),
    [("a.ts", ()), ("a.mkv", ()), ("a.mp4", ("-movflags", "empty_moov+frag_keyframe+default_base_moof"))],
    ids=["mpegts", "matroska", "fragmented"],
)
def test_each_scene_of_a_growing_recording_is_told_once_and_reported(
    name: str, options: tuple[str, ...], recording: Path, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = remuxed(recording, here / f"source{Path(name).suffix}", *options)
    with growing(source, here / name):
        lines, said = follow(capsys, name, "--follow", *IDLE, "-o", "out")
    keyframes = of_type(lines, "keyframe")
    assert [int(line["time"] // SCENE_SECONDS) for line in keyframes] == list(range(SCENES))
    assert [line["shot"] for line in keyframes] == list(range(SCENES))
    assert [line["transition"] for line in of_type(lines, "shot")] == ["start", "cut", "cut"]
    assert all(line["delay"] >= 0 and line["read_to"] - line["time"] <= MOST_DELAY for line in keyframes)
    assert lines[0]["type"] == "start"
    assert lines[-1] == {"type": "end", "why": "end", "keyframes": 3, "shots": 3, "duration": 4.8, "report": "out/report.json"}
    report = report_in(here / "out")
    assert [keyframe.frame for keyframe in report.keyframes] == [line["frame"] for line in keyframes]
    assert [keyframe.file for keyframe in report.keyframes] != [None] * SCENES
    assert report.decoding.complete
    assert report.decoding.decoded_frames == SCENES * 40
    assert report.video.size_bytes == source.stat().st_size
    assert "Ctrl-C" in said


def test_the_report_is_as_the_schema_says(recording: Path, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    follow(capsys, recording, "--follow", *IDLE, "-o", "out", "--json", "copy.json", "--sheet")
    jsonschema.validate(json.loads((here / "out" / "report.json").read_text("utf-8")), json.loads(report_schema()))
    assert json.loads((here / "copy.json").read_text("utf-8"))["files"] == clips.entries(here / "out")
    assert (here / "out" / "sheet.jpg").exists()


def test_the_pictures_show_the_frames_that_are_named(recording: Path, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    follow(capsys, recording, "--follow", *IDLE, "-o", "out", "--format", "png", "--name", "{index}")
    for keyframe in report_in(here / "out").keyframes:
        shown = clips.cv2.imread(str(here / "out" / str(keyframe.file)))
        wanted = clips.decode_with_ffmpeg(recording, keyframe.frame, keyframe.width, keyframe.height)
        assert clips.luma_difference(shown, wanted) < 2.0


def test_an_mp4_that_gets_its_index_last_is_refused_at_once(
    recording: Path, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = remuxed(recording, here / "late.mp4")
    assert run(["extract", str(path), "--follow", "--idle", "60"]) == InputError.exit_code
    said = capsys.readouterr().err.splitlines()[-1]
    assert "read it then without --follow, or record as MPEG-TS" in said


@pytest.mark.parametrize("follow_it", [True, False], ids=["followed", "read"])
def test_a_playlist_on_this_machine_reaches_no_server(follow_it: bool, here: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        address = f"http://127.0.0.1:{server.getsockname()[1]}/part.ts"
        (here / "list.m3u8").write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{address}\n#EXT-X-ENDLIST\n")
        flags = ["--follow", *IDLE] if follow_it else []
        assert run(["extract", "list.m3u8", *flags]) == InputError.exit_code
        with pytest.raises(TimeoutError):
            server.accept()
    assert clips.entries(here) == ["list.m3u8"]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (["--count", "3"], "--count needs the whole video"),
        (["--keep", "states"], "keep is 'states'"),
        (["--json", "-"], "goes to standard output line by line"),
        (["--decode", "every"], "--decode needs the whole video"),
        (["second.ts"], "One stream or recording at a time"),
    ],
)
def test_what_needs_the_whole_video_is_refused(
    given: list[str], words: str, recording: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["extract", str(recording), "--follow", *given]) == UsageError.exit_code
    assert words in capsys.readouterr().err


def test_a_watching_camera_keeps_nothing_for_each_frame(recording: Path, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, said = follow(capsys, recording, "--follow", *IDLE, "--preset", "surveillance", "-o", "out")
    assert "left out, because it is kept for each frame: novelty" in said
    assert list(report_in(here / "out").sections) == ["actions"]


def test_the_waiting_time_is_for_what_is_followed(recording: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["extract", str(recording), "--idle", "3"]) == UsageError.exit_code
    assert "give --follow too" in capsys.readouterr().err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])
def test_a_signal_ends_with_a_whole_report(number: int, recording: Path, here: Path) -> None:
    """In a real process with its child: what is waited for does not hold it up."""
    path = here / "a.ts"
    path.write_bytes(recording.read_bytes())
    command = [*clips.PROGRAM, "extract", str(path), "--follow", "--idle", "600", "-o", str(here / "out")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        first = [process.stdout.readline() for _ in range(2)]
        # It tells what has come though nothing more comes.
        while '"keyframe", "index": 2' not in first[-1]:
            first.append(process.stdout.readline())
            assert first[-1]
        begun = time.monotonic()
        process.send_signal(number)
        out, said = process.communicate(timeout=clips.PATIENCE)
    assert process.returncode == 0, said
    assert time.monotonic() - begun < 5.0
    lines = read_lines("".join(first) + out)
    assert (lines[-1]["why"], lines[-1]["keyframes"]) == ("stopped", SCENES)
    assert len(report_in(here / "out").keyframes) == SCENES


def test_when_nobody_reads_the_lines_any_more_the_report_is_written(recording: Path, here: Path) -> None:
    done = clips.call_unheard("extract", recording, "--follow", *IDLE, "-o", here / "out")
    assert done.returncode == 0, done.stderr
    assert report_in(here / "out").keyframes
