"""Keeping the inputs of a batch safe from its output folder and its journal."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path

from vkeyframe.batch.run import JOURNAL_NAME
from vkeyframe.batch.storage import STDIN, local_path
from vkeyframe.errors import OutputError, UsageError
from vkeyframe.output.inputs import check_file

# Longer than any line of a journal.
_LONGEST_LINE = 1 << 20


def check_places(output: Path, paths: Iterable[str], listing: str | None) -> None:
    """Find out before the work whether the output folder and the journal in it are inputs, or the journal's place is taken.

    Whether the folder of a video is an input is found out when it is the video's turn.

    Parameters
    ----------
    output : Path
    paths : iterable of str
        As given by the user: files, folders, patterns, URLs.
    listing : str or None
        The file with more paths, ``-`` for standard input.

    Raises
    ------
    UsageError
        If one of them is an input.
    OutputError
        If another file than a journal has the journal's name.
    """
    named = [*paths, *([listing] if listing is not None and listing != STDIN else [])]
    inputs = [path for name in named if (path := local_path(name)) is not None]
    check_file(output, [path for path in inputs if not os.path.isdir(path)])  # noqa: PTH112  a name may be none
    for path in inputs:
        if os.path.realpath(path) == os.path.realpath(output) and output.is_dir():
            raise UsageError(f"{output}: is an input and the output folder at once; use another -o.")
    journal = output / JOURNAL_NAME
    check_file(journal, inputs)
    if not _may_be_replaced(journal):
        raise OutputError(f"{journal}: exists already and is no record of a batch; move it, or use another -o.")


def _may_be_replaced(journal: Path) -> bool:
    """Whether there is no such file, an empty one, or one whose first line tells what became of a video."""
    if not journal.is_file():
        return True
    try:
        with journal.open("rb") as file:
            line = file.readline(_LONGEST_LINE)
        return not line or {"path", "status"} <= set(json.loads(line))
    except (OSError, ValueError, TypeError, RecursionError):
        return False
