"""Moving files from a scratch folder to the folder around it: all of them, or none."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from vkeyframe.output.owner import hidden_name


def move_up(scratch: Path, names: Sequence[str], replaced: Sequence[str] = ()) -> None:
    """Move files to the folder around a folder, in this order; if one of them cannot be moved, all stay as they were.

    Parameters
    ----------
    scratch : Path
        The folder that holds the files.
    names : sequence of str
        Their names. What has one of these names in the folder around goes to a hidden folder in `scratch`.
    replaced : sequence of str
        Names of more files in the folder around, which go there before any other.

    Raises
    ------
    OSError
        If the file system refuses.
    """
    folder, earlier = scratch.parent, scratch / hidden_name()
    earlier.mkdir()
    try:
        for name in dict.fromkeys([*replaced, *names]):
            with suppress(FileNotFoundError):
                (folder / name).rename(earlier / name)
        for name in names:
            (scratch / name).rename(folder / name)
    except BaseException:
        with opened_folder(scratch) as inner:
            move_back(inner, folder, earlier.name, names)
        raise


def move_back(scratch: int, folder: Path, earlier: str, names: Sequence[str]) -> None:
    """Undo a `move_up` of files of these names that stopped somewhere; should this stop too, it can be done again.

    Parameters
    ----------
    scratch : int
        The open folder that held the files: under its name there could be another one by now.
    folder : Path
        The folder around it.
    earlier : str
        Name of the hidden folder in it with what had to give way.
    names : sequence of str

    Raises
    ------
    OSError
        If the file system refuses.
    """
    with opened_folder(folder) as around, opened_folder(earlier, scratch) as gone:
        moved = set(names) - set(os.listdir(scratch))
        for name in reversed([name for name in names if name in moved]):
            with suppress(FileNotFoundError):
                os.replace(name, name, src_dir_fd=around, dst_dir_fd=scratch)
        # What was to come last, the report, was the first to go.
        for name in sorted(os.listdir(gone), key=lambda name: (name in names[-1:], name)):  # noqa: PTH208  pathlib knows no numbers
            os.replace(name, name, src_dir_fd=gone, dst_dir_fd=around)


@contextmanager
def opened_folder(path: Path | str, within: int | None = None) -> Iterator[int]:
    """Open a folder, not through a link, and give its number.

    Raises
    ------
    OSError
        If there is no such folder, or it cannot be opened.
    """
    number = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=within)
    try:
        yield number
    finally:
        os.close(number)
