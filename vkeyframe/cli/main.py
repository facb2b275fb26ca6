"""The `vkeyframe` command: its sub-commands, and the one handler of errors."""

from __future__ import annotations

import signal
import sys

import click

from vkeyframe.cli.batch import batch
from vkeyframe.cli.export import export
from vkeyframe.cli.extract import extract
from vkeyframe.cli.match import match
from vkeyframe.cli.probe import probe
from vkeyframe.cli.schema import schema
from vkeyframe.cli.shots import shots
from vkeyframe.cli.terminal import say
from vkeyframe.errors import InternalError, VkeyframeError, from_foreign


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="vkeyframe")
def cli() -> None:
    """Find the frames worth keeping in a video.

    Data goes to standard output, everything else to standard error. Frames are 0-based, times are seconds from
    the first frame.

    Exit codes: 0 done, 1 the installation is broken, 2 usage, 3 no video or no report in the file, 4 damaged (with --strict),
    5 the decoder crashed, 6 the output cannot be written, 130 interrupted, 143 terminated.
    """


for command in (extract, batch, match, shots, probe, export, schema):
    cli.add_command(command)


def main() -> None:
    """Run the command line and leave with its exit code."""
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run the command line and return its exit code; every expected failure is one sentence on standard error."""
    try:
        code = cli.main(arguments, prog_name="vkeyframe", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.exceptions.Exit as error:
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("vkeyframe: interrupted.", err=True)
        return 130
    except VkeyframeError as error:
        say(f"vkeyframe: {error}")
        return error.exit_code
    except (MemoryError, OSError, RuntimeError) as error:
        cause = from_foreign("vkeyframe", error)
        if isinstance(cause, InternalError):
            raise
        say(str(cause))
        return cause.exit_code
    return code if isinstance(code, int) else 0
