"""`vkeyframe track`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vkeyframe.cli.command import GroupedCommand
from vkeyframe.cli.json_file import check_json, write_json
from vkeyframe.cli.options import check_name, quiet_option, settings_options, timeout_option, verbose_option
from vkeyframe.cli.progress import progress_bar
from vkeyframe.cli.terminal import say, say_decoder_messages
from vkeyframe.settings import Settings
from vkeyframe.timing import parse_position

if TYPE_CHECKING:
    from vkeyframe.report.tracks import Tracks


@click.command(cls=GroupedCommand)
@click.argument("video")
@click.option("-o", "--output", metavar="DIR", help="Output folder. [default: NAME_tracks]")
@click.option("--box", metavar="X,Y,W,H", help="Follow what is in this box, in pixels, instead of what is attended to most.")
@click.option("--at", metavar="T", help="When it is in the box: 12.5, 00:01:02.5 or 150f. [default: the first frame]")
@click.option("--masks", is_flag=True, help="Find the pixels of things, and write a picture of them for each frame.")
@click.option("--video", "overlay", is_flag=True, help="Write a video with boxes and masks drawn into it.")
@click.option("--json", "json_to", metavar="FILE|-", help="Write the tracks there too; - is standard output.")
@click.option("--overwrite", is_flag=True, help="Replace the output of an earlier run.")
@settings_options("decode", "crop", "ignore", "strict", "max_pixels", "threads")
@timeout_option
@quiet_option
@verbose_option
def track(
    video: str,
    output: str | None,
    box: str | None,
    at: str | None,
    masks: bool,
    overlay: bool,
    json_to: str | None,
    overwrite: bool,
    timeout: float | None,
    quiet: bool,
    verbose: bool,
    **reading: Any,
) -> None:
    """Follow the things in a video from frame to frame.

    Without --box these are the most attended things of each shot, at most three. With it, it is one thing, to the end of the
    video: behind a cut it must be found again. Only frames that are analysed are followed; use --decode every to follow
    things that move fast. With --json but without -o no folder is written, unless --masks or --video ask for one.
    """
    from vkeyframe.batch.storage import fetched
    from vkeyframe.process.isolation import Isolation
    from vkeyframe.report.tracks import tracks_to_json
    from vkeyframe.tracking.request import TrackRequest, parse_box

    check_name("-o", output)
    request = TrackRequest(
        box=None if box is None else parse_box(box),
        at=None if at is None else parse_position(at),
        masks=masks,
        video=overlay,
        reading=Settings.of(**reading).reading,
    )
    folder = _folder(video, output, json_to is None or masks or overlay)
    _check_outputs(video, folder, json_to, overwrite)
    with fetched(video, str(Path.cwd())) as file, Isolation(timeout, verbose=verbose) as isolation:
        from vkeyframe.api import follow

        with progress_bar(Path(video).name, quiet) as bar:
            tracks = follow(file, request, folder, overwrite, isolation, bar)
        if not quiet:
            _say_result(video, tracks, folder, isolation.messages)
    if json_to is not None:
        write_json(json_to, tracks_to_json(tracks))


def _folder(video: str, output: str | None, is_wanted: bool) -> Path | None:
    """Return where the output goes, None where none is wanted."""
    from vkeyframe.batch.storage import STDIN
    from vkeyframe.output.naming import safe_name

    if output is not None:
        return Path(output)
    name = "stdin" if video == STDIN else safe_name(Path(video).stem)
    return Path(f"{name}_tracks") if is_wanted else None


def _check_outputs(video: str, folder: Path | None, json_to: str | None, overwrite: bool) -> None:
    """Refuse, before anything is decoded, outputs that are inputs."""
    from vkeyframe.batch.places import local_inputs
    from vkeyframe.output.inputs import check_folder
    from vkeyframe.output.stale import remove_leftovers

    inputs = local_inputs([video])
    if folder is not None:
        check_folder(folder, inputs)
        for place in (folder.absolute().parent, folder):
            remove_leftovers(place, deep=False)
    check_json(json_to, inputs, [] if folder is None else [folder], overwrite)


def _say_result(video: str, tracks: Tracks, folder: Path | None, messages: int) -> None:
    for warning in tracks.decoding.warnings:
        say(f"{video}: {warning}")
    say_decoder_messages(video, messages)
    count = len(tracks.tracks)
    say(f"{video}: {count} track{'s' * (count != 1)}{f' in {folder}' if folder else ''}")
