"""The tables of a library, step by step: a step that has been in a release stays as it is, and what changes is one more step.

Each step is one transaction, recorded in the table ``migrations`` and counted in SQLite's ``user_version``.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version

# "vkfl": what tells a library from other files of SQLite.
APPLICATION_ID = 0x766B666C


@dataclass(frozen=True, slots=True)
class Migration:
    """One step: what it is called, and the statements that it takes."""

    name: str
    statements: tuple[str, ...]


_VIDEOS = Migration(
    "videos, keyframes and moments",
    (
        """CREATE TABLE migrations (
            number INTEGER PRIMARY KEY, name TEXT NOT NULL, program TEXT NOT NULL, applied_at TEXT NOT NULL)""",
        # An id that was given is not given again: a reader may still have it.
        """CREATE TABLE videos (
            id INTEGER PRIMARY KEY AUTOINCREMENT, path UNIQUE NOT NULL, kind TEXT NOT NULL, size INTEGER NOT NULL,
            mtime_ns INTEGER NOT NULL, settings TEXT NOT NULL, width INTEGER NOT NULL, height INTEGER NOT NULL,
            duration REAL NOT NULL, rate TEXT, complete INTEGER NOT NULL, indexed_at TEXT NOT NULL)""",
        """CREATE TABLE shots (
            video INTEGER NOT NULL REFERENCES videos ON DELETE CASCADE, number INTEGER NOT NULL, start_time REAL NOT NULL,
            end_time REAL NOT NULL, start_frame INTEGER NOT NULL, end_frame INTEGER NOT NULL,
            PRIMARY KEY (video, number)) WITHOUT ROWID""",
        """CREATE TABLE keyframes (
            id INTEGER PRIMARY KEY AUTOINCREMENT, video INTEGER NOT NULL REFERENCES videos ON DELETE CASCADE,
            number INTEGER NOT NULL, frame INTEGER NOT NULL, time REAL NOT NULL, shot INTEGER NOT NULL,
            UNIQUE (video, number))""",
        # What is read of a million keyframes at once lies together, and apart from the pictures.
        """CREATE TABLE wholes (
            video INTEGER PRIMARY KEY REFERENCES videos ON DELETE CASCADE, first_keyframe INTEGER NOT NULL,
            descriptors BLOB NOT NULL)""",
        """CREATE TABLE pictures (
            keyframe INTEGER PRIMARY KEY REFERENCES keyframes ON DELETE CASCADE, views BLOB NOT NULL, small BLOB NOT NULL,
            thumbnail BLOB NOT NULL)""",
        """CREATE TABLE moments (
            video INTEGER PRIMARY KEY REFERENCES videos ON DELETE CASCADE, times BLOB NOT NULL, descriptors BLOB NOT NULL)""",
    ),
)
_WORDS = Migration(
    "words",
    (
        """CREATE TABLE lines (
            id INTEGER PRIMARY KEY, video INTEGER NOT NULL REFERENCES videos ON DELETE CASCADE, start_time REAL NOT NULL,
            end_time REAL NOT NULL, text TEXT NOT NULL)""",
        "CREATE INDEX lines_of_video ON lines (video)",
        """CREATE VIRTUAL TABLE words USING fts5 (
            text, content='lines', content_rowid='id', tokenize="unicode61 remove_diacritics 2")""",
        "CREATE TRIGGER lines_in AFTER INSERT ON lines BEGIN INSERT INTO words (rowid, text) VALUES (new.id, new.text); END",
        """CREATE TRIGGER lines_out AFTER DELETE ON lines BEGIN
            INSERT INTO words (words, rowid, text) VALUES ('delete', old.id, old.text); END""",
        """CREATE TRIGGER lines_changed AFTER UPDATE ON lines BEGIN
            INSERT INTO words (words, rowid, text) VALUES ('delete', old.id, old.text);
            INSERT INTO words (rowid, text) VALUES (new.id, new.text); END""",
    ),
)
_VECTORS = Migration(
    "vectors of models",
    (
        """CREATE TABLE vectors (
            keyframe INTEGER NOT NULL REFERENCES keyframes ON DELETE CASCADE, model TEXT NOT NULL, vector BLOB NOT NULL,
            PRIMARY KEY (keyframe, model))""",
    ),
)
MIGRATIONS = (_VIDEOS, _WORDS, _VECTORS)


def version_of(connection: sqlite3.Connection) -> int:
    """Return how many steps a library has taken."""
    number: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return number


def is_ours(connection: sqlite3.Connection) -> bool:
    """Whether a file of SQLite says that it is a library."""
    return bool(connection.execute("PRAGMA application_id").fetchone()[0] == APPLICATION_ID)


def is_empty(connection: sqlite3.Connection) -> bool:
    """Whether a file of SQLite holds nothing, as one does whose making was cut short."""
    return connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0 and version_of(connection) == 0


def migrate(connection: sqlite3.Connection, steps: Sequence[Migration] = MIGRATIONS) -> None:
    """Take the steps that a library lacks, each in a transaction of its own; another program may be doing the same."""
    while (done := version_of(connection)) < len(steps):
        connection.execute("BEGIN IMMEDIATE")
        try:
            # Another program may have been quicker.
            if version_of(connection) == done:
                _take(connection, done + 1, steps[done])
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise


def _take(connection: sqlite3.Connection, number: int, step: Migration) -> None:
    for statement in step.statements:
        connection.execute(statement)
    now = datetime.now(UTC).isoformat(timespec="seconds")
    row = number, step.name, f"vkeyframe {version('vkeyframe')}", now
    connection.execute("INSERT INTO migrations VALUES (?, ?, ?, ?)", row)
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {number}")
