"""What killed runs leave behind: hidden files and folders that carry the number of the process that made them."""

from __future__ import annotations

import os
import re
import shutil
from contextlib import suppress
from pathlib import Path

from vkeyframe.output.folder import REPORT_NAME

_TEMPORARY = re.compile(r"\.vkeyframe-(\d+)-[0-9a-f]+")


def remove_leftovers(folder: Path, deep: bool = True) -> None:
    """Remove below a folder what processes that are gone have left; what cannot be removed stays.

    Links are not followed, and complete output folders not looked into.
    """
    try:
        with os.scandir(folder) as listing:
            entries = [entry for entry in listing if entry.is_dir(follow_symlinks=False) or entry.name.startswith(".vkeyframe-")]
    except OSError:
        return
    for entry in entries:
        made = _TEMPORARY.fullmatch(entry.name)
        if made is None:
            if deep and entry.is_dir(follow_symlinks=False) and not Path(entry.path, REPORT_NAME).exists():
                remove_leftovers(Path(entry.path))
        elif not _is_alive(int(made[1])):
            with suppress(OSError):
                if entry.is_dir(follow_symlinks=False):
                    shutil.rmtree(entry.path, ignore_errors=True)
                else:
                    Path(entry.path).unlink()


def _is_alive(process: int) -> bool:
    """Whether a process of this machine runs that is not this one, which has made nothing yet."""
    if process in (0, os.getpid()):
        return False
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True
