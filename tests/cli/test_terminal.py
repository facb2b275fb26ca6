"""Standard streams that are closed, full or a terminal: what can be done is done, and what is wrong is one sentence."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from tests import clips
from vkeyframe.cli.terminal import as_text, printable

pytestmark = pytest.mark.skipif(os.name == "nt", reason="needs POSIX descriptors and signals")
FULL = Path("/dev/full")
needs_full = pytest.mark.skipif(not FULL.exists(), reason="there is no /dev/full here")
# Sets the title of a terminal, turns letters around, and is the one-byte form of an escape.
HOSTILE = "\x1b]0;pwned\x07 \u202e\x9b31m a.mp4"


def call_with(redirection: str, *arguments: str | Path, **options: Any) -> subprocess.CompletedProcess[bytes]:
    """Run the command line as a shell does that redirects its streams."""
    command = ["sh", "-c", f'exec "$@" {redirection}', "sh", *clips.PROGRAM, *map(str, arguments)]
    return subprocess.run(command, check=False, capture_output=True, timeout=clips.PATIENCE, **options)


def check_no_name_is_obeyed(shown: bytes) -> None:
    """Check that a terminal gets none of the hostile name's marks; the bars themselves move the cursor up and down."""
    text = shown.decode("utf-8")
    assert "pwned" in text
    assert not {"\x1b]", "\x07", "\u202e", "\x9b"} & {mark for mark in ("\x1b]", "\x07", "\u202e", "\x9b") if mark in text}


@pytest.fixture
def hostile(video: Path, place: Path) -> Path:
    shutil.copy(video, place / HOSTILE)
    return Path(HOSTILE)


def test_without_a_standard_error_the_work_is_done(video: Path, place: Path) -> None:
    done = call_with("2>&-", "extract", video, "-o", "out", "--json", "-")
    assert done.returncode == 0
    assert json.loads(done.stdout)["schema"] == "vkeyframe.report/2"
    assert "report.json" in clips.entries(place / "out")
    assert call_with("2>&-", "extract", "missing.mp4").returncode == 3


def test_without_any_stream_a_video_is_not_taken_for_one(video: Path, place: Path) -> None:
    before = video.read_bytes()
    assert call_with("<&- >&- 2>&-", "extract", video, "-o", "out").returncode == 0
    assert "report.json" in clips.entries(place / "out")
    assert video.read_bytes() == before


def test_without_a_standard_input_a_video_from_there_is_an_input_error() -> None:
    done = call_with("<&-", "extract", "-", "-o", "out")
    assert done.returncode == 3
    assert done.stderr == b"vkeyframe: standard input: cannot be read (Bad file descriptor).\n"


@pytest.mark.parametrize(
    "command",
    [
        ("extract", "--json", "-", "-o", "out"),
        ("batch", "-o", "out"),
        ("match", "--target", "0"),
        ("match", "--target", "0", "--json", "-"),
        ("shots",),
        ("probe",),
    ],
    ids=" ".join,
)
def test_without_a_standard_output_what_needs_it_is_not_begun(command: tuple[str, ...], video: Path, place: Path) -> None:
    done = call_with(">&-", *command, video)
    assert done.returncode == 6
    assert done.stderr == b"vkeyframe: standard output: cannot be written (Bad file descriptor).\n"
    assert clips.entries(place) == []


@needs_full
@pytest.mark.parametrize(
    "command", [("--help",), ("-h",), ("extract", "-h"), ("export", "-h"), ("--version",), ("schema",)], ids=" ".join
)
def test_a_full_standard_output_is_one_sentence(command: tuple[str, ...]) -> None:
    done = call_with(f">{FULL}", *command)
    assert (done.returncode, done.stderr) == (6, b"vkeyframe: standard output: cannot be written (No space left on device).\n")


@needs_full
def test_a_full_standard_error_changes_no_exit_code(video: Path, place: Path) -> None:
    assert call_with(f"2>{FULL}", "extract", "--count", "0", video).returncode == 2
    assert call_with(f"2>{FULL}", "extract", "missing.mp4").returncode == 3
    assert call_with(f"2>{FULL}", "nonsense").returncode == 2
    assert call_with(f"2>{FULL}", "extract", video, "-o", "out").returncode == 0


def test_help_for_a_reader_that_has_enough_ends_quietly() -> None:
    done = clips.call_unheard("extract", "-h")
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize("fails", [True, False])
def test_a_reader_that_has_enough_does_not_hide_a_failure(fails: bool, video: Path) -> None:
    first = "missing.mp4" if fails else video
    assert clips.call_unheard("batch", first, video, "-o", "out", "--jobs", "1").returncode == 3 * fails
    assert clips.call_unheard("extract", first, video, "--json", "-", "--no-images").returncode == 3 * fails


@pytest.mark.parametrize(
    "command",
    [("extract", "-o", "out"), ("batch", "-o", "out", "--jobs", "1"), ("shots",), ("match", "--target", "0"), ("probe", "-v")],
    ids=lambda command: command[0],
)
def test_no_name_is_obeyed_by_a_terminal(command: tuple[str, ...], hostile: Path) -> None:
    done, shown = clips.call_on_terminal(*command, hostile)
    assert done.returncode == 0
    if command[0] != "probe":
        check_no_name_is_obeyed(shown if command[0] != "match" else done.stdout)
    assert not {b"\x1b", b"\x07", "\x9b".encode()} & {mark for mark in (b"\x1b", b"\x07", "\x9b".encode()) if mark in done.stdout}


def test_no_argument_is_obeyed_by_a_terminal() -> None:
    for arguments in ((HOSTILE,), ("extract", HOSTILE), ("extract", "x.mp4", "--format", HOSTILE)):
        done = clips.call(*arguments)
        assert done.returncode in (2, 3)
        check_no_name_is_obeyed(done.stderr)


def test_data_is_utf_8_whatever_the_terminal_is(video: Path, place: Path) -> None:
    shutil.copy(video, place / "映画.mp4")
    environment = os.environ | {"PYTHONIOENCODING": "latin-1"}
    done = clips.call("extract", "映画.mp4", "--json", "-", "--no-images", "-o", "out", env=environment)
    assert done.returncode == 0
    assert json.loads(done.stdout.decode("utf-8"))["video"]["name"] == "映画.mp4"
    assert done.stderr == rb"\u6620\u753b.mp4: 3 keyframes of 3 shots in out" + b"\n"
    assert "映画.mp4" in clips.call("match", "映画.mp4", "--target", "0", env=environment).stdout.decode("utf-8")
    assert "映画.mp4" in clips.call("batch", "映画.mp4", "-o", "batch", env=environment).stdout.decode("utf-8")


def test_a_text_becomes_a_line_that_no_terminal_obeys() -> None:
    assert printable(HOSTILE) == "?]0;pwned? ??31m a.mp4"
    assert printable("two\nlines\tété \udcff") == "two lines été ?"
    assert as_text('{"\x9b": "\udce9\ud800"}\n') == '{"\\u009b": "\ufffd\ufffd"}\n'
    assert json.loads(as_text('["\x9b\x7f"]')) == ["\x9b\x7f"]


def started(place: Path) -> subprocess.Popen[bytes]:
    """Start an extraction that waits for standard input, and wait until it has begun."""
    process = subprocess.Popen(
        ["sh", "-c", 'exec "$@"', "sh", *clips.PROGRAM, "extract", "-", "-o", "deep/out"],
        cwd=place,
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ | {"TMPDIR": str(place)},
    )
    clips.wait_until(lambda: any(place.glob(".vkeyframe-*/stdin")), process)
    return process


@pytest.mark.parametrize(("name", "code"), [("SIGHUP", 129), ("SIGINT", 130), ("SIGTERM", 143)])
def test_each_signal_that_ends_it_leaves_nothing(name: str, code: int, place: Path) -> None:
    process = started(place)
    process.send_signal(getattr(signal, name))
    _, told = process.communicate(timeout=clips.PATIENCE)
    assert process.returncode == code
    assert b"Traceback" not in told
    assert clips.entries(place) == []


def test_further_signals_do_not_disturb_the_clean_up(place: Path) -> None:
    process = started(place)
    while process.poll() is None:
        process.send_signal(signal.SIGINT)
        time.sleep(0.0005)
    _, told = process.communicate(timeout=clips.PATIENCE)
    assert process.returncode == 130, told
    assert b"Traceback" not in told
    assert clips.entries(place) == []


def test_a_hang_up_that_the_caller_ignores_is_ignored(video: Path, place: Path) -> None:
    command = ["sh", "-c", 'trap "" HUP; exec "$@"', "sh", *clips.PROGRAM, "extract", "-", "-o", "out", "-q"]
    process = subprocess.Popen(command, cwd=place, stdin=subprocess.PIPE, env=os.environ | {"TMPDIR": str(place)})
    clips.wait_until(lambda: any(place.glob(".vkeyframe-*/stdin")), process)
    process.send_signal(signal.SIGHUP)
    process.communicate(video.read_bytes(), timeout=clips.PATIENCE)
    assert process.returncode == 0
