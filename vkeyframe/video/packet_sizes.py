"""Where a cut lies between two frames, as the sizes of the packets tell it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy import ndarray

from vkeyframe.video.packets import PacketTable


@dataclass(frozen=True, slots=True)
class SizeTuning:
    """How sizes are read; set on composed edits in the encodings of twelve encoders, where they move the share of exact cuts.

    Attributes
    ----------
    usual_seconds : float
        Over how many seconds before and behind the gap the usual size of a packet is found.
    most_unusual : float
        A size differs from the usual one by at most this, a natural logarithm: no single frame decides alone.
    key_frame : float
        By how much, in the same unit, a key frame is the likelier first frame.
    certain : float
        How much better, in the same unit, the best frame must be than the next for the choice to be certain.
    large : float
        How many times as large as is usual for a frame that is no B-frame a packet among B-frames must be to be certain.
    longest_run : int
        So many frames at most are shown between two frames that are decoded in the order of being shown.
    """

    usual_seconds: float = 1.0
    most_unusual: float = 1.0
    key_frame: float = 1.0
    certain: float = 1.0
    large: float = 2.0
    longest_run: int = 16


TUNING = SizeTuning()


@dataclass(frozen=True, slots=True)
class Guess:
    """A frame that may be the first of a new shot.

    Attributes
    ----------
    place : int
        In the table of packets.
    likely : bool
        Whether it is a better answer than the middle of the gap.
    certain : bool
        Whether no look at the pictures is needed.
    """

    place: int
    likely: bool
    certain: bool


def guess_first_frame(table: PacketTable, last: int, first: int) -> Guess:
    """Guess which frame is the first one behind a cut.

    Before the cut packets have the usual size of the old shot, behind it that of the new one, and the first frame of the new
    shot, of which nothing was seen before, is larger than these. The frame that fits best is taken. Where frames are shown in
    another order than they are decoded, the large packet may also be that of a frame that is shown a little later.

    Parameters
    ----------
    table : PacketTable
    last, first : int
        Places of a frame before the cut and of one behind it, `last` < `first`.
    """
    if first - last == 1:
        return Guess(first, likely=True, certain=True)
    begin, end = _window(table, last, first)
    in_order = table.in_order[begin : end + TUNING.longest_run]
    beyond = first - begin + int(np.argmax(in_order[first - begin :]))
    before, behind = _usual_sizes(table, begin, last, begin + beyond, end)
    inside = slice(last + 1, begin + beyond + 1)
    sizes = np.log(np.maximum(table.sizes[inside], 1))
    unlike_old, unlike_new = (np.minimum(np.abs(sizes - usual), TUNING.most_unusual) for usual in (before, behind))
    costs = np.cumsum(unlike_old) - unlike_old + unlike_new.sum() - np.cumsum(unlike_new)
    costs -= sizes - behind + TUNING.key_frame * table.is_key[inside]
    best, second = np.argsort(costs, kind="stable")[:2]
    place = last + 1 + int(best)
    ordered = bool(in_order[last - begin : beyond + 1].all())
    tells = table.sizes_tell and not table.is_key[inside].all()
    likely = bool(tells and place <= first and ordered)
    sound = in_order[place - begin - 1] and in_order[place - begin]
    sound &= ordered or table.is_key[place] or _is_large(table, place, slice(begin, last + 1), slice(begin + beyond + 1, end))
    certain = bool(tells and sound and place <= first and costs[second] - costs[best] >= TUNING.certain)
    return Guess(place, likely or certain, certain and not _is_regular_key(table.is_key, place))


def _window(table: PacketTable, last: int, first: int) -> tuple[int, int]:
    """Return the range of packets, the end excluded, whose sizes are compared."""
    limits = table.times[last] - TUNING.usual_seconds, table.times[first] + TUNING.usual_seconds
    begin, end = np.searchsorted(table.times, limits)
    return int(begin), int(end)


def _usual_sizes(table: PacketTable, begin: int, last: int, beyond: int, end: int) -> tuple[float, float]:
    """Return the logarithms of the usual sizes before and behind the gap, of packets that are no key frames if there are any."""
    usual: list[float] = []
    for part in (slice(begin, last + 1), slice(beyond + 1, end)):
        sizes, is_key = table.sizes[part], table.is_key[part]
        kept = sizes if is_key.all() else sizes[~is_key]
        usual.append(float(np.log(max(np.median(kept), 1.0))) if kept.size else np.nan)
    before, behind = usual
    # The frame `last` is always there.
    return before, before if np.isnan(behind) else behind


def _is_regular_key(is_key: ndarray, place: int) -> bool:
    """Whether a key frame follows the one before it after as many frames as that followed the one before: not for a cut."""
    if not is_key[place]:
        return False
    before = np.flatnonzero(is_key[:place])[-2:]
    return len(before) == 2 and place - before[1] == before[1] - before[0]


def _is_large(table: PacketTable, place: int, before: slice, behind: slice) -> bool:
    """Whether a packet is much larger than the frames before and behind the gap that are neither B-frames nor key frames."""
    usual = [1.0]
    for part in (before, behind):
        alike = table.sizes[part][table.in_order[part] & ~table.is_key[part]]
        usual += [float(np.median(alike))] if alike.size else []
    return bool(table.sizes[place] >= TUNING.large * max(usual))
