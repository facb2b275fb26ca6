"""The course of a batch: tasks in, outcomes out, each recorded as it comes."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from typing import TYPE_CHECKING

from vkeyframe.batch.journal import Journal, open_journal
from vkeyframe.batch.plan import FAILED, Executor, Outcome, Task
from vkeyframe.batch.storage import local_path
from vkeyframe.output.stale import clear_temporary_folder, remove_leftovers

if TYPE_CHECKING:
    from vkeyframe.batch.index import IndexPage


def run_batch(
    tasks: Iterable[Task], output: str, executor: Executor, fail_fast: bool = False, page: bool = False
) -> Generator[Outcome]:
    """Work off tasks and yield the outcomes as they come; close the iterator to end early, which ends what is under way.

    The output folder is freed of what killed runs have left there and gets ``batch.jsonl``, a line for each outcome of this
    run. No more tasks are fetched than the executor can hold, and no outcomes are kept. With `page` it gets ``index.html`` in the
    end, a page of all that the journal has; if it is ended early, that of an earlier batch stays.

    Parameters
    ----------
    tasks : iterable of Task
    output : str
        Absolute path or URL of the output folder.
    executor : Executor
    fail_fast : bool
        Whether to end with the first video that fails.
    page : bool
        Whether to write ``index.html``.

    Raises
    ------
    OutputError
        If the output folder, ``batch.jsonl`` or ``index.html`` cannot be written, or another batch writes there.
    """
    clear_temporary_folder()
    # What is in its place is refused before anything is written.
    index = _index_page(output) if page else None
    with open_journal(output) as journal:
        if (folder := local_path(output)) is not None:
            remove_leftovers(folder)
        yield from _recorded(tasks, journal, index, executor, fail_fast)
        if index is not None:
            index.write()


def _index_page(output: str) -> IndexPage:
    # Loads what draws pages.
    from vkeyframe.batch.index import IndexPage

    return IndexPage(output)


def _recorded(
    tasks: Iterable[Task], journal: Journal, index: IndexPage | None, executor: Executor, fail_fast: bool
) -> Iterator[Outcome]:
    with executor:
        for outcome in work_off(tasks, executor):
            journal.write(outcome)
            if index is not None:
                index.add(outcome)
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
