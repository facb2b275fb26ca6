"""The course of a batch: tasks in, outcomes out, each recorded as it comes."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from vkeyframe.batch.plan import FAILED, Executor, Outcome, Task
from vkeyframe.batch.storage import local_path, scratch_folder, upload
from vkeyframe.errors import OutputError
from vkeyframe.output.stale import remove_leftovers

JOURNAL_NAME = "batch.jsonl"


def run_batch(tasks: Iterable[Task], output: str, executor: Executor, fail_fast: bool = False) -> Generator[Outcome]:
    """Work off tasks and yield the outcomes as they come; close the iterator to end early, which ends what is under way.

    The output folder is freed of what killed runs have left there and gets ``batch.jsonl``, a line for each outcome of this
    run. No more tasks are fetched than the executor can hold, and no outcomes are kept.

    Parameters
    ----------
    tasks : iterable of Task
    output : str
        Absolute path or URL of the output folder.
    executor : Executor
    fail_fast : bool
        Whether to end with the first video that fails.

    Raises
    ------
    OutputError
        If the output folder or ``batch.jsonl`` cannot be written.
    """
    # Where there is no folder for temporary files, nothing was left in it.
    with suppress(FileNotFoundError):
        remove_leftovers(Path(tempfile.gettempdir()), deep=False)
    if (folder := local_path(output)) is not None:
        remove_leftovers(folder)
    with _journal(output) as journal, executor:
        for outcome in work_off(tasks, executor):
            journal.write(outcome)
            yield outcome
            if fail_fast and outcome.status == FAILED:
                return


def work_off(tasks: Iterable[Task], executor: Executor) -> Iterator[Outcome]:
    """Hand tasks to an executor that has been entered, and yield the outcomes as they come."""
    held = 0
    for task in tasks:
        executor.submit(task)
        held += 1
        while held >= executor.capacity():
            yield executor.outcome()
            held -= 1
    for _ in range(held):
        yield executor.outcome()


class _Journal:
    """A file of one line for each outcome, written at once."""

    def __init__(self, path: Path) -> None:
        self._path = path
        # A link there must not lead the lines out of the output folder.
        self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666)

    def write(self, outcome: Outcome) -> None:
        """Add a line."""
        line = (outcome.to_json() + "\n").encode()
        try:
            written = os.write(self._descriptor, line)
        except OSError as error:
            raise OutputError(f"{self._path}: cannot be written ({error.strerror}).") from None
        if written < len(line):
            raise OutputError(f"{self._path}: cannot be written (the disk is full).")

    def close(self) -> None:
        """Close the file."""
        os.close(self._descriptor)


@contextmanager
def _journal(output: str) -> Iterator[_Journal]:
    """Open the journal in a local output folder; that of a remote one is uploaded in the end."""
    folder = local_path(output)
    if folder is None:
        with scratch_folder() as scratch:
            with _journal(str(scratch)) as journal:
                yield journal
            upload(scratch / JOURNAL_NAME, f"{output.rstrip('/')}/{JOURNAL_NAME}")
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
        journal = _Journal(folder / JOURNAL_NAME)
    except OSError as error:
        raise OutputError(f"{folder / JOURNAL_NAME}: cannot be written ({error.strerror}).") from None
    try:
        yield journal
    finally:
        journal.close()
