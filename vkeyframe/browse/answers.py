"""What the page is answered: plain values that become JSON."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from vkeyframe.browse.copies import Copies
from vkeyframe.browse.dropped import decoded
from vkeyframe.browse.keeper import Keeper
from vkeyframe.browse.listing import Listed, Listing, split_path
from vkeyframe.errors import LibraryError
from vkeyframe.library.answers import PICTURE_THRESHOLD
from vkeyframe.library.entries import KeyframeRow, VideoRow
from vkeyframe.library.search import Hit, Searcher
from vkeyframe.library.store import Library
from vkeyframe.process.isolation import Isolation

# How many of a list are given at a time: videos, hits of a picture, lines, pairs.
VIDEOS, HITS, LINES, PAIRS = 60, 24, 50, 20
# Lines of one video that are shown.
MOST_LINES = 5000


class Answers:
    """The questions of the page.

    Parameters
    ----------
    path : Path
        The library.
    isolation : Isolation
        The child process that decodes pictures.
    """

    def __init__(self, path: Path, isolation: Isolation) -> None:
        self._path, self._isolation = path, isolation
        self._listing = Keeper(path, Listing)
        self._searching = Keeper(path, Searcher)
        self._copies: Keeper[Copies] = Keeper(path, lambda library: Copies(library, self._copies.check))

    def close(self) -> None:
        """Give up what is not answered yet."""
        for keeper in (self._listing, self._searching, self._copies):
            keeper.close()

    def library(self) -> dict[str, Any]:
        """Count what there is; `state` changes when the library does."""

        def count(_library: Library, listing: Listing) -> dict[str, Any]:
            return {"videos": listing.videos, "pictures": listing.pictures, "keyframes": listing.keyframes}

        return self._listing.ask(count) | {"state": self._listing.state}

    def videos(self, words: str, order: str, start: int) -> dict[str, Any]:
        """List one page of the videos with some words in their names."""

        def find(_library: Library, listing: Listing) -> tuple[int, list[Listed]]:
            found = listing.find(words, order)
            return len(found), found[start : start + VIDEOS]

        total, found = self._listing.ask(find)
        videos = [
            {**_shown(each.video), "cover": each.cover, "folder": each.folder, "keyframes": each.video.keyframes}
            for each in found
        ]
        return {"total": total, "start": start, "step": VIDEOS, "videos": videos}

    def lines(self, words: str) -> dict[str, Any]:
        """Find what is said."""
        found = self._listing.ask(lambda library, _: library.find_lines(words, LINES))
        lines = [{**asdict(each), "name": split_path(each.path)[1]} for each in found]
        return {"lines": lines, "most": LINES}

    def like(self, library: Library, keyframe: int) -> dict[str, Any]:
        """Find keyframes that are like one of them, which is not among them."""
        rows = library.keyframe_rows([keyframe])
        thumbnail = library.thumbnail(keyframe)
        hits = self._found(thumbnail, HITS + 1) if thumbnail else []
        of_others = [hit for hit in hits if hit.keyframe.id != keyframe][:HITS]
        return {"of": [_moment(row) for row in rows], "threshold": PICTURE_THRESHOLD, "hits": [_hit(hit) for hit in of_others]}

    def picture(self, data: bytes) -> dict[str, Any]:
        """Find keyframes that are like a picture, given as the bytes of its file."""
        return {"threshold": PICTURE_THRESHOLD, "hits": [_hit(hit) for hit in self._found(data, HITS)]}

    def _found(self, data: bytes, top: int) -> list[Hit]:
        # One after the other: the child answers one call at a time.
        return self._searching.ask(lambda _, searcher: searcher.by_picture(decoded(data, self._isolation), top))

    def copies(self, start: int) -> dict[str, Any]:
        """List one page of the pairs of videos that have something in common."""

        def find(library: Library, copies: Copies) -> dict[str, Any]:
            pairs = [copies.shown(library, pair) for pair in copies.pairs[start : start + PAIRS]]
            return {"total": len(copies.pairs), "start": start, "step": PAIRS, "pairs": [pair for pair in pairs if pair]}

        return self._copies.ask(find)


def video(library: Library, number: int) -> dict[str, Any]:
    """Tell all of one video that its sheet shows."""
    row = library.video(number)
    lines = library.lines(number)
    return {
        **_shown(row),
        "size": row.size,
        "width": row.width,
        "height": row.height,
        "rate": row.rate,
        "indexed_at": row.indexed_at,
        "shots": len(library.shots(number)),
        "keyframes": [
            {"id": each.id, "time": each.time, "frame": each.frame, "shot": each.shot} for each in library.keyframes(number)
        ],
        "lines": [asdict(line) for line in lines[:MOST_LINES]],
        "more_lines": max(0, len(lines) - MOST_LINES),
    }


def thumbnail(library: Library, keyframe: int) -> bytes:
    """Return the JPEG file of a keyframe.

    Raises
    ------
    LibraryError
        If there is none.
    """
    found = library.thumbnail(keyframe)
    if not found:
        raise LibraryError(f"{library.path}: keyframe {keyframe} has no picture.")
    return found


def _shown(row: VideoRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "name": split_path(row.path)[1],
        "path": row.path,
        "kind": row.kind,
        "duration": row.duration,
        "complete": row.complete,
    }


def _moment(row: KeyframeRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "video": row.video,
        "name": split_path(row.path)[1],
        "path": row.path,
        "kind": row.kind,
        "time": row.time,
    }


def _hit(hit: Hit) -> dict[str, Any]:
    return {**_moment(hit.keyframe), "similarity": hit.likeness.similarity, "mirrored": hit.likeness.mirrored}
