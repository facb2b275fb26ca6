"""`vkeyframe shots`."""

from __future__ import annotations

from typing import Any

import click

from vkeyframe.cli.options import emit, local_video, quiet_option, say, settings_options, tell_decoder_lines, verbose_option
from vkeyframe.cli.progress import progress_bar
from vkeyframe.settings import Settings


@click.command()
@click.argument("video")
@click.option("--format", "form", type=click.Choice(["json", "csv"]), default="json", show_default=True, help="Form of the list.")
@settings_options("start", "end", "decode", "strict", "max_pixels", "threads")
@quiet_option
@verbose_option
def shots(video: str, form: str, quiet: bool, verbose: bool, **options: Any) -> None:
    """List the shots of a video with their transitions.

    Frames are 0-based and ends inclusive; a frame inside a gradual transition belongs to the nearer shot.
    """
    import json
    from dataclasses import asdict, fields

    from vkeyframe.api import extract
    from vkeyframe.process.isolation import Isolation
    from vkeyframe.report.records import Shot

    with local_video(video) as (path, label), Isolation(verbose=verbose) as isolation:
        report = extract(path, Settings(**options), label=label, isolation=isolation, progress=progress_bar(video, quiet))
    if not quiet:
        for warning in report.decoding.warnings:
            say(f"{video}: {warning}")
        tell_decoder_lines(video, report.run["decoder_messages"])
    if form == "json":
        emit(json.dumps([asdict(shot) for shot in report.shots], indent=1))
        return
    names = [field.name for field in fields(Shot)]
    emit(",".join(names))
    for shot in report.shots:
        emit(",".join(str(getattr(shot, name)) for name in names))
