"""The options by which a recording or a stream is followed, and when that is done."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import click

from vkeyframe.cli.command import GroupedOption
from vkeyframe.cli.options import FiniteRange
from vkeyframe.errors import UsageError
from vkeyframe.live.options import USUAL_IDLE, USUAL_TRIES, LiveOptions
from vkeyframe.video.address import is_playlist, is_stream, shown_address

Command = Callable[..., Any]
FOLLOW = "Read on while a recording is written, or what a URL streams, also by HLS; rtsp:// and the like need no flag."
IDLE = "A recording has ended, and a stream is connected anew, after so long without data."
TRIES = "How often in a row a lost stream is connected anew."


def live_options(command: Command) -> Command:
    """Add the options."""
    shared: dict[str, Any] = {"cls": GroupedOption, "group": "reading"}
    added = (
        click.option("--follow", is_flag=True, help=FOLLOW, **shared),
        click.option(
            "--idle", type=FiniteRange(0, min_open=True), metavar="SECONDS", help=f"{IDLE} [default: {USUAL_IDLE:g}]", **shared
        ),
        click.option("--reconnect", type=click.IntRange(0), metavar="N", help=f"{TRIES} [default: {USUAL_TRIES}]", **shared),
    )
    for add in reversed(added):
        command = add(command)
    return command


def take_live_options(given: dict[str, Any], videos: Sequence[str]) -> LiveOptions | None:
    """Take the options out of all that were given; None where nothing is to be followed.

    Raises
    ------
    UsageError
        If they are given for what is not followed, and as `is_to_be_followed`.
    """
    follow, idle, tries = (given.pop(name) for name in ("follow", "idle", "reconnect"))
    if not is_to_be_followed(videos, follow):
        if idle is not None or tries is not None:
            raise UsageError("--idle and --reconnect are for what is followed; give --follow too.")
        return None
    return LiveOptions(
        idle=USUAL_IDLE if idle is None else idle,
        tries=USUAL_TRIES if tries is None else tries,
        most_pixels=given["max_pixels"],
        threads=given["threads"],
    )


def is_to_be_followed(videos: Sequence[str], follow: bool) -> bool:
    """Whether what the user names is followed: where that is asked for, or it is a stream.

    Raises
    ------
    UsageError
        If it is a playlist, which is read only on request, or more than one video is to be followed.
    """
    for video in videos:
        if is_playlist(video) and not follow:
            raise UsageError(f"{shown_address(video)}: is the playlist of a stream; with --follow what it names is read too.")
    followed = follow or any(map(is_stream, videos))
    if followed and len(videos) > 1:
        raise UsageError("One stream or recording at a time can be followed; give them to several commands.")
    return followed
