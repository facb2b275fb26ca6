"""Shots that begin at the very frame at which their cut lies, and end there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from vkeyframe.analysis.sample import ShotSpan, ShotStart, Transition
from vkeyframe.video.cut_frames import Gap
from vkeyframe.video.frame import FrameTime


def place_cuts(shots: Sequence[ShotSpan], narrow: Callable[[list[Gap]], list[Gap | None]]) -> tuple[ShotSpan, ...]:
    """Let the shots that follow a cut begin where it lies, and the shots before them end there.

    Parameters
    ----------
    shots : sequence of ShotSpan
        In order of time; where it is not known better, a cut is said to lie half-way between the two samples beside it.
    narrow : callable
        Narrows gaps to two frames next to each other, or to None.
    """
    placed = list(shots)
    cuts = {number: shot.bounds for number, shot in enumerate(shots) if shot.bounds is not None and shot.bounds.kind == "cut"}
    gaps = narrow([Gap(cut.before, cut.after) for cut in cuts.values()]) if cuts else []
    for number, gap in zip(cuts, gaps, strict=True):
        start = placed[number].start
        if gap is None:
            before, after = placed[number - 1].end, FrameTime(start.frame, start.time)
        else:
            before, after = gap.before, gap.after
        start = ShotStart(after.index, after.time, before.time)
        placed[number] = replace(placed[number], start=start, bounds=Transition("cut", before, after))
        placed[number - 1] = replace(placed[number - 1], end=before)
    return tuple(placed)


def with_stops(shots: Sequence[ShotSpan], fps: float) -> tuple[ShotSpan, ...]:
    """Give each shot the first frame that is no longer in it: that of the next shot, or one behind the video."""
    starts = [FrameTime(shot.start.frame, shot.start.time) for shot in shots[1:]]
    ends = [FrameTime(shot.end.index + 1, round(shot.end.time + 1.0 / fps, 6)) for shot in shots[-1:]]
    return tuple(replace(shot, stop=stop) for shot, stop in zip(shots, starts + ends, strict=True))
