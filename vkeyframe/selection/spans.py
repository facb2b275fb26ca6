"""The part of its shot that each keyframe stands for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from vkeyframe.report.records import Keyframe, Shot
from vkeyframe.video.frame import FrameTime


def with_spans(keyframes: Sequence[Keyframe], shots: Sequence[Shot]) -> tuple[Keyframe, ...]:
    """Give each keyframe the frames of its shot that are nearer to it than to another keyframe; of two as near the earlier one.

    The time of a frame half-way is reckoned from those of the keyframes beside it.

    Parameters
    ----------
    keyframes : sequence of Keyframe
        In order of time.
    shots : sequence of Shot
        All shots; a keyframe names one by its place among them.
    """
    spanned = []
    for shot in shots:
        own = [keyframe for keyframe in keyframes if keyframe.shot == shot.index]
        if not own or shot.end_frame_exclusive is None or shot.end_time_exclusive is None:
            spanned += own
            continue
        start, stop = FrameTime(shot.start_frame, shot.start_time), FrameTime(shot.end_frame_exclusive, shot.end_time_exclusive)
        edges = [start, *(_half_way(one, other) for one, other in pairwise(own)), stop]
        for keyframe, (begin, end) in zip(own, pairwise(edges), strict=True):
            spanned.append(
                replace(
                    keyframe,
                    span_start_frame=begin.index,
                    span_end_frame_exclusive=end.index,
                    span_start_time=begin.time,
                    span_end_time_exclusive=end.time,
                )
            )
    return tuple(sorted(spanned, key=lambda keyframe: keyframe.index))


def _half_way(one: Keyframe, other: Keyframe) -> FrameTime:
    """Return the first frame that is nearer to the later of two keyframes."""
    index = (one.frame + other.frame) // 2 + 1
    share = (index - one.frame) / max(other.frame - one.frame, 1)
    return FrameTime(index, round(one.time + share * (other.time - one.time), 6))
