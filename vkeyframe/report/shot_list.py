"""The shots of a video by themselves, as lists of shots are made of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

from vkeyframe.report.records import Decoding, Report, Shot, Transition
from vkeyframe.report.video_info import VideoInfo
from vkeyframe.timing import Position

# Times are rounded to microseconds.
_ROUNDING = 1e-6


@dataclass(frozen=True, slots=True)
class ShotList:
    """A video, what the decoder did, and the shots with the transitions between them.

    The shots have an attention of 0 where no keyframes were chosen.
    """

    video: VideoInfo
    decoding: Decoding
    shots: tuple[Shot, ...]
    transitions: tuple[Transition, ...]

    @classmethod
    def of(cls, report: Report) -> Self:
        """Take the shots out of a report."""
        return cls(report.video, report.decoding, report.shots, report.transitions)


def without_short_shots(found: ShotList, least: Position) -> ShotList:
    """Join shots that are shorter than a length with the next one, and the last one with the one before it.

    Parameters
    ----------
    found : ShotList
    least : Position
        Seconds, or a number of frames.

    Returns
    -------
    ShotList
        No shot in it is shorter, unless all the video is. What began with a transition that is gone begins nowhere; the
        indices count on.
    """
    groups: list[list[Shot]] = []
    for shot in found.shots:
        if groups and _is_short(groups[-1], least):
            groups[-1].append(shot)
        else:
            groups.append([shot])
    if len(groups) > 1 and _is_short(groups[-1], least):
        last = groups.pop()
        groups[-1] += last
    shots = tuple(_joined(index, group) for index, group in enumerate(groups))
    new_index = {group[0].index: index for index, group in enumerate(groups)}
    kept = [replace(each, shot=new_index[each.shot]) for each in found.transitions if new_index.get(each.shot)]
    return replace(found, shots=shots, transitions=tuple(kept))


def _is_short(group: list[Shot], least: Position) -> bool:
    if least.frame is not None:
        return sum(shot.length_frames or 0 for shot in group) < least.frame
    return sum(shot.length_seconds or 0.0 for shot in group) < (least.time or 0.0) - _ROUNDING


def _joined(index: int, group: list[Shot]) -> Shot:
    first, last = group[0], group[-1]
    stop_frame, stop_time = last.end_frame_exclusive, last.end_time_exclusive
    return replace(
        first,
        index=index,
        end_frame=last.end_frame,
        end_time=last.end_time,
        attention=round(sum(shot.attention for shot in group), 6),
        end_frame_exclusive=stop_frame,
        end_time_exclusive=stop_time,
        length_frames=None if stop_frame is None else stop_frame - first.start_frame,
        length_seconds=None if stop_time is None else round(stop_time - first.start_time, 6),
    )
