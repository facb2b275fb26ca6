"""Videos on servers that are slow, silent, broken or not there; fetching them ends when it should."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests import clips
from vkeyframe.batch import remote
from vkeyframe.batch.storage import fetched, remote_videos
from vkeyframe.errors import DecoderError, InputError
from vkeyframe.process.isolation import Isolation

pytest.importorskip("fsspec")
pytest.importorskip("aiohttp")
pytestmark = [pytest.mark.usefixtures("place"), pytest.mark.skipif(os.name == "nt", reason="needs POSIX signals")]
# Enough for a busy machine, and far from the half hour that the slow server needs.
SOON = 60.0


@pytest.fixture
def temporary(tmp_path: Path) -> Path:
    """Give an empty folder for temporary files."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    return folder


def start(*arguments: str, temporary: Path) -> subprocess.Popen[str]:
    environment = os.environ | {"TMPDIR": str(temporary)}
    streams = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen([*clips.PROGRAM, *arguments], env=environment, text=True, **streams)


@pytest.mark.parametrize("command", ["batch", "extract"])
def test_a_slow_server_is_given_up_in_time(command: str, odd_server: str, temporary: Path) -> None:
    begun = time.monotonic()
    with start(command, f"{odd_server}/slow/a.mp4", "-o", "out", "--timeout", "2", temporary=temporary) as process:
        _, told = process.communicate(timeout=clips.PATIENCE)
    assert time.monotonic() - begun < SOON
    assert process.returncode == 5, told
    assert "a.mp4: not done after 2 s; allow it more with --timeout." in told
    assert clips.entries(temporary) == []


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
@pytest.mark.parametrize(
    "command", [("batch", "-o", "out"), ("extract", "-o", "out"), ("shots",), ("probe",)], ids=lambda c: c[0]
)
def test_a_signal_ends_fetching(command: tuple[str, ...], number: int, code: int, odd_server: str, temporary: Path) -> None:
    with start(*command, f"{odd_server}/slow/a.mp4", temporary=temporary) as process:
        clips.wait_until(lambda: any(temporary.glob("*/a.mp4")), process)
        process.send_signal(number)
        _, told = process.communicate(timeout=SOON)
    assert process.returncode == code, told
    assert "Traceback" not in told
    assert clips.entries(temporary) == []


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_ends_the_wait_for_standard_input(number: int, code: int, temporary: Path) -> None:
    with start("extract", "-", "-o", "out", temporary=temporary) as process:
        clips.wait_until(lambda: any(temporary.glob("*/stdin")), process)
        process.send_signal(number)
        process.wait(SOON)
    assert process.returncode == code
    assert clips.entries(temporary) == []


def test_a_server_that_says_nothing_is_told(odd_server: str) -> None:
    with (
        Isolation(patience=2.0) as isolation,
        pytest.raises(InputError, match=r"silent/a\.mp4: nothing came from there"),
        fetched(f"{odd_server}/silent/a.mp4", ".", isolation),
    ):
        pass


def test_a_server_that_is_slow_but_alive_is_waited_for(odd_server: str) -> None:
    with (
        Isolation(timeout=6.0, patience=2.0) as isolation,
        pytest.raises(DecoderError, match="not done after 6 s"),
        fetched(f"{odd_server}/slow/a.mp4", ".", isolation),
    ):
        pass


@pytest.mark.parametrize(
    ("status", "cause"),
    [(404, "no such file"), (500, "the server answers 500 Internal Server Error"), (403, "the server answers 403 Forbidden")],
)
def test_what_the_server_answers_is_told(status: int, cause: str, odd_server: str) -> None:
    url = f"{odd_server}/{status}/a.mp4"
    with pytest.raises(InputError) as told:
        remote.describe(url)
    assert str(told.value) == f"{url}: cannot be reached ({cause})."
    with pytest.raises(InputError) as told:
        remote.fetch(url, "copy")
    assert str(told.value) == f"{url}: cannot be fetched ({cause})."


@pytest.mark.parametrize("place", ["a.mp4", "folder/", "*.mp4"])
def test_a_connection_that_is_refused_is_no_missing_file(place: str) -> None:
    url = f"http://127.0.0.1:9/{place}"
    ask = remote.describe if place == "a.mp4" else remote_videos
    with pytest.raises(InputError, match="Connect") as told:
        ask(url)
    assert "no such file" not in str(told.value)


def test_the_next_command_removes_what_a_killed_one_left(temporary: Path, odd_server: str) -> None:
    clips.write_clip(Path("clip.mp4"), clips.scenes((1,), 5))
    for video, copy in (("-", "*/stdin"), (f"{odd_server}/slow/a.mp4", "*/a.mp4")):
        with start("extract", video, "-o", "out", temporary=temporary) as process:
            clips.wait_until(lambda copy=copy: any(temporary.glob(copy)), process)
            process.send_signal(signal.SIGKILL)
        assert len(clips.entries(temporary)) == 1
    with start("extract", "clip.mp4", "-o", "out", temporary=temporary) as process:
        assert process.wait(clips.PATIENCE) == 0
    assert clips.entries(temporary) == []
