"""`vkeyframe shots` and `vkeyframe probe`: lists and headers for other programs to read."""

from __future__ import annotations

import csv
import io
import json
import subprocess
from dataclasses import asdict, fields
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests import clips
from vkeyframe import extract, pipeline
from vkeyframe.cli.main import run
from vkeyframe.report.records import Shot
from vkeyframe.report.video_info import VideoInfo

Capture = pytest.CaptureFixture[str]
# Nothing is chosen, so there is no attention to share out.
COLUMNS = [field.name for field in fields(Shot) if field.name != "attention"]


def rows_of(video: Path) -> list[dict[str, Any]]:
    """Give what `shots` is to list: the shots of the report, without what only a choice gives."""
    return [{name: value for name, value in asdict(shot).items() if name in COLUMNS} for shot in extract(video).shots]


def test_shots_are_those_of_the_report(video: Path, place: Path, capsys: Capture) -> None:
    assert run(["shots", str(video)]) == 0
    output, told = capsys.readouterr()
    assert json.loads(output) == rows_of(video)
    assert len(json.loads(output)) == 3
    assert told == ""
    assert list(place.iterdir()) == []


def test_shots_come_as_csv(video: Path, capsys: Capture) -> None:
    assert run(["shots", str(video), "--format", "csv"]) == 0
    output, told = capsys.readouterr()
    rows = list(csv.DictReader(io.StringIO(output)))
    assert list(rows[0]) == COLUMNS
    expected = [{name: str(value) for name, value in row.items()} for row in rows_of(video)]
    assert rows == expected
    assert told == ""


def test_nothing_is_chosen_for_a_list_of_shots(video: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    def fail(*_given: object, **_named: object) -> None:
        raise AssertionError

    for name, member in vars(pipeline).items():
        if str(getattr(member, "__module__", "")).startswith("vkeyframe.selection"):
            monkeypatch.setattr(pipeline, name, fail)
    assert run(["shots", str(video)]) == 0
    assert len(json.loads(capsys.readouterr().out)) == 3
    # Else the test would show nothing.
    with pytest.raises((AssertionError, AttributeError)):
        extract(video)


def test_shots_of_a_range(video: Path, capsys: Capture) -> None:
    assert run(["shots", str(video), "--start", "30f", "--end", "45f"]) == 0
    (shot,) = json.loads(capsys.readouterr().out)
    assert (shot["start_frame"], shot["end_frame"], shot["transition"]) == (30, 44, "start")


def test_shots_of_a_damaged_video(broken: Path, capsys: Capture) -> None:
    assert run(["shots", str(broken)]) == 0
    output, told = capsys.readouterr()
    assert len(json.loads(output)) == 1
    assert told.startswith(f"{broken}: The decoder failed 1 time and ")
    assert run(["shots", str(broken), "-q"]) == 0
    assert capsys.readouterr().err == ""
    assert run(["shots", str(broken), "--strict"]) == 4
    output, told = capsys.readouterr()
    assert output == ""
    assert told.startswith(f"vkeyframe: {broken}: ")


def test_shots_in_a_process_of_its_own(video: Path) -> None:
    done = clips.call("shots", "-", input=video.read_bytes())
    assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads(done.stdout) == rows_of(video)


@pytest.mark.parametrize("command", [["shots"], ["match", "--target", "1.4"]], ids=lambda command: command[0])
def test_progress_is_shown_on_a_terminal_and_gone_in_the_end(command: list[str], video: Path) -> None:
    done, shown = clips.call_on_terminal(*command, video)
    assert done.returncode == 0
    assert b"%|" in shown
    assert shown.endswith(b"\r")
    assert clips.call_on_terminal(*command, "-q", video)[1] == b""


def test_jq_reads_shots(video: Path) -> None:
    jq = clips.tool("jq")
    told = subprocess.run([jq, "length"], input=clips.call("shots", video).stdout, capture_output=True, check=True).stdout
    assert int(told) == 3


def test_probe_tells_what_the_header_claims(video: Path, capsys: Capture) -> None:
    assert run(["probe", str(video)]) == 0
    output, told = capsys.readouterr()
    info = json.loads(output)
    assert list(info) == [field.name for field in fields(VideoInfo)]
    assert (info["path"], info["name"]) == (str(video), "holiday.mp4")
    assert (info["width"], info["height"], info["rotation"]) == (clips.WIDTH, clips.HEIGHT, 0)
    assert (info["fps"], info["duration"], info["declared_frames"]) == (25.0, 3.0, 75)
    assert info["size_bytes"] == video.stat().st_size
    assert told == ""


def test_probe_tells_the_size_as_displayed(tmp_path: Path, capsys: Capture) -> None:
    path = clips.turned(clips.write_clip(tmp_path / "clip.mp4", clips.scene(1, 5)), 90)
    assert run(["probe", str(path)]) == 0
    info = json.loads(capsys.readouterr().out)
    assert (info["width"], info["height"], info["rotation"]) == (clips.HEIGHT, clips.WIDTH, 90)


def test_probe_reads_standard_input(video: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(video.read_bytes())))
    assert run(["probe", "-"]) == 0
    info = json.loads(capsys.readouterr().out)
    assert (info["path"], info["name"], info["declared_frames"]) == ("stdin", "stdin", 75)


def test_probe_in_a_process_of_its_own(video: Path) -> None:
    done = clips.call("probe", video)
    assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads(done.stdout)["declared_frames"] == 75


def test_probe_tells_a_name_that_is_no_text(nameless: bytes) -> None:
    done = clips.call("probe", nameless)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.decode("utf-8"))["declared_frames"] == 75


@pytest.mark.parametrize("command", ["shots", "probe"])
@pytest.mark.parametrize("name", ["missing.mp4", ".", "text.mp4", "empty.mp4"])
def test_what_is_no_video_is_told_in_one_line(name: str, command: str, place: Path, capsys: Capture) -> None:
    (place / "text.mp4").write_text("no video")
    (place / "empty.mp4").touch()
    assert run([command, name]) == 3
    output, told = capsys.readouterr()
    assert output == ""
    assert told.startswith(f"vkeyframe: {name}: ")
    assert len(told.splitlines()) == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ["shots"],
        ["probe"],
        ["shots", "--format", "xml"],
        ["shots", "--start", "noon"],
        ["shots", "--start", "9"],
        ["probe", "--count", "1"],
    ],
    ids=" ".join,
)
def test_an_option_that_cannot_be_is_a_usage_error(arguments: list[str], video: Path, capsys: Capture) -> None:
    command, *options = arguments
    assert run([command, *([str(video), *options] if options else [])]) == 2
    output, told = capsys.readouterr()
    assert output == ""
    assert told
