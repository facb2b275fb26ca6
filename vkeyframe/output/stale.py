"""What killed runs leave behind: hidden files and folders whose names say which process made them."""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import suppress
from functools import cache
from pathlib import Path

from vkeyframe.errors import ReportError
from vkeyframe.output.folder import REPORT_NAME, move_back, read_report_in
from vkeyframe.output.owner import PREFIX, is_abandoned
from vkeyframe.report.read import load_report


def remove_leftovers(folder: Path, deep: bool = True) -> None:
    """Remove the leftovers of processes that have ended; what cannot be removed stays.

    Links are not followed, and folders below this one that have a report are not searched. Where a process was killed while it
    moved its output to a folder that is filled in place, that folder gets back what it held before.

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


def _entries(folder: Path | str) -> list[os.DirEntry[str]]:
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
            _undo_moves(entry)
            shutil.rmtree(entry.path, ignore_errors=True)
        else:
            Path(entry.path).unlink()


def _undo_moves(scratch: os.DirEntry[str]) -> None:
    """Undo what was begun in moving an output out of a scratch folder; its report, which is moved last, names all files of it."""
    # In the folder for temporary files somebody else could make one that names files of ours.
    if scratch.stat(follow_symlinks=False).st_uid != os.geteuid():
        return
    folder = Path(scratch.path)
    moves = [entry for entry in _entries(scratch.path) if entry.name.startswith(PREFIX) and entry.is_dir(follow_symlinks=False)]
    with suppress(ReportError):
        names = load_report(read_report_in(folder) or b"").files if moves else ()
        for earlier in moves:
            move_back(folder, Path(earlier.path), names)
