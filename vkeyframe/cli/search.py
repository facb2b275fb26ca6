"""`vkeyframe search`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vkeyframe.cli.command import GroupedCommand
from vkeyframe.cli.json_file import check_json, write_json
from vkeyframe.cli.options import FiniteRange, check_name, quiet_option, settings_options, verbose_option
from vkeyframe.cli.progress import progress_bar
from vkeyframe.cli.terminal import check_standard_output, emit, printable, say, say_decoder_messages
from vkeyframe.errors import OutputError, UsageError
from vkeyframe.library.answers import CLIP_THRESHOLD, PICTURE_THRESHOLD, Answer, Find, SearchOptions
from vkeyframe.settings import Settings

if TYPE_CHECKING:
    from vkeyframe.process.isolation import Isolation


@click.command(cls=GroupedCommand)
@click.argument("query", metavar="[PICTURE|VIDEO@TIME|VIDEO@START-END|VIDEO]", required=False)
@click.option("--text", metavar="WORDS", help="Look for lines of dialogue that have all these words.")
@click.option("--library", required=True, metavar="FILE", help="The library, made by vkeyframe index or batch --library.")
@click.option("--top", default=5, show_default=True, type=click.IntRange(1), help="How many finds to give at most.")
@click.option(
    "--threshold",
    type=FiniteRange(0, 1),
    help=f"The least similarity of a find. [default: {PICTURE_THRESHOLD:g} for a picture, {CLIP_THRESHOLD:g} for a clip]",
)
@click.option("--json", "json_to", metavar="FILE|-", help="Write JSON there instead of a table; - is standard output.")
@click.option("--thumbnails", metavar="DIR", help="Write a small picture of each find into a new folder.")
@click.option("--overwrite", is_flag=True, help="Replace a file at --json that is no JSON of vkeyframe.")
@settings_options("features", "text_model", "about", "max_pixels", "threads")
@quiet_option
@verbose_option
def search(query: str | None, library: str, json_to: str | None, quiet: bool, verbose: bool, **given: Any) -> None:
    """Find a picture, a clip or words in a library.

    A picture finds keyframes that show it: also a part of it, mirrored, scaled, under a caption, darker or brighter.
    VIDEO@12.5 asks by the frame shown there, VIDEO@10-15 by a clip, a lone VIDEO by all of it; a clip finds the videos
    that show it, and where. The similarity is 1 for the same picture; where nothing reaches the threshold, nothing is found.
    --text looks for words in what is said, --about for pictures of what words name, by a model of yours.
    """
    from vkeyframe.process.isolation import Isolation

    text, thumbnails, overwrite = (given.pop(name) for name in ("text", "thumbnails", "overwrite"))
    options = SearchOptions(top=given.pop("top"), threshold=given.pop("threshold"))
    settings = Settings.of(**given)
    if [query, text, settings.selection.about].count(None) != 2:
        raise UsageError("Give either a picture, a frame or a clip to search by, or --text WORDS, or --about WORDS.")
    check_name("--library", library)
    check_name("--thumbnails", thumbnails)
    check_json(json_to, [Path(library)], [], overwrite)
    if json_to is None:
        check_standard_output()
    if thumbnails is not None:
        _check_new(Path(thumbnails))
    with Isolation(verbose=verbose) as isolation:
        found = _ask(query, text, library, options, settings, isolation, quiet)
        if not quiet and query is not None:
            say_decoder_messages(query, isolation.messages)
    if thumbnails is not None:
        found = _with_thumbnails(found, library, Path(thumbnails))
    if found.note is not None and not quiet:
        say(f"{found.query}: {found.note}.")
    if json_to is not None:
        from vkeyframe.library.answers import to_json

        write_json(json_to, to_json(found))
    else:
        _show(found)


def _ask(
    query: str | None,
    text: str | None,
    library: str,
    options: SearchOptions,
    settings: Settings,
    isolation: Isolation,
    quiet: bool,
) -> Answer:
    from vkeyframe.library.questions import parse_question
    from vkeyframe.queries import about_library, ask_library, ask_without_opencv

    if settings.selection.about is not None:
        return about_library(isolation, library, options, settings)
    if query is None:
        from vkeyframe.library.asking import ask_words

        return ask_words(text or "", library, options)
    request = parse_question(query), library, options, settings.reading
    with progress_bar("search", quiet) as bar:
        return isolation.call(query, ask_library, *request, answer=Answer, on_crash=ask_without_opencv, progress=bar)


def _check_new(folder: Path) -> None:
    """Refuse a folder for thumbnails that is there already."""
    if folder.exists() or folder.is_symlink():
        raise OutputError(f"{folder}: exists already; give --thumbnails a folder that is to be made.")
    if not folder.absolute().parent.is_dir():
        raise OutputError(f"{folder}: cannot be made, its parent folder is missing.")


def _with_thumbnails(found: Answer, library: str, folder: Path) -> Answer:
    """Write the thumbnails, all or none, and name them in the answer."""
    from vkeyframe.library.store import Library
    from vkeyframe.output.addition import scratch_in
    from vkeyframe.output.folder import file_errors

    finds: list[Find] = []
    with file_errors(folder), Library.open(library) as opened, scratch_in(folder.absolute().parent) as scratch:
        made = scratch / folder.name
        made.mkdir()
        for number, find in enumerate(found.finds, 1):
            name = f"{number:03d}.jpg"
            if find.keyframe is not None:
                (made / name).write_bytes(opened.thumbnail(find.keyframe))
            finds.append(find if find.keyframe is None else replace(find, thumbnail=str(folder / name)))
        made.replace(folder)
    return replace(found, finds=tuple(finds))


def _show(found: Answer) -> None:
    if not found.finds:
        nearest = found.nearest
        best = (
            f"; the likest, {nearest.video} at {nearest.timecode}, has a similarity of {nearest.similarity:.2f}"
            if nearest
            else ""
        )
        limit = f", the threshold is {found.threshold:g}" if nearest else ""
        emit(printable(f"{found.query}: not found{best}{limit}."))
        return
    for line in _table(found.finds):
        emit(printable(line))


def _table(finds: Sequence[Find]) -> list[str]:
    """Return the lines of a table, one for each find."""
    from vkeyframe.timing import format_timecode

    if finds[0].similarity is None:
        return [f"{find.timecode:>12}  {find.video}  {' '.join((find.text or '').split())}" for find in finds]
    lines = [f"{'similarity':>10} {'mirrored':>8} {'time':>12} {'until':>12}  video"]
    for find in finds:
        until = format_timecode(find.end_time) if find.offset is not None else ""
        mirrored = "yes" if find.mirrored else "no"
        lines.append(f"{find.similarity or 0.0:10.3f} {mirrored:>8} {find.timecode:>12} {until:>12}  {find.video}")
    return lines
