"""`vkeyframe mcp`."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import click

from vkeyframe.cli.command import PlainCommand
from vkeyframe.errors import MissingLibraryError, UsageError


@click.command(cls=PlainCommand)
@click.option(
    "--folder",
    type=click.Path(path_type=Path),
    default=Path(),
    metavar="DIR",
    help="The folder whose videos may be looked at. [default: the one you work in]",
)
def mcp(folder: Path) -> None:
    """Serve programs that speak the Model Context Protocol.

    It has the tools keyframes, shots and frame, and sees no file outside of the folder. It speaks over standard input and
    standard output until the input ends, and writes no file.
    """
    if find_spec("mcp") is None:
        raise MissingLibraryError("The server needs the SDK of the Model Context Protocol; pip install 'vkeyframe[mcp]'.")
    if not folder.is_dir():
        raise UsageError(f"{folder}: is no folder; give --folder one that has the videos in it.")
    from vkeyframe.cli.mcp_server import serve

    serve(folder)
