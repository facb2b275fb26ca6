"""`vkeyframe batch`."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import closing, nullcontext
from dataclasses import replace
from itertools import chain
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

import click

from vkeyframe.cli.command import ExtractingCommand
from vkeyframe.cli.options import check_name, make_plan, quiet_option, work_options
from vkeyframe.cli.terminal import ReaderLeftError, check_standard_output, emit, say, say_decoder_messages
from vkeyframe.errors import InputError, UsageError

if TYPE_CHECKING:
    from vkeyframe.batch.discovery import Unusable
    from vkeyframe.batch.plan import BatchPlan, Executor, Outcome, Task
    from vkeyframe.cli.progress import BatchBars


@click.command(cls=ExtractingCommand)
@click.argument("paths", metavar="PATH...", nargs=-1)
@click.option("-o", "--output", default="keyframes", show_default=True, metavar="DIR|URL", help="Output folder.")
@click.option("--from-file", "listing", metavar="LIST|-", help="Take more paths from a file, one a line; - is standard input.")
@click.option("-0", "--null", is_flag=True, help="The paths in LIST are ended by NUL, as those of find -print0.")
@click.option("--jobs", type=click.IntRange(1, 1024), help="Videos at a time. [default: one for each core]")
@click.option("--scheduler", metavar="ADDRESS", help="Work on the Dask cluster of this scheduler, such as tcp://HOST:8786.")
@click.option("--resume", is_flag=True, help="Skip what is done with the same settings and unchanged input; do the rest.")
@click.option("--fail-fast", is_flag=True, help="Stop when a video fails.")
@work_options
@quiet_option
def batch(
    paths: tuple[str, ...],
    output: str,
    listing: str | None,
    null: bool,
    jobs: int | None,
    scheduler: str | None,
    fail_fast: bool,
    quiet: bool,
    **options: Any,
) -> int:
    """Write the keyframes of many videos, several at a time.

    PATH is a file, a folder (all videos below it), a pattern or a URL. Each video gets a folder in the output folder,
    laid out as cp -r would do it, and a line of JSON on standard output and in batch.jsonl there when it is done. A
    failure does not stop the others; the exit code is that of the first video in their order that failed.
    """
    if not paths and listing is None:
        raise UsageError("There is nothing to do; give a PATH, or a list of them with --from-file.")
    if null and listing is None:
        raise UsageError("--null says how a list is written; give one with --from-file.")
    from vkeyframe.batch.discovery import find_tasks
    from vkeyframe.batch.places import check_places
    from vkeyframe.batch.storage import local_path

    check_name("-o", output)
    check_standard_output()
    place = local_path(output)
    if place is not None:
        beside = [options[name] for name in ("like", "features", "text_model") if options[name] is not None]
        check_places(place, [*paths, *beside], listing)
    # On other machines a relative path means nothing.
    root = output if place is None else str(place.absolute() if scheduler else place)
    plan = make_plan(options, root)
    shown = not quiet and sys.stderr.isatty()
    # A list that comes through a pipe can be read only once.
    countable = shown and listing != "-"
    bars = _bars(sum(1 for _ in find_tasks(_paths(paths, listing, null), root)) if countable else None) if shown else None
    tasks = find_tasks(_paths(paths, listing, null), root)
    first = next(tasks, None)
    if first is None:
        raise InputError(f"{' '.join(paths) or listing}: no video is there.")
    executor = _executor(plan, jobs, scheduler, bars)
    return _run(chain([first], tasks), root, executor, fail_fast, bars, quiet)


def _paths(paths: tuple[str, ...], listing: str | None, null: bool) -> Iterator[str | Unusable]:
    from vkeyframe.batch.discovery import read_list

    yield from paths
    if listing is not None:
        yield from read_list(sys.stdin.buffer if listing == "-" else Path(listing), null)


def _bars(total: int | None) -> BatchBars:
    from vkeyframe.cli.progress import BatchBars

    return BatchBars(total)


def _executor(plan: BatchPlan, jobs: int | None, scheduler: str | None, bars: BatchBars | None) -> Executor:
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


def _run(tasks: Iterable[Task], output: str, executor: Executor, fail_fast: bool, bars: BatchBars | None, quiet: bool) -> int:
    """Tell the outcomes and return the exit code."""
    from vkeyframe.batch.journal import JOURNAL_NAME
    from vkeyframe.batch.plan import DONE, FAILED, SKIPPED
    from vkeyframe.batch.run import run_batch

    started = perf_counter()
    counts: Counter[str] = Counter()
    first_failure: tuple[int, int] | None = None
    try:
        with closing(run_batch(tasks, output, executor, fail_fast)) as outcomes:
            for outcome in outcomes:
                counts[outcome.status] += 1
                counts["damaged"] += outcome.complete is False
                if outcome.status == DONE:
                    counts["lines"] += outcome.decoder_messages
                    counts["talkative"] += outcome.decoder_messages > 0
                if outcome.status == FAILED:
                    failure = (outcome.index, outcome.exit_code)
                    first_failure = min(first_failure or failure, failure)
                _tell(outcome, bars)
    except ReaderLeftError:
        quiet = True
    finally:
        if bars is not None:
            bars.close()
    if not quiet:
        say_decoder_messages(f"{counts['talkative']} of the videos", counts["lines"])
        told = ", ".join(f"{counts[status]} {status}" for status in (DONE, SKIPPED, FAILED))
        partly = f" ({counts['damaged']} could be read only in part)" if counts["damaged"] else ""
        say(f"{told}{partly} in {perf_counter() - started:.1f} s; {output}/{JOURNAL_NAME}")
    return first_failure[1] if first_failure else 0


def _tell(outcome: Outcome, bars: BatchBars | None) -> None:
    with bars.hidden() if bars else nullcontext():
        if outcome.error is not None:
            say(f"vkeyframe: {outcome.error}")
        emit(outcome.to_json())
    if bars is not None:
        bars.count(outcome.path)
