"""Opening the file of a library, and saying in a sentence what is wrong with it."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from stat import S_ISREG

from vkeyframe.errors import LibraryError, OutputError, ResourceError, VkeyframeError
from vkeyframe.library.migrations import MIGRATIONS, is_empty, is_ours, migrate, version_of

# Seconds to wait for a lock that another program holds. Set by eye: a video is written within some milliseconds.
PATIENCE = 30.0
_EFFECTIVE = os.access in os.supports_effective_ids
# What the low byte of SQLite's error codes says.
_CAUSES = {
    sqlite3.SQLITE_BUSY: "another program has locked it; wait for its end",
    sqlite3.SQLITE_LOCKED: "another program has locked it; wait for its end",
    sqlite3.SQLITE_FULL: "the disk is full",
    sqlite3.SQLITE_READONLY: "it, or the folder around it, can only be read",
    sqlite3.SQLITE_PERM: "no permission",
    sqlite3.SQLITE_CANTOPEN: "the file, or what SQLite keeps beside it, cannot be opened",
    sqlite3.SQLITE_IOERR: "the disk failed, or is full",
}
_BROKEN = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_SCHEMA}


@contextmanager
def library_errors(path: Path, writing: bool) -> Iterator[None]:
    """Turn what SQLite raises into an error of ours: an OutputError for who writes, a LibraryError for who reads."""
    try:
        yield
    except MemoryError:
        raise ResourceError(f"{path}: there is not enough memory for it; free some.") from None
    except sqlite3.ProgrammingError:
        # A defect of ours.
        raise
    except sqlite3.DatabaseError as error:
        raise _error(path, writing, error) from None


def _error(path: Path, writing: bool, error: sqlite3.DatabaseError) -> VkeyframeError:
    kind, verb = (OutputError, "written") if writing else (LibraryError, "read")
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code == sqlite3.SQLITE_NOTADB:
        return no_library(path, writing)
    if code in _BROKEN:
        return kind(f"{path}: the library is damaged ({error}); delete it and make it anew with 'vkeyframe index'.")
    if code == sqlite3.SQLITE_NOMEM:
        return ResourceError(f"{path}: there is not enough memory for it; free some.")
    if "no such module: fts5" in str(error):
        return kind(f"{path}: this Python's SQLite has no FTS5, which libraries need; use another Python.")
    return kind(f"{path}: the library cannot be {verb} ({_CAUSES.get(code, str(error))}).")


def no_library(path: Path, writing: bool) -> VkeyframeError:
    """Give the error for a file that is something else."""
    if writing:
        return OutputError(f"{path}: is no library of vkeyframe, and stays as it is; use another library=….")
    return LibraryError(f"{path}: is no library of vkeyframe; make one with 'vkeyframe index'.")


def connect(path: Path, writing: bool = False, create: bool = False) -> sqlite3.Connection:
    """Open the file of a library and check what it is.

    Raises
    ------
    LibraryError
        For who reads, if it is missing, no library, damaged, of a newer or an older version, or locked.
    OutputError
        For who writes, if it is missing and not to be made, something else, damaged, of a newer version, locked, or cannot be
        written.
    """
    _look(path, writing, create)
    with library_errors(path, writing):
        if not writing:
            return _reading(path)
        connection = _open(path, "rwc" if create else "rw")
        try:
            _prepare_to_write(path, connection, create)
        except BaseException:
            connection.close()
            raise
        return connection


def _look(path: Path, writing: bool, create: bool) -> None:
    """Look at what is there, without opening it: when a file is closed, all locks that the process has on it are gone."""
    kind = OutputError if writing else LibraryError
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        if not create:
            raise kind(f"{path}: no such library; make one with 'vkeyframe index'.") from None
        if not path.absolute().parent.is_dir():
            raise OutputError(f"{path}: the folder {path.absolute().parent} is missing; make it first.") from None
        return
    except (OSError, ValueError) as error:
        raise kind(f"{path}: the library cannot be opened ({getattr(error, 'strerror', None) or error}).") from None
    if not S_ISREG(mode):
        raise kind(f"{path}: is no file, so no library; use another library=….")
    if not os.access(path, os.R_OK, effective_ids=_EFFECTIVE):
        raise kind(f"{path}: the library cannot be read (no permission).")
    if writing and not os.access(path, os.W_OK, effective_ids=_EFFECTIVE):
        raise kind(f"{path}: the library cannot be written (no permission).")


def _open(path: Path, mode: str) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode={mode}", timeout=PATIENCE, uri=True, isolation_level=None)


def _reading(path: Path) -> sqlite3.Connection:
    try:
        return _checked(path, "ro")
    except sqlite3.OperationalError as error:
        # Who reads writes its place into a file beside the library. Where none can be made nobody writes, so that none is needed.
        closed = error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY)
        if not closed or os.access(path.absolute().parent, os.W_OK, effective_ids=_EFFECTIVE) or _has_log(path):
            raise
    return _checked(path, "ro&immutable=1")


def _checked(path: Path, mode: str) -> sqlite3.Connection:
    connection = _open(path, mode)
    try:
        # A file from elsewhere may say what is to be run when it is read.
        connection.execute("PRAGMA trusted_schema = OFF")
        _check(path, connection, writing=False)
        if version_of(connection) < len(MIGRATIONS):
            text = "was made by an earlier version of vkeyframe; bring it up to date with 'vkeyframe index --library'"
            raise LibraryError(f"{path}: {text}.")
    except BaseException:
        connection.close()
        raise
    return connection


def _has_log(path: Path) -> bool:
    with suppress(OSError):
        return Path(f"{path}-wal").stat().st_size > 0
    return False


def _check(path: Path, connection: sqlite3.Connection, writing: bool) -> None:
    if not is_ours(connection):
        raise no_library(path, writing)
    if version_of(connection) > len(MIGRATIONS):
        kind = OutputError if writing else LibraryError
        raise kind(f"{path}: the library is of a newer version of vkeyframe; update that with 'pip install -U vkeyframe'.")


def _prepare_to_write(path: Path, connection: sqlite3.Connection, create: bool) -> None:
    """Make the tables that are missing, and let others read while this one writes."""
    if not (create and is_empty(connection)):
        _check(path, connection, writing=True)
    if connection.execute("PRAGMA journal_mode = WAL").fetchone()[0] != "wal":
        text = "the file system lacks what one writer beside many readers needs, as network disks do; use a local disk"
        raise OutputError(f"{path}: the library cannot be written ({text}).")
    # What is reported must outlast a loss of power.
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    migrate(connection)
