"""`vkeyframe duplicates`."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from vkeyframe.cli.command import GroupedCommand
from vkeyframe.cli.json_file import check_json, write_json
from vkeyframe.cli.options import check_name, quiet_option
from vkeyframe.cli.progress import progress_bar
from vkeyframe.cli.terminal import check_standard_output, emit, printable

if TYPE_CHECKING:
    from vkeyframe.library.duplicates import Pair


@click.command(cls=GroupedCommand)
@click.option("--library", required=True, metavar="FILE", help="The library, made by vkeyframe index or batch --library.")
@click.option("--json", "json_to", metavar="FILE|-", help="Write JSON there instead of a table; - is standard output.")
@click.option("--overwrite", is_flag=True, help="Replace a file at --json that is no JSON of vkeyframe.")
@quiet_option
def duplicates(library: str, json_to: str | None, overwrite: bool, quiet: bool) -> None:
    """Find copies and excerpts in a library.

    Pictures and videos are found that were coded anew, scaled, cropped, mirrored, or got other colours or a caption. What two
    videos show must agree over time, for a half of the shorter one or for several shots: an opening, a logo or a black picture
    that both have makes no copy. Their sound is not compared.
    """
    from vkeyframe.library.duplicates import find_duplicates
    from vkeyframe.library.store import Library

    check_name("--library", library)
    check_json(json_to, [Path(library)], [], overwrite)
    if json_to is None:
        check_standard_output()
    with Library.open(library) as opened, progress_bar("duplicates", quiet) as bar:
        found = find_duplicates(opened, bar)
    if json_to is not None:
        write_json(json_to, json.dumps([asdict(pair) for pair in found], indent=1, ensure_ascii=False, allow_nan=False))
        return
    for pair in found:
        emit(printable(_line(pair)))
    if not found:
        emit(printable(f"{library}: no copies found."))


def _line(pair: Pair) -> str:
    from vkeyframe.timing import format_timecode

    mirrored = ", mirrored" if pair.mirrored else ""
    places = [
        f"{path} {format_timecode(start)} to {format_timecode(end)}" if end > start else path
        for path, start, end in (
            (pair.one, pair.one_start, pair.one_end),
            (pair.other, pair.other_start, pair.other_end),
        )
    ]
    return f"{pair.similarity:.3f}  {pair.kind}{mirrored}: {'; '.join(places)}"
