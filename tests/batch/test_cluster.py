"""A batch on a real Dask cluster: a scheduler and worker processes on this machine, some of which are killed."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from tests import clips
from tests.batch.conftest import make_plan
from tests.cli.test_batch import call, children, start, statuses
from vkeyframe.batch.cluster import ClusterExecutor
from vkeyframe.cli.main import run
from vkeyframe.errors import ClusterError
from vkeyframe.library.store import Library

pytest.importorskip("distributed")

ROOT = Path(__file__).parents[2]
HANGING = ROOT / "sample_videos" / "edited.mp4"
# A worker that loads this dies over certain videos.
FRAGILE = """
import os
from vkeyframe.batch import cluster
from vkeyframe.batch.work import process_video as whole

class OddError(Exception):
    def __init__(self, one, other):
        super().__init__("an error that cannot be unpickled")

def process_video(task, *rest):
    if "deadly" in task.video:
        os.kill(os.getpid(), 9)
    if "odd" in task.video:
        raise OddError(1, 2)
    return whole(task, *rest)

cluster.process_video = process_video
"""


class Cluster:
    """A scheduler, and workers of one thread each."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.address = f"tcp://127.0.0.1:{free.getsockname()[1]}"
        self.workers: list[subprocess.Popen[bytes]] = []
        port = self.address.rpartition(":")[2]
        self._scheduler = self._start("scheduler", "--host", "127.0.0.1", "--port", port, "--no-dashboard")
        clips.wait_until(lambda: _answers(int(port)))

    def add_worker(self, *options: str) -> None:
        """Start a worker."""
        options = ("--nthreads", "1", "--no-dashboard", "--local-directory", str(self._folder), *options)
        self.workers.append(self._start("worker", self.address, *options))

    def kill_scheduler(self) -> None:
        """Kill the scheduler."""
        os.killpg(self._scheduler.pid, signal.SIGKILL)

    def stop(self) -> None:
        """End all."""
        for process in (*self.workers, self._scheduler):
            process.terminate()
        for process in (*self.workers, self._scheduler):
            # A worker in the midst of starting again does not hear it.
            with suppress(subprocess.TimeoutExpired):
                process.wait(10)
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(clips.PATIENCE)

    def _start(self, *arguments: str) -> subprocess.Popen[bytes]:
        log = (self._folder / f"{arguments[0]}-{len(self.workers)}.log").open("wb")
        with log:
            command = [sys.executable, "-m", "dask", *arguments]
            return subprocess.Popen(command, stdout=log, stderr=log, cwd=self._folder, start_new_session=True)


def _answers(port: int) -> bool:
    with socket.socket() as asking:
        return asking.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    folder = tmp_path / "cluster"
    folder.mkdir()
    started = Cluster(folder)
    yield started
    started.stop()


@pytest.fixture(autouse=True)
def place(place: Path) -> Path:
    """Work in a folder with five videos and a bad one in ``clips``."""
    (place / "clips").mkdir()
    for name in ("a.mp4", "b.mp4"):
        shutil.copy(HANGING, place / "clips" / name)
    for number in range(3):
        clips.write_clip(place / "clips" / f"short{number}.mp4", clips.scenes((number, 9), 20))
    (place / "clips" / "bad.mp4").write_text("no video")
    return place


def test_a_lost_workers_videos_are_done_elsewhere(cluster: Cluster, place: Path) -> None:
    """One of two workers is killed while it works; every video has one result, that of a batch on this machine."""
    for _ in range(2):
        cluster.add_worker("--no-nanny")
    process = start("clips", "-o", "out", "--scheduler", cluster.address, "--count", "3")
    at_work = f"out/clips/.vkeyframe-{cluster.workers[0].pid}-*/.*.jpg"
    clips.wait_until(lambda: any(place.glob(at_work)) or process.poll() is not None)
    inner = children(cluster.workers[0].pid)
    assert inner
    cluster.workers[0].kill()
    cluster.workers[0].wait()
    output, told = process.communicate(timeout=clips.PATIENCE)
    assert process.returncode == 3, told
    found = statuses(output)
    assert found == {f"clips/{name}.mp4": "done" for name in ("a", "b", "short0", "short1", "short2")} | {
        "clips/bad.mp4": "failed"
    }
    clips.wait_until(lambda: not any(Path(f"/proc/{child}").exists() for child in inner))

    local = call("clips", "-o", "local", "--count", "3")
    assert statuses(local.stdout) == found
    # What the lost worker left half done is removed by the next batch.
    again = call("clips", "-o", "out", "--scheduler", cluster.address, "--count", "3", "--resume")
    assert set(statuses(again.stdout).values()) == {"skipped", "failed"}
    assert clips.results(place / "out") == clips.results(place / "local")
    # The children of a batch end with it.
    clips.wait_until(lambda: not children(cluster.workers[1].pid))


def test_workers_make_the_entries_of_a_library(
    cluster: Cluster, place: Path, childless: None, capfd: pytest.CaptureFixture[str]
) -> None:
    """What two workers have found is in the library of who asked, and is what this machine finds."""
    cluster.add_worker()
    cluster.add_worker()
    short = [f"clips/short{number}.mp4" for number in range(2)]
    there = ["--library", "cluster.db", "--scheduler", cluster.address]
    assert run(["batch", *short, "clips/bad.mp4", "-o", "out", "--words", *there]) == 3
    assert statuses(capfd.readouterr().out) == dict.fromkeys(short, "done") | {"clips/bad.mp4": "failed"}
    assert run(["index", *short, "--library", "here.db", "--jobs", "1", "-q"]) == 0
    capfd.readouterr()
    found = []
    for name in ("here.db", "cluster.db"):
        with Library.open(name) as library:
            entries = sorted((library.entry(video) for video in library.videos()), key=lambda entry: entry.path)
        moments = [(entry.moments.times.tobytes(), entry.moments.descriptors.tobytes()) for entry in entries]
        found.append(([replace(entry, moments=None) for entry in entries], moments))
        assert [Path(entry.path).name for entry in entries] == ["short0.mp4", "short1.mp4"]
        assert all(len(times) > 4 for times, _ in moments)
    assert found[0] == found[1]
    # The workers need not see the library to know what is in it.
    assert run(["index", *short, *there]) == 0
    assert statuses(capfd.readouterr().out) == dict.fromkeys(short, "skipped")


def test_a_video_that_kills_workers_is_given_up_after_two(cluster: Cluster, place: Path) -> None:
    (place / "fragile.py").write_text(FRAGILE)
    for name in ("deadly.mp4", "odd.mp4"):
        shutil.copy(place / "clips" / "short0.mp4", place / "clips" / name)
    for name in ("a.mp4", "b.mp4"):
        (place / "clips" / name).unlink()
    cluster.add_worker("--nworkers", "2", "--preload", str(place / "fragile.py"))
    done = call("clips", "-o", "out", "--scheduler", cluster.address)
    assert done.returncode == 3
    lines = {line["path"]: line for line in map(json.loads, done.stdout.splitlines())}
    assert len(lines) == len(done.stdout.splitlines()) == 6
    assert lines["clips/deadly.mp4"]["exit_code"] == 5
    assert "2 workers died over it" in lines["clips/deadly.mp4"]["error"]
    assert lines["clips/odd.mp4"]["exit_code"] == 1
    assert "cannot be unpickled" in lines["clips/odd.mp4"]["error"]
    assert [lines[f"clips/short{number}.mp4"]["status"] for number in range(3)] == ["done"] * 3


# Kills its worker when the first video is done, but before that is told.
LATE = """
import os
from pathlib import Path
from vkeyframe.batch import cluster

# Dask runs this twice.
cluster.whole = getattr(cluster, "whole", cluster._attempt)

def attempt(task, plan, batch):
    outcome = cluster.whole(task, plan, batch)
    for mark in Path(os.environ["DEATHS"]).iterdir() if "short0" in task.video else ():
        mark.unlink()
        os.kill(os.getpid(), 9)
    return outcome

cluster._attempt = attempt
"""


def test_a_video_whose_worker_dies_later_is_not_blamed(cluster: Cluster, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (place / "late.py").write_text(LATE)
    monkeypatch.setenv("DEATHS", str(place / "deaths"))
    (place / "deaths").mkdir()
    for number in range(2):
        (place / "deaths" / str(number)).touch()
    cluster.add_worker("--preload", str(place / "late.py"))
    done = call("clips/short0.mp4", "clips/short1.mp4", "-o", "out", "--scheduler", cluster.address)
    assert done.returncode == 0, done.stderr
    lines = {line["path"]: line["status"] for line in map(json.loads, done.stdout.splitlines())}
    assert lines == {"clips/short0.mp4": "done", "clips/short1.mp4": "done"}
    assert clips.entries(place / "deaths") == []


def test_an_interrupted_batch_stops_its_workers(cluster: Cluster, place: Path) -> None:
    cluster.add_worker("--no-nanny")
    process = start("clips/a.mp4", "clips/b.mp4", "-o", "out", "--scheduler", cluster.address, "--decode", "every")
    clips.wait_until(lambda: any(place.glob("out/.vkeyframe-*/.*.jpg")) or process.poll() is not None)
    process.send_signal(signal.SIGINT)
    output, told = process.communicate(timeout=clips.PATIENCE)
    assert (process.returncode, output) == (130, "")
    assert "Traceback" not in told
    clips.wait_until(lambda: not children(cluster.workers[0].pid) and clips.entries("out") == ["batch.jsonl"])


def test_a_scheduler_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("vkeyframe.batch.cluster.ANSWER", 0.5)
    for address, code, words in (
        ("tcp://127.0.0.1:9", 7, "no Dask scheduler answers there"),
        ("nonsense://127.0.0.1", 2, "is no address of a Dask scheduler"),
    ):
        assert run(["batch", "clips", "-o", "out", "--scheduler", address]) == code
        output, told = capsys.readouterr()
        assert output == ""
        assert told.startswith(f"vkeyframe: {address}: {words}")


@pytest.mark.parametrize(
    ("answer", "cause"),
    [(b"", "(nothing came within 2 s)"), (b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n", "(Unable to allocate")],
    ids=["silent", "http"],
)
def test_a_server_that_is_no_scheduler_is_told_in_time(
    answer: bytes, cause: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("vkeyframe.batch.cluster.ANSWER", 2.0)
    kept: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            with suppress(OSError):
                while True:
                    kept.append(server.accept()[0])
                    kept[-1].sendall(answer)

        threading.Thread(target=serve, daemon=True).start()
        begun = time.monotonic()
        address = f"tcp://127.0.0.1:{server.getsockname()[1]}"
        assert run(["batch", "clips", "-o", "out", "--scheduler", address]) == 7
        assert time.monotonic() - begun < 30
        assert capsys.readouterr().err.startswith(f"vkeyframe: {address}: no Dask scheduler answers there {cause}")
        server.shutdown(socket.SHUT_RDWR)
    for each in kept:
        each.close()


@pytest.mark.parametrize(("error", "expected"), [(OSError("gone again"), ClusterError), (KeyError("a defect"), KeyError)])
def test_only_a_lost_connection_is_called_a_missing_scheduler(
    error: Exception, expected: type[Exception], cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    def client(*_given: object, **_named: object) -> None:
        raise error

    monkeypatch.setattr("distributed.Client", client)
    with (
        pytest.raises(expected, match="no Dask scheduler answers there .gone again." if expected is ClusterError else "a defect"),
        ClusterExecutor(make_plan(), cluster.address),
    ):
        pass


def test_a_worker_is_no_scheduler(cluster: Cluster, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    cluster.add_worker("--no-nanny", "--worker-port", str(port))
    clips.wait_until(lambda: _answers(port))
    assert run(["batch", "clips", "-o", "out", "--scheduler", f"tcp://127.0.0.1:{port}"]) == 7
    assert "no Dask scheduler answers there (it is a Worker)" in capsys.readouterr().err


def test_a_scheduler_that_is_lost_is_told_and_what_is_done_stays(cluster: Cluster, place: Path) -> None:
    cluster.add_worker("--no-nanny")
    process = start("clips", "-o", "out", "--scheduler", cluster.address, "--decode", "every")
    clips.wait_until(lambda: any(place.glob("out/clips/.vkeyframe-*/.*.jpg")) or process.poll() is not None)
    cluster.kill_scheduler()
    _, told = process.communicate(timeout=clips.PATIENCE)
    assert process.returncode == 7, told
    assert "Traceback" not in told
    assert "the scheduler was lost; start it and go on with --resume." in told


def test_a_scheduler_without_workers_is_told(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("vkeyframe.batch.cluster.WORKER", 0.5)
    assert run(["batch", "clips", "-o", "out", "--scheduler", cluster.address]) == 7
    assert "has no workers; start some with 'dask worker" in capsys.readouterr().err


def test_without_dask_it_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    assert run(["batch", "clips", "-o", "out", "--scheduler", "tcp://127.0.0.1:9"]) == 1
    assert capsys.readouterr().err == "vkeyframe: A cluster needs Dask; pip install 'vkeyframe[cluster]'.\n"
