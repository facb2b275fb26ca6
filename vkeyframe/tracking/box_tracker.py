"""Following a box from picture to picture.

Three ways of knowing a thing vote on where it is: a correlation filter, its colours, and a memory read by attention. What grows
or turns is told by the optical flow within it. Nothing is learned while the thing is hidden.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy import ndarray

from vkeyframe.opencv import cv2
from vkeyframe.tracking.appearance import Appearance
from vkeyframe.tracking.colours import ColourModel
from vkeyframe.tracking.correlation import CorrelationFilter
from vkeyframe.tracking.memory import AttentionMemory
from vkeyframe.tracking.stretch import find_stretch
from vkeyframe.tracking.window import CELL_PX, CELLS, SIDE_PX, Place, View, Window

State = Literal["seen", "lost"]
_MIDDLE = CELLS // 2


@dataclass(frozen=True, slots=True)
class TrackerTuning:
    """How a box is followed; set on nine sequences of OTB, VOT and MIL and on ten of DAVIS, with the same numbers for all.

    Attributes
    ----------
    colour, memory : float
        Votes of the colours, of which the filter has the rest to 1, and of the memory beside both.
    scale : float
        A box may be so many times as large from one frame to the next, or as small.
    steady : float
        By which the votes for another size are multiplied.
    usual : float
        How far the shape goes back to that of the first box in each frame, as a power.
    least_shape, most_shape : float
        Width to height, in those of the first box.
    rate : float
        Of the mean answer of the filter, against which one is called weak.
    weak : float
        Share of that mean below which nothing is learned.
    hidden : float
        Where the product of the shares of filter and colours is below this, the thing counts as hidden.
    lost : float
        Share below which the thing is lost, if it stays so for `patience` frames.
    back, found : float
        Share from which on it is found again where it was lost, and elsewhere.
    patience : int
    windows : int
        Places in which a lost thing is looked for in a frame, besides the one where it was lost.
    """

    colour: float = 0.3
    memory: float = 0.3
    scale: float = 1.03
    steady: float = 0.99
    usual: float = 0.02
    least_shape: float = 0.4
    most_shape: float = 2.5
    rate: float = 0.02
    weak: float = 0.3
    hidden: float = 0.3
    lost: float = 0.15
    back: float = 0.3
    found: float = 0.6
    patience: int = 3
    windows: int = 2


TUNING = TrackerTuning()


@dataclass(frozen=True, slots=True)
class TrackedBox:
    """Where a thing is in a picture.

    Attributes
    ----------
    x, y, width, height : float
        Left and top edge and size in pixels; of a lost thing where it was seen last.
    score : float
        How well it answers to what is known of it, 0 to 1.
    state : str
        ``seen`` or ``lost``.
    """

    x: float
    y: float
    width: float
    height: float
    score: float
    state: State


@dataclass(frozen=True, slots=True)
class _Hit:
    """The best place for a thing in one window: where it is, the sum of the votes, and those of filter, colours and memory."""

    place: Place
    votes: float
    parts: tuple[float, float, float]

    def trust(self, usual: tuple[float, float, float]) -> float:
        """Tell how well the thing answers against what is usual for it; about 1 if well."""
        shares = [min(max(part, 0.0) / max(mean, 1e-3), 1.2) for part, mean in zip(self.parts, usual, strict=True)]
        # Where a thing is hidden the memory knows its surroundings too little to say so; so the other two decide on that.
        hidden = min(1.0, shares[0] * shares[1] / TUNING.hidden)
        return shares[0] * shares[1] * shares[2] * hidden**2


class BoxTracker:
    """Follows a thing.

    Parameters
    ----------
    picture : (height, width, 3) uint8, BGR
    box : (float, float, float, float)
        Left and top edge, width and height of the thing in that picture, in pixels; at least some pixels wide and high.
    """

    def __init__(self, picture: ndarray, box: tuple[float, float, float, float]) -> None:
        x, y, width, height = box
        self._place = Place(x + width / 2, y + height / 2, width, height)
        self._shape = width / height
        self._window = Window.around(self._place)
        target = self._window.target
        self._filter, self._colours, self._memory = CorrelationFilter(target), ColourModel(target), AttentionMemory(target)
        self._usual: tuple[float, float, float] | None = None
        self._weak_frames = 0
        self._search = 0
        self._state: State = "seen"
        self._learn(self._window.view(picture, self._place))

    def update(self, picture: ndarray) -> TrackedBox:
        """Find the thing in the next picture, of the same size as the first."""
        view = self._window.view(picture, self._place)
        hit = self._look(view, self._place, scales=self._state == "seen")
        # The first picture answers to itself too well to be usual.
        usual = self._usual = self._usual or hit.parts
        share = hit.trust(usual)
        if self._state == "lost" and share < TUNING.back:
            hit = max(self._look_elsewhere(view), key=lambda each: each.trust(usual))
            if hit.trust(usual) < TUNING.found:
                return self._tracked(share)
            share = hit.trust(usual)
        self._weak_frames = self._weak_frames + 1 if share < TUNING.lost else 0
        if self._weak_frames >= TUNING.patience:
            self._state = "lost"
            return self._tracked(share)
        self._state = "seen"
        self._place = hit.place
        if share >= TUNING.weak:
            self._usual = _mixed(usual, hit.parts)
            self._stretch(view)
            self._learn(view)
        return self._tracked(share)

    def lose(self) -> None:
        """Say that the picture has changed as a whole: the thing must be found again before it is followed further."""
        self._state, self._weak_frames = "lost", TUNING.patience

    def _tracked(self, share: float) -> TrackedBox:
        return TrackedBox(*self._place.box(), float(np.clip(share, 0.0, 1.0)), self._state)

    def _learn(self, view: View) -> None:
        """Learn what the thing looks like where it is now."""
        patch = self._window.cut(view, self._place)
        seen = Appearance.of(patch)
        self._filter.learn(seen.spectrum())
        self._colours.learn(patch)
        self._memory.learn(seen)
        self._learned, self._luma = self._place, cv2.cvtColor(patch, cv2.COLOR_BGR2GRAY)

    def _look(self, view: View, place: Place, scales: bool) -> _Hit:
        """Find the best place in the window around a place, at its size, or at one that is a little smaller or larger."""
        seen = Appearance.of(self._window.cut(view, place))
        memory = self._memory.answer(seen)
        hits = [self._vote(view, place, seen, memory)]
        for scale in (1.0 / TUNING.scale, TUNING.scale) if scales else ():
            size = place.stretched(scale, scale)
            hit = self._vote(view, size, Appearance.of(self._window.cut(view, size)), memory)
            hits.append(replace(hit, votes=hit.votes * TUNING.steady))
        return max(hits, key=lambda hit: hit.votes)

    def _vote(self, view: View, place: Place, seen: Appearance, memory: ndarray) -> _Hit:
        """Find the best place in one window; `memory` is what the memory answers in the one that is as large as the box was."""
        answer, colours = self._filter.answer(seen.spectrum()), self._colours.answer(seen.patch)
        votes = (1.0 - TUNING.colour) * answer + TUNING.colour * colours + TUNING.memory * memory
        row, column = divmod(int(votes.argmax()), CELLS)
        down, right = _peak(votes[:, column], row), _peak(votes[row], column)
        across, upright = self._window.pixel(place)
        moved = place.moved(right * CELL_PX * across, down * CELL_PX * upright)
        parts = float(answer[row, column]), float(colours[row, column]), float(memory[row, column])
        return _Hit(moved.within(view.width, view.height), float(votes[row, column]), parts)

    def _look_elsewhere(self, view: View) -> list[_Hit]:
        """Look for a lost thing in some more windows, which in the course of some frames cover the whole picture."""
        width, height = view.width, view.height
        # The middle third of a window is seen without being faded out.
        across, upright = (max(8.0, side * SIDE_PX / 3) for side in self._window.pixel(self._place))
        columns, rows = max(1, round(width / across)), max(1, round(height / upright))
        hits = []
        for _ in range(TUNING.windows):
            row, column = divmod(self._search % (rows * columns), columns)
            self._search += 1
            place = Place((column + 0.5) * width / columns, (row + 0.5) * height / rows, self._place.width, self._place.height)
            hits.append(self._look(view, place, scales=False))
        return hits

    def _stretch(self, view: View) -> None:
        """Let the box grow as the flow within it does, and its shape slowly go back to that of the first one."""
        as_before = Place(self._place.x, self._place.y, self._learned.width, self._learned.height)
        now = cv2.cvtColor(self._window.cut(view, as_before), cv2.COLOR_BGR2GRAY)
        across, upright = find_stretch(self._luma, now, self._window.target)
        width, height = self._place.width * across, self._place.height * upright
        shape = width / height / self._shape
        wanted = float(np.clip(shape ** (1.0 - TUNING.usual), TUNING.least_shape, TUNING.most_shape))
        correction = float(np.sqrt(wanted / shape))
        place = Place(self._place.x, self._place.y, width * correction, height / correction)
        self._place = place.within(view.width, view.height)


def _mixed(usual: tuple[float, float, float], now: tuple[float, float, float]) -> tuple[float, float, float]:
    """Take what was answered now into the means."""
    one, two, three = (mean + TUNING.rate * (part - mean) for mean, part in zip(usual, now, strict=True))
    return one, two, three


def _peak(line: ndarray, at: int) -> float:
    """Return where the peak of a parabola through a value and its neighbours lies, in cells from the middle of the window."""
    if 0 < at < len(line) - 1:
        before, here, behind = (float(value) for value in line[at - 1 : at + 2])
        bend = before - 2 * here + behind
        if bend < 0.0:
            return at - _MIDDLE + min(0.5, max(-0.5, 0.5 * (before - behind) / bend))
    return float(at - _MIDDLE)
