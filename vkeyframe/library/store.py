"""A library: what many videos and pictures show, in one file of SQLite, for one writer beside many readers."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

from vkeyframe.library.connection import connect, library_errors
from vkeyframe.library.entries import VIEW_SIZE, Entry
from vkeyframe.library.reading import LibraryReader, stored


class Library(LibraryReader):
    """The file of a library, open within its `with`; each thread needs one of its own, which `open` gives it."""

    @classmethod
    def open(cls, path: str | os.PathLike[str], writing: bool = False, create: bool = False) -> Self:
        """Open a library.

        Parameters
        ----------
        path : path
        writing : bool
            Whether to change it.
        create : bool
            Whether to make it where it is missing.

        Raises
        ------
        LibraryError
            For who reads, if it is missing, no library, damaged, of another version, or locked.
        OutputError
            For who writes, if it is missing and not to be made, something else, damaged, of a newer version, locked, or cannot
            be written.
        """
        return cls(Path(path), connect(Path(path), writing or create, create), writing or create)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def put(self, entry: Entry, indexed_at: str | None = None) -> int:
        """Keep what a file gives instead of what it gave before, in one step; return the id of the video.

        When this returns, it is on the disk. `indexed_at` is when the entry was made, if not now: a time as ISO 8601 has it, UTC.

        Raises
        ------
        OutputError
            If it cannot be written; then nothing is changed.
        """
        with self._transaction() as connection:
            connection.execute("DELETE FROM videos WHERE path = ?", (stored(entry.path),))
            return _insert(connection, entry, indexed_at or datetime.now(UTC).isoformat(timespec="seconds"))

    def remove(self, paths: Iterable[str]) -> int:
        """Remove what was kept of these files, and return of how many there was something.

        Raises
        ------
        OutputError
            If it cannot be written; then nothing is changed.
        """
        with self._transaction() as connection:
            return connection.executemany("DELETE FROM videos WHERE path = ?", [(stored(path),) for path in paths]).rowcount

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with library_errors(self.path, writing=True):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise


def _insert(connection: sqlite3.Connection, entry: Entry, indexed_at: str) -> int:
    """Insert a file that is not there; its keyframes get ids in a row."""
    of_file = stored(entry.path), entry.kind, entry.size, entry.mtime_ns, entry.settings, entry.width, entry.height
    values = *of_file, entry.duration, entry.rate, entry.complete, indexed_at
    video = connection.execute("INSERT INTO videos VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", values).lastrowid
    shots = [(video, each.number, each.start_time, each.end_time, each.start_frame, each.end_frame) for each in entry.shots]
    connection.executemany("INSERT INTO shots VALUES (?, ?, ?, ?, ?, ?)", shots)
    last = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'keyframes'").fetchone()
    first = 1 if last is None else last[0] + 1
    keyframes = list(enumerate(entry.keyframes, first))
    rows = [(number, video, each.number, each.frame, each.time, each.shot) for number, each in keyframes]
    connection.executemany("INSERT INTO keyframes VALUES (?, ?, ?, ?, ?, ?)", rows)
    pictures = [(number, each.views, each.small, each.thumbnail) for number, each in keyframes]
    connection.executemany("INSERT INTO pictures VALUES (?, ?, ?, ?)", pictures)
    wholes = b"".join(each.views[:VIEW_SIZE] for each in entry.keyframes)
    connection.execute("INSERT INTO wholes VALUES (?, ?, ?)", (video, first, wholes))
    if len(entry.moments.times):
        moments = entry.moments.times.astype("<f4").tobytes(), entry.moments.descriptors.astype(np.int8).tobytes()
        connection.execute("INSERT INTO moments VALUES (?, ?, ?)", (video, *moments))
    lines = [(video, line.start_time, line.end_time, line.text) for line in entry.lines]
    connection.executemany("INSERT INTO lines VALUES (NULL, ?, ?, ?, ?)", lines)
    vectors = [
        (number, of_model.model, vector.astype("<f2").tobytes())
        for of_model in entry.vectors
        for (number, _), vector in zip(keyframes, of_model.vectors, strict=True)
    ]
    connection.executemany("INSERT INTO vectors VALUES (?, ?, ?)", vectors)
    return int(video or 0)
