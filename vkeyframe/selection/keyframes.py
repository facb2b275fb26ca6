"""From the ranking to the keyframes of the report."""

from vkeyframe.analysis.attention import find_regions
from vkeyframe.output.naming import picture_name
from vkeyframe.output.spool import PictureSpool
from vkeyframe.report.records import Keyframe, Scores
from vkeyframe.selection.candidates import Candidate
from vkeyframe.selection.ranking import Choice
from vkeyframe.timing import format_timecode


def choose_keyframes(
    candidates: list[Candidate], choices: tuple[Choice, ...], template: str, name: str, spool: PictureSpool
) -> tuple[Keyframe, ...]:
    """Make keyframes of the chosen, give their pictures their names, and delete all other pictures.

    Parameters
    ----------
    candidates : list of Candidate
    choices : tuple of Choice
        The best first.
    template, name : str
        Name template of the pictures, and what stands for ``{name}`` in it.
    spool : PictureSpool
        Which holds the candidates' pictures, all on disk.

    Returns
    -------
    tuple of Keyframe
        In order of time.
    """
    chosen = sorted(enumerate(choices, 1), key=lambda item: candidates[item[1].candidate].pick.features.index)
    taken = {choice.candidate for _, choice in chosen}
    for number, candidate in enumerate(candidates):
        if number not in taken:
            spool.drop(candidate.token)
    most_gain = max(choice.gain for _, choice in chosen)
    sharpest: dict[int, float] = {}
    for candidate in candidates:
        sharpest[candidate.shot] = max(sharpest.get(candidate.shot, 0.0), candidate.pick.sharpness)
    keyframes = []
    for index, (rank, choice) in enumerate(chosen):
        candidate = candidates[choice.candidate]
        frame = candidate.pick.features
        stem = picture_name(template, name=name, index=index, shot=candidate.shot, frame=frame.index, rank=rank, time=frame.time)
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
                heads={head: round(share, 4) for head, share in candidate.attention.heads.items()},
                regions=find_regions(candidate.attention.map, *spool.size),
                file=spool.name(candidate.token, stem),
                width=spool.size[0],
                height=spool.size[1],
            )
        )
    return tuple(keyframes)


def _score(choice: Choice, candidate: Candidate, most_gain: float, sharpest: float) -> Scores:
    return Scores(
        coverage=round(choice.gain / most_gain, 4) if most_gain > 0 else 0.0,
        attention=round(choice.attention, 4),
        sharpness=round(candidate.pick.sharpness / sharpest, 4) if sharpest > 0 else 0.0,
        exposure=round(candidate.pick.exposure, 4),
    )
