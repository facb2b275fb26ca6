"""A keyframe for each line of dialogue: the sharpest frame while it is said."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from vkeyframe.analysis.features import FrameFeatures
from vkeyframe.analysis.sections import Line
from vkeyframe.selection.candidates import Candidate
from vkeyframe.selection.segments import Keep, Segment, SegmenterFactory

# What is left of the fitness of a sample whose sharpest frame may be one before the line begins.
EDGE = 0.01
# By how many seconds a keyframe may miss a line that is shorter than the gap between two samples, an eighth of a second.
NEAR_SECONDS = 0.15


class LineSegmenter:
    """Divides a shot where lines of dialogue begin and end, so that in a segment the same lines are said all the time.

    Parameters
    ----------
    numbers : iterator of int
    edges : sequence of float
        When lines begin and end, in seconds, sorted.
    said : sequence of bool
        Whether anything is said behind each edge.
    """

    def __init__(self, numbers: Iterator[int], edges: Sequence[float], said: Sequence[bool]) -> None:
        self._numbers, self._edges, self._said = numbers, edges, said
        self._place = -1
        self._number = -1
        self._before: float | None = None
        self._kinds: dict[int, bool] = {}

    def place(self, features: FrameFeatures) -> tuple[int, float]:
        """Place the next sample."""
        place = bisect_right(self._edges, features.time)
        if place != self._place:
            self._place, self._number = place, next(self._numbers)
            self._kinds[self._number] = place > 0 and self._said[place - 1]
        begin = self._edges[place - 1] if place else 0.0
        reaches_back = self._before is not None and self._before < begin
        self._before = features.time
        return self._number, EDGE if reaches_back else 1.0

    def segment(self, number: int) -> Segment:
        """Describe a segment."""
        return Segment(number, "line of dialogue", Keep.YES) if self._kinds[number] else Segment(number, "pause", Keep.NO)


def line_segmenter(lines: Sequence[Line]) -> SegmenterFactory:
    """Return what makes a segmenter for each shot."""
    # However short a line is, a sample falls into it.
    times = [(line.start_time, max(line.end_time, line.start_time + NEAR_SECONDS)) for line in lines]
    edges = sorted({time for each in times for time in each})
    places = {edge: place for place, edge in enumerate(edges)}
    # How many lines begin less how many end at each edge.
    changes = [0] * len(edges)
    for begin, end in times:
        changes[places[begin]] += 1
        changes[places[end]] -= 1
    said, count = [], 0
    for change in changes:
        count += change
        said.append(count > 0)
    return lambda numbers: LineSegmenter(numbers, edges, said)


def without_pauses(candidates: list[Candidate], _shots: int) -> list[Candidate]:
    """Leave out the pauses between lines, but for the best of each shot; there are as many pauses as lines."""
    best: dict[int, Candidate] = {}
    for candidate in candidates:
        if candidate.segment.keyworthy is Keep.NO:
            best[candidate.shot] = max(best.get(candidate.shot, candidate), candidate, key=lambda each: each.best.quality)
    kept = [each for each in candidates if each.segment.keyworthy is not Keep.NO or each is best[each.shot]]
    return candidates if len(kept) == len(candidates) else kept


@dataclass(frozen=True, slots=True)
class Dialogue:
    """The candidates for lines of dialogue.

    Attributes
    ----------
    candidates : list of Candidate
        In order of time, one for each line; two lines share one where there is no other frame.
    frames : tuple of int or None
        The frame of each line's candidate; None where no frame falls into it.
    """

    candidates: list[Candidate]
    frames: tuple[int | None, ...]

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the user should know, one sentence each."""
        if not self.candidates:
            return ("Nothing is said in the part that was read; the keyframes are the best look at each shot instead.",)
        lost = self.frames.count(None)
        return (f"{lost} of {len(self.frames)} lines have no keyframe; no frame in them could be one.",) if lost else ()


def of_lines(candidates: list[Candidate], lines: Sequence[Line]) -> Dialogue:
    """Choose the candidate for each line: the best in the shot that has the most of the line.

    Lines that are said at the same time have different frames as far as there are any.

    Parameters
    ----------
    candidates : list of Candidate
        In order of time, as `LineSegmenter` divides them.
    lines : sequence of Line
        In order of time.
    """
    spoken = [candidate for candidate in candidates if candidate.segment.keyworthy is Keep.YES]
    lasts = [candidate.last.time for candidate in spoken]
    chosen: list[int | None] = []
    used: set[int] = set()
    for line in lines:
        # Candidates of later shots and segments end later.
        first = bisect_right(lasts, line.start_time - NEAR_SECONDS)
        inside = []
        for place in range(first, len(spoken)):
            if spoken[place].first.time > line.end_time + NEAR_SECONDS:
                break
            inside.append(place)
        found = _best(spoken, inside, line, used)
        chosen.append(found)
        if found is not None:
            used.add(found)
    frames = tuple(None if place is None else spoken[place].best.features.index for place in chosen)
    return Dialogue([spoken[place] for place in sorted(used)], frames)


def _best(spoken: list[Candidate], places: list[int], line: Line, used: set[int]) -> int | None:
    """Choose among the candidates near a line."""
    times = {place: spoken[place].best.features.time for place in places}
    inside = [place for place in places if line.start_time <= times[place] <= line.end_time]
    if not inside:
        near = [p for p in places if line.start_time - NEAR_SECONDS <= times[p] <= line.end_time + NEAR_SECONDS]
        middle = (line.start_time + line.end_time) / 2
        return min(near, key=lambda place: (place in used, abs(times[place] - middle)), default=None)
    frames: dict[int, int] = {}
    for place in inside:
        frames[spoken[place].shot] = frames.get(spoken[place].shot, 0) + spoken[place].frame_count
    return max(inside, key=lambda p: (p not in used, frames[spoken[p].shot], spoken[p].best.quality))
