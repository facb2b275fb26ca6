"""The output folder: it appears whole under its name, or not at all."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from secrets import token_hex
from types import TracebackType

from vkeyframe.errors import OutputError, ReportError
from vkeyframe.report.read import load_report
from vkeyframe.report.records import Report
from vkeyframe.report.write import report_to_json

REPORT_NAME = "report.json"


class OutputFolder:
    """A folder that is filled beside its final place and moved there when it is complete.

    Parameters
    ----------
    final : Path
        Where it is to appear; missing parents are made. An empty folder there is taken over.
    overwrite : bool
        Whether to replace the output of an earlier run. A folder with anything else in it is never replaced.

    Raises
    ------
    OutputError
        On entering, if something is in the way, or the file system refuses.
    """

    def __init__(self, final: Path, overwrite: bool) -> None:
        self._shown, self._final, self._overwrite = final, final.absolute(), overwrite
        self._new_parents: list[Path] = []
        self.path = unused_name(self._final.parent)

    def __enter__(self) -> OutputFolder:
        try:
            with file_errors(self._shown):
                self._refuse_what_is_in_the_way()
                self._make_parents()
                self.path.mkdir()
        except BaseException:
            self._remove()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._remove()

    def _remove(self) -> None:
        shutil.rmtree(self.path, ignore_errors=True)
        for parent in reversed(self._new_parents):
            with suppress(OSError):
                parent.rmdir()

    def commit(self, report: Report) -> Report:
        """Add the report, which gets the names of all files in the folder, and move the folder to its place.

        Returns
        -------
        Report
            The report as it was written.

        Raises
        ------
        OutputError
            If something is in the way by now, or the file system refuses; what was there before stays.
        """
        with file_errors(self._shown):
            names = {entry.name for entry in self.path.iterdir()}
            report = replace(report, files=tuple(sorted(names | {REPORT_NAME})))
            write_text(self.path / REPORT_NAME, report_to_json(report, indent=1) + "\n")
            _flush(self.path)
            self._refuse_what_is_in_the_way()
            self._move_to_its_place()
        return report

    def _move_to_its_place(self) -> None:
        if not is_occupied(self._final):
            self.path.rename(self._final)
            return
        earlier = unused_name(self._final.parent)
        self._final.rename(earlier)
        try:
            self.path.rename(self._final)
        except OSError:
            earlier.rename(self._final)
            raise
        shutil.rmtree(earlier, ignore_errors=True)

    def _refuse_what_is_in_the_way(self) -> None:
        if not is_occupied(self._final):
            return
        if not self._overwrite:
            raise in_the_way(self._shown)
        if not _is_ours(self._final):
            raise OutputError(f"{self._shown}: holds files that vkeyframe did not write, so it is not replaced; use another -o.")

    def _make_parents(self) -> None:
        missing = [parent for parent in self._final.parents if not parent.exists()]
        for parent in reversed(missing):
            # Noted before it is made, so that a signal between the two steps does not leave it behind.
            self._new_parents.append(parent)
            parent.mkdir(exist_ok=True)


@contextmanager
def file_errors(path: Path) -> Iterator[None]:
    """Turn an error of the file system into an OutputError that names a path."""
    try:
        yield
    except OSError as error:
        raise OutputError(f"{path}: cannot be written ({error.strerror}).") from None


def in_the_way(place: Path | str) -> OutputError:
    """Give the error for an output that is there already, whichever command was to write it."""
    return OutputError(
        f"{place}: exists already; replace it with overwrite=…, skip it with skip_existing=…, in a batch resume=…, "
        "or use another output=…."
    )


def is_occupied(folder: Path) -> bool:
    """Whether there is something at a path, other than an empty folder."""
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        return True
    return folder.is_dir() and any(folder.iterdir())


def write_text(path: Path, text: str) -> None:
    """Write a text file whole or not at all; a device, a pipe or what a link points to is written in place."""
    if path.is_symlink() or (path.exists() and not path.is_file()):
        path.write_text(text, encoding="utf-8")
        return
    temporary = unused_name(path.parent)
    try:
        with temporary.open("x", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _flush(folder: Path) -> None:
    """Have the files of a folder written to the disk, and then their names; 24 pictures take about 10 ms."""
    for path in folder.iterdir():
        _flush_one(path)
    # Some file systems can do this for files only.
    with suppress(OSError):
        _flush_one(folder)


def _flush_one(path: Path) -> None:
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def unused_name(folder: Path) -> Path:
    """Make up a hidden path that nothing else uses.

    It holds this process's id, by which `remove_leftovers` knows it. Unlike files of `tempfile`, what is made there follows
    the umask.
    """
    return folder / f".vkeyframe-{os.getpid()}-{token_hex(4)}"


def _is_ours(folder: Path) -> bool:
    """Whether a folder holds a report, and nothing but files that the report lists."""
    if folder.is_symlink() or not folder.is_dir():
        return False
    try:
        listed = load_report((folder / REPORT_NAME).read_bytes()).files
        return all(entry.name in listed and not entry.is_dir() for entry in folder.iterdir())
    except (OSError, ReportError):
        return False
