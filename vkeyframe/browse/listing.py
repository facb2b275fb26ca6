"""All videos of a library in the orders in which the page lists them, and those with some words in their names."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from vkeyframe.library.entries import VIDEO, VideoRow
from vkeyframe.library.store import Library

_NUMBERS = re.compile(r"(\d+)")


@dataclass(frozen=True, slots=True)
class Listed:
    """A video as it is listed.

    Attributes
    ----------
    video : VideoRow
    cover : int or None
        Id of the keyframe that stands for it.
    name, folder : str
        Its folder is given below the one that all have in common.
    plain : str
        Name and folder, as words are looked for in them.
    """

    video: VideoRow
    cover: int | None
    name: str
    folder: str
    plain: str


class Listing:
    """The videos and pictures of a library as it was when this was made."""

    def __init__(self, library: Library) -> None:
        covers, rows = library.covers(), library.videos()
        parts = [split_path(row.path) for row in rows]
        common = _common([folder for folder, _ in parts])
        self._listed = [
            Listed(row, covers.get(row.id), name, folder[len(common) :].strip("/"), plain(f"{folder[len(common) :]}/{name}"))
            for row, (folder, name) in zip(rows, parts, strict=True)
        ]
        self.videos = sum(row.kind == VIDEO for row in rows)
        self.pictures = len(rows) - self.videos
        self.keyframes = sum(row.keyframes for row in rows)

    @cached_property
    def by_name(self) -> list[Listed]:
        """All, by name; numbers in names count as numbers."""
        return sorted(self._listed, key=lambda each: (_natural(plain(each.name)), _natural(plain(each.folder)), each.video.id))

    @cached_property
    def newest(self) -> list[Listed]:
        """All, what was indexed last first."""
        return sorted(self.by_name, key=lambda each: (each.video.indexed_at, each.video.id), reverse=True)

    @cached_property
    def longest(self) -> list[Listed]:
        """All, the longest first."""
        return sorted(self.by_name, key=lambda each: -each.video.duration)

    def find(self, words: str, order: str) -> list[Listed]:
        """Return those that have all of some words in their names or folders, in one of the `ORDERS`, by default by name."""
        asked = plain(words).split()
        found = ORDERS.get(order, ORDERS["name"])(self)
        return [each for each in found if all(word in each.plain for word in asked)] if asked else found


ORDERS: dict[str, Callable[[Listing], list[Listed]]] = {
    "name": lambda listing: listing.by_name,
    "newest": lambda listing: listing.newest,
    "longest": lambda listing: listing.longest,
}


def split_path(path: str) -> tuple[str, str]:
    """Return the folder and the name of a file or a URL."""
    folder, _, name = path.rstrip("/").rpartition("/")
    return (folder, name) if name else ("", path)


def plain(text: str) -> str:
    """Return a text in which neither case nor accents count."""
    if text.isascii():
        return text.lower()
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


def _common(folders: list[str]) -> str:
    """Return the folder that files have in common; nothing where some have a URL."""
    if not folders or not all(folder.startswith("/") for folder in folders):
        return ""
    return os.path.commonpath(folders)


def _natural(text: str) -> list[tuple[int, int, str]]:
    """Return what sorts a plain text with its numbers as numbers."""
    parts = _NUMBERS.split(text)
    return [(0, int(part[:18]), "") if part.isdecimal() else (1, 0, part) for part in parts if part]
