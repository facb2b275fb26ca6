"""`vkeyframe shots`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vkeyframe.cli.command import GroupedCommand
from vkeyframe.cli.options import quiet_option, settings_options, verbose_option
from vkeyframe.cli.progress import ProgressBar, progress_bar
from vkeyframe.cli.terminal import check_standard_output, emit, say, say_decoder_messages
from vkeyframe.settings import Settings

if TYPE_CHECKING:
    from vkeyframe.analysis.sample import ShotSpan
    from vkeyframe.report.records import Decoding
    from vkeyframe.video.file import VideoFile
    from vkeyframe.video.options import ReadOptions


@click.command(cls=GroupedCommand)
@click.argument("video")
@click.option("--format", "form", type=click.Choice(["json", "csv"]), default="json", show_default=True, help="Form of the list.")
@settings_options("start", "end", "decode", "strict", "max_pixels", "threads")
@quiet_option
@verbose_option
def shots(video: str, form: str, quiet: bool, verbose: bool, **options: Any) -> None:
    """List the shots of a video with their transitions.

    Frames are 0-based; ends are inclusive unless they say exclusive. A frame inside a gradual transition belongs to the nearer
    shot.
    """
    import json

    from vkeyframe.analysis.sample import ShotSpan
    from vkeyframe.batch.storage import fetched
    from vkeyframe.process.isolation import Isolation
    from vkeyframe.report.records import Decoding

    check_standard_output()
    reading = Settings.of(**options).reading
    with fetched(video, str(Path.cwd())) as file, Isolation(verbose=verbose) as isolation:
        with progress_bar(video, quiet) as bar:
            answer = tuple[tuple[ShotSpan, ...], Decoding]
        spans, decoding = isolation.call(video, _find, file, reading, answer=answer, on_crash=_find_without_opencv, progress=bar)
        if not quiet:
            for warning in decoding.warnings:
                say(f"{video}: {warning}")
            say_decoder_messages(video, isolation.messages)
    rows = [_row(span) for span in spans]
    if form == "json":
        emit(json.dumps(rows, indent=1))
        return
    emit(",".join(rows[0]))
    for row in rows:
        emit(",".join(map(str, row.values())))


def _row(span: ShotSpan) -> dict[str, Any]:
    stop = span.stop or span.end
    return {
        "index": span.index,
        "start_frame": span.start.frame,
        "end_frame": span.end.index,
        "start_time": span.start.time,
        "end_time": span.end.time,
        "transition": span.transition,
        "end_frame_exclusive": stop.index,
        "end_time_exclusive": stop.time,
        "length_frames": stop.index - span.start.frame,
        "length_seconds": round(stop.time - span.start.time, 6),
    }


def _find(file: VideoFile, options: ReadOptions, progress: ProgressBar | None = None) -> tuple[tuple[ShotSpan, ...], Decoding]:
    from vkeyframe.pipeline import find_shots

    return find_shots(file, options, progress)


def _find_without_opencv(
    file: VideoFile, options: ReadOptions, progress: ProgressBar | None = None
) -> tuple[tuple[ShotSpan, ...], Decoding]:
    from dataclasses import replace

    return _find(file, replace(options, opencv_crashed=True), progress)
