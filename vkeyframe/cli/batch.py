"""`vkeyframe batch`."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from vkeyframe.cli.command import ExtractingCommand
from vkeyframe.cli.options import check_name, check_transcript, make_plan, quiet_option, work_options
from vkeyframe.cli.terminal import check_standard_output
from vkeyframe.cli.working import Given, Telling, check_paths, executor_options, list_options, make_executor

# What most people want, as `--help` lists it first.
USUAL = ("output", "from-file", "jobs", "resume", "overwrite", "preset", "count", "sensitivity", "width", "html")


@click.command(cls=ExtractingCommand, usual=USUAL)
@click.argument("paths", metavar="PATH...", nargs=-1)
@click.option("-o", "--output", default="keyframes", show_default=True, metavar="DIR|URL", help="Output folder.")
@list_options
@executor_options
@click.option("--resume", is_flag=True, help="Skip what is done with the same settings and unchanged input; do the rest.")
@click.option("--fail-fast", is_flag=True, help="Stop when a video fails.")
@click.option(
    "--library",
    metavar="FILE",
    help="Fill a library on the way, as vkeyframe index does; with what is said only if --words is given.",
)
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
    library: str | None,
    quiet: bool,
    **options: Any,
) -> int:
    """Write the keyframes of many videos, several at a time.

    PATH is a file, a folder (all videos below it), a pattern or a URL. Each video gets a folder in the output folder,
    laid out as cp -r would do it, and a line of JSON on standard output and in batch.jsonl there when it is done. With
    --html there is in the end an index.html too, a page of all of them. A failure does not stop the others; the exit code
    is that of the first video in their order that failed.
    """
    check_paths(paths, listing, null)
    from vkeyframe.batch.indexing import known_to
    from vkeyframe.batch.journal import INDEX_NAME, JOURNAL_NAME
    from vkeyframe.batch.places import check_places
    from vkeyframe.batch.run import run_batch
    from vkeyframe.batch.storage import local_path

    check_name("-o", output)
    check_transcript(options["transcript"], several=True)
    check_name("--library", library)
    check_standard_output()
    place = local_path(output)
    if place is not None:
        beside = [options[name] for name in ("like", "features", "text_model") if options[name] is not None]
        check_places(place, [*paths, *beside], listing)
    # On other machines a relative path means nothing.
    root = output if place is None else str(place.absolute() if scheduler else place)
    if scheduler and options["transcript"]:
        options["transcript"] = str(Path(options["transcript"]).absolute())
    plan = replace(make_plan(options, root), entries=library is not None)
    given = Given(paths, listing, null)
    bars = given.bars(root, quiet)
    tasks, telling = given.some_tasks(root), Telling(bars, quiet)
    executor, page = make_executor(plan, jobs, scheduler, bars), "html" in plan.exports
    with nullcontext() if library is None else given.open_library(library) as kept:
        tasks = tasks if kept is None else known_to(kept, tasks, plan.base)
        telling.tell(run_batch(tasks, root, executor, fail_fast, page, kept))
    return telling.sum_up(f"{root}/{INDEX_NAME if page else JOURNAL_NAME}")
