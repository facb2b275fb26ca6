"""`vkeyframe match`: the table, the JSON, and what is told when there is nothing to match."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests import clips
from vkeyframe.cli.main import run
from vkeyframe.opencv import cv2

Capture = pytest.CaptureFixture[str]


def check(found: Any, video: Path, frame: int) -> None:
    """Check what was found for a frame of a video."""
    assert list(found) == ["target", "found", "threshold", "matches", "nearest", "timelines", "files", "warnings"]
    assert (found["found"], found["nearest"]) == (True, None)
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
    assert run(["match", str(video), "--target", "1.4", "--top", "2", "--min-gap", "0.4"]) == 0
    output, told = capsys.readouterr()
    head, *rows = output.splitlines()
    assert head.split() == ["score", "similarity", "weighted", "attention", "mirrored", "frame", "time", "video"]
    assert 1 <= len(rows) <= 2
    assert rows[0].split()[4:7] == ["no", "35", "00:00:01.400"]
    assert rows[0].endswith(str(video))
    assert told == ""


@pytest.fixture
def other(place: Path) -> str:
    """Give the name of a picture that is in none of the videos."""
    cv2.imwrite(str(place / "other.png"), clips.scene(77, 1, 320, 192)[0])
    return "other.png"


def test_what_is_not_there_is_told(video: Path, other: str, capsys: Capture) -> None:
    assert run(["match", str(video), "--target", other]) == 0
    output, told = capsys.readouterr()
    assert re.fullmatch(
        rf"other\.png: not found; the likest frame, at 00:00:0\d\.\d+ in {re.escape(str(video))}, scores 0\.\d\d, "
        r"the threshold is 0\.5\.\n",
        output,
    )
    assert told == ""
    assert run(["match", str(video), "--target", other, "--json", "-"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["found"], found["matches"], found["nearest"]["video"]) == (False, [], str(video))
    assert run(["match", str(video), "--target", other, "--threshold", "0", "--json", "-"]) == 0
    assert json.loads(capsys.readouterr().out)["found"]


def test_hits_are_written_as_pictures(video: Path, place: Path, other: str, capsys: Capture) -> None:
    target = ["--target", "1.4", "-o", "hits", "--format", "png"]
    assert run(["match", str(video), *target, "--json", "found.json"]) == 0
    assert clips.entries("hits") == ["holiday_000_00-00-01.400.png", "matches.json"]
    written = json.loads(Path("hits/matches.json").read_text("utf-8"))
    assert written["files"] == clips.entries("hits")
    assert written["matches"][0]["file"] == "holiday_000_00-00-01.400.png"
    assert {**json.loads(Path("found.json").read_text("utf-8")), "files": written["files"]} == written
    assert (cv2.imread("hits/holiday_000_00-00-01.400.png") == clips.decode_some(video, [35])[35]).all()
    # It is replaced only where that is asked for, and only if all in it is ours.
    before = clips.results(Path("hits"))
    assert run(["match", str(video), *target]) == 6
    assert clips.results(Path("hits")) == before
    Path("hits/notes").touch()
    assert run(["match", str(video), *target, "--overwrite"]) == 6
    assert "move notes elsewhere" in capsys.readouterr().err
    Path("hits/notes").unlink()
    assert run(["match", str(video), "--target", other, "-o", "hits", "--overwrite"]) == 0
    assert clips.entries("hits") == ["matches.json"]
    assert clips.entries(".") == ["found.json", "hits", "other.png"]


def test_target_and_match_are_compared(video: Path, place: Path, capsys: Capture) -> None:
    assert run(["match", str(video), "--target", "1.4", "--compare", "new/best.png", "-q"]) == 0
    best = cv2.imread("new/best.png")
    assert clips.entries("new") == ["best.png"]
    third = (best.shape[1] - 4 * 12) // 3
    target, frame, similarity = (best[40:330, 40 + step * (third + 12) : third - 20 + step * (third + 12)] for step in range(3))
    # Target and frame are the same picture, apart from the line around it, and the map is yellow.
    assert np.abs(target.astype(int) - frame).mean() < 3
    blue, green, _ = similarity.reshape(-1, 3).mean(axis=0)
    assert blue < green - 30
    assert run(["match", str(video), "--target", "1.4", "--compare", "new/best.png"]) == 6
    assert "exists already" in capsys.readouterr().err
    assert run(["match", str(video), "--target", "1.4", "--compare", "each", "-o", "each"]) == 2
    assert run(["match", str(video), "--target", "1.4", "--compare", "each", "--threshold", "0", "--top", "2"]) == 0
    assert [name[-4:] for name in clips.entries("each")] == [".png", ".png", "json"]


@pytest.mark.parametrize(
    "output", [["-o", "."], ["-o", "holiday.mp4"], ["--compare", "holiday.mp4"], ["--compare", "target.png"]]
)
def test_no_input_is_written_to(output: list[str], video: Path, place: Path) -> None:
    (place / "holiday.mp4").write_bytes(video.read_bytes())
    cv2.imwrite("target.png", clips.decode_some(video, [35])[35])
    before = {path.name: path.read_bytes() for path in place.iterdir()}
    assert run(["match", "holiday.mp4", "--target", "target.png", *output, "--overwrite"]) in (2, 6)
    assert {path.name: path.read_bytes() for path in place.iterdir()} == before


def test_all_videos_of_a_folder_are_looked_through(video: Path, place: Path, capsys: Capture) -> None:
    (place / "all" / "inner").mkdir(parents=True)
    (place / "all" / "inner" / "holiday.mp4").write_bytes(video.read_bytes())
    (place / "all" / "broken.mp4").write_text("no video")
    cv2.imwrite("target.png", clips.decode_some(video, [35])[35])
    assert run(["match", "all", "--target", "target.png", "--json", "-"]) == 0
    output, told = capsys.readouterr()
    check(json.loads(output), Path("all/inner/holiday.mp4"), 35)
    assert "broken.mp4" in told
    assert run(["match", "all/inner/*.mp4", video.as_uri(), "--target", "target.png", "--json", "-"]) == 0
    assert len(json.loads(capsys.readouterr().out)["timelines"]) == 2


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
        ["--target", "1.4", "--threshold", "1.1"],
        ["--target", "1.4", "--min-gap", "-1"],
        ["--target", "1.4", "-o", ""],
        ["--target", "1.4", "--compare", ""],
        ["--target", "1.4", "--threads", "65"],
    ],
    ids=" ".join,
)
def test_an_option_that_cannot_be_is_a_usage_error(options: list[str], video: Path, capsys: Capture) -> None:
    assert run(["match", str(video), *options]) == 2
    output, told = capsys.readouterr()
    assert output == ""
    assert told


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
