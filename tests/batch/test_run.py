"""The course of a batch: each task has one outcome and one line, at once, and nothing is kept."""

from __future__ import annotations

import json
import tracemalloc
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from vkeyframe.batch.discovery import find_tasks
from vkeyframe.batch.plan import Outcome, Task
from vkeyframe.batch.run import run_batch

pytestmark = pytest.mark.usefixtures("place")


class Echo:
    """An executor that does nothing with its tasks and remembers how many it held at most."""

    def __init__(self, holds: int = 3) -> None:
        self.held: list[Task] = []
        self.most = 0
        self._holds = holds

    def __enter__(self) -> Echo:
        return self

    def __exit__(self, *error: object) -> None:
        self.held.clear()

    def capacity(self) -> int:
        return self._holds

    def submit(self, task: Task) -> None:
        self.held.append(task)
        self.most = max(self.most, len(self.held))

    def outcome(self) -> Outcome:
        task = self.held.pop()
        failed = task.video == "bad"
        return Outcome(task.index, task.video, "failed" if failed else "done", exit_code=3 if failed else 0)


def lines() -> list[dict[str, Any]]:
    return [json.loads(line) for line in Path("out/batch.jsonl").read_text("utf-8").splitlines()]


def test_every_task_has_one_outcome_and_one_line() -> None:
    executor = Echo()
    outcomes = list(run_batch(find_tasks(["a", "bad", "c", "d", "e"], "out"), "out", executor))
    assert sorted(outcome.index for outcome in outcomes) == [0, 1, 2, 3, 4]
    assert executor.most == 3
    assert [line["path"] for line in lines()] == [outcome.path for outcome in outcomes]
    assert list(lines()[0]) == [
        "path", "status", "error", "exit_code", "report", "shots", "keyframes", "complete", "decoder_messages", "seconds",
    ]  # fmt: skip


def test_a_line_is_there_as_soon_as_the_outcome() -> None:
    with closing(run_batch(find_tasks(["a", "b"], "out"), "out", Echo(1))) as outcomes:
        next(outcomes)
        assert len(lines()) == 1


def test_a_batch_can_end_with_the_first_failure() -> None:
    executor = Echo(1)
    outcomes = list(run_batch(find_tasks(["a", "bad", "c"], "out"), "out", executor, fail_fast=True))
    assert [outcome.path for outcome in outcomes] == ["a", "bad"]
    assert executor.held == []


def test_memory_does_not_grow_with_the_number_of_videos() -> None:
    """Of each video some digests stay, so that names are given once."""

    def peak(videos: int) -> int:
        tracemalloc.start()
        tasks = find_tasks((f"/videos/of/a/long/name/{number:08d}.mp4" for number in range(videos)), "out")
        for _ in run_batch(tasks, "out", Echo()):
            pass
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    few, many = peak(200), peak(1200)
    assert (many - few) / 1000 < 300


def test_the_journal_is_delivered_too() -> None:
    pytest.importorskip("fsspec")
    place = Path("far").absolute()
    place.mkdir()
    url = f"local://{place}"
    outcomes = run_batch(find_tasks(["a", "b"], url), url, Echo())
    assert len(list(outcomes)) == len((place / "batch.jsonl").read_text("utf-8").splitlines()) == 2


def test_the_journal_is_delivered_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("fsspec")
    place = Path("far").absolute()
    url = f"local://{place}"
    monkeypatch.setattr("vkeyframe.batch.journal.DELIVERY", 0.0)
    with closing(run_batch(find_tasks(["a", "b", "c"], url), url, Echo(1))) as outcomes:
        next(outcomes)
        # A failure on the way is made good by the next delivery.
        assert not place.exists()
        place.mkdir()
        next(outcomes)
        assert len((place / "batch.jsonl").read_text("utf-8").splitlines()) == 2
        monkeypatch.setattr("vkeyframe.batch.journal.DELIVERY", 60.0)
        next(outcomes)
        assert len((place / "batch.jsonl").read_text("utf-8").splitlines()) == 2
        assert list(outcomes) == []
    assert len((place / "batch.jsonl").read_text("utf-8").splitlines()) == 3
