"""Keyframes of a library that show a picture: exact search over all of them, and a closer look at the likest."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy import ndarray

from vkeyframe.analysis.descriptor import EVEN_FIRST
from vkeyframe.kernels.nearest import best_dots
from vkeyframe.library.entries import KeyframeRow, LineRow
from vkeyframe.library.likeness import Likeness, Look
from vkeyframe.library.store import Library
from vkeyframe.process.cores import cores


@dataclass(frozen=True, slots=True)
class SearchTuning:
    """How many keyframes are looked at more closely; set on 200 disturbed keyframes among 953, see tests/bench/library.py.

    Attributes
    ----------
    by_views : int
        So many are compared by their parts as well.
    by_small : int
        Of these by their very small pictures.
    by_thumbnail : int
        Of these, at least, by their thumbnails: 5 find three to four of 200 less, 20 none more.
    at_a_time : int
        Keyframes that a thread takes at least.
    """

    by_views: int = 400
    by_small: int = 20
    by_thumbnail: int = 10
    at_a_time: int = 50_000


TUNING = SearchTuning()


@dataclass(frozen=True, slots=True)
class Hit:
    """A keyframe that is like a picture."""

    keyframe: KeyframeRow
    likeness: Likeness


class Searcher:
    """All keyframes of a library, ready to be searched; what is written to it later is not seen.

    Parameters
    ----------
    library : Library
        Open for as long as this is used.
    """

    def __init__(self, library: Library) -> None:
        self._library = library
        self.ids, self.wholes = library.views()
        for start in range(0, len(self.wholes), TUNING.at_a_time):
            part = self.wholes[start : start + TUNING.at_a_time]
            part[:] = part[:, EVEN_FIRST]

    def by_picture(self, picture: ndarray, top: int = 5) -> list[Hit]:
        """Find the keyframes that are most like a (height, width, 3) uint8 BGR picture, the likest first.

        None for a picture of one colour: there is nothing to search by.
        """
        return self.by_look(Look(picture), top)

    def by_look(self, look: Look, top: int = 5) -> list[Hit]:
        """Do what `by_picture` does."""
        hits = {hit.keyframe.id: hit for hit in self._by_look(look, top)}
        uncovered = None if look.is_flat else look.uncovered
        for hit in self._by_look(uncovered, top) if uncovered else ():
            known = hits.get(hit.keyframe.id)
            if known is None or known.likeness.rank < hit.likeness.rank:
                hits[hit.keyframe.id] = hit
        return sorted(hits.values(), key=lambda hit: (-hit.likeness.rank, hit.keyframe.id))[:top]

    def _by_look(self, look: Look, top: int) -> list[Hit]:
        if look.is_flat or not len(self.ids):
            return []
        ids, mirrored = self.likest(look, max(TUNING.by_small, top))
        order = np.argsort(-look.by_small(self._library.small_of(ids), mirrored), kind="stable")[: max(TUNING.by_thumbnail, top)]
        hits = []
        for row in self._library.keyframe_rows(ids[order]):
            place = int(np.flatnonzero(ids == row.id)[0])
            hits.append(Hit(row, look.by_thumbnail(self._library.thumbnail(row.id), bool(mirrored[place]))))
        return sorted(hits, key=lambda hit: (-hit.likeness.rank, hit.keyframe.id))[:top]

    def likest(self, look: Look, count: int) -> tuple[ndarray, ndarray]:
        """Find keyframes by their descriptors: their ids, (count,) int64, the likest first, and which are mirrored, bool."""
        near = self.nearest(look.queries, max(TUNING.by_views, count))
        values, mirrored = look.by_views(self._library.views_of(self.ids[near]))
        order = np.argsort(-values, kind="stable")[:count]
        return self.ids[near][order], mirrored[order]

    def nearest(self, queries: ndarray, count: int) -> ndarray:
        """Return the places of the keyframes whose wholes are most like a query or its mirror image; the likest first.

        The queries are (q, 147) int16, their numbers in the order of `EVEN_FIRST`.
        """
        return largest(dots(self.wholes, queries), count)


def dots(stored: ndarray, queries: ndarray) -> ndarray:
    """Do what the kernel `best_dots` does, on all processors; return (n,) int32."""
    out = np.empty(len(stored), np.int32)
    step = max(TUNING.at_a_time, -(-len(stored) // cores()))
    starts = range(0, len(stored), step)
    if len(starts) < 2:
        best_dots(stored, queries, out)
        return out
    with ThreadPoolExecutor(len(starts)) as threads:
        # What one of them raises is raised here.
        list(threads.map(lambda start: best_dots(stored[start : start + step], queries, out[start : start + step]), starts))
    return out


def largest(values: ndarray, count: int) -> ndarray:
    """Return the places of the largest values, the largest first and of equal ones the first."""
    if len(values) > count:
        # Of the ones that are equal to the last of them, all: else chance would choose.
        found = np.flatnonzero(values >= np.partition(values, len(values) - count)[len(values) - count])
    else:
        found = np.arange(len(values))
    return found[np.argsort(-values[found].astype(np.int64), kind="stable")][:count]


def by_text(library: Library, words: str, top: int = 5) -> Sequence[LineRow]:
    """Find the lines that have all of some words."""
    return library.find_lines(words, top)
