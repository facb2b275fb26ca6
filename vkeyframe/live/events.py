"""Shots and actions, told as soon as they have ended, also in a shot that never ends."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from vkeyframe.analysis.actions import ActionFinder
from vkeyframe.analysis.analyser import Analyser
from vkeyframe.analysis.sample import Sample, ShotSpan
from vkeyframe.analysis.sections import Action
from vkeyframe.report.video_info import VideoInfo


@dataclass(frozen=True, slots=True)
class EventTuning:
    """When an action has ended for certain; set by eye.

    Attributes
    ----------
    rest_samples : int
        So many samples in a row nothing must move before a still camera, 1 s; what follows sooner may be the same action.
    most_samples : int
        After so many, 30 s, what has ended by then is told in any case: before a moving camera, or where something always moves.
    """

    rest_samples: int = 8
    most_samples: int = 240


TUNING = EventTuning()


class LiveActions(Analyser[tuple[Action, ...]]):
    """Finds actions as `ActionFinder` does, and gives them on the way.

    Parameters
    ----------
    on_action : callable
        Called with each action.
    """

    def __init__(self, on_action: Callable[[Action], None]) -> None:
        self._finder = ActionFinder()
        self._on_action = on_action
        self._found: list[Action] = []
        self._shot = self._since = self._resting = 0

    def begin(self, video: VideoInfo) -> None:
        """Take note of the size of the picture."""
        self._finder.begin(video)

    def push(self, sample: Sample) -> None:
        """Take the next sample of the open shot."""
        self._finder.push(sample)
        self._since += 1
        self._resting = self._resting + 1 if self._finder.at_rest else 0
        if self._resting == TUNING.rest_samples or self._since >= TUNING.most_samples:
            self._settle()

    def end_shot(self, shot: ShotSpan) -> None:
        """Find what is left in the shot."""
        self._finder.end_shot(shot)
        self._settle()
        self._shot = shot.index + 1

    def finish(self) -> tuple[Action, ...]:
        """Return all actions, in order of time."""
        return tuple(sorted(self._found, key=lambda action: (action.start_frame, action.end_frame)))

    def _settle(self) -> None:
        self._since = 0
        for action in self._finder.settle(self._shot):
            self._found.append(action)
            self._on_action(action)


class ShotWatch(Analyser[None]):
    """Gives each shot when its end is certain.

    Parameters
    ----------
    on_shot : callable
        Called with each shot.
    """

    def __init__(self, on_shot: Callable[[ShotSpan], None]) -> None:
        self._on_shot = on_shot

    def end_shot(self, shot: ShotSpan) -> None:
        """Take note of the end of a shot."""
        self._on_shot(shot)

    def finish(self) -> None:
        """Return nothing: the shots have been told."""
