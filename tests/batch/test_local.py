"""The executor of one machine: jobs side by side, which outlive crashes and end with the command."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from tests import clips
from tests.batch.conftest import make_plan
from vkeyframe.batch.discovery import find_tasks
from vkeyframe.batch.local import LocalExecutor
from vkeyframe.batch.run import run_batch
from vkeyframe.process.cores import cores, share_of_threads
from vkeyframe.process.isolation import Isolation

pytestmark = pytest.mark.usefixtures("place")


def kill_self(*_given: Any, **_named: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def test_threads_are_shared_out() -> None:
    assert share_of_threads() == min(16, 2 * cores())
    assert share_of_threads(max(2, cores())) == share_of_threads(1000) == 1


def test_jobs_outlive_crashes_and_say_how_far_they_are(clip: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(4):
        Path(f"{number}.mp4").write_bytes(clip)
    call = Isolation.call

    def crash_on_one(self: Isolation, subject: str, function: Any, *given: Any, **named: Any) -> Any:
        return call(self, subject, kill_self if subject == "1.mp4" else function, *given, **named)

    monkeypatch.setattr(Isolation, "call", crash_on_one)
    told: list[tuple[int, str]] = []
    executor = LocalExecutor(make_plan(), 2, lambda job, video, done, total: told.append((job, video)))
    tasks = find_tasks([f"{number}.mp4" for number in range(4)], "out")
    outcomes = {outcome.path: outcome for outcome in run_batch(tasks, "out", executor)}
    assert {path: outcome.exit_code for path, outcome in outcomes.items()} == {"0.mp4": 0, "1.mp4": 5, "2.mp4": 0, "3.mp4": 0}
    assert {video for _, video in told} == {"0.mp4", "2.mp4", "3.mp4"}
    assert {job for job, _ in told} <= {0, 1}
    assert clips.entries("out") == ["0.mp4", "2.mp4", "3.mp4", "batch.jsonl"]


def test_a_command_whose_executor_was_not_closed_ends_all_the_same() -> None:
    """A signal can fall between the start of the threads and the end of the `with`."""
    program = (
        "from vkeyframe.batch.local import LocalExecutor; from vkeyframe.batch.plan import BatchPlan; "
        "from vkeyframe.settings import Settings; "
        "LocalExecutor(BatchPlan(base='.', settings=Settings()), 2).__enter__(); raise KeyboardInterrupt"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, timeout=60, check=False)
    assert b"KeyboardInterrupt" in done.stderr


@pytest.mark.parametrize("error", [RuntimeError, SystemExit, KeyboardInterrupt, MemoryError])
def test_whatever_a_thread_raises_is_an_outcome(error: type[BaseException], monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_given: Any) -> None:
        raise error("two\nlines")

    monkeypatch.setattr("vkeyframe.batch.local.process_video", fail)
    outcomes = list(run_batch(find_tasks(["a", "b"], "out"), "out", LocalExecutor(make_plan(), 1)))
    assert [(outcome.status, outcome.exit_code, outcome.error) for outcome in outcomes] == [
        ("failed", 1, f"{name}: {error.__name__}: two lines") for name in "ab"
    ]


def test_a_thread_that_is_stuck_does_not_keep_the_batch_from_ending(monkeypatch: pytest.MonkeyPatch) -> None:
    free = threading.Event()
    monkeypatch.setattr("vkeyframe.batch.local.LAST_WORK", 0.2)
    monkeypatch.setattr("vkeyframe.batch.local.process_video", lambda *_given: free.wait(clips.PATIENCE))
    begun = time.monotonic()
    with LocalExecutor(make_plan(), 2) as executor:
        for task in find_tasks(["a", "b"], "out"):
            executor.submit(task)
    assert time.monotonic() - begun < 10
    free.set()
