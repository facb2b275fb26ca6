"""Options that several commands share, made from `Settings` so that defaults and ranges stand in one place."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import Field, fields
from pathlib import Path
from secrets import token_hex
from typing import Any, TextIO

import click
from click.core import ParameterSource

from vkeyframe.errors import OutputError, UsageError
from vkeyframe.settings import PRESETS, Settings

Command = Callable[..., Any]
# All settings that bear on the result.
RESULT_OPTIONS = tuple(item.name for item in fields(Settings) if item.metadata.get("affects_result", True))


def settings_options(*names: str) -> Callable[[Command], Command]:
    """Add the options of some settings to a command, in this order."""
    known = {item.name: item for item in fields(Settings)}

    def add(command: Command) -> Command:
        for name in reversed(names):
            command = _settings_option(known[name])(command)
        return command

    return add


def _settings_option(item: Field[Any]) -> Callable[[Command], Command]:
    limits = item.metadata
    flag = f"--{item.name.replace('_', '-')}"
    shared: dict[str, Any] = {"help": limits["help"], "default": item.default}
    if isinstance(item.default, bool):
        return click.option(flag, is_flag=True, **shared)
    shown = item.default is not None
    if "choices" in limits:
        return click.option(flag, type=click.Choice(limits["choices"]), show_default=shown, **shared)
    if isinstance(limits.get("low"), float):
        kind = click.FloatRange(limits["low"], limits.get("high"))
        return click.option(flag, type=kind, metavar=limits.get("metavar"), show_default=shown, **shared)
    if "low" in limits:
        return click.option(flag, type=click.IntRange(limits["low"], limits.get("high")), show_default=shown, **shared)
    return click.option(flag, type=str, metavar=limits.get("metavar"), show_default=shown, **shared)


def preset_option(command: Command) -> Command:
    """Add --preset."""
    told = "Start from the options for a purpose; what is given beside it goes first."
    return click.option("--preset", type=click.Choice(tuple(PRESETS)), help=told)(command)


def chosen_settings(preset: str | None, options: dict[str, Any]) -> Settings:
    """Make settings of options; with a preset only those count that were given on the command line."""
    if preset is None:
        return Settings(**options)
    context = click.get_current_context()
    given = {name: value for name, value in options.items() if context.get_parameter_source(name) is not ParameterSource.DEFAULT}
    return Settings.from_preset(preset, **given)


def quiet_option(command: Command) -> Command:
    """Add -q."""
    return click.option("-q", "--quiet", is_flag=True, help="Only errors on standard error.")(command)


def timeout_option(command: Command) -> Command:
    """Add --timeout."""
    limits = click.FloatRange(0, min_open=True)
    return click.option("--timeout", type=limits, metavar="SECONDS", help="Give up on a video that takes longer.")(command)


def verbose_option(command: Command) -> Command:
    """Add -v, for an `Isolation` that shows the decoder's own messages; OpenCV reads its log level when it is loaded."""

    def enable(_context: click.Context, _parameter: click.Parameter, value: bool) -> bool:
        if value:
            os.environ["OPENCV_LOG_LEVEL"] = "WARNING"
        return value

    option = click.option("-v", "--verbose", is_flag=True, callback=enable, help="Show what the decoder says.")
    return option(command)


def refuse_contradictions(overwrite: bool, skip: bool, sheet: bool, no_images: bool, skip_flag: str) -> None:
    """Refuse flags that cannot be meant together.

    Raises
    ------
    UsageError
        With what to leave out.
    """
    if overwrite and skip:
        raise UsageError(f"--overwrite and {skip_flag} contradict each other; give one of them.")
    if sheet and no_images:
        raise UsageError("--sheet needs pictures; leave out --no-images.")


@contextmanager
def local_video(video: str) -> Iterator[tuple[Path, str | None]]:
    """Give the path of a video and its label; ``-`` is standard input, put into a file because containers need seeking."""
    if video != "-":
        yield Path(video), None
        return
    # Named before it is made, so that a signal in between finds it in the clean-up's hands.
    folder = Path(tempfile.gettempdir()) / f"vkeyframe-{token_hex(8)}"
    try:
        try:
            folder.mkdir(0o700)
            with (folder / "stdin").open("wb") as file:
                shutil.copyfileobj(sys.stdin.buffer, file, 1 << 20)
        except OSError as error:
            told = f"cannot be kept in {folder.parent} ({error.strerror}); give another folder in TMPDIR"
            raise OutputError(f"standard input: {told}.") from None
        yield folder / "stdin", "stdin"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def emit(text: str) -> None:
    """Write data to standard output, bytes of names that are no text replaced; when a pipe's reader has enough, end quietly.

    Raises
    ------
    OutputError
        If it cannot be written for another reason.
    """
    try:
        click.echo(text.encode("utf-8", "surrogateescape").decode("utf-8", "replace"))
        sys.stdout.flush()
    except BrokenPipeError:
        _give_up(sys.stdout)
        raise click.exceptions.Exit(0) from None
    except OSError as error:
        _give_up(sys.stdout)
        raise OutputError(f"standard output: cannot be written ({error.strerror}).") from None


def say(text: str) -> None:
    """Write a line to standard error; what a name may have and a terminal should not get is shown as a question mark.

    Where nobody listens any more, the work goes on in silence.
    """
    try:
        click.echo("".join(c if c.isprintable() else " " if c.isspace() else "?" for c in text), err=True)
    except OSError:
        _give_up(sys.stderr)


def tell_decoder_lines(subject: str, lines: int) -> None:
    """Say how many lines the decoder wrote about what the subject names, if it wrote any."""
    if lines:
        say(f"{subject}: the decoder wrote {lines} line{'s' * (lines != 1)}, see them with -v")


def _give_up(stream: TextIO) -> None:
    """Let the interpreter not try to flush what is left in a stream."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
