"""`vkeyframe match`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from vkeyframe.cli.command import GroupedCommand
from vkeyframe.cli.json_file import check_json, write_json
from vkeyframe.cli.options import quiet_option, settings_options, verbose_option
from vkeyframe.cli.progress import ProgressBar, progress_bar
from vkeyframe.cli.terminal import check_standard_output, emit, printable, say_decoder_messages
from vkeyframe.errors import UsageError

if TYPE_CHECKING:
    from vkeyframe.report.matches import Matches
    from vkeyframe.video.options import ReadOptions


@click.command(cls=GroupedCommand)
@click.argument("videos", metavar="VIDEO...", nargs=-1, required=True)
@click.option("--target", required=True, metavar="IMAGE|TIME", help="A picture file, or a time in the first video.")
@click.option("--top", default=5, show_default=True, type=click.IntRange(1), help="How many matches to give at most.")
@click.option("--json", "json_to", metavar="FILE|-", help="Write JSON there instead of a table; - is standard output.")
@click.option("--overwrite", is_flag=True, help="Replace a file at --json that is no JSON of vkeyframe.")
@settings_options("max_pixels", "threads")
@quiet_option
@verbose_option
def match(
    videos: tuple[str, ...],
    target: str,
    top: int,
    json_to: str | None,
    overwrite: bool,
    quiet: bool,
    verbose: bool,
    max_pixels: int,
    threads: int,
) -> None:
    """Find the frames most like a picture, or like another frame.

    Every frame is compared by Pearson correlation, plain and weighted by where the eye goes in the target. A match
    stands for all frames within half a second of it. JSON also has the attention over time, the softmax of the
    similarities.
    """
    import json
    from dataclasses import asdict

    from vkeyframe.process.isolation import Isolation
    from vkeyframe.report.matches import Matches
    from vkeyframe.video.options import ReadOptions

    if json_to is None:
        check_standard_output()
    paths = [_local(video) for video in videos]
    check_json(json_to, [*paths, Path(target)], [], overwrite)
    with Isolation(verbose=verbose) as isolation:
        subject = ", ".join(map(str, videos))
        request = paths, target, top, ReadOptions(max_pixels=max_pixels, threads=threads)
        with progress_bar("match", quiet) as bar:
            found = isolation.call(subject, _find, *request, answer=Matches, on_crash=_find_without_opencv, progress=bar)
        if not quiet:
            say_decoder_messages(subject, isolation.messages)
    if json_to is not None:
        write_json(json_to, json.dumps(asdict(found), indent=1, ensure_ascii=False, allow_nan=False))
        return
    emit(f"{'similarity':>10} {'weighted':>8} {'attention':>9} {'frame':>7} {'time':>12}  video")
    for hit in found.matches:
        numbers = f"{hit.similarity:10.4f} {hit.weighted_similarity:8.4f} {hit.attention:9.4f} {hit.frame:7d}"
        emit(f"{numbers} {hit.timecode:>12}  {printable(hit.video)}")


def _local(video: str) -> Path:
    from vkeyframe.batch.storage import local_path

    path = local_path(video)
    if path is None:
        raise UsageError(f"{video}: match reads files on this machine only; fetch it first.")
    return path


def _find(videos: list[Path], target: str, top: int, options: ReadOptions, progress: ProgressBar | None = None) -> Matches:
    from vkeyframe.matching import match as find_matches

    return find_matches(videos, target, top, options, progress)


def _find_without_opencv(
    videos: list[Path], target: str, top: int, options: ReadOptions, progress: ProgressBar | None = None
) -> Matches:
    from dataclasses import replace

    return _find(videos, target, top, replace(options, opencv_crashed=True), progress)
