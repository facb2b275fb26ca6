"""From the ranking to the keyframes of the report."""

from vkeyframe.analysis.attention import find_regions
from vkeyframe.output.naming import PictureLabel, picture_name
from vkeyframe.report.records import Heads, Keyframe, Scores
from vkeyframe.selection.candidates import Candidate
from vkeyframe.selection.ranking import Choice
from vkeyframe.selection.sink import PictureSink
from vkeyframe.timing import format_timecode


def choose_keyframes(
    candidates: list[Candidate],
    choices: tuple[Choice, ...],
    template: str,
    name: str,
    sink: PictureSink,
    size: tuple[int, int],
) -> tuple[Keyframe, ...]:
    """Make keyframes of the chosen, give their pictures their names, and delete all other pictures.

    Parameters
    ----------
    candidates : list of Candidate
    choices : tuple of Choice
        The best first.
    template, name : str
        Name template of the pictures, and what stands for ``{name}`` in it.
    sink : PictureSink
        Which holds the candidates' pictures.
    size : (int, int)
        Width and height of the pictures in pixels.

    Returns
    -------
    tuple of Keyframe
        In order of time.
    """
    chosen = sorted(enumerate(choices, 1), key=lambda item: candidates[item[1].candidate].pick.features.index)
    most_gain = max(choice.gain for _, choice in chosen)
    sharpest: dict[int, float] = {}
    for candidate in candidates:
        sharpest[candidate.shot] = max(sharpest.get(candidate.shot, 0.0), candidate.pick.sharpness)
    files = _publish(candidates, chosen, template, name, sink)
    keyframes = []
    for index, (rank, choice) in enumerate(chosen):
        candidate = candidates[choice.candidate]
        frame = candidate.pick.features
        scores = _score(choice, candidate, most_gain, sharpest[candidate.shot])
        keyframes.append(
            Keyframe(
                index=index,
                frame=frame.index,
                frame_exact=candidate.pick.index_exact,
                time=frame.time,
                timecode=format_timecode(frame.time),
                shot=candidate.shot,
                rank=rank,
                score=round((scores.coverage + scores.attention + scores.sharpness + scores.exposure) / 4, 4),
                scores=scores,
                heads=Heads(**{head: round(share, 4) for head, share in candidate.attention.heads.items()}),
                regions=find_regions(candidate.attention.map, *size),
                file=None if candidate.token is None else files[candidate.token],
                width=size[0],
                height=size[1],
            )
        )
    return tuple(keyframes)


def _publish(
    candidates: list[Candidate], chosen: list[tuple[int, Choice]], template: str, name: str, sink: PictureSink
) -> dict[int, str]:
    """Name the pictures of the chosen, given with their ranks in order of time; returns the file of each token."""
    stems = {}
    for index, (rank, choice) in enumerate(chosen):
        candidate = candidates[choice.candidate]
        if candidate.token is not None:
            frame = candidate.pick.features
            label = PictureLabel(name, index, candidate.shot, frame.index, rank, frame.time)
            stems[candidate.token] = picture_name(template, label)
    return sink.publish(stems)


def _score(choice: Choice, candidate: Candidate, most_gain: float, sharpest: float) -> Scores:
    return Scores(
        coverage=round(choice.gain / most_gain, 4) if most_gain > 0 else 0.0,
        attention=round(choice.attention, 4),
        sharpness=round(candidate.pick.sharpness / sharpest, 4) if sharpest > 0 else 0.0,
        exposure=round(candidate.pick.exposure, 4),
    )
