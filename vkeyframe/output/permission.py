"""What may be moved, found out before the work whose result is to take its place."""

from __future__ import annotations

import os
from pathlib import Path
from stat import S_ISVTX


def must_stay(folder: Path) -> bool:
    """Whether a folder cannot be moved away, whatever is in it."""
    return os.path.ismount(folder) or not os.access(folder.parent, os.W_OK | os.X_OK) or is_held(folder)


def is_held(path: Path) -> bool:
    """Whether something is not ours and lies in a folder in which, as in ``/tmp``, everybody may move only what is his own."""
    around = path.parent.stat()
    return bool(around.st_mode & S_ISVTX) and os.geteuid() not in (0, around.st_uid, path.lstat().st_uid)
