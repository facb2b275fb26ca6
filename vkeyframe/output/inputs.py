"""Keeping inputs safe: nothing that is written may be one of them, or take the place of the folder that holds one."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from vkeyframe.errors import UsageError


def check_file(output: Path | int, inputs: Iterable[Path], shown: str | None = None) -> None:
    """Refuse to write a file that is an input, also through a link, as a hard link or under another spelling.

    Parameters
    ----------
    output : Path or int
        The file, or the descriptor of one that is open.
    inputs : iterable of Path
        Those that cannot be looked at are passed over; they fail later.
    shown : str, optional
        What the message calls the file.

    Raises
    ------
    UsageError
        With the input.
    """
    written = _status(output)
    for path in inputs if written is not None else ():
        read = _status(path)
        if read is not None and written is not None and os.path.samestat(read, written):
            raise UsageError(f"{shown or output}: is the same file as the input {path}; write to another one.")


def check_folder(output: Path, inputs: Iterable[Path]) -> None:
    """Refuse an output folder that is an input, or that holds one: such a folder might be replaced.

    Raises
    ------
    UsageError
        With the input.
    """
    folder = _status(output)
    if folder is None:
        return
    for path in inputs:
        check_file(output, [path])
        around = {*Path(os.path.realpath(path)).parents, *path.absolute().parents}
        if any(os.path.samestat(status, folder) for status in map(_status, around) if status is not None):
            raise UsageError(f"{path}: is an input and lies in the output folder {output}; use another output=….")


def _status(path: Path | int) -> os.stat_result | None:
    try:
        return os.stat(path)  # noqa: PTH116  it may be a descriptor
    except (OSError, ValueError):
        return None
