"""The files of an output, those in its subfolders too."""

from __future__ import annotations

import os
from pathlib import Path


def files_below(folder: Path) -> list[str]:
    """List the files in a folder and its subfolders, sorted, as paths from that folder with ``/``; no link is followed.

    Raises
    ------
    OSError
        If a folder cannot be read.
    """
    found: list[str] = []
    waiting = [""]
    while waiting:
        inner = waiting.pop()
        with os.scandir(folder / inner) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(f"{inner}{entry.name}/")
                else:
                    found.append(f"{inner}{entry.name}")
    return sorted(found)


def top_of(name: str) -> str:
    """Return the first part of a path with ``/``: the name in the output folder itself."""
    return name.partition("/")[0]
