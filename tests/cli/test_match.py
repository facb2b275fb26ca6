"""`vkeyframe match`: the table, the JSON, and what is told when there is nothing to match."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests import clips
from vkeyframe.cli.main import run
from vkeyframe.opencv import cv2

Capture = pytest.CaptureFixture[str]


def check(found: Any, video: Path, frame: int) -> None:
    """Check what was found for a frame of a video."""
    assert list(found) == ["target", "matches", "timelines"]
    best = found["matches"][0]
    assert (best["video"], best["frame"]) == (str(video), frame)
    assert best["time"] == pytest.approx(frame / 25, abs=0.001)
    assert sum(sum(timeline["attention"]) for timeline in found["timelines"]) == pytest.approx(1.0, abs=1e-4)


def test_json_on_standard_output_is_nothing_but_json(video: Path, place: Path, capsys: Capture) -> None:
    assert run(["match", str(video), "--target", "1.4", "--json", "-"]) == 0
    output, told = capsys.readouterr()
    check(json.loads(output), video, 35)
    assert told == ""
    assert list(place.iterdir()) == []


def test_a_process_of_its_own_writes_the_same(video: Path, capsys: Capture) -> None:
    done = clips.call("match", video, "--target", "35f", "--json", "-")
    assert (done.returncode, done.stderr) == (0, b"")
    assert run(["match", str(video), "--target", "35f", "--json", "-"]) == 0
    assert json.loads(done.stdout) == json.loads(capsys.readouterr().out)


def test_jq_reads_it(video: Path) -> None:
    jq = clips.tool("jq")
    done = clips.call("match", video, "--target", "1.4", "--json", "-")
    told = subprocess.run([jq, ".matches[0].frame"], input=done.stdout, capture_output=True, check=True).stdout
    assert int(told) == 35


def test_without_json_there_is_a_table(video: Path, capsys: Capture) -> None:
    assert run(["match", str(video), "--target", "1.4", "--top", "2"]) == 0
    output, told = capsys.readouterr()
    head, *rows = output.splitlines()
    assert head.split() == ["similarity", "weighted", "attention", "frame", "time", "video"]
    assert len(rows) == 2
    assert rows[0].split()[3:5] == ["35", "00:00:01.400"]
    assert rows[0].endswith(str(video))
    assert told == ""


def test_a_picture_is_found(video: Path, place: Path, capsys: Capture) -> None:
    ok, data = cv2.imencode(".png", clips.decode_some(video, [60])[60])
    assert ok
    (place / "target.png").write_bytes(data.tobytes())
    assert run(["match", str(video), "--target", "target.png", "--json", "-"]) == 0
    check(json.loads(capsys.readouterr().out), video, 60)


def test_json_goes_to_a_file(video: Path, place: Path, capsys: Capture) -> None:
    assert run(["match", str(video), "--target", "1.4", "--json", "found.json"]) == 0
    assert capsys.readouterr() == ("", "")
    assert [path.name for path in place.iterdir()] == ["found.json"]
    check(json.loads((place / "found.json").read_text("utf-8")), video, 35)


def test_a_file_that_cannot_be_written_is_told(video: Path, capsys: Capture) -> None:
    assert run(["match", str(video), "--target", "1.4", "--json", "missing/found.json"]) == 6
    assert capsys.readouterr().err.startswith("vkeyframe: missing/found.json: cannot be written")


@pytest.mark.parametrize(
    "options",
    [
        [],
        ["--target", "missing.png"],
        ["--target", "noon"],
        ["--target", "99"],
        ["--target", "75f"],
        ["--target", "1.4", "--top", "0"],
        ["--target", "1.4", "--threads", "65"],
    ],
    ids=" ".join,
)
def test_an_option_that_cannot_be_is_a_usage_error(options: list[str], video: Path, capsys: Capture) -> None:
    assert run(["match", str(video), *options]) == 2
    output, told = capsys.readouterr()
    assert output == ""
    assert told


def test_an_address_is_named_as_it_was_given(capsys: Capture) -> None:
    assert run(["match", "https://host//clip.mp4", "--target", "1"]) == 2
    assert capsys.readouterr().err.startswith("vkeyframe: https://host//clip.mp4: match reads files on this machine only")


def test_a_target_that_is_no_picture_is_told(video: Path, place: Path, capsys: Capture) -> None:
    (place / "target.png").write_text("no picture")
    assert run(["match", str(video), "--target", "target.png"]) == 3
    output, told = capsys.readouterr()
    assert output == ""
    assert told.startswith("vkeyframe: target.png: no picture")


@pytest.mark.parametrize("first", [True, False], ids=["first", "second"])
def test_a_missing_video_is_told(first: bool, video: Path, capsys: Capture) -> None:
    videos = ["missing.mp4", str(video)] if first else [str(video), "missing.mp4"]
    assert run(["match", *videos, "--target", "1.4", "--json", "-"]) == 3
    output, told = capsys.readouterr()
    assert output == ""
    assert told.startswith("vkeyframe: missing.mp4: no such file")
    assert len(told.splitlines()) == 1


@pytest.mark.parametrize("options", [("--json", "-"), ()], ids=["json", "table"])
def test_a_name_that_is_no_text_can_be_told(options: tuple[str, ...], nameless: bytes) -> None:
    done = clips.call("match", nameless, "--target", "1.4", *options)
    assert done.returncode == 0, done.stderr
    assert "caf" in done.stdout.decode("utf-8")


def test_json_of_a_name_that_is_no_text_goes_to_a_file_whose_name_is_none(nameless: bytes, place: Path) -> None:
    """The text is one that every reader of JSON takes, with a mark in place of the bytes that are none."""
    target = b"found-\xff.json"
    done = clips.call("match", nameless, "--target", "1.4", "--json", target)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    found = json.loads((Path.cwd() / os.fsdecode(target)).read_bytes().decode("utf-8"))
    assert Path(found["matches"][0]["video"]).name == "caf\N{REPLACEMENT CHARACTER}.mp4"
    assert {Path(timeline["video"]).name for timeline in found["timelines"]} == {"caf\N{REPLACEMENT CHARACTER}.mp4"}
    # It is known as ours, and replaced.
    assert clips.call("match", nameless, "--target", "1.4", "--json", target).returncode == 0
