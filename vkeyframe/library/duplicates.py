"""Copies in a library: pictures of the same scene taken once, videos that show the same, and excerpts of others.

Keyframes that are alike bring two files together; their thumbnails must show the same. Videos are then laid over each other in
time, and what both show along that shift counts: flat pictures do not, nor a beginning or an end that two films share, such as
the logo of a studio. Sound is not asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy import ndarray

from vkeyframe.analysis.descriptor import EVEN_FIRST, MIRROR, WIDER, describe_part
from vkeyframe.library.entries import PICTURE, KeyframeRow, VideoRow
from vkeyframe.library.likeness import Look
from vkeyframe.library.overlap import Overlap, find_overlap
from vkeyframe.library.search import Searcher, dots, largest
from vkeyframe.library.store import Library
from vkeyframe.library.views import SCALE, pack

COPY, EXCERPT = "copy", "excerpt"


@dataclass(frozen=True, slots=True)
class DuplicateTuning:
    """When two files are copies; set on families of edited pictures and on videos that were cut and coded again.

    Attributes
    ----------
    candidates : int
        Of each keyframe so many others are looked at.
    whole, parts : float
        Least similarity of the descriptors, of the whole pictures and of the likest parts, for a closer look.
    verified : int
        Of two videos so many pairs of keyframes are compared by their thumbnails.
    likeness : float
        Least similarity of two thumbnails, as a picture and a keyframe have it, see `likeness.Likeness`.
    """

    candidates: int = 40
    whole: float = 0.25
    parts: float = 0.45
    verified: int = 6
    likeness: float = 0.65


TUNING = DuplicateTuning()


@dataclass(frozen=True, slots=True)
class Pair:
    """Two files of which one is a copy of the other, or has a part of it.

    Attributes
    ----------
    one, other : str
        Their paths, in order of these.
    similarity : float
        0 to 1.
    kind : str
        ``copy`` where both show the same from beginning to end, else ``excerpt``.
    mirrored : bool
    one_start, one_end, other_start, other_end : float
        What both show, in seconds; 0 for a picture.
    """

    one: str
    other: str
    similarity: float
    kind: str
    mirrored: bool
    one_start: float
    one_end: float
    other_start: float
    other_end: float


@dataclass(frozen=True, slots=True)
class Link:
    """Two keyframes that may show the same: their ids, how alike their descriptors are, and whether one is mirrored."""

    one: int
    other: int
    alike: float
    mirrored: bool


def find_duplicates(library: Library, progress: Callable[[float, float], None] | None = None) -> list[Pair]:
    """Find all pairs of files that are copies or excerpts, the likest first.

    Parameters
    ----------
    library : Library
    progress : callable, optional
        Called with the keyframes done and all of them.
    """
    videos = {row.id: row for row in library.videos()}
    found = []
    for (one, other), links in sorted(_links(library, progress).items()):
        if one in videos and other in videos:
            pair = _judge(library, videos[one], videos[other], links)
            if pair is not None:
                found.append(pair)
    return sorted(found, key=lambda pair: (-pair.similarity, pair.one, pair.other))


def _links(library: Library, progress: Callable[[float, float], None] | None) -> dict[tuple[int, int], list[Link]]:
    """Find keyframes that are alike, by the pair of their videos, the first of which has the smaller path."""
    searcher = Searcher(library)
    rows = {row.id: row for row in library.keyframe_rows(searcher.ids)}
    videos = np.array([rows[each].video if each in rows else -1 for each in searcher.ids.tolist()], np.int64)
    links: dict[tuple[int, int], dict[tuple[int, int], Link]] = {}
    for number, each in enumerate(searcher.ids.tolist()):
        if each in rows:
            for link in _links_of(searcher, library, videos, number):
                one, other = sorted((rows[link.one], rows[link.other]), key=lambda row: (row.path, row.id))
                ordered = Link(one.id, other.id, link.alike, link.mirrored)
                known = links.setdefault((one.video, other.video), {})
                if (one.id, other.id) not in known or known[one.id, other.id].alike < link.alike:
                    known[one.id, other.id] = ordered
        if progress is not None:
            progress(number + 1, len(searcher.ids))
    return {key: sorted(known.values(), key=lambda link: (-link.alike, link.one, link.other)) for key, known in links.items()}


def _links_of(searcher: Searcher, library: Library, videos: ndarray, number: int) -> Iterator[Link]:
    """Yield the keyframes of other videos that one is like, by all its parts."""
    own = np.empty_like(searcher.wholes[number])
    own[EVEN_FIRST] = searcher.wholes[number]
    if not own.any():
        return
    wider = np.stack([describe_part(own[None].astype(np.float32) / SCALE, part)[0] for part in WIDER])
    values = dots(searcher.wholes, np.ascontiguousarray(pack(wider)[:, EVEN_FIRST]).astype(np.int16))
    values[videos == videos[number]] = np.iinfo(np.int32).min
    near = largest(values, TUNING.candidates)
    near = near[values[near] >= TUNING.whole * SCALE**2]
    if not len(near):
        return
    views = library.views_of(np.concatenate([searcher.ids[number : number + 1], searcher.ids[near]])).astype(np.float32)
    mine, others = np.concatenate([views[0] / SCALE, wider[1:]]), views[1:] / SCALE
    both = np.stack([mine, mine * MIRROR])
    # The whole of each against all parts of the other: a part of both would be like much.
    alike = np.concatenate([np.einsum("mk,npk->nmp", both[:, 0], others), np.einsum("mpk,nk->nmp", both, others[:, 0])], axis=2)
    best = alike.max(axis=2)
    for place, each in enumerate(near):
        if best[place].max() >= TUNING.parts:
            mirrored = bool(best[place, 1] > best[place, 0])
            yield Link(int(searcher.ids[number]), int(searcher.ids[each]), float(best[place].max()), mirrored)


def _judge(library: Library, one: VideoRow, other: VideoRow, links: Sequence[Link]) -> Pair | None:
    """Look closely at two files, and say whether they are copies."""
    verified = [(link, _likeness(library, link)) for link in links[: TUNING.verified]]
    verified = [(link, likeness) for link, likeness in verified if likeness >= TUNING.likeness]
    if not verified:
        return None
    link, likeness = max(verified, key=lambda each: each[1])
    if PICTURE in (one.kind, other.kind):
        times = [row.time for row in library.keyframe_rows([link.one, link.other])]
        if len(times) < 2:
            return None
        kind = COPY if one.kind == other.kind else EXCERPT
        return Pair(one.path, other.path, round(likeness, 4), kind, link.mirrored, times[0], times[0], times[1], times[1])
    return _judge_videos(library, one, other, [link for link, _ in verified])


def _judge_videos(library: Library, one: VideoRow, other: VideoRow, links: Sequence[Link]) -> Pair | None:
    rows = {row.id: row for row in library.keyframe_rows([each for link in links for each in (link.one, link.other)])}
    hints = [_hint(rows[link.one], rows[link.other]) for link in links if link.one in rows and link.other in rows]
    mirrored = sum(link.mirrored for link in links) * 2 > len(links)
    moments = library.moments_of(one.id), library.moments_of(other.id)
    found: Overlap | None = find_overlap(*moments, hints, mirrored)
    if found is None:
        return None
    kind = COPY if min(found.share_of_one, found.share_of_other) >= found.nearly_all else EXCERPT
    places = (round(time, 3) for time in (found.start, found.end, found.start + found.shift, found.end + found.shift))
    return Pair(one.path, other.path, round(found.similarity, 4), kind, mirrored, *places)


def _hint(one: KeyframeRow, other: KeyframeRow) -> float:
    """Return by how much later the other may show the same, in seconds."""
    return other.time - one.time


def _likeness(library: Library, link: Link) -> float:
    """Compare two keyframes by their thumbnails, each as a part of the other."""
    thumbnails = [library.thumbnail(each) for each in (link.one, link.other)]
    looks = [Look.of_file(each) for each in thumbnails]
    return max(
        (
            look.by_thumbnail(other, link.mirrored).similarity
            for look, other in zip(looks, reversed(thumbnails), strict=True)
            if look
        ),
        default=0.0,
    )
