"""Key actions: stretches of a shot in which much more moves than usual."""

from dataclasses import dataclass

import numpy as np

from vkeyframe.analysis.features import FrameFeatures
from vkeyframe.report.describe import about

# Against the restlessness that half of the shot stays below, and the noise of sensor and codec.
ABOVE_USUAL = 2.5
NOISE = 0.8
SHORTEST = 0.25


@dataclass(frozen=True, slots=True)
class Action:
    """A part of a shot in which much more moves than in the rest of the shot."""

    start_frame: int = about("First frame of the action, 0-based in display order.", minimum=0)
    end_frame: int = about("Last analysed frame of the action, inclusive.", minimum=0)
    start_time: float = about("Presentation time of the first frame, in seconds from the first frame of the video.", minimum=0)
    end_time: float = about("Presentation time of the last frame, in seconds.", minimum=0)
    peak_frame: int = about("The analysed frame in which most moves.", minimum=0)
    energy: float = about(
        "How much moves, in grey levels, 0 to 255: the mean over the action's frames of how much the brightness of the picture "
        "changes from one analysed frame to the next, exposure aside.",
        minimum=0,
    )


@dataclass(slots=True)
class _Motion:
    frame: int
    time: float
    energy: float


class ActionFinder:
    """Gathers the motion of the open shot and finds its actions when it ends."""

    def __init__(self) -> None:
        self._motion: list[_Motion] = []
        self._before: FrameFeatures | None = None

    def take(self, features: FrameFeatures) -> None:
        """Add the next analysed frame: the mean absolute change of luma, exposure aside."""
        energy = 0.0
        if self._before is not None:
            moved = features.luma - self._before.luma
            energy = float(np.abs(moved - np.median(moved)).mean())
        self._before = features
        self._motion.append(_Motion(features.index, features.time, energy))

    def end_shot(self, last: int | None) -> list[Action]:
        """Return the actions up to frame `last` (None: all), in order of time."""
        motion = [m for m in self._motion if last is None or m.frame <= last]
        self._motion, self._before = [], None
        if len(motion) < 4:
            return []
        level = max(NOISE, ABOVE_USUAL * float(np.median([m.energy for m in motion[1:]])))
        actions = []
        run: list[_Motion] = []
        for moment in [*motion, _Motion(-1, 0.0, -1.0)]:
            if moment.energy > level:
                run.append(moment)
            elif run:
                if run[-1].time - run[0].time >= SHORTEST:
                    actions.append(_action(run))
                run = []
        return actions


def _action(run: list[_Motion]) -> Action:
    peak = max(run, key=lambda m: m.energy)
    energy = sum(m.energy for m in run) / len(run)
    return Action(run[0].frame, run[-1].frame, round(run[0].time, 6), round(run[-1].time, 6), peak.frame, round(energy, 4))
