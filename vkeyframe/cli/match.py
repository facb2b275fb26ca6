"""`vkeyframe match`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from vkeyframe.cli.options import emit, quiet_option, settings_options, tell_decoder_lines, verbose_option
from vkeyframe.cli.progress import ProgressBar, progress_bar

if TYPE_CHECKING:
    from vkeyframe.matching import Matches
    from vkeyframe.video.options import ReadOptions


@click.command()
@click.argument("videos", metavar="VIDEO...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--target", required=True, metavar="IMAGE|TIME", help="A picture file, or a time in the first video.")
@click.option("--top", default=5, show_default=True, type=click.IntRange(1), help="How many matches to give at most.")
@click.option("--json", "json_to", metavar="FILE|-", help="Write JSON there instead of a table; - is standard output.")
@settings_options("max_pixels", "threads")
@quiet_option
@verbose_option
def match(
    videos: tuple[Path, ...],
    target: str,
    top: int,
    json_to: str | None,
    max_pixels: int,
    threads: int,
    quiet: bool,
    verbose: bool,
) -> None:
    """Find the frames most like a picture, or like another frame.

    Every frame is compared by Pearson correlation, plain and weighted by where the eye goes in the target. A match
    stands for all frames within half a second of it. JSON also has the attention over time, the softmax of the
    similarities.
    """
    import json
    from dataclasses import asdict

    from vkeyframe.errors import OutputError
    from vkeyframe.output.folder import write_text
    from vkeyframe.process.isolation import Isolation
    from vkeyframe.video.options import ReadOptions

    with Isolation(verbose=verbose) as isolation:
        subject = ", ".join(map(str, videos))
        arguments = list(videos), target, top, ReadOptions(decode="every", max_pixels=max_pixels, threads=threads)
        shown = progress_bar("match", quiet)
        found = isolation.call(subject, _find, *arguments, on_crash=_find_after_crash, progress=shown)
        if not quiet:
            tell_decoder_lines(subject, isolation.messages)
    if json_to is None:
        emit(f"{'similarity':>10} {'weighted':>8} {'attention':>9} {'frame':>7} {'time':>12}  video")
        for hit in found.matches:
            numbers = f"{hit.similarity:10.4f} {hit.weighted_similarity:8.4f} {hit.attention:9.4f} {hit.frame:7d}"
            emit(f"{numbers} {hit.timecode:>12}  {hit.video}")
        return
    text = json.dumps(asdict(found), indent=1, ensure_ascii=False, allow_nan=False)
    if json_to == "-":
        emit(text)
        return
    try:
        write_text(Path(json_to), text + "\n")
    except OSError as error:
        raise OutputError(f"{json_to}: cannot be written ({error.strerror}).") from None


def _find(videos: list[Path], target: str, top: int, options: ReadOptions, progress: ProgressBar | None = None) -> Matches:
    from vkeyframe.matching import match as find_matches

    return find_matches(videos, target, top, options, progress)


def _find_after_crash(
    videos: list[Path], target: str, top: int, options: ReadOptions, progress: ProgressBar | None = None
) -> Matches:
    from dataclasses import replace

    return _find(videos, target, top, replace(options, opencv_crashed=True), progress)
