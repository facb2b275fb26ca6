"""The course of a batch: tasks in, outcomes out, each recorded as it comes."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from vkeyframe.batch.journal import Journal, open_journal
from vkeyframe.batch.plan import FAILED, Executor, Outcome, Task
from vkeyframe.batch.storage import local_path
from vkeyframe.output.stale import clear_temporary_folder, remove_leftovers

if TYPE_CHECKING:
    from vkeyframe.batch.index import IndexPage
    from vkeyframe.library.store import Library


def run_batch(
    tasks: Iterable[Task],
    output: str,
    executor: Executor,
    fail_fast: bool = False,
    page: bool = False,
    library: Library | None = None,
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
    library : Library, optional
        Takes the entries that the outcomes bring, before these are recorded.

    Raises
    ------
    OutputError
        If the output folder, ``batch.jsonl``, ``index.html`` or the library cannot be written, or another batch writes there.
    """
    clear_temporary_folder()
    # What is in its place is refused before anything is written.
    index = _index_page(output) if page else None
    with open_journal(output) as journal:
        if (folder := local_path(output)) is not None:
            remove_leftovers(folder)
        for outcome in _recorded(tasks, journal, executor, fail_fast, library):
            if index is not None:
                index.add(outcome)
            yield replace(outcome, card=None)
        if index is not None:
            index.write()


def _index_page(output: str) -> IndexPage:
    # Loads what draws pages.
    from vkeyframe.batch.index import IndexPage

    return IndexPage(output)


def run_index(tasks: Iterable[Task], library: Library, executor: Executor, fail_fast: bool = False) -> Generator[Outcome]:
    """Work off tasks without output, and yield each outcome when the library has what it brings; close the iterator to end early.

    Raises
    ------
    OutputError
        If the library cannot be written.
    """
    clear_temporary_folder()
    yield from _recorded(tasks, None, executor, fail_fast, library)


def _recorded(
    tasks: Iterable[Task], journal: Journal | None, executor: Executor, fail_fast: bool, library: Library | None
) -> Iterator[Outcome]:
    with executor:
        for outcome in work_off(tasks, executor):
            if library is not None and outcome.entry is not None:
                library.put(outcome.entry)
            # What is told must be in the library already.
            told = replace(outcome, entry=None)
            if journal is not None:
                journal.write(told)
            yield told
            if fail_fast and told.status == FAILED:
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
