"""`vkeyframe batch` as a process of its own: lines, exit codes, interruptions, and taking up again."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests import clips
from vkeyframe.cli.main import run

POSIX = pytest.mark.skipif(os.name == "nt", reason="needs POSIX signals and pipes")
KILLS = 3
HANGING = Path(__file__).parents[2] / "sample_videos" / "edited.mp4"


@pytest.fixture(autouse=True)
def place(place: Path, video: Path) -> Path:
    """Work in a folder with three videos in ``clips``, one of them in a folder of its own, and a bad one."""
    (place / "clips" / "deep").mkdir(parents=True)
    for name in ("a.mp4", "b.mp4", "deep/c.mp4"):
        shutil.copy(video, place / "clips" / name)
    (place / "clips" / "bad.mp4").write_text("no video")
    return place


@dataclass(frozen=True)
class Done:
    """What a command that ran in this process has done."""

    returncode: int
    stdout: str
    stderr: str


@pytest.fixture
def inside(capsys: pytest.CaptureFixture[str]) -> Callable[..., Done]:
    """Give a function that runs the command in this process, one video at a time."""

    def run_inside(*arguments: str) -> Done:
        return Done(run(["batch", "--jobs", "1", *arguments]), *capsys.readouterr())

    return run_inside


def call(*arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
    """Run the command as a process of its own."""
    return clips.call("batch", *arguments, text=True, **options)


def start(*arguments: str, **options: Any) -> subprocess.Popen[str]:
    """Start the command."""
    command = [*clips.PROGRAM, "batch", *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)


def statuses(output: str) -> dict[str, str]:
    """Read lines of JSON: the status of each video, which has one line."""
    lines = [json.loads(line) for line in output.splitlines()]
    assert len({line["path"] for line in lines}) == len(lines)
    return {line["path"]: line["status"] for line in lines}


def children(number: int) -> list[int]:
    """Number the child processes of a process."""
    return [int(child) for task in Path(f"/proc/{number}/task").glob("*/children") for child in task.read_text().split()]


def test_every_video_has_a_line_and_a_bad_one_stops_nothing(place: Path) -> None:
    done = call("clips", "-o", "out")
    assert done.returncode == 3
    assert statuses(done.stdout) == {
        "clips/a.mp4": "done",
        "clips/b.mp4": "done",
        "clips/bad.mp4": "failed",
        "clips/deep/c.mp4": "done",
    }
    assert (place / "out" / "batch.jsonl").read_text("utf-8") == done.stdout
    told = done.stderr.splitlines()
    assert len(told) == 2
    assert told[0].startswith("vkeyframe: clips/bad.mp4: no video")
    assert told[1].startswith("3 done, 0 skipped, 1 failed in ")
    for line in map(json.loads, done.stdout.splitlines()):
        if line["status"] == "done":
            report = json.loads(Path(line["report"]).read_text("utf-8"))
            assert (line["shots"], line["keyframes"]) == (len(report["shots"]), len(report["keyframes"])) == (3, 3)
            assert report["video"]["path"] == line["path"]
            assert line["error"] is None
            assert line["seconds"] > 0
        else:
            assert line["exit_code"] == 3
            assert f"vkeyframe: {line['error']}" == told[0]


def test_it_writes_what_extract_writes(place: Path, inside: Callable[..., Done]) -> None:
    assert inside("clips/a.mp4", "-o", "out", "--sheet", "--count", "2", "--format", "png").returncode == 0
    assert run(["extract", "clips/a.mp4", "-o", "alone", "--sheet", "--count", "2", "--format", "png", "-q"]) == 0
    assert clips.results(place / "out" / "a.mp4") == clips.results(place / "alone")


def test_what_is_done_is_skipped_and_the_rest_is_done(place: Path, inside: Callable[..., Done]) -> None:
    assert inside("clips/a.mp4", "clips/deep", "-o", "out").returncode == 0
    before = (place / "out" / "a.mp4" / "report.json").read_bytes()
    done = inside("clips/a.mp4", "clips/b.mp4", "clips/deep", "-o", "out", "--resume", "-q")
    assert done.returncode == 0
    assert done.stderr == ""
    assert statuses(done.stdout) == {"clips/a.mp4": "skipped", "clips/b.mp4": "done", "clips/deep/c.mp4": "skipped"}
    assert (place / "out" / "a.mp4" / "report.json").read_bytes() == before
    assert {json.loads(line)["keyframes"] for line in done.stdout.splitlines()} == {3}


def test_a_list_comes_from_a_file_or_a_pipe(place: Path, inside: Callable[..., Done]) -> None:
    (place / "list").write_text("clips/a.mp4\nclips/deep\n")
    done = inside("--from-file", "list", "-o", "out")
    assert set(statuses(done.stdout)) == {"clips/a.mp4", "clips/deep/c.mp4"}
    # From standard input a process of its own must read.
    done = call("--from-file", "-", "-0", "-o", "out", "--resume", input="clips/a.mp4\0clips/b.mp4")
    assert statuses(done.stdout) == {"clips/a.mp4": "skipped", "clips/b.mp4": "done"}


def test_the_code_is_that_of_the_first_video_that_failed(inside: Callable[..., Done]) -> None:
    assert inside("clips/a.mp4", "-o", "out").returncode == 0
    done = inside("clips/b.mp4", "clips/a.mp4", "missing.mp4", "-o", "out")
    assert statuses(done.stdout) == {"clips/b.mp4": "done", "clips/a.mp4": "failed", "missing.mp4": "failed"}
    # Whichever of them was the quicker.
    assert done.returncode == 6


def test_a_slow_video_is_given_up_and_the_others_are_not(place: Path) -> None:
    shutil.copy(HANGING, place / "slow.mp4")
    # Enough for a short clip, of which none is here: the first second of a child is spent on imports.
    done = call("slow.mp4", "missing.mp4", "-o", "out", "--timeout", "0.05", "--jobs", "1")
    assert done.returncode == 5
    assert "slow.mp4: not done after 0.05 s; allow it more with --timeout." in done.stderr
    assert statuses(done.stdout) == {"slow.mp4": "failed", "missing.mp4": "failed"}
    assert clips.entries("out") == ["batch.jsonl"]


def test_fail_fast_ends_the_running_ones(place: Path) -> None:
    shutil.copy(HANGING, place / "slow.mp4")
    done = call("slow.mp4", "clips/bad.mp4", "clips/a.mp4", "-o", "out", "--jobs", "2", "--fail-fast", "--decode", "every")
    assert done.returncode == 3
    assert list(statuses(done.stdout).values()) == ["failed"]
    assert clips.entries("out") == ["batch.jsonl"]


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["clips", "--resume", "--overwrite"],
        ["clips", "--sheet", "--no-images"],
        ["clips", "--null"],
        ["clips", "--timeout", "0"],
        ["clips", "--jobs", "0"],
        ["clips", "--jobs", "2", "--scheduler", "tcp://127.0.0.1:9"],
        ["clips", "--start", "5", "--end", "4"],
    ],
    ids=" ".join,
)
def test_what_cannot_be_meant_is_a_usage_error(arguments: list[str], place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["batch", *arguments, *(["-o", "out"] if arguments else [])]) == 2
    output, told = capsys.readouterr()
    assert output == ""
    assert told
    assert not (place / "out").exists()


def test_no_video_at_all_is_no_success(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (place / "empty").mkdir()
    (place / "list").touch()
    assert run(["batch", "empty", "-o", "out", "-q"]) == 3
    output, told = capsys.readouterr()
    assert statuses(output) == {"empty": "failed"}
    assert told.startswith("vkeyframe: empty: no video is there")
    assert run(["batch", "--from-file", "list", "-o", "new"]) == 3
    assert capsys.readouterr().err.startswith("vkeyframe: list: no video is there")
    assert not (place / "new").exists()


def test_a_bad_path_stops_no_other(place: Path) -> None:
    done = call("clips/a.mp4", "http://[foo/a.mp4", "empty*", "clips/b.mp4", "--from-file", "clips/deep/c.mp4", "-o", "out")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert statuses(done.stdout) == {
        "clips/a.mp4": "done",
        "http://[foo/a.mp4": "failed",
        "empty*": "failed",
        "clips/b.mp4": "done",
        "clips/deep/c.mp4": "failed",
    }


def test_an_output_folder_that_cannot_be_is_told(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (place / "file").touch()
    assert run(["batch", "clips", "-o", "file/out"]) == 6
    assert capsys.readouterr().err.startswith("vkeyframe: file/out/batch.jsonl: cannot be written")


@POSIX
@pytest.mark.parametrize(("number", "code"), [("SIGTERM", 143), ("SIGINT", 130)])
def test_a_signal_ends_all_and_leaves_nothing_half_done(number: str, code: int, place: Path) -> None:
    for name in ("one.mp4", "two.mp4"):
        shutil.copy(HANGING, place / name)
    process = start("one.mp4", "two.mp4", "-o", "out", "--decode", "every", "--format", "png", "--jobs", "2")
    clips.wait_until(lambda: len(list(place.glob("out/.vkeyframe-*/.*.png"))) > 2, process)
    inner = children(process.pid)
    assert len(inner) == 2
    process.send_signal(signal.Signals[number])
    output, told = process.communicate(timeout=clips.PATIENCE)
    assert process.returncode == code
    assert output == ""
    assert "Traceback" not in told
    assert clips.entries("out") == ["batch.jsonl"]
    assert not any(Path(f"/proc/{child}").exists() for child in inner)


@POSIX
def test_a_batch_killed_at_any_moment_goes_on_where_it_was(place: Path) -> None:
    """SIGKILL at random moments; what is there in the end is byte for byte that of an undisturbed run."""
    for number in range(2):
        shutil.copy(HANGING, place / "clips" / f"long{number}.mp4")
    arguments = ("clips", "--jobs", "2", "--count", "4")
    assert call(*arguments, "-o", "whole").returncode == 3
    rest = random.Random(5)
    for _ in range(KILLS):
        process = start(*arguments, "-o", "out", "--resume")
        clips.wait_until(lambda: any(place.glob("out/clips/.vkeyframe-*")), process)
        time.sleep(rest.uniform(0.0, 0.8))
        process.kill()
        process.communicate()
    done = call(*arguments, "-o", "out", "--resume")
    assert done.returncode == 3
    assert len(statuses(done.stdout)) == 6
    assert clips.results(place / "out") == clips.results(place / "whole")
    assert statuses(call(*arguments, "-o", "out", "--resume").stdout) == statuses(done.stdout) | {
        path: "skipped" for path, status in statuses(done.stdout).items() if status == "done"
    }


@POSIX
def test_a_reader_that_has_enough_ends_it_quietly(place: Path) -> None:
    done = clips.call_unheard("batch", "clips/a.mp4", "clips/bad.mp4", "-o", "out", "--jobs", "1")
    assert done.returncode == 0
    assert b"Traceback" not in done.stderr
    assert "bad.mp4" not in done.stderr.decode()


@POSIX
@pytest.mark.parametrize("quiet", [False, True], ids=["shown", "quiet"])
def test_bars_are_shown_on_a_terminal_unless_quiet(quiet: bool) -> None:
    done, shown = clips.call_on_terminal("batch", "clips/a.mp4", "clips/b.mp4", "-o", "out", *(["-q"] if quiet else []))
    assert done.returncode == 0
    assert set(statuses(done.stdout.decode()).values()) == {"done"}
    if quiet:
        assert shown == b""
    else:
        assert all(part in shown for part in (b"videos", b"/2 ", b"a.mp4", b"b.mp4", b"2 done, 0 skipped, 0 failed"))
