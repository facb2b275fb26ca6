"""What commands that work on many videos share: their lists of paths, their executors, and how outcomes are told."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Generator, Iterator
from contextlib import closing, nullcontext
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

import click

from vkeyframe.cli.options import Command
from vkeyframe.cli.terminal import ReaderLeftError, emit, say, say_decoder_messages
from vkeyframe.errors import InputError, UsageError

if TYPE_CHECKING:
    from vkeyframe.batch.discovery import Unusable
    from vkeyframe.batch.plan import BatchPlan, Executor, Outcome, Task
    from vkeyframe.cli.progress import BatchBars
    from vkeyframe.library.store import Library


def list_options(command: Command) -> Command:
    """Add the options of lists of paths."""
    text = "Take more paths from a file, one a line; - is standard input."
    command = click.option("-0", "--null", is_flag=True, help="The paths in LIST are ended by NUL, as those of find -print0.")(
        command
    )
    return click.option("--from-file", "listing", metavar="LIST|-", help=text)(command)


def executor_options(command: Command) -> Command:
    """Add the options of `make_executor`."""
    text = "Work on the Dask cluster of this scheduler, such as tcp://HOST:8786."
    command = click.option("--scheduler", metavar="ADDRESS", help=text)(command)
    jobs = "Videos at a time. [default: one for each core]"
    return click.option("--jobs", type=click.IntRange(1, 1024), help=jobs)(command)


def check_paths(paths: tuple[str, ...], listing: str | None, null: bool) -> None:
    """Refuse to do nothing, and a list that is none.

    Raises
    ------
    UsageError
        With what to give.
    """
    if not paths and listing is None:
        raise UsageError("There is nothing to do; give a PATH, or a list of them with --from-file.")
    if null and listing is None:
        raise UsageError("--null says how a list is written; give one with --from-file.")


def paths_of(paths: tuple[str, ...], listing: str | None, null: bool) -> Iterator[str | Unusable]:
    """Yield the paths that were given, and those in the list."""
    from vkeyframe.batch.lists import read_list

    yield from paths
    if listing is not None:
        yield from read_list(sys.stdin.buffer if listing == "-" else Path(listing), null)


@dataclass(frozen=True, slots=True)
class Given:
    """Which files a command is to work on.

    Attributes
    ----------
    paths : tuple of str
    listing : str or None
        A list with more paths.
    null : bool
        Whether these are ended by NUL.
    pictures : bool
        Whether folders are searched for pictures too.
    """

    paths: tuple[str, ...]
    listing: str | None
    null: bool
    pictures: bool = False

    @property
    def any(self) -> bool:
        """Whether there are any."""
        return bool(self.paths) or self.listing is not None

    def tasks(self, output: str) -> Iterator[Task]:
        """Yield a task for each file; `output` is not looked into."""
        from vkeyframe.batch.discovery import find_tasks

        return find_tasks(paths_of(self.paths, self.listing, self.null), output, self.pictures)

    def some_tasks(self, output: str) -> Iterator[Task]:
        """Yield the same, at least one.

        Raises
        ------
        InputError
            If there is none.
        """
        tasks = self.tasks(output)
        first = next(tasks, None)
        if first is None:
            raise InputError(f"{' '.join(self.paths) or self.listing}: no video is there.")
        return chain([first], tasks)

    def bars(self, output: str, quiet: bool) -> BatchBars | None:
        """Make the progress bars, None where standard error is no terminal."""
        if quiet or not sys.stderr.isatty():
            return None
        from vkeyframe.cli.progress import BatchBars

        # A list that comes through a pipe can be read only once.
        return BatchBars(None if self.listing == "-" else sum(1 for _ in self.tasks(output)))

    def open_library(self, path: str, create: bool = True) -> Library:
        """Open a library to write; where it is missing it is made, unless there is nothing to fill it with.

        Raises
        ------
        UsageError
            If it is one of the files.
        OutputError
            If it cannot be written, or something else is there.
        """
        from vkeyframe.batch.places import local_inputs
        from vkeyframe.library.store import Library
        from vkeyframe.output.inputs import check_file

        check_file(Path(path), local_inputs([*self.paths, *([] if self.listing is None else [self.listing])]))
        return Library.open(path, writing=True, create=create)


def make_executor(plan: BatchPlan, jobs: int | None, scheduler: str | None, bars: BatchBars | None) -> Executor:
    """Make the executor of this machine or of a cluster.

    Raises
    ------
    UsageError
        If both are asked for.
    """
    if scheduler is not None:
        if jobs is not None:
            raise UsageError("--jobs is for this machine; a cluster works on as many videos as its workers have threads.")
        from vkeyframe.batch.cluster import ClusterExecutor

        return ClusterExecutor(plan, scheduler)
    from vkeyframe.batch.local import LocalExecutor
    from vkeyframe.process.cores import cores, share_of_threads

    jobs = jobs or cores()
    reading = replace(plan.settings.reading, threads=plan.settings.reading.threads or share_of_threads(jobs))
    plan = replace(plan, settings=replace(plan.settings, reading=reading))
    return LocalExecutor(plan, jobs, bars.show if bars else None)


@dataclass
class Telling:
    """Tells outcomes as they come, and counts them.

    Attributes
    ----------
    bars : BatchBars or None
    quiet : bool
        Whether standard error gets errors only.
    failed : list of str
        The paths of what failed, as they were given.
    has_reader : bool
        Whether anybody still reads what is told.
    """

    bars: BatchBars | None
    quiet: bool

    def __post_init__(self) -> None:
        self.failed: list[str] = []
        self.has_reader = True
        self._started = perf_counter()
        self._counts: Counter[str] = Counter()
        self._first_failure: tuple[int, int] | None = None

    def tell(self, outcomes: Generator[Outcome]) -> None:
        """Tell outcomes until there are no more, or who reads them has enough; then the bars are gone."""
        from vkeyframe.batch.plan import DONE, FAILED

        try:
            with closing(outcomes):
                for outcome in outcomes:
                    self._counts[outcome.status] += 1
                    self._counts["damaged"] += outcome.complete is False
                    if outcome.status == DONE:
                        self._counts["lines"] += outcome.decoder_messages
                        self._counts["talkative"] += outcome.decoder_messages > 0
                    if outcome.status == FAILED:
                        self.failed.append(outcome.path)
                        failure = (outcome.index, outcome.exit_code)
                        self._first_failure = min(self._first_failure or failure, failure)
                    self._show(outcome)
        except ReaderLeftError:
            self.quiet, self.has_reader = True, False
        finally:
            if self.bars is not None:
                self.bars.close()
            self.bars = None

    def sum_up(self, place: str, statuses: tuple[str, ...] = ()) -> int:
        """Say what came of all, and where it is, and return the exit code; `statuses` are named besides the usual ones."""
        from vkeyframe.batch.plan import DONE, FAILED, SKIPPED

        if not self.quiet:
            counts = self._counts
            say_decoder_messages(f"{counts['talkative']} of the videos", counts["lines"])
            told = ", ".join(f"{counts[status]} {status}" for status in (DONE, SKIPPED, FAILED, *statuses))
            partly = f" ({counts['damaged']} could be read only in part)" if counts["damaged"] else ""
            say(f"{told}{partly} in {perf_counter() - self._started:.1f} s; {place}")
        return self._first_failure[1] if self._first_failure else 0

    def _show(self, outcome: Outcome) -> None:
        with self.bars.hidden() if self.bars else nullcontext():
            if outcome.error is not None:
                say(f"vkeyframe: {outcome.error}")
            emit(outcome.to_json())
        if self.bars is not None:
            self.bars.count(outcome.path)
