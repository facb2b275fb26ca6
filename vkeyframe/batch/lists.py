"""Lists of paths, as `find` writes them."""

from __future__ import annotations

import os
from codecs import BOM_UTF8
from collections.abc import Iterator
from contextlib import nullcontext
from itertools import chain
from pathlib import Path
from typing import BinaryIO

from vkeyframe.batch.discovery import Unusable
from vkeyframe.batch.storage import STDIN
from vkeyframe.errors import InputError

LIST_CHUNK = 1 << 16
# Bytes of a path in a list; no system takes so many.
LONGEST_PATH = 1 << 20


def read_list(source: BinaryIO | Path, null: bool) -> Iterator[str | Unusable]:
    """Yield the paths in a list, one on a line or ended by NUL, as they come; empty ones are left out.

    A list that cannot be read, or is none, ends with one that is unusable.
    """
    end = b"\0" if null else b"\n"
    name = str(source) if isinstance(source, Path) else STDIN
    try:
        with source.open("rb") if isinstance(source, Path) else nullcontext(source) as file:
            lines = _lines(file, end)
            # Editors on Windows put it there.
            first = next(lines).removeprefix(BOM_UTF8)
            for line in chain([first], lines):
                yield from _path_in(line, null)
    except (OSError, ValueError) as error:
        cause = getattr(error, "strerror", None) or error
        yield Unusable(name, InputError(f"{name}: the list cannot be read ({cause})."))


def _lines(file: BinaryIO, end: bytes) -> Iterator[bytes]:
    """Yield the lines as they come, at least one, which may be empty."""
    rest = b""
    while part := os.read(file.fileno(), LIST_CHUNK):
        *lines, rest = (rest + part).split(end)
        yield from lines
        if len(rest) > LONGEST_PATH:
            raise ValueError("a path in it has no end")
    yield rest


def _path_in(line: bytes, null: bool) -> Iterator[str]:
    if b"\0" in line:
        raise ValueError("it is no text; a list whose paths are ended by NUL needs null=…")
    line = line if null else line.rstrip(b"\r")
    if line:
        yield os.fsdecode(line)
