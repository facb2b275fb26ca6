"""The one way to write to standard output and standard error, whatever they are connected to."""

from __future__ import annotations

import io
import os
import re
import sys

import click

from vkeyframe.errors import OutputError
from vkeyframe.options import with_flags

# Bytes of names that are no text stand in Python's strings as halves of surrogate pairs, which no encoding has.
_NO_TEXT = re.compile("[\ud800-\udfff]")
# Some terminals obey these as they obey what begins with an escape; JSON writes lower ones as escapes by itself.
_CONTROLS = re.compile("[\x7f-\x9f]")


class ReaderLeftError(click.exceptions.Exit):
    """Whoever read standard output has enough, as `head` has; where nothing failed the command ends with 0."""

    def __init__(self) -> None:
        super().__init__(0)


def open_missing_streams() -> None:
    """Open standard streams that are closed, so that no file gets their number; using one of them is an error then.

    It must be called before any file is opened.
    """
    for number, (name, wrong_way) in enumerate({"stdin": os.O_WRONLY, "stdout": os.O_RDONLY, "stderr": os.O_RDONLY}.items()):
        try:
            os.fstat(number)
        except OSError:
            # It gets the lowest number that is free, which is this one.
            os.set_inheritable(os.open(os.devnull, wrong_way), True)
        if getattr(sys, name) is None:
            setattr(sys, name, open(number, "r" if name == "stdin" else "w", errors="backslashreplace"))  # noqa: SIM115, PTH123
    # What is written there is data, JSON most of all, and that is UTF-8 wherever it goes.
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8")


def printable(text: str) -> str:
    """Return a text on one line in which what a terminal would obey, or cannot show, is a question mark."""
    return "".join(c if c.isprintable() else " " if c.isspace() else "?" for c in text)


def as_text(data: str) -> str:
    """Return JSON, or another text of several lines, that every encoding of Unicode has and no terminal obeys."""
    return _CONTROLS.sub(lambda found: f"\\u{ord(found[0]):04x}", _NO_TEXT.sub("\ufffd", data))


def emit(text: str) -> None:
    """Write data to standard output.

    Raises
    ------
    ReaderLeftError
        If it is a pipe whose reader has enough.
    OutputError
        If it cannot be written for another reason.
    """
    try:
        click.echo(as_text(text))
        sys.stdout.flush()
    except BrokenPipeError:
        _give_up(sys.stdout.fileno())
        raise ReaderLeftError from None
    except OSError as error:
        _give_up(sys.stdout.fileno())
        raise _unwritable(error) from None


def check_standard_output() -> None:
    """Find out before the work whether its result can be written to standard output.

    Raises
    ------
    OutputError
        If it cannot, as when it is closed.
    """
    try:
        os.write(sys.stdout.fileno(), b"")
    except io.UnsupportedOperation:
        # It is no file, but what a program put in its place.
        return
    except OSError as error:
        _give_up(sys.stdout.fileno())
        raise _unwritable(error) from None


def _unwritable(error: OSError) -> OutputError:
    return OutputError(f"standard output: cannot be written ({error.strerror}).")


def say(text: str) -> None:
    """Write a line with flags to standard error, as `printable` makes it; where nobody can read it, work goes on in silence."""
    try:
        click.echo(printable(with_flags(text)), err=True)
    except OSError:
        _give_up(sys.stderr.fileno())


def complain(text: str) -> None:
    """Write a line to standard error that tells what is wrong, as all of them do."""
    say(f"vkeyframe: {text}")


def say_decoder_messages(subject: str, lines: int) -> None:
    """Say how many lines the decoder wrote about what the subject names, if it wrote any."""
    if lines:
        say(f"{subject}: the decoder wrote {lines} line{'s' * (lines != 1)}, see them with -v")


def _give_up(stream: int) -> None:
    """Let what is left in a stream go nowhere, so that the interpreter does not fail on it when it ends."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream)
    os.close(nowhere)
