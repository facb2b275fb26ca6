"""At which very frame a cut lies that was found between two samples."""

from __future__ import annotations

from dataclasses import dataclass

from vkeyframe.video.file import VideoFile
from vkeyframe.video.frame import FrameTime
from vkeyframe.video.packet_sizes import guess_first_frame
from vkeyframe.video.packets import PacketTable
from vkeyframe.video.second_look import SecondLook
from vkeyframe.video.view import View


@dataclass(frozen=True, slots=True)
class Gap:
    """Two frames between which a cut lies: the last that is known to be before it, and the first that is behind it."""

    before: FrameTime
    after: FrameTime


# Share of a video's frames that may be decoded once more, where sizes do not tell. Set by eye: decoding is a third of the work.
MOST_LOOKED_AT = 0.15


def narrow_gaps(
    gaps: list[Gap], table: PacketTable, file: VideoFile, max_pixels: int, view: View | None = None
) -> list[Gap | None]:
    """Narrow each gap to two frames next to each other; None where neither packets nor pictures tell which these are.

    First the sizes of the packets are asked. Where they leave it open, a few frames are decoded once more, at first in those
    gaps where that takes the fewest frames.

    Parameters
    ----------
    gaps : list of Gap
    table : PacketTable
        The packets of the video.
    file : VideoFile
    max_pixels : int
        Larger pictures are not decoded.
    view : View, optional
        What is seen of the pictures. With one, sizes tell too little: they are those of all of the picture.
    """
    look = SecondLook(file, max_pixels, table, view)
    ranges = [_places(gap, table) for gap in gaps]
    narrowed: list[Gap | None] = [None] * len(gaps)
    open_gaps: list[int] = []
    for number, places in enumerate(ranges):
        if places is None:
            continue
        guess = guess_first_frame(table, *places)
        if guess.likely:
            narrowed[number] = _narrow(gaps[number], places[1], guess.place, table)
        if not guess.certain or (view is not None and places[1] - places[0] > 1):
            open_gaps.append(number)
    costs = {number: look.cost(*places) for number in open_gaps if (places := ranges[number]) is not None}
    chosen = sorted(_within_budget(costs, MOST_LOOKED_AT * len(table.times)))
    looked_at = [places for number in chosen if (places := ranges[number]) is not None]
    for number, (_, first), place in zip(chosen, looked_at, look.first_frames(looked_at) if looked_at else [], strict=True):
        if place is not None:
            narrowed[number] = _narrow(gaps[number], first, place, table)
    return narrowed


def _within_budget(costs: dict[int, int], budget: float) -> list[int]:
    """Choose the cheapest, as many as a budget pays for."""
    chosen: list[int] = []
    for number in sorted(costs, key=lambda number: (costs[number], number)):
        budget -= costs[number]
        if budget < 0:
            break
        chosen.append(number)
    return chosen


def _places(gap: Gap, table: PacketTable) -> tuple[int, int] | None:
    """Find both frames in the table; None where it does not fit to what was decoded."""
    last, first = (table.place(frame.time) for frame in (gap.before, gap.after))
    if last is None or first is None or first - last != gap.after.index - gap.before.index:
        return None
    return last, first


def _narrow(gap: Gap, first: int, place: int, table: PacketTable) -> Gap:
    before, after = (FrameTime(gap.after.index - first + each, round(float(table.times[each]), 6)) for each in (place - 1, place))
    return Gap(before, after)
