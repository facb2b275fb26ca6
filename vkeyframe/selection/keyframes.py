"""From the choice to the keyframes of the report."""

from collections.abc import Callable
from dataclasses import dataclass, field

from vkeyframe.report.records import Heads, Keyframe, Region, Scores
from vkeyframe.selection.candidates import Candidate, sharpest_of_shots
from vkeyframe.selection.ranked import Choice
from vkeyframe.timing import format_timecode


@dataclass(frozen=True, slots=True)
class Seen:
    """What is seen in the picture of a keyframe; its fields are those of `Keyframe`."""

    heads: Heads = field(default_factory=Heads)
    regions: tuple[Region, ...] = ()
    attention_map: str | None = None


# Looks at the picture of a candidate.
Look = Callable[[Candidate], Seen]


def make_keyframes(
    candidates: list[Candidate], choices: tuple[Choice, ...], size: tuple[int, int], look: Look
) -> list[tuple[Keyframe, int | None]]:
    """Make keyframes of the choices.

    Parameters
    ----------
    candidates : list of Candidate
    choices : tuple of Choice
        The best first, at least one.
    size : (int, int)
        Width and height of the pictures.
    look : callable
        Is called once for each choice.

    Returns
    -------
    list of (Keyframe, token)
        In order of time, each with the token of its picture; the name of the picture's file is yet to be filled in.
    """
    chosen = sorted(enumerate(choices, 1), key=lambda item: candidates[item[1].candidate].best.features.index)
    most_gain = max(choice.gain for choice in choices)
    sharpest = sharpest_of_shots(candidates)
    keyframes = []
    for index, (rank, choice) in enumerate(chosen):
        candidate = candidates[choice.candidate]
        frame = candidate.best.features
        seen = look(candidate)
        scores = _score(choice, candidate, most_gain, sharpest[candidate.shot])
        keyframe = Keyframe(
            index=index,
            frame=frame.index,
            frame_exact=candidate.best.index_exact,
            time=frame.time,
            timecode=format_timecode(frame.time),
            shot=candidate.shot,
            rank=rank,
            score=round((scores.coverage + scores.attention + scores.sharpness + scores.exposure) / 4, 4),
            scores=scores,
            heads=seen.heads,
            regions=seen.regions,
            attention_map=seen.attention_map,
            file=None,
            width=size[0],
            height=size[1],
        )
        keyframes.append((keyframe, candidate.token))
    return keyframes


def _score(choice: Choice, candidate: Candidate, most_gain: float, sharpest: float) -> Scores:
    return Scores(
        coverage=round(choice.gain / most_gain, 4) if most_gain > 0 else 0.0,
        attention=round(choice.attention, 4),
        sharpness=round(candidate.best.sharpness / sharpest, 4) if sharpest > 0 else 0.0,
        exposure=round(candidate.best.exposure, 4),
    )
