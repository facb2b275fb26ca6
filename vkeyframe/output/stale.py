"""What killed runs leave behind: hidden files and folders whose names say which process made them."""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import suppress
from functools import cache
from pathlib import Path

from vkeyframe.errors import ReportError
from vkeyframe.output.folder import REPORT_NAME
from vkeyframe.output.moving import move_back, opened_folder
from vkeyframe.output.owner import PREFIX, is_abandoned
from vkeyframe.output.tree import top_of
from vkeyframe.process.spawn import signals_held
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


def temporary_folder() -> Path:
    """Return the system's folder for temporary files.

    Raises
    ------
    FileNotFoundError
        If none can be written.
    """
    # Python tries it with a file, which a signal just then would leave there.
    with signals_held():
        return Path(tempfile.gettempdir())


@cache
def clear_temporary_folder() -> None:
    """Remove the leftovers in the system's folder for temporary files, once in each process."""
    # Where no folder for temporary files can be written, nothing was left in one.
    with suppress(FileNotFoundError):
        remove_leftovers(temporary_folder(), deep=False)


def _entries(folder: Path | int) -> list[os.DirEntry[str]]:
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
            if _undo_moves(entry):
                shutil.rmtree(entry.path, ignore_errors=True)
        else:
            Path(entry.path).unlink()


def _undo_moves(scratch: os.DirEntry[str]) -> bool:
    """Undo what was begun in moving an output out of a scratch folder, whose report, which is moved last, names all files of it.

    Return False where that is left to somebody else, whose report could name files of ours.
    """
    with opened_folder(scratch.path) as folder:
        moves = [
            entry.name for entry in _entries(folder) if entry.name.startswith(PREFIX) and entry.is_dir(follow_symlinks=False)
        ]
        try:
            names = [top_of(name) for name in load_report(_report_in(folder)).files] if moves else []
        except (ReportError, FileNotFoundError):
            return True
        if moves and os.fstat(folder).st_uid != os.geteuid():
            return False
        for earlier in moves:
            move_back(folder, Path(scratch.path).parent, earlier, list(dict.fromkeys(names)))
        return True


def _report_in(folder: int) -> bytes:
    with open(os.open(REPORT_NAME, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder), "rb") as file:  # noqa: PTH123
        return file.read()
