"""The choice before a still camera rests on the list of actions: each is shown, and none too often."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from vkeyframe.analysis.sections import Action
from vkeyframe.report.records import Keyframe
from vkeyframe.selection.candidates import Candidate
from vkeyframe.selection.choice import Selection
from vkeyframe.selection.ranked import Choice
from vkeyframe.selection.request import SelectionRequest


@dataclass(frozen=True, slots=True)
class EventTuning:
    """How many keyframes an action may have; set on nine clips before still cameras in which people marked the events.

    Attributes
    ----------
    seconds_each : float
        One, and another for each so many seconds of it.
    edge_seconds : float
        What is so near to it shows the same.
    """

    seconds_each: float = 4.0
    edge_seconds: float = 0.5


TUNING = EventTuning()


def rest_on_actions(
    selection: Selection, candidates: list[Candidate], actions: Sequence[Action], request: SelectionRequest
) -> Selection:
    """Leave out what shows no more than an action that has its keyframes, and add one for each action that has none.

    Parameters
    ----------
    selection : Selection
        What new content alone would choose.
    candidates : list of Candidate
        In order of time.
    actions : sequence of Action
    request : SelectionRequest
        Without a number; `most` and `min_gap` hold.
    """
    times = [candidate.best.features.time for candidate in candidates]
    left = [_most_keyframes(action) for action in actions]
    spare = dict(selection.unusable)
    kept: list[Choice] = []
    for choice in selection.choices:
        time = times[choice.candidate]
        inside = [number for number, action in enumerate(actions) if _holds(action, time, TUNING.edge_seconds)]
        if inside and choice.needed and not any(left[number] > 0 for number in inside):
            action = actions[inside[0]]
            spare[choice.candidate] = f"the action from {action.start_time:.2f} s to {action.end_time:.2f} s is shown already"
            continue
        kept.append(choice)
        for number in inside:
            left[number] -= 1
    for action in sorted(actions, key=lambda action: -action.energy):
        if not any(_holds(action, times[choice.candidate]) for choice in kept):
            found = _best_look(action, candidates, selection, [times[choice.candidate] for choice in kept], request.min_gap)
            if found is not None:
                reason = f"the best look at the action from {action.start_time:.2f} s to {action.end_time:.2f} s"
                kept.append(Choice(found, 0.0, float(selection.ranking.attention[found]), True, reason))
    return replace(selection, choices=tuple(kept[: request.most]), unusable=spare)


def with_keyframes(actions: Sequence[Action], keyframes: Sequence[Keyframe]) -> tuple[Action, ...]:
    """Tell of each action which keyframe shows it best: the one in it that is nearest to its peak."""
    shown = []
    for action in actions:
        peak = action.start_time if action.peak_time is None else action.peak_time
        inside = [keyframe for keyframe in keyframes if _holds(action, keyframe.time) and keyframe.shot == action.shot]
        best = min(inside, key=lambda keyframe: abs(keyframe.time - peak), default=None)
        shown.append(replace(action, keyframe=None if best is None else best.index))
    return tuple(shown)


def _most_keyframes(action: Action) -> int:
    return 1 + int((action.end_time - action.start_time) / TUNING.seconds_each)


def _holds(action: Action, time: float, edge: float = 1e-6) -> bool:
    return action.start_time - edge <= time <= action.end_time + edge


def _best_look(
    action: Action, candidates: list[Candidate], selection: Selection, chosen: list[float], min_gap: float
) -> int | None:
    """Return the candidate of good quality nearest to the peak of an action; None if there is none in it."""
    peak = action.start_time if action.peak_time is None else action.peak_time
    length = max(action.end_time - action.start_time, 1e-6)
    best, most = None, 0.0
    for number, candidate in enumerate(candidates):
        time = candidate.best.features.time
        if number in selection.unusable or not _holds(action, time):
            continue
        if any(abs(time - other) < min_gap - 1e-6 for other in chosen):
            continue
        value = candidate.best.quality * (1.0 - min(0.9, abs(time - peak) / length)) + 1e-9
        if value > most:
            best, most = number, value
    return best
