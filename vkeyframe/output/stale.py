"""What killed runs leave behind: hidden files and folders whose names say which process made them."""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import suppress
from functools import cache
from pathlib import Path

from vkeyframe.output.folder import REPORT_NAME
from vkeyframe.output.owner import PREFIX, is_abandoned


def remove_leftovers(folder: Path, deep: bool = True) -> None:
    """Remove the leftovers of processes that have ended; what cannot be removed stays.

    Links are not followed, and folders below this one that have a report are not searched.

    Parameters
    ----------
    folder : Path
        Where to search.
    deep : bool
        Whether to search the folders below it too.
    """
    waiting = [folder]
    while waiting:
        for entry in _entries(waiting.pop()):
            if entry.name.startswith(PREFIX):
                _remove_if_abandoned(entry)
            elif deep and entry.is_dir(follow_symlinks=False) and not Path(entry.path, REPORT_NAME).exists():
                waiting.append(Path(entry.path))


@cache
def clear_temporary_folder() -> None:
    """Remove the leftovers in the system's folder for temporary files, once in each process."""
    # Where no folder for temporary files can be written, nothing was left in one.
    with suppress(FileNotFoundError):
        remove_leftovers(Path(tempfile.gettempdir()), deep=False)


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    """List the folders in a folder, and the files that may be leftovers."""
    try:
        with os.scandir(folder) as listing:
            return [entry for entry in listing if entry.name.startswith(PREFIX) or entry.is_dir(follow_symlinks=False)]
    except OSError:
        return []


def _remove_if_abandoned(entry: os.DirEntry[str]) -> None:
    with suppress(OSError):
        if not is_abandoned(entry.name, entry.stat(follow_symlinks=False).st_mtime):
            return
        if entry.is_dir(follow_symlinks=False):
            shutil.rmtree(entry.path, ignore_errors=True)
        else:
            Path(entry.path).unlink()
