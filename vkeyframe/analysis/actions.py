"""Key actions: parts of a shot in which much more moves than usual."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vkeyframe.analysis.analyser import Analyser
from vkeyframe.analysis.features import FrameFeatures
from vkeyframe.analysis.sample import Sample, ShotSpan
from vkeyframe.analysis.sections import Action
from vkeyframe.kernels.grid import exposure_free_difference


@dataclass(frozen=True, slots=True)
class ActionTuning:
    """When something is an action; set by eye on real clips.

    Attributes
    ----------
    above_usual : float
        How many times the median motion of the shot there must be.
    noise : float
        Motion below this, in grey levels, is noise of the sensor and the codec.
    shortest_seconds : float
    fewest_samples : int
        A shot with fewer has no usual motion.
    """

    above_usual: float = 2.5
    noise: float = 0.8
    shortest_seconds: float = 0.25
    fewest_samples: int = 4


TUNING = ActionTuning()


@dataclass(frozen=True, slots=True)
class _Motion:
    """Mean change of luma since the sample before, in grey levels."""

    frame: int
    time: float
    energy: float


class ActionFinder(Analyser[tuple[Action, ...]]):
    """Gathers the motion of the open shot, and finds its actions when it ends."""

    def __init__(self) -> None:
        self._motion: list[_Motion] = []
        self._before: FrameFeatures | None = None
        self._found: list[Action] = []

    def push(self, sample: Sample) -> None:
        """Take the next sample of the open shot."""
        features = sample.features
        energy = 0.0
        if self._before is not None:
            energy = float(exposure_free_difference(self._before.luma, features.luma).mean())
        self._before = features
        self._motion.append(_Motion(features.index, features.time, energy))

    def end_shot(self, shot: ShotSpan) -> None:  # noqa: ARG002
        """Find the actions of the shot."""
        motion, self._motion, self._before = self._motion, [], None
        if len(motion) < TUNING.fewest_samples:
            return
        level = max(TUNING.noise, TUNING.above_usual * float(np.median([moment.energy for moment in motion[1:]])))
        run: list[_Motion] = []
        for moment in [*motion, _Motion(-1, 0.0, -1.0)]:
            if moment.energy > level:
                run.append(moment)
            elif run:
                if run[-1].time - run[0].time >= TUNING.shortest_seconds:
                    self._found.append(_action(run))
                run = []

    def finish(self) -> tuple[Action, ...]:
        """Return all actions, in order of time."""
        return tuple(self._found)


def _action(run: list[_Motion]) -> Action:
    peak = max(run, key=lambda moment: moment.energy)
    energy = sum(moment.energy for moment in run) / len(run)
    return Action(run[0].frame, run[-1].frame, round(run[0].time, 6), round(run[-1].time, 6), peak.frame, round(energy, 4))
