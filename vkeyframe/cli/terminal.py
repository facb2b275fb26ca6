"""What is written to standard output and standard error."""

from __future__ import annotations

import os
import re
import sys
from typing import TextIO

import click

from vkeyframe.errors import OutputError


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


def with_flags(text: str) -> str:
    """Turn the arguments that the library's messages name, such as ``max_pixels=…``, into flags of the command line."""
    return re.sub(r"\b([a-z]+(?:_[a-z]+)*)=…", lambda found: f"--{found[1].replace('_', '-')}", text)


def say(text: str) -> None:
    """Write a line to standard error; what a name may have and a terminal should not get is shown as a question mark.

    Where nobody listens any more, the work goes on in silence.
    """
    text = with_flags(text)
    try:
        click.echo("".join(c if c.isprintable() else " " if c.isspace() else "?" for c in text), err=True)
    except OSError:
        _give_up(sys.stderr)


def say_decoder_messages(subject: str, lines: int) -> None:
    """Say how many lines the decoder wrote about what the subject names, if it wrote any."""
    if lines:
        say(f"{subject}: the decoder wrote {lines} line{'s' * (lines != 1)}, see them with -v")


def _give_up(stream: TextIO) -> None:
    """Let the interpreter not try to flush what is left in a stream."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def write_json(path: str, text: str) -> None:
    """Write JSON, with an end of line, to standard output (``-``) or whole to a file.

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    if path == "-":
        emit(text)
        return
    from pathlib import Path

    from vkeyframe.output.folder import write_text

    try:
        write_text(Path(path), text + "\n")
    except OSError as error:
        raise OutputError(f"{path}: cannot be written ({error.strerror}).") from None
