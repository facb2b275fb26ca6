"""`vkeyframe mcp`."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import click

from vkeyframe.cli.command import PlainCommand
from vkeyframe.cli.options import check_name
from vkeyframe.errors import MissingLibraryError, UsageError


@click.command(cls=PlainCommand)
@click.option(
    "--folder",
    type=click.Path(path_type=Path),
    default=Path(),
    metavar="DIR",
    help="The folder whose videos may be looked at. [default: the one you work in]",
)
@click.option("--library", metavar="FILE", help="A library, which the tool search asks.")
def mcp(folder: Path, library: str | None) -> None:
    """Serve programs that speak the Model Context Protocol.

    It has the tools keyframes, shots, frame and words, with a library also search, and tells of no file outside of the
    folder. It speaks over standard input and standard output until the input ends, and writes no file.
    """
    check_name("--library", library)
    if find_spec("mcp") is None:
        raise MissingLibraryError("The server needs the SDK of the Model Context Protocol; pip install 'vkeyframe[mcp]'.")
    if not folder.is_dir():
        raise UsageError(f"{folder}: is no folder; give --folder one that has the videos in it.")
    from vkeyframe.cli.mcp_server import serve
    from vkeyframe.library.store import Library

    if library is not None:
        # A library that cannot be read is told of at once, and not to the first client that asks.
        with Library.open(library):
            pass
    serve(folder, None if library is None else Path(library).absolute())
