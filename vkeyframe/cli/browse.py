"""`vkeyframe browse`."""

from __future__ import annotations

import subprocess
import sys
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from vkeyframe.cli.command import GroupedCommand
from vkeyframe.cli.options import check_name, quiet_option
from vkeyframe.cli.terminal import check_standard_output, emit, say
from vkeyframe.errors import UsageError

if TYPE_CHECKING:
    from vkeyframe.browse.server import BrowseServer
    from vkeyframe.process.isolation import Isolation

# Seconds that a picture may take to decode.
PATIENCE = 30.0
# Text browsers would want the terminal, and others write to it.
_OPEN = "import sys, webbrowser; webbrowser.open(sys.argv[1])"


@click.command(cls=GroupedCommand)
@click.option(
    "--library", required=True, metavar="FILE", help="The library to look through, made by vkeyframe index or batch --library."
)
@click.option("--port", type=click.IntRange(0, 65535), default=0, metavar="N", help="Serve at this port. [default: a free one]")
@click.option("--no-open", is_flag=True, help="Do not open the page in the browser.")
@quiet_option
def browse(library: str, port: int, no_open: bool, quiet: bool) -> int:
    """Look through a library in the browser.

    The page lists the videos, shows the keyframes of each, finds pictures like one that is dropped on it, and lines with some
    words, and shows copies side by side. It is served to this machine only, and only to those who have the whole address,
    which is written to standard output; nothing can be changed with it. Ctrl-C ends it.
    """
    from vkeyframe.library.store import Library
    from vkeyframe.process.isolation import Isolation

    check_name("--library", library)
    check_standard_output()
    path = Path(library).absolute()
    # What is wrong with it is said before there is a page.
    Library.open(path).close()
    with ExitStack() as stack:
        isolation = stack.enter_context(Isolation(timeout=PATIENCE))
        server = stack.enter_context(closing(_server(path, port, isolation)))
        stack.enter_context(closing(isolation))
        # It is how a server is ended, and nothing is left undone; so it is no failure, as it is of the other commands.
        stack.enter_context(suppress(KeyboardInterrupt))
        emit(server.address)
        if not quiet:
            say(f"{library}: open the address in a browser of this machine; Ctrl-C ends")
        if not no_open:
            _open_browser(server.address_once)
        server.serve_forever()
    return 0


def _server(path: Path, port: int, isolation: Isolation) -> BrowseServer:
    """Return the server, which has its port.

    Raises
    ------
    UsageError
        If the port cannot be had.
    """
    from vkeyframe.browse.answers import Answers
    from vkeyframe.browse.page import draw_page
    from vkeyframe.browse.server import BrowseServer

    page = draw_page(path)
    try:
        return BrowseServer(path, port, page, Answers(path, isolation))
    except OSError as error:
        raise UsageError(f"--port {port} cannot be had ({error.strerror}); give another one, or leave it out.") from None


def _open_browser(address: str) -> None:
    """Open an address in the browser, if there is one; it goes on when this command ends."""
    with suppress(OSError):
        subprocess.Popen(  # noqa: S603  this very interpreter
            [sys.executable, "-P", "-c", _OPEN, address],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
