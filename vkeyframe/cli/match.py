"""`vkeyframe match`."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vkeyframe.cli.command import GroupedCommand
from vkeyframe.cli.hit_places import HitPlaces, opened
from vkeyframe.cli.json_file import check_json, write_json
from vkeyframe.cli.options import FiniteRange, quiet_option, settings_options, verbose_option
from vkeyframe.cli.progress import ProgressBar, progress_bar
from vkeyframe.cli.terminal import check_standard_output, emit, printable, say, say_decoder_messages
from vkeyframe.errors import InputError, UsageError
from vkeyframe.selection.match_options import THRESHOLD, MatchOptions
from vkeyframe.settings import Settings

if TYPE_CHECKING:
    from vkeyframe.output.hit_folders import HitFolders
    from vkeyframe.report.matches import Matches
    from vkeyframe.video.file import VideoFile


@click.command(cls=GroupedCommand)
@click.argument("videos", metavar="VIDEO...", nargs=-1, required=True)
@click.option("--target", required=True, metavar="IMAGE|TIME", help="A picture file, or a time in the first video.")
@click.option("--top", default=5, show_default=True, type=click.IntRange(1), help="How many matches to give at most.")
@click.option("--threshold", type=FiniteRange(0, 1), default=THRESHOLD, show_default=True, help="The least score of a match.")
@click.option(
    "--min-gap", "gap", type=FiniteRange(0), metavar="SECONDS", help="Leave so much between matches, instead of one a shot."
)
@click.option("--json", "json_to", metavar="FILE|-", help="Write JSON there instead of a table; - is standard output.")
@click.option("-o", "--output", metavar="DIR", help="Write the frames of the matches as pictures, with matches.json.")
@click.option(
    "--compare", metavar="FILE.png|DIR", help="Show target and best match, or each, side by side, and where they differ."
)
@click.option("--overwrite", is_flag=True, help="Replace a file at --json that is no JSON of vkeyframe, and earlier pictures.")
@settings_options(
    "format", "quality", "width", "name", "no_metadata", "with_location", "anonymise", "crop", "ignore", "max_pixels", "threads"
)
@quiet_option
@verbose_option
def match(videos: tuple[str, ...], target: str, json_to: str | None, quiet: bool, verbose: bool, **given: Any) -> None:
    """Find the frames that show a picture, or another frame.

    VIDEO is a file, a folder (all videos below it), a pattern or a URL. A frame is found by a part of it too, scaled, mirrored,
    brighter or darker, or under a caption; the best frame of each shot is given. The score is 1 for the same picture; where no
    frame reaches the threshold, the target is not in the videos. JSON also has the attention of several heads over time.
    """
    from vkeyframe.batch.places import local_inputs
    from vkeyframe.batch.storage import fetched
    from vkeyframe.process.isolation import Isolation
    from vkeyframe.report.matches import Matches, matches_to_json

    output, compare, overwrite = (given.pop(name) for name in ("output", "compare", "overwrite"))
    places = HitPlaces.of(output, compare, overwrite)
    if json_to is None:
        check_standard_output()
    found_videos = _find_videos(videos, output)
    options = _options(given, skip_unreadable=found_videos != list(videos))
    settings = Settings.of(**given)
    if "/" in settings.pictures.name:
        raise UsageError(f"--name '{settings.pictures.name}' makes subfolders, which match has none of; leave out the /.")
    inputs = [*local_inputs(found_videos), Path(target)]
    check_json(json_to, inputs, places.folders, overwrite)
    places.check(inputs)
    with ExitStack() as stack, Isolation(verbose=verbose) as isolation:
        files = [stack.enter_context(fetched(video, str(Path.cwd()), isolation)) for video in found_videos]
        subject = ", ".join(map(str, files))
        with opened(places) as writing, progress_bar("match", quiet) as bar:
            request = files, target, options, settings, writing.folders
            found = isolation.call(subject, _find, *request, answer=Matches, on_crash=_find_without_opencv, progress=bar)
            writing.commit(found)
        if not quiet:
            say_decoder_messages(subject, isolation.messages)
            for warning in found.warnings:
                say(warning)
    if json_to is not None:
        write_json(json_to, matches_to_json(found))
    else:
        _show(found)


def _options(given: dict[str, Any], skip_unreadable: bool) -> MatchOptions:
    """Take the options of matches out of all that were given."""
    top, threshold, gap = (given.pop(name) for name in ("top", "threshold", "gap"))
    return MatchOptions(top=top, threshold=threshold, min_gap=gap, skip_unreadable=skip_unreadable)


def _show(found: Matches) -> None:
    if not found.found:
        nearest = found.nearest
        best = f"; the likest frame, at {nearest.timecode} in {nearest.video}, scores {nearest.score:.2f}" if nearest else ""
        emit(printable(f"{found.target}: not found{best}, the threshold is {found.threshold:g}."))
        return
    emit(f"{'score':>6} {'similarity':>10} {'weighted':>8} {'attention':>9} {'mirrored':>8} {'frame':>7} {'time':>12}  video")
    for hit in found.matches:
        numbers = f"{hit.score:6.3f} {hit.similarity:10.4f} {hit.weighted_similarity:8.4f} {hit.attention:9.4f}"
        emit(f"{numbers} {'yes' if hit.mirrored else 'no':>8} {hit.frame:7d} {hit.timecode:>12}  {printable(hit.video)}")


def _find_videos(videos: Sequence[str], output: str | None) -> list[str]:
    """Return the single videos that paths, folders, patterns and URLs mean."""
    from vkeyframe.batch.discovery import find_tasks

    found = list(find_tasks(videos, output or os.devnull))
    for task in found:
        if task.error is not None:
            raise (UsageError if task.exit_code == UsageError.exit_code else InputError)(task.error)
    return [task.video for task in found]


def _find(
    videos: list[VideoFile],
    target: str,
    options: MatchOptions,
    settings: Settings,
    folders: HitFolders,
    progress: ProgressBar | None = None,
) -> Matches:
    from vkeyframe.matching import load_target
    from vkeyframe.matching import match as find_matches

    found = find_matches(videos, target, options, settings.reading, progress)
    if not folders:
        return found
    from vkeyframe.output.hits import write_hits

    picture = load_target(target, videos[0], settings.reading)
    return write_hits(found, picture, videos, folders, settings.pictures, settings.reading)


def _find_without_opencv(
    videos: list[VideoFile],
    target: str,
    options: MatchOptions,
    settings: Settings,
    folders: HitFolders,
    progress: ProgressBar | None = None,
) -> Matches:
    """Do it once more after OpenCV's decoder has crashed."""
    # The crashed attempt may have left pictures.
    for folder in (folders.pictures, folders.comparisons, folders.best):
        for path in folder.iterdir() if folder is not None else ():
            path.unlink()
    reading = replace(settings.reading, opencv_crashed=True)
    return _find(videos, target, options, replace(settings, reading=reading), folders, progress)
