"""What killed runs leave behind: hidden files and folders whose names hold the id of the process that made them."""

from __future__ import annotations

import os
import re
import shutil
from contextlib import suppress
from pathlib import Path

from vkeyframe.output.folder import REPORT_NAME

_TEMPORARY = re.compile(r"\.vkeyframe-(\d+)-[0-9a-f]+")


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
    try:
        with os.scandir(folder) as listing:
            entries = [entry for entry in listing if entry.is_dir(follow_symlinks=False) or entry.name.startswith(".vkeyframe-")]
    except OSError:
        return
    for entry in entries:
        temporary = _TEMPORARY.fullmatch(entry.name)
        if temporary is None:
            if deep and entry.is_dir(follow_symlinks=False) and not Path(entry.path, REPORT_NAME).exists():
                remove_leftovers(Path(entry.path))
        elif not _is_alive(int(temporary[1])):
            with suppress(OSError):
                if entry.is_dir(follow_symlinks=False):
                    shutil.rmtree(entry.path, ignore_errors=True)
                else:
                    Path(entry.path).unlink()


def _is_alive(process: int) -> bool:
    """Whether another process of this machine has this id; this process has made nothing yet, so its id is an old one's."""
    if process in (0, os.getpid()):
        return False
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True
