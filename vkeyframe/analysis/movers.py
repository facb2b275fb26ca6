"""Things that move before a still camera, each followed from where it comes in to where it leaves."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy import ndarray

from vkeyframe.analysis.scene import NEIGHBOURS, Look, Scene, widened
from vkeyframe.opencv import cv2
from vkeyframe.video.frame import FrameTime

NO_MASK = np.zeros((0, 0), bool)
# Left edge, top edge, width and height in places of the small luma.
Box = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class MoverTuning:
    """How things are followed; set on nine clips before still cameras in which people marked the events.

    Attributes
    ----------
    fewest_places : int
        What is smaller, in places of the small luma (64×36), is noise.
    least_reach : float
        How far a thing may be from where it was expected, in places.
    reach : float
        The same as a share of its diagonal.
    overlap : float
        Share of the smaller of two masks that lies in the other if both are the same thing, wherever it was expected.
    lost_seconds : float
        What is not seen for longer has left.
    rest_seconds : float
        What does not move for so long is at rest.
    longest_rest_seconds : float
        What rests for longer belongs to the background, and its action ended when it came to rest.
    staying : float
        Share of the places that moved last which still differ if the thing itself came to rest there; else it has left, and what
        differs is what it put or took away.
    moved_share : float
        Share of a thing that must move if it is to count as moving.
    fewest_moving : int
        Places that must move at least.
    stuck : float
        What came off another thing and gets no further than this share of its diagonal is what that one left behind.
    """

    fewest_places: int = 3
    least_reach: float = 3.0
    reach: float = 0.5
    overlap: float = 0.3
    lost_seconds: float = 0.6
    rest_seconds: float = 0.75
    longest_rest_seconds: float = 20.0
    staying: float = 0.8
    moved_share: float = 0.08
    fewest_moving: int = 2
    stuck: float = 0.5


TUNING = MoverTuning()


@dataclass(slots=True)
class Blob:
    """A connected part of the picture that differs from the background: its mask, box, centre (x, y), and sum of excess."""

    mask: ndarray
    box: Box
    centre: tuple[float, float]
    places: int
    energy: float


@dataclass(slots=True, eq=False)
class Mover:
    """A thing that is or was followed.

    Attributes
    ----------
    seen : list of FrameTime
        The samples in which it was seen.
    boxes, energies : list
        Its box in each, and the sum of what it differs from the background by.
    end : FrameTime
        When it left, or came to rest for good.
    furthest : float
        How far it got from where it was first seen, in places.
    came_off : bool
        Whether it came off another thing.
    left_behind : bool
        Whether it turned out to be what another thing left behind.
    """

    blob: Blob
    end: FrameTime
    moved: FrameTime
    came_off: bool
    seen: list[FrameTime] = field(default_factory=list)
    boxes: list[Box] = field(default_factory=list)
    energies: list[float] = field(default_factory=list)
    furthest: float = 0.0
    left_behind: bool = False
    moved_last: ndarray | None = None
    speed: tuple[float, float] = (0.0, 0.0)
    start: tuple[float, float] = (0.0, 0.0)

    def take(self, here: FrameTime, blob: Blob, look: Look) -> None:
        """Take note of where it is seen in the next sample."""
        (x, y), (old_x, old_y), (start_x, start_y) = blob.centre, self.blob.centre, self.start
        if self.seen:
            self.speed = (self.speed[0] + x - old_x) / 2, (self.speed[1] + y - old_y) / 2
        self.furthest = max(self.furthest, float(np.hypot(x - start_x, y - start_y)))
        self.blob, self.end = blob, here
        self.seen.append(here)
        self.boxes.append(blob.box)
        self.energies.append(blob.energy)
        moving = look.moving & blob.mask
        if np.count_nonzero(moving) >= max(TUNING.fewest_moving, TUNING.moved_share * blob.places):
            self.moved, self.moved_last = here, moving & look.changed

    def until(self, stop: FrameTime) -> Mover | None:
        """Return it without what it did from a sample on, unless it came to rest; None if nothing is left."""
        if self.end.index < max(stop.index, self.seen[-1].index):
            return self
        count = sum(here.index < stop.index for here in self.seen)
        if count == 0:
            return None
        return replace(
            self, seen=self.seen[:count], boxes=self.boxes[:count], energies=self.energies[:count], end=self.seen[count - 1]
        )

    def forget_masks(self) -> None:
        """Leave only what is needed of a mover that has ended, for an hour has thousands of them."""
        self.moved_last = None
        self.blob.mask = NO_MASK

    def size(self) -> float:
        """Return the diagonal of its usual box, in places."""
        return float(np.median([np.hypot(width, height) for _, _, width, height in self.boxes]))

    def is_gone(self, changed: ndarray) -> bool:
        """Whether what is at rest in its place is not itself."""
        if self.came_off and self.furthest < TUNING.stuck * self.size():
            self.left_behind = True
            return True
        last = self.moved_last
        return last is None or bool(np.count_nonzero(changed & last) < TUNING.staying * np.count_nonzero(last))


class MoverTracker:
    """Follows all that moves before a still camera.

    Blobs of two samples are the same thing where one is near to where the other was expected, or where they overlap; the best
    pair goes first. What comes to rest stays what it is until it leaves. What a hand put down or took away becomes the background
    as soon as the hand has left.

    Parameters
    ----------
    first : (n, 36, 64) float32
        Luma of the first samples.
    background : (36, 64) float32
        Their median.

    Attributes
    ----------
    other_share : float
        Share of the last sample that lies outside the range of the background.
    """

    def __init__(self, first: ndarray, background: ndarray) -> None:
        self._scene = Scene(first, background)
        self.other_share = 0.0
        self._open: list[Mover] = []
        self._done: list[Mover] = []

    def push(self, here: FrameTime, luma: ndarray) -> None:
        """Take the next sample."""
        look = self._scene.look(luma)
        self.other_share = look.other_share
        blobs = find_blobs(look)
        before = [mover.blob.mask for mover in self._open]
        free = set(range(len(blobs)))
        for mover, number in _pairs(self._open, blobs):
            mover.take(here, blobs[number], look)
            free.discard(number)
        for number in sorted(free):
            blob = blobs[number]
            around = widened(blob.mask)
            came_off = any(bool((mask & around).any()) for mask in before)
            mover = Mover(blob, here, here, came_off, start=blob.centre)
            mover.take(here, blob, look)
            self._open.append(mover)
        self._open = [mover for mover in self._open if not self._has_ended(mover, here, look)]

    @property
    def at_rest(self) -> bool:
        """Whether nothing is followed now."""
        return not self._open

    def take_ended(self) -> list[Mover]:
        """Return the movers that have ended since the last call."""
        done, self._done = self._done, []
        for mover in done:
            mover.forget_masks()
        return done

    def finish(self, last: FrameTime) -> list[Mover]:
        """End all movers with the last sample, or when they came to rest, and return those not returned before."""
        for mover in self._open:
            if last.time - mover.moved.time > TUNING.rest_seconds:
                mover.end = mover.moved
        self._done += self._open
        self._open = []
        return self.take_ended()

    def _has_ended(self, mover: Mover, here: FrameTime, look: Look) -> bool:
        if here.time - mover.end.time > TUNING.lost_seconds:
            self._done.append(mover)
            return True
        rested = here.time - mover.moved.time
        if rested <= TUNING.rest_seconds or mover.end != here:
            return False
        if rested <= TUNING.longest_rest_seconds and (_stirs(mover, look) or not mover.is_gone(look.changed)):
            return False
        self._scene.absorb(mover.blob.mask)
        mover.end = mover.moved
        self._done.append(mover)
        return True


def _stirs(mover: Mover, look: Look) -> bool:
    """Whether a thing at rest, or what is at its side, begins to move."""
    return bool(np.count_nonzero(look.moving & widened(mover.blob.mask)) >= TUNING.fewest_moving)


def find_blobs(look: Look) -> list[Blob]:
    """Return the connected parts of what differs, with small gaps closed."""
    if not look.changed.any():
        return []
    closed = cv2.morphologyEx(look.changed.view(np.uint8), cv2.MORPH_CLOSE, NEIGHBOURS)
    count, labels, stats, centres = cv2.connectedComponentsWithStats(closed, connectivity=8)
    energies = np.bincount(labels.ravel(), look.excess.ravel(), count)
    blobs = []
    for number in range(1, count):
        left, top, width, height, places = (int(value) for value in stats[number])
        if places >= TUNING.fewest_places:
            x, y = centres[number]
            box = left, top, width, height
            blobs.append(Blob(labels == number, box, (float(x), float(y)), places, float(energies[number])))
    return blobs


def _pairs(movers: list[Mover], blobs: list[Blob]) -> list[tuple[Mover, int]]:
    """Pair movers with the numbers of their blobs, one to one, the best pairs first."""
    if not movers or not blobs:
        return []
    old = [mover.blob for mover in movers]
    speeds = np.array([mover.speed for mover in movers])
    expected, found = np.array([blob.centre for blob in old]) + speeds, np.array([blob.centre for blob in blobs])
    away = np.hypot(*(expected[:, None] - found[None]).transpose(2, 0, 1))
    sizes, other_sizes = _diagonals(old), _diagonals(blobs)
    reach = np.maximum(TUNING.least_reach, TUNING.reach * (sizes[:, None] + other_sizes[None]) / 2)
    # Masks of boxes whose centres are further apart than both diagonals have nothing in common.
    costs = []
    for place, number in np.argwhere((away < reach) | (away < sizes[:, None] + other_sizes[None])).tolist():
        one, other = old[place], blobs[number]
        fewer, more = min(one.places, other.places), max(one.places, other.places)
        common = 0.0 if boxes_apart(one.box, other.box) else np.count_nonzero(one.mask & other.mask) / fewer
        if away[place, number] < reach[place, number] or common > TUNING.overlap:
            costs.append((away[place, number] / reach[place, number] - common + (1.0 - fewer / more) / 2, place, number))
    pairs: dict[int, int] = {}
    for _, place, number in sorted(costs):
        if place not in pairs and number not in pairs.values():
            pairs[place] = number
    return [(movers[place], number) for place, number in sorted(pairs.items())]


def _diagonals(blobs: list[Blob]) -> ndarray:
    return np.asarray(np.hypot(*np.array([blob.box[2:] for blob in blobs], np.float64).T))


def boxes_apart(one: Box, other: Box) -> int:
    """Return how far apart two boxes are, in columns and rows together; 0 if they touch."""
    across = max(one[0], other[0]) - min(one[0] + one[2], other[0] + other[2])
    down = max(one[1], other[1]) - min(one[1] + one[3], other[1] + other[3])
    return max(across, 0) + max(down, 0)
