"""Which words belong to a shot, and to a keyframe."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate

from vkeyframe.analysis.sample import ShotSpan
from vkeyframe.analysis.sections import Line
from vkeyframe.report.records import Report

# A line belongs to a time of which it fills this many seconds; subtitles stay a little too long.
ENOUGH_SECONDS = 0.5
# Or this share of the line, or of the time.
ENOUGH_SHARE = 0.5


class Said:
    """What is said, to be asked for by time.

    Parameters
    ----------
    lines : sequence of Line
        In order of time.
    """

    def __init__(self, lines: Sequence[Line]) -> None:
        self.lines = lines
        self._starts = [line.start_time for line in lines]
        # A line may last longer than the next one.
        self._ends = list(accumulate((line.end_time for line in lines), max))

    def between(self, start: float, end: float) -> list[Line]:
        """Return the lines that are said at least in part between two times in seconds."""
        some = self.lines[bisect_left(self._ends, start) : bisect_left(self._starts, end)]
        return [line for line in some if _common(line, start, end) > 0.0]

    def within(self, shots: Sequence[ShotSpan]) -> Said:
        """Return what of it is said in these shots, which follow on each other."""
        last = shots[-1]
        return Said(self.between(shots[0].start.time, (last.stop or last.end).time))

    def text(self, start: float, end: float) -> str:
        """Return the lines that belong to the time between two others, a line a row; empty where nothing is said."""
        return "\n".join(line.text for line in self.between(start, end) if _belongs(line, start, end))


def with_words(report: Report, said: Said, frames: Sequence[int | None] | None = None) -> Report:
    """Add to a report what is said: its lines, and the text of shots and keyframes.

    A line that lies over a cut belongs to both shots, if it is half a second in each. A keyframe has what is said in the time
    that it stands for; where keyframes were chosen for lines, the lines that it was chosen for.

    Parameters
    ----------
    report : Report
    said : Said
    frames : sequence of int or None, optional
        The frame that was chosen for each line, None where there is none.
    """
    shots = tuple(
        replace(shot, text=said.text(shot.start_time, shot.end_time_exclusive or shot.end_time)) for shot in report.shots
    )
    lines = tuple(said.lines)
    if frames is None:
        texts = {
            keyframe.index: said.text(keyframe.span_start_time or 0.0, keyframe.span_end_time_exclusive or 0.0)
            for keyframe in report.keyframes
        }
    else:
        by_frame = {keyframe.frame: keyframe.index for keyframe in report.keyframes}
        pairs = zip(lines, frames, strict=True)
        lines = tuple(replace(line, keyframe=None if frame is None else by_frame.get(frame)) for line, frame in pairs)
        texts = _by_keyframe(lines)
    keyframes = tuple(replace(keyframe, text=texts.get(keyframe.index, "")) for keyframe in report.keyframes)
    return replace(report, shots=shots, keyframes=keyframes, sections={**report.sections, "lines": lines})


def _by_keyframe(lines: Sequence[Line]) -> dict[int, str]:
    texts: dict[int, list[str]] = {}
    for line in lines:
        if line.keyframe is not None:
            texts.setdefault(line.keyframe, []).append(line.text)
    return {index: "\n".join(rows) for index, rows in texts.items()}


def _common(line: Line, start: float, end: float) -> float:
    return min(line.end_time, end) - max(line.start_time, start)


def _belongs(line: Line, start: float, end: float) -> bool:
    common, length = _common(line, start, end), min(line.end_time - line.start_time, end - start)
    return common >= min(ENOUGH_SECONDS, ENOUGH_SHARE * length)
