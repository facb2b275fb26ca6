"""The `vkeyframe` command: its sub-commands, and the one handler of errors."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import click

from vkeyframe.cli.batch import batch
from vkeyframe.cli.browse import browse
from vkeyframe.cli.command import PlainGroup
from vkeyframe.cli.config import config
from vkeyframe.cli.duplicates import duplicates
from vkeyframe.cli.export import export
from vkeyframe.cli.extract import extract
from vkeyframe.cli.frame import frame
from vkeyframe.cli.guide import guide
from vkeyframe.cli.index import index
from vkeyframe.cli.match import match
from vkeyframe.cli.mcp import mcp
from vkeyframe.cli.probe import probe
from vkeyframe.cli.schema import schema
from vkeyframe.cli.search import search
from vkeyframe.cli.shots import shots
from vkeyframe.cli.signals import end_on_signals, ignore_signals
from vkeyframe.cli.terminal import complain, emit, open_missing_streams, say
from vkeyframe.cli.track import track
from vkeyframe.errors import InternalError, UsageError, VkeyframeError, from_foreign


def _show_version(context: click.Context, _parameter: click.Parameter, value: bool) -> None:
    if value and not context.resilient_parsing:
        from importlib.metadata import version

        emit(f"vkeyframe, version {version('vkeyframe')}")
        context.exit()


@click.group(cls=PlainGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_show_version, help="Show the version and exit."
)
def cli() -> None:
    """Find the frames worth keeping in a video.

    Data goes to standard output, everything else to standard error. Frames are 0-based, times are seconds from
    the first frame.

    Exit codes: 0 done, 1 the installation is broken, 2 usage, 3 no video or no report in the file, 4 damaged (with --strict),
    5 the decoder crashed, 6 the output cannot be written, 7 the cluster cannot be reached, 129 hung up, 130 interrupted,
    143 terminated.
    """
    try:
        Path.cwd()
    except OSError as error:
        raise UsageError(f"The folder that you work in cannot be found ({error.strerror}); change to another one.") from None


# The help lists them in this order: one video or many, libraries, and what is around them.
for command in (
    extract,
    batch,
    shots,
    frame,
    match,
    track,
    export,
    index,
    search,
    duplicates,
    browse,
    mcp,
    guide,
    config,
    probe,
    schema,
):
    cli.add_command(command)


def main() -> None:
    """Run the command line and leave with its exit code."""
    open_missing_streams()
    end_on_signals()
    try:
        sys.exit(run(sys.argv[1:]))
    finally:
        ignore_signals()


def run(arguments: list[str]) -> int:
    """Run the command line and return its exit code; every expected failure is one sentence on standard error."""
    try:
        code = cli.main(arguments, prog_name="vkeyframe", standalone_mode=False)
    except click.ClickException as error:
        shown = io.StringIO()
        error.show(shown)
        for line in shown.getvalue().splitlines():
            say(line)
        return error.exit_code
    except click.exceptions.Exit as error:
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        complain("interrupted.")
        return 130
    except VkeyframeError as error:
        complain(str(error))
        return error.exit_code
    except (MemoryError, OSError, RuntimeError) as error:
        cause = from_foreign("vkeyframe", error)
        if isinstance(cause, InternalError):
            raise
        say(str(cause))
        return cause.exit_code
    return code if isinstance(code, int) else 0
