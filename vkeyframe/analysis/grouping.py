"""Which of the things that moved before a still camera are one action."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from vkeyframe.analysis.movers import Box, Mover, boxes_apart
from vkeyframe.video.frame import FrameTime


@dataclass(frozen=True, slots=True)
class GroupingTuning:
    """When movers are one action, and when they are none; set on nine clips before still cameras with marked events.

    Attributes
    ----------
    least_energy : float
        What never differs from the background by so many grey levels, summed over the places of the small luma, is nothing: a
        sixth of a grey level over the whole picture. Between 400 and 1000 it hardly moves recall and precision.
    shortest_seconds : float
        Of an action.
    shortest_seen_seconds : float
        Of a mover.
    join_seconds : float
        Movers that stay in place and are not further apart in time are one action.
    inside : float
        A mover of which more than this share of the time lies in that of a nearby one is a part of that.
    near : float
        How far apart boxes may be, as a share of the larger diagonal, and 2 places.
    near_share : float
        For how much of the time they must be near.
    travels : float
        What gets further than so many of its diagonals goes its own way: cars one behind the other are not one action.
    minor : float
        Unless its energy is below this share of the other's, which its shadow or its parts have.
    """

    least_energy: float = 400.0
    shortest_seconds: float = 0.3
    shortest_seen_seconds: float = 0.12
    join_seconds: float = 0.6
    inside: float = 0.5
    near: float = 0.25
    near_share: float = 0.5
    travels: float = 1.5
    minor: float = 0.3


TUNING = GroupingTuning()


@dataclass(slots=True, eq=False)
class Group:
    """Movers that are one action.

    Attributes
    ----------
    start, end : FrameTime
    boxes : dict of FrameTime
        Where the heaviest of it is in each sample, and how heavy that is.
    energies : dict of FrameTime
        By how much it differs from the background in all.
    """

    start: FrameTime
    end: FrameTime
    boxes: dict[FrameTime, tuple[float, Box]]
    energies: dict[FrameTime, float]
    peak: float
    travels: bool
    first: Box = field(init=False)
    last: Box = field(init=False)

    def __post_init__(self) -> None:
        (_, self.first), (_, self.last) = self.boxes[self.start], list(self.boxes.values())[-1]

    @classmethod
    def of(cls, mover: Mover) -> Group:
        """Make one of a single mover."""
        travels = mover.furthest >= TUNING.travels * mover.size()
        boxes = dict(zip(mover.seen, zip(mover.energies, mover.boxes, strict=True), strict=True))
        energies = dict(zip(mover.seen, mover.energies, strict=True))
        return cls(mover.seen[0], mover.end, boxes, energies, max(mover.energies), travels)

    def common_seconds(self, other: Group) -> float:
        """Return how long both go on at the same time; negative is how far apart they are."""
        return min(self.end.time, other.end.time) - max(self.start.time, other.start.time)

    def is_near(self, other: Group) -> bool:
        """Whether another is near for most of the time in which both are seen, or where the one ends and the other begins."""
        both = [(box, other.boxes[when][1]) for when, (_, box) in self.boxes.items() if when in other.boxes]
        if not both:
            both = [(self.last, other.first) if self.end.time <= other.start.time else (self.first, other.last)]
        return sum(_are_near(*pair) for pair in both) >= TUNING.near_share * len(both)

    def holds(self, other: Group) -> bool:
        """Whether most of another's time lies in that of this one, of which it is too large a part to be its own action."""
        if other.travels and other.peak > TUNING.minor * self.peak:
            return False
        return self.common_seconds(other) >= TUNING.inside * (other.end.time - other.start.time)

    def join(self, other: Group) -> None:
        """Take another as a part, however long that goes on."""
        self.start = min(self.start, other.start, key=lambda when: when.index)
        self.end = max(self.end, other.end, key=lambda when: when.index)
        for when, found in other.boxes.items():
            self.boxes[when] = max(found, self.boxes.get(when, found))
        for when, energy in other.energies.items():
            self.energies[when] = self.energies.get(when, 0.0) + energy


def group_movers(movers: list[Mover]) -> list[Group]:
    """Group the movers of a shot into actions, in order of time; what hardly shows is left out.

    The heaviest come first. A lighter one that is near to a heavier at the same time is a part of it, and so is one that follows
    in its place; what travels by itself is not.
    """
    groups = [Group.of(mover) for mover in movers if counts(mover)]
    groups.sort(key=lambda group: (-sum(group.energies.values()), group.start.index))
    whole = _Chosen(len(groups))
    for group in groups:
        if not whole.take(group):
            whole.add(group)
    apart = _Chosen(len(groups))
    for group in whole.groups:
        near = (apart.groups[number] for number in apart.near_in_time(group))
        if not any(other.holds(group) and not (other.travels and group.travels) for other in near):
            apart.add(group)
    lasting = (group for group in apart.groups if group.end.time - group.start.time >= TUNING.shortest_seconds)
    return sorted(lasting, key=lambda group: (group.start.index, group.end.index))


class _Chosen:
    """Groups, with their times as arrays, so that those near in time are found at once."""

    def __init__(self, most: int) -> None:
        self.groups: list[Group] = []
        self._starts, self._ends = np.empty(most), np.empty(most)

    def add(self, group: Group) -> None:
        self.groups.append(group)
        self._note(len(self.groups) - 1)

    def near_in_time(self, group: Group) -> list[int]:
        count, join = len(self.groups), TUNING.join_seconds
        starts, ends = self._starts[:count], self._ends[:count]
        return [int(n) for n in np.flatnonzero((ends > group.start.time - join) & (starts < group.end.time + join))]

    def take(self, lighter: Group) -> bool:
        """Let the first group to which a lighter one belongs take it; return whether there is one."""
        for number in self.near_in_time(lighter):
            if _takes(self.groups[number], lighter):
                self._note(number)
                return True
        return False

    def _note(self, number: int) -> None:
        self._starts[number], self._ends[number] = self.groups[number].start.time, self.groups[number].end.time


def counts(mover: Mover) -> bool:
    """Whether a mover is more than noise, and not what another one left behind."""
    seconds = mover.end.time - mover.seen[0].time
    return not mover.left_behind and seconds >= TUNING.shortest_seen_seconds and max(mover.energies) >= TUNING.least_energy


def _takes(heavier: Group, lighter: Group) -> bool:
    """Let a group take a lighter one that belongs to it; return whether it does."""
    common = heavier.common_seconds(lighter)
    inside = heavier.holds(lighter)
    joins = common > -TUNING.join_seconds and not (heavier.travels and lighter.travels)
    if not (inside or joins) or not heavier.is_near(lighter):
        return False
    if not inside:
        heavier.join(lighter)
    return True


def _are_near(one: Box, other: Box) -> bool:
    diagonal = max(float(np.hypot(one[2], one[3])), float(np.hypot(other[2], other[3])))
    return boxes_apart(one, other) <= TUNING.near * diagonal + 2.0
