"""Pairs of files of a library that show the same, with keyframes of both beside each other."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from typing import Any

from vkeyframe.browse.listing import split_path
from vkeyframe.library.duplicates import Pair, find_duplicates
from vkeyframe.library.entries import KeyframeRow, VideoRow
from vkeyframe.library.store import Library

# Moments of a pair that are shown, at most.
MOMENTS = 6


class Copies:
    """The pairs of a library as it was when this was made, which takes a while; it tells `progress` how far it is."""

    def __init__(self, library: Library, progress: Callable[[float, float], None] | None = None) -> None:
        self.pairs = find_duplicates(library, progress)
        paths = {path for pair in self.pairs for path in (pair.one, pair.other)}
        self._videos = {row.path: row for row in library.videos() if row.path in paths} if paths else {}

    def shown(self, library: Library, pair: Pair) -> dict[str, Any] | None:
        """Return what is shown of a pair, None where one of them is gone."""
        one, other = self._videos.get(pair.one), self._videos.get(pair.other)
        if one is None or other is None:
            return None
        found = aligned(pair, library.keyframes(one.id), library.keyframes(other.id))
        return {
            "kind": pair.kind,
            "similarity": pair.similarity,
            "mirrored": pair.mirrored,
            "one": _side(one, pair.one_start, pair.one_end),
            "other": _side(other, pair.other_start, pair.other_end),
            "moments": [[{"id": each.id, "time": each.time} for each in both] for both in found],
        }


def aligned(pair: Pair, ones: Sequence[KeyframeRow], others: Sequence[KeyframeRow]) -> list[tuple[KeyframeRow, KeyframeRow]]:
    """Return keyframes of the part that both show, each of one beside the nearest in time of the other, some of all."""
    if not ones or not others:
        return []
    shift = pair.other_start - pair.one_start
    # A keyframe may stand just before or behind the part, as its ends are those of samples.
    inside = [each for each in ones if pair.one_start - 0.5 <= each.time <= pair.one_end + 0.5] or [
        min(ones, key=lambda each: abs(each.time - pair.one_start))
    ]
    times = [each.time for each in others]
    both = [(each, others[_nearest(times, each.time + shift)]) for each in inside]
    # Each of the other's once, beside the one that is nearest to it.
    best: dict[int, tuple[KeyframeRow, KeyframeRow]] = {}
    for one, other in both:
        known = best.get(other.id)
        if known is None or abs(one.time + shift - other.time) < abs(known[0].time + shift - other.time):
            best[other.id] = one, other
    found = sorted(best.values(), key=lambda each: each[0].time)
    if len(found) <= MOMENTS:
        return found
    return [found[round(number * (len(found) - 1) / (MOMENTS - 1))] for number in range(MOMENTS)]


def _nearest(times: Sequence[float], time: float) -> int:
    """Return the place of the nearest of some rising times."""
    place = bisect_left(times, time)
    near = [each for each in (place - 1, place) if 0 <= each < len(times)]
    return min(near, key=lambda each: abs(times[each] - time))


def _side(video: VideoRow, start: float, end: float) -> dict[str, Any]:
    name = split_path(video.path)[1]
    shown = {"id": video.id, "name": name, "path": video.path, "kind": video.kind, "duration": video.duration}
    return shown | {"start": start, "end": end}
