"""The output folder: it appears whole under its name, or not at all."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from types import TracebackType

from vkeyframe.errors import OutputError, UsageError, VkeyframeError
from vkeyframe.output.listing import Listing
from vkeyframe.output.moving import move_up, opened_folder
from vkeyframe.output.permission import is_held, must_stay
from vkeyframe.output.tree import files_below, top_of
from vkeyframe.output.whole_file import unused_name, write_text
from vkeyframe.report.read import load_report
from vkeyframe.report.records import Report
from vkeyframe.report.write import report_to_json

REPORT_NAME = "report.json"
REPORT = Listing(REPORT_NAME, lambda data: load_report(data).files)


class OutputFolder:
    """A folder that is filled beside its final place and moved there when it is complete.

    Where an empty folder is already, it stays, with its owner and its mode: it is filled through a hidden folder in it, whose
    files are moved out of it in the end, the report last. The same is done where an earlier output cannot be moved away, since
    it is a mount point, or the folder around it or the file system does not allow that.

    Parameters
    ----------
    final : Path
        Where it is to appear; missing parents are made.
    overwrite : bool
        Whether to replace the output of an earlier run. A folder with anything else in it is never replaced.
    listing : Listing
        The file that lists the others; the report, where there is one.

    Raises
    ------
    UsageError
        On entering, if it is the folder that the process works in.
    OutputError
        On entering, if something is in the way, or the file system refuses.
    """

    def __init__(self, final: Path, overwrite: bool, listing: Listing = REPORT) -> None:
        self._listing = listing
        self._shown, self._final, self._overwrite = final, final.absolute(), overwrite
        self._new_parents: list[Path] = []
        self._in_place = False
        self._made: tuple[int, int] | None = None
        self._earlier = unused_name(self._final.parent)
        self.path = unused_name(self._final.parent)

    def __enter__(self) -> OutputFolder:
        try:
            with file_errors(self._shown):
                self._refuse_what_is_in_the_way()
                self._make_parents()
                self._in_place = self._final.is_dir() and (not any(self._final.iterdir()) or must_stay(self._final))
                if not self._in_place:
                    self.path.mkdir()
                    self._in_place = not self._is_movable()
                if self._in_place:
                    self._go_into_place()
                self._made = _identity(self.path)
        except BaseException:
            self._remove()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._remove()

    def _is_movable(self) -> bool:
        """Try whether the new folder can be moved, else remove it: some file systems, such as gcsfuse, move only files."""
        try:
            self.path.rename(self._earlier)
            self._earlier.rename(self.path)
        except OSError:
            with suppress(FileNotFoundError):
                self.path.rmdir()
            return False
        return True

    def _go_into_place(self) -> None:
        if not self._final.exists():
            # It goes again if nothing comes of it.
            self._new_parents.append(self._final)
            self._final.mkdir()
        _refuse_what_is_held(self._final, self._shown)
        self.path = unused_name(self._final)
        self.path.mkdir()

    def _remove(self) -> None:
        shutil.rmtree(self.path, ignore_errors=True)
        shutil.rmtree(self._earlier, ignore_errors=True)
        # One that the umask made unreadable is empty, but `rmtree` does not get into it.
        for folder in (self.path, *reversed(self._new_parents)):
            with suppress(OSError):
                folder.rmdir()

    def named_as_asked(self) -> AbstractContextManager[None]:
        """Let errors name the final place instead of the one where the folder is filled."""
        return named_instead(self.path, self._shown)

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
        names = self._names()
        report = replace(report, files=tuple(sorted(names | {self._listing.name})))
        self._commit(names, report_to_json(report, indent=1) + "\n")
        return report

    def commit_list(self, write: Callable[[tuple[str, ...]], str]) -> tuple[str, ...]:
        """Add the file that lists the others, whose text is made of the names of all files, and move the folder to its place.

        Returns
        -------
        tuple of str
            These names.

        Raises
        ------
        OutputError
            As `commit`.
        """
        names = self._names()
        files = tuple(sorted(names | {self._listing.name}))
        self._commit(names, write(files))
        return files

    def _names(self) -> set[str]:
        with file_errors(self._shown):
            if _identity(self.path) != self._made:
                raise OutputError(f"{self._shown}: somebody else moved its files while they were written; use another output=….")
            whole = self._listing.folder
            return {top_of(name) if top_of(name) == whole else name for name in files_below(self.path)}

    def _commit(self, names: set[str], text: str) -> None:
        last = self._listing.name
        with file_errors(self._shown):
            write_text(self.path / last, text)
            _flush(self.path)
            self._refuse_what_is_in_the_way()
            if self._in_place or not self._moved_to_its_place():
                earlier = [entry.name for entry in self._final.iterdir() if entry != self.path]
                move_up(self.path, [*sorted({top_of(name) for name in names} - {last}), last], sorted(earlier, key=last.__ne__))

    def _moved_to_its_place(self) -> bool:
        """Move the folder to its place; where an earlier one cannot give way, move it into that instead, and return False."""
        if not is_occupied(self._final):
            self.path.rename(self._final)
            return True
        try:
            self._final.rename(self._earlier)
            # It may have changed since it was looked at.
            self._listing.refuse_others(self._earlier, self._shown)
            self.path.rename(self._final)
        except BaseException as error:
            if os.path.lexists(self._earlier) and not os.path.lexists(self._final):
                self._earlier.rename(self._final)
            # A folder that came with the image of a container (overlayfs) cannot be moved, unlike new ones.
            if not isinstance(error, OSError) or error.errno != errno.EXDEV:
                raise
            self.path = self.path.rename(unused_name(self._final))
            return False
        return True

    def _refuse_what_is_in_the_way(self) -> None:
        if _is_worked_in(self._final):
            raise UsageError(f"{self._shown}: is the folder that you work in, which is not replaced; use another output=….")
        if not is_occupied(self._final, self.path.name):
            return
        if not self._overwrite:
            raise in_the_way(self._shown)
        self._listing.refuse_others(self._final, self._shown, self.path.name)

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


@contextmanager
def named_instead(path: Path, shown: Path) -> Iterator[None]:
    """Let errors of ours name another path than one that the user does not know."""
    try:
        yield
    except VkeyframeError as error:
        if str(path) not in str(error):
            raise
        raise type(error)(str(error).replace(str(path), str(shown))) from None


def in_the_way(place: Path | str) -> OutputError:
    """Give the error for an output that is there already, whichever command was to write it."""
    return OutputError(
        f"{place}: exists already; replace it with overwrite=…, skip it with skip_existing=…, in a batch resume=…, "
        "or use another output=…."
    )


def is_occupied(folder: Path, without: str = "") -> bool:
    """Whether there is something at a path, other than a folder that is empty without the entry of a name."""
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        return True
    return folder.is_dir() and any(entry.name != without for entry in folder.iterdir())


def _flush(folder: Path) -> None:
    """Have the files of a folder written to the disk, and then their names; 24 pictures take about 10 ms."""
    for name in files_below(folder):
        _flush_one(folder / name)
    for path in [*(path for path in folder.rglob("*") if path.is_dir()), folder]:
        # Some file systems can do this for files only.
        with suppress(OSError):
            _flush_one(path)


def _flush_one(path: Path) -> None:
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def read_report_in(folder: Path) -> bytes | None:
    """Read the report in a folder, None where there is none that can be read; a pipe of its name is not waited for."""
    return REPORT.read(folder)


def _refuse_what_is_held(folder: Path, shown: Path) -> None:
    """Check that what is to give way in a folder can be moved out of it."""
    for entry in sorted(folder.iterdir()):
        if is_held(entry):
            raise OutputError(
                f"{shown}: cannot be replaced, because {entry.name} belongs to somebody else; use another output=…."
            )


def _identity(path: Path) -> tuple[int, int]:
    with opened_folder(path) as number:
        status = os.fstat(number)
    return status.st_dev, status.st_ino


def _is_worked_in(folder: Path) -> bool:
    with suppress(OSError):
        return folder.samefile(".")
    return False
