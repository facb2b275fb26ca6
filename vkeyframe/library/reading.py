"""The questions that a library answers."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import fields
from pathlib import Path

import numpy as np
from numpy import ndarray

from vkeyframe.errors import LibraryError
from vkeyframe.library.connection import library_errors
from vkeyframe.library.entries import (
    SMALL_SHAPE,
    VIEW_SIZE,
    VIEWS,
    Entry,
    KeyframeEntry,
    KeyframeRow,
    Line,
    LineRow,
    ModelVectors,
    Moments,
    ShotEntry,
    VideoRow,
)

# Ids that are asked for at a time; older versions of SQLite take 999.
_TOGETHER = 500
# Each keyframe has so many bytes in the descriptors of its video.
_VIDEOS = """SELECT videos.id, path, kind, size, mtime_ns, settings, width, height, duration, rate, complete, indexed_at,
    coalesce(length(descriptors), 0) / 147 FROM videos LEFT JOIN wholes ON video = videos.id ORDER BY videos.id"""
_SHOTS = "SELECT number, start_time, end_time, start_frame, end_frame FROM shots WHERE video = ? ORDER BY number"
_KEYFRAMES = (
    "SELECT keyframes.id, video, path, kind, number, frame, time, shot FROM keyframes JOIN videos ON videos.id = keyframes.video"
)
_LINES = """SELECT video, path, start_time, end_time, lines.text, snippet(words, 0, '[', ']', '…', 16) FROM words
    JOIN lines ON lines.id = words.rowid JOIN videos ON videos.id = video
    WHERE words MATCH ? ORDER BY rank, lines.id LIMIT ?"""
_VECTORS = """SELECT model, vector FROM keyframes JOIN vectors ON keyframe = id WHERE video = ? ORDER BY model, number"""


class LibraryReader:
    """What a `Library` tells.

    A reader sees what was written up to its question. Ids are never given twice, so that what a writer has removed since is
    missing in the answers, and never something else.
    """

    def __init__(self, path: Path, connection: sqlite3.Connection, writing: bool) -> None:
        self.path = path
        self._connection, self._writing = connection, writing

    def state(self, path: str) -> tuple[int, int, str] | None:
        """Return size, time of change and settings with which a file was indexed, None where it was not."""
        rows = self._rows("SELECT size, mtime_ns, settings FROM videos WHERE path = ?", (stored(path),))
        return next(rows, None)

    def videos(self) -> list[VideoRow]:
        """List all videos and pictures, in the order of their ids."""
        return [_video_row(row) for row in self._rows(_VIDEOS)]

    def version(self) -> int:
        """Return a number that is another one when somebody else has written since."""
        return int(next(self._rows("PRAGMA data_version"))[0])

    def covers(self) -> dict[int, int]:
        """Return for each video that has keyframes the id of the one in their middle; the first is often a title or black."""
        found = self._rows("SELECT video, first_keyframe, length(descriptors) / 147 FROM wholes")
        return {video: first + count // 2 for video, first, count in found if count}

    def video(self, video: int) -> VideoRow:
        """Return a video or a picture.

        Raises
        ------
        LibraryError
            If there is none with this id.
        """
        for row in self._rows(_VIDEOS.replace("ORDER BY", "WHERE videos.id = ? ORDER BY"), (video,)):
            return _video_row(row)
        raise LibraryError(f"{self.path}: there is no video {video}.")

    def shots(self, video: int) -> list[ShotEntry]:
        """List the shots of a video, in order of time."""
        return [ShotEntry(*row) for row in self._rows(_SHOTS, (video,))]

    def keyframes(self, video: int) -> list[KeyframeRow]:
        """List the keyframes of a video, in order of time."""
        return [_keyframe_row(row) for row in self._rows(f"{_KEYFRAMES} WHERE video = ? ORDER BY number", (video,))]

    def keyframe_rows(self, ids: Sequence[int] | ndarray) -> list[KeyframeRow]:
        """List keyframes in the order of their ids as given; those that are gone are left out."""
        found = {row[0]: row for row in self._rows_of(f"{_KEYFRAMES} WHERE keyframes.id", ids)}
        return [_keyframe_row(found[each]) for each in map(int, ids) if each in found]

    def thumbnail(self, keyframe: int) -> bytes:
        """Return the JPEG file of a keyframe.

        Raises
        ------
        LibraryError
            If there is no such keyframe.
        """
        for (data,) in self._rows("SELECT thumbnail FROM pictures WHERE keyframe = ?", (keyframe,)):
            return bytes(data)
        raise LibraryError(f"{self.path}: there is no keyframe {keyframe}.")

    def views(self) -> tuple[ndarray, ndarray]:
        """Return the ids, (n,) int64, and the whole pictures' descriptors, (n, 147) int8, of all keyframes."""
        with library_errors(self.path, self._writing):
            # One transaction, so that what is counted is what is read.
            self._connection.execute("BEGIN")
            try:
                (size,) = next(self._rows("SELECT coalesce(sum(length(descriptors)), 0) FROM wholes"))
                return self._read_views(size // VIEW_SIZE)
            finally:
                self._connection.execute("COMMIT")

    def _read_views(self, count: int) -> tuple[ndarray, ndarray]:
        ids, wholes = np.empty(count, np.int64), np.empty((count, VIEW_SIZE), np.int8)
        done = 0
        for first, descriptors in self._rows("SELECT first_keyframe, descriptors FROM wholes ORDER BY first_keyframe"):
            part = np.frombuffer(descriptors, np.int8).reshape(-1, VIEW_SIZE)
            ids[done : done + len(part)] = np.arange(first, first + len(part))
            wholes[done : done + len(part)] = part
            done += len(part)
        return ids[:done], wholes[:done]

    def views_of(self, ids: Sequence[int] | ndarray) -> ndarray:
        """Return the views of keyframes, (k, 6, 147) int8; 0 for those that are gone."""
        return self._arrays(
            "SELECT keyframe, views FROM pictures WHERE keyframe", ids, np.zeros((len(ids), VIEWS, VIEW_SIZE), np.int8)
        )

    def small_of(self, ids: Sequence[int] | ndarray) -> ndarray:
        """Return the very small pictures of keyframes, (k, 18, 32, 3) uint8; 0 for those that are gone."""
        return self._arrays(
            "SELECT keyframe, small FROM pictures WHERE keyframe", ids, np.zeros((len(ids), *SMALL_SHAPE), np.uint8)
        )

    def _arrays(self, statement: str, ids: Sequence[int] | ndarray, out: ndarray) -> ndarray:
        found = dict(self._rows_of(statement, ids))
        for number, each in enumerate(map(int, ids)):
            if each in found:
                out[number] = np.frombuffer(found[each], out.dtype).reshape(out.shape[1:])
        return out

    def moments(self) -> Iterator[tuple[int, ndarray, ndarray]]:
        """Yield the id of each video with its times, (n,) float32, and descriptors, (n, 147) int8."""
        for video, times, descriptors in self._rows("SELECT video, times, descriptors FROM moments ORDER BY video"):
            yield video, np.frombuffer(times, "<f4"), np.frombuffer(descriptors, np.int8).reshape(-1, VIEW_SIZE)

    def moments_of(self, video: int) -> Moments:
        """Return the moments of one video; none for a picture."""
        for times, descriptors in self._rows("SELECT times, descriptors FROM moments WHERE video = ?", (video,)):
            return Moments(np.frombuffer(times, "<f4"), np.frombuffer(descriptors, np.int8).reshape(-1, VIEW_SIZE))
        return Moments.none()

    def find_lines(self, words: str, top: int = 10) -> list[LineRow]:
        """Find lines that have all of some words, the nearest first; accents and case do not count."""
        asked = " ".join('"' + word.replace('"', '""') + '"' for word in words.replace("\0", " ").split())
        if not asked:
            return []
        return [LineRow(video, _path(path), *rest) for video, path, *rest in self._rows(_LINES, (asked, top))]

    def lines(self, video: int) -> list[Line]:
        """List what is said in a video, in order of time."""
        rows = self._rows("SELECT start_time, end_time, text FROM lines WHERE video = ? ORDER BY start_time, id", (video,))
        return [Line(*row) for row in rows]

    def vectors(self, model: str) -> tuple[ndarray, ndarray]:
        """Return the ids, (n,) int64, and the vectors of a model, (n, d) float16, of all keyframes that have one."""
        rows = list(self._rows("SELECT keyframe, vector FROM vectors WHERE model = ? ORDER BY keyframe", (model,)))
        found = [np.frombuffer(vector, "<f2") for _, vector in rows]
        return np.array([keyframe for keyframe, _ in rows], np.int64), np.stack(found) if found else np.empty((0, 0), np.float16)

    def entry(self, video: VideoRow) -> Entry:
        """Return all that is kept of a file, as it was put in."""
        rows = self.keyframes(video.id)
        joined = "keyframes JOIN pictures ON keyframe = id WHERE video = ?"
        pictures = self._rows(f"SELECT thumbnail, small, views FROM {joined} ORDER BY number", (video.id,))  # noqa: S608  a constant
        keyframes = tuple(
            KeyframeEntry(row.number, row.frame, row.time, row.shot, *found) for row, found in zip(rows, pictures, strict=False)
        )
        values = {item.name: getattr(video, item.name) for item in fields(Entry) if hasattr(video, item.name)}
        parts = {"shots": tuple(self.shots(video.id)), "keyframes": keyframes, "lines": tuple(self.lines(video.id))}
        return Entry(**values | parts | {"moments": self.moments_of(video.id), "vectors": self._vectors_of(video.id)})

    def _vectors_of(self, video: int) -> tuple[ModelVectors, ...]:
        found: dict[str, list[bytes]] = {}
        for model, vector in self._rows(_VECTORS, (video,)):
            found.setdefault(model, []).append(vector)
        return tuple(
            ModelVectors(model, np.stack([np.frombuffer(each, "<f2") for each in each_of])) for model, each_of in found.items()
        )

    def _rows(self, statement: str, values: Sequence[object] = ()) -> Iterator[tuple]:
        with library_errors(self.path, self._writing):
            yield from self._connection.execute(statement, values)

    def _rows_of(self, statement: str, ids: Sequence[int] | ndarray) -> Iterator[tuple]:
        for start in range(0, len(ids), _TOGETHER):
            part = [int(each) for each in ids[start : start + _TOGETHER]]
            yield from self._rows(f"{statement} IN ({', '.join('?' * len(part))})", part)


def stored(path: str) -> str | bytes:
    """Return a path as SQLite can keep it: bytes where they are no text."""
    try:
        path.encode()
    except UnicodeEncodeError:
        return os.fsencode(path)
    return path


def _path(stored: str | bytes) -> str:
    return os.fsdecode(stored) if isinstance(stored, bytes) else stored


def _video_row(row: tuple) -> VideoRow:
    names = [item.name for item in fields(VideoRow)]
    values = dict(zip(names, row, strict=True))
    return VideoRow(**values | {"path": _path(values["path"]), "complete": bool(values["complete"])})


def _keyframe_row(row: tuple) -> KeyframeRow:
    number, video, path, *rest = row
    return KeyframeRow(number, video, _path(path), *rest)
