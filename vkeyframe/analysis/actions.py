"""Key actions: what happens before a still camera, and bursts of motion that a moving camera does not explain."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy import ndarray

from vkeyframe.analysis.analyser import Analyser
from vkeyframe.analysis.bursts import find_bursts
from vkeyframe.analysis.camera import CameraStep, CameraWatch
from vkeyframe.analysis.grouping import Group, counts, group_movers
from vkeyframe.analysis.movers import Box, Mover, MoverTracker
from vkeyframe.analysis.sample import Sample, ShotSpan
from vkeyframe.analysis.scene import is_still, median_of
from vkeyframe.analysis.sections import Action
from vkeyframe.kernels.grid import LUMA_COLUMNS, LUMA_ROWS
from vkeyframe.report.video_info import VideoInfo
from vkeyframe.video.frame import FrameTime


@dataclass(frozen=True, slots=True)
class ActionTuning:
    """How a shot is divided into parts with a still and with a moving camera.

    Attributes
    ----------
    learning_samples : int
        From so many samples the background is learnt, and whether the camera is still; 10 s.
    fewest_samples : int
        Of fewer nothing can be learnt.
    upset : float
        When more than this share of the picture is other than the background, the camera has moved, or the light was switched. A
        hand before the camera comes to 0.44, but not for long. It began when there was more than half of that.
    upset_samples : int
        For so many samples in a row; 3 s.
    step_samples : int
        How far apart samples of a moving camera are compared; neighbours differ by too little to tell.
    """

    learning_samples: int = 80
    fewest_samples: int = 4
    upset: float = 0.35
    upset_samples: int = 24
    step_samples: int = 2


TUNING = ActionTuning()


@dataclass(frozen=True, slots=True)
class _Found:
    """An action of the open shot: its samples, its peak, its energy in grey levels, and its box there."""

    start: FrameTime
    end: FrameTime
    peak: FrameTime
    energy: float
    box: Box


class ActionFinder(Analyser[tuple[Action, ...]]):
    """Finds the actions of each shot.

    The first seconds of a shot tell whether its camera is still. Before a still one all that moves is followed; what belongs
    together is one action, from coming in to leaving. With a moving one an action is a burst of what its motion leaves.
    """

    def __init__(self) -> None:
        self._size = LUMA_COLUMNS, LUMA_ROWS
        self._found: list[Action] = []
        self._watch = CameraWatch()
        self._begin_shot()

    def begin(self, video: VideoInfo) -> None:
        """Take note of the size of the picture."""
        self._size = video.width, video.height

    def push(self, sample: Sample) -> None:
        """Take the next sample of the open shot."""
        here = FrameTime(sample.features.index, sample.features.time)
        if self._tracker is not None:
            self._follow(self._tracker, here, sample.features.luma)
            return
        self._waiting.append((here, sample.features.luma))
        if len(self._waiting) == TUNING.learning_samples:
            self._learn()

    def end_shot(self, shot: ShotSpan) -> None:
        """Find the actions of the shot."""
        if len(self._waiting) >= TUNING.fewest_samples:
            self._learn()
        self._end_still()
        self._end_moving()
        self._gather(shot.index)
        self._begin_shot()

    def settle(self, shot: int) -> tuple[Action, ...]:
        """Take what has ended in the open shot for whole actions, and return those not returned before, of a shot without end."""
        self._end_moving()
        self._gather(shot)
        self._movers.clear()
        self._bursts.clear()
        found = tuple(self._found)
        self._found.clear()
        return found

    @property
    def at_rest(self) -> bool:
        """Whether nothing moves before a still camera."""
        return self._tracker is not None and self._tracker.at_rest

    def _gather(self, shot: int) -> None:
        found = [*map(_of_group, group_movers(self._movers)), *self._bursts]
        found.sort(key=lambda action: (action.start.index, action.end.index))
        self._found += [self._action(action, shot) for action in found]

    def finish(self) -> tuple[Action, ...]:
        """Return all actions, in order of time."""
        return tuple(self._found)

    def _begin_shot(self) -> None:
        self._waiting: list[tuple[FrameTime, ndarray]] = []
        self._tracker: MoverTracker | None = None
        self._last = FrameTime(0, 0.0)
        self._upset_since: FrameTime | None = None
        self._upset_count = 0
        self._movers: list[Mover] = []
        self._steps: list[tuple[FrameTime, CameraStep]] = []
        self._before: list[ndarray] = []
        self._bursts: list[_Found] = []

    def _learn(self) -> None:
        """Tell of the waiting samples whether their camera is still, and look at them."""
        waiting, self._waiting = self._waiting, []
        lumas = np.stack([luma for _, luma in waiting])
        background = median_of(lumas)
        if is_still(lumas, background):
            self._end_moving()
            self._tracker = MoverTracker(lumas, background)
        for here, luma in waiting:
            if self._tracker is not None:
                self._follow(self._tracker, here, luma)
            else:
                self._compare(here, luma)

    def _follow(self, tracker: MoverTracker, here: FrameTime, luma: ndarray) -> None:
        """Look at a sample of a still camera."""
        tracker.push(here, luma)
        self._movers += filter(counts, tracker.take_ended())
        self._last = here
        if tracker.other_share <= TUNING.upset / 2:
            self._upset_since = None
        elif self._upset_since is None:
            self._upset_since = here
        self._upset_count = self._upset_count + 1 if tracker.other_share > TUNING.upset else 0
        if self._upset_count >= TUNING.upset_samples:
            self._end_still(self._upset_since)

    def _end_still(self, upset: FrameTime | None = None) -> None:
        """End what goes on before a still camera; what began when the picture was upset, and has not come to rest, is nothing."""
        if self._tracker is None:
            return
        self._movers += self._tracker.finish(self._last)
        self._tracker, self._upset_since, self._upset_count = None, None, 0
        if upset is not None:
            cut = (mover.until(upset) for mover in self._movers)
            self._movers = [mover for mover in cut if mover is not None]

    def _compare(self, here: FrameTime, luma: ndarray) -> None:
        """Look at a sample of a moving camera."""
        self._before.append(luma)
        if len(self._before) > TUNING.step_samples:
            self._steps.append((here, self._watch.compare(self._before[0], luma)))
            self._before = [luma]

    def _end_moving(self) -> None:
        """Find the bursts of a moving camera."""
        steps, self._steps, self._before = self._steps, [], []
        energies = np.array([step.energy for _, step in steps])
        for first, last in find_bursts(np.array([here.time for here, _ in steps]), energies):
            peak = first + int(energies[first : last + 1].argmax())
            energy = float(energies[first : last + 1].mean())
            self._bursts.append(_Found(steps[first][0], steps[last][0], steps[peak][0], energy, steps[peak][1].box))

    def _action(self, found: _Found, shot: int) -> Action:
        (width, height), (left, top, columns, rows) = self._size, found.box
        x, y = left * width // LUMA_COLUMNS, top * height // LUMA_ROWS
        right, bottom = -(-(left + columns) * width // LUMA_COLUMNS), -(-(top + rows) * height // LUMA_ROWS)
        return Action(
            start_frame=found.start.index,
            end_frame=found.end.index,
            start_time=round(found.start.time, 6),
            end_time=round(found.end.time, 6),
            peak_frame=found.peak.index,
            energy=round(found.energy, 4),
            shot=shot,
            peak_time=round(found.peak.time, 6),
            box=(x, y, max(1, right - x), max(1, bottom - y)),
        )


def _of_group(group: Group) -> _Found:
    inside = {here: energy for here, energy in group.energies.items() if here.index <= group.end.index}
    peak = max(inside, key=lambda here: (inside[here], -here.index))
    energy = sum(inside.values()) / len(inside) / (LUMA_COLUMNS * LUMA_ROWS)
    return _Found(group.start, group.end, peak, energy, group.boxes[peak][1])
