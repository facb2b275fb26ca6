"""Files that are written whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

from vkeyframe.output.owner import hidden_name


def write_text(path: Path, text: str) -> None:
    """Write a text as UTF-8, as `write_bytes` does."""
    write_bytes(path, text.encode("utf-8"))


def write_bytes(path: Path, data: bytes) -> None:
    """Write a file whole or not at all; a device, a pipe or what a link points to is written in place."""
    if path.is_symlink() or (path.exists() and not path.is_file()):
        path.write_bytes(data)
        return
    temporary = unused_name(path.parent)
    try:
        with temporary.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def unused_name(folder: Path) -> Path:
    """Make up a hidden path that nothing else uses; unlike files of `tempfile`, what is made there follows the umask."""
    return folder / hidden_name()
