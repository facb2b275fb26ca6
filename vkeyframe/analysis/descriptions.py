"""The records of shots and transitions, as reports have them."""

from __future__ import annotations

from vkeyframe.analysis.analyser import Analysis
from vkeyframe.analysis.sample import ShotSpan
from vkeyframe.report.records import Shot, Transition


def describe_shot(span: ShotSpan, attention: float) -> Shot:
    """Make the record of a shot that has its share of the video's attention."""
    stop = span.stop or span.end
    return Shot(
        index=span.index,
        start_frame=span.start.frame,
        end_frame=span.end.index,
        start_time=span.start.time,
        end_time=span.end.time,
        transition=span.transition,
        attention=attention,
        end_frame_exclusive=stop.index,
        end_time_exclusive=stop.time,
        length_frames=stop.index - span.start.frame,
        length_seconds=round(stop.time - span.start.time, 6),
    )


def describe_transitions(analysis: Analysis) -> tuple[Transition, ...]:
    """Make the records of the transitions."""
    return tuple(
        Transition(bounds.kind, span.index, bounds.before.index, bounds.after.index, bounds.before.time, bounds.after.time)
        for span in analysis.shots
        if (bounds := span.bounds) is not None
    )
