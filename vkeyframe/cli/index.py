"""`vkeyframe index`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vkeyframe.cli.command import GroupedCommand
from vkeyframe.cli.options import (
    check_name,
    check_transcript,
    quiet_option,
    settings_options,
    timeout_option,
    verbose_option,
    without_outranked,
)
from vkeyframe.cli.terminal import check_standard_output, say
from vkeyframe.cli.working import Given, Telling, check_paths, executor_options, list_options, make_executor
from vkeyframe.settings import OPTIONS, Settings

if TYPE_CHECKING:
    from vkeyframe.library.store import Library

# What bears on which keyframes are kept, how the videos are read, what is said in them, and on the thumbnails.
_GROUPS = ("selection", "spoken", "reading")
_LEFT_OUT = ("like", "text_model", "about", "explain", "audio", "words")
_SETTINGS = (
    *(name for name, (group, _) in OPTIONS.items() if group in _GROUPS and name not in _LEFT_OUT),
    "anonymise",
)


@click.command(cls=GroupedCommand)
@click.argument("paths", metavar="PATH...", nargs=-1)
@click.option("--library", required=True, metavar="FILE", help="The library, which is made where it is missing.")
@list_options
@executor_options
@click.option("--prune", is_flag=True, help="Forget files that are no longer there: those below PATH, or without a PATH all.")
@click.option("--merge", multiple=True, metavar="FILE", help="Take over all that is in another library.")
@click.option("--parquet", metavar="FILE", help="Write the keyframes and their descriptors as a table of Parquet; needs pyarrow.")
@click.option("--fail-fast", is_flag=True, help="Stop when a file fails.")
@settings_options(*_SETTINGS)
@timeout_option
@verbose_option
@quiet_option
def index(
    paths: tuple[str, ...],
    library: str,
    listing: str | None,
    null: bool,
    prune: bool,
    merge: tuple[str, ...],
    parquet: str | None,
    **options: Any,
) -> int:
    """Fill a library with what videos and pictures show.

    PATH is a file, a folder (all videos and pictures below it), a pattern or a URL. What is said in subtitles beside a
    video or in it is kept too. What has not changed since it was indexed is skipped. Each file gets a line of JSON on
    standard output when the library has it on the disk, so that an indexing that is interrupted can be started again.
    A failure does not stop the others; the exit code is that of the first file in their order that failed.
    """
    if not (prune or merge or parquet):
        check_paths(paths, listing, null)
    check_name("--library", library)
    check_name("--parquet", parquet)
    check_transcript(options["transcript"], several=True)
    check_standard_output()
    given = Given(paths, listing, null, pictures=True)
    if parquet is not None:
        from vkeyframe.library.parquet import check_parquet

        check_parquet(Path(parquet), Path(library))
    with given.open_library(library, create=given.any or bool(merge)) as kept:
        return _fill(kept, given, prune, merge, parquet, options)


def _fill(
    library: Library, given: Given, prune: bool, merge: tuple[str, ...], parquet: str | None, options: dict[str, Any]
) -> int:
    from vkeyframe.batch.indexing import known_to, take_over, without_output
    from vkeyframe.batch.indexing import prune as pruned
    from vkeyframe.batch.plan import REMOVED, BatchPlan
    from vkeyframe.batch.run import run_index

    options = without_outranked(options)
    quiet, fail_fast, jobs, scheduler = (options.pop(name) for name in ("quiet", "fail_fast", "jobs", "scheduler"))
    timeout, verbose = options.pop("timeout"), options.pop("verbose")
    if scheduler and options.get("transcript"):
        # On other machines a relative path means nothing.
        options["transcript"] = str(Path(options["transcript"]).absolute())
    plan = BatchPlan(
        settings=Settings.of(**options, words=True), base=str(Path.cwd()), timeout=timeout, verbose=verbose, entries=True
    )
    place = str(library.path)
    telling = Telling(None, quiet)
    telling.tell(take_over(library, merge))
    if given.any:
        telling.bars = given.bars(place, quiet)
        executor = make_executor(plan, jobs, scheduler, telling.bars)
        tasks = known_to(library, without_output(given.some_tasks(place)), plan.base)
        telling.tell(run_index(tasks, library, executor, fail_fast))
    if not telling.has_reader or (fail_fast and telling.failed):
        return telling.sum_up(place)
    if prune:
        telling.tell(pruned(library, given.paths, plan.base, telling.failed))
    if parquet is not None:
        from vkeyframe.library.parquet import write_parquet

        rows = write_parquet(library, Path(parquet))
        if not quiet:
            say(f"{rows} rows; {parquet}")
    return telling.sum_up(place, (REMOVED,) if prune else ())
