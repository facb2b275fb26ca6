"""Where shots begin and end: cuts, dissolves, fades and wipes, found online."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product
from math import exp

import numpy as np

from vkeyframe.analysis.change import NO_CHANGE, Change, measure_change
from vkeyframe.analysis.features import FrameFeatures
from vkeyframe.analysis.gradual import GRADUAL, Gradual, GradualTuning, is_mid_fade, judge_gradual
from vkeyframe.analysis.ramp import TUNING as RAMP
from vkeyframe.analysis.ramp import find_ends
from vkeyframe.analysis.sample import Sample, ShotStart
from vkeyframe.video.frame import FrameTime


@dataclass(frozen=True, slots=True)
class CutTuning:
    """When a change is a cut; read off composed edits of real clips, and films with known cuts.

    Attributes
    ----------
    strength, restless_strength, restlessness : float
        How strong a change must be: `strength` where all else is still, rising by up to `restless_strength` with the changes
        next to it, by 63 % of that when these come to `restlessness`.
    usual_context : float
        What a change next to one is taken for where there is none to compare with.
    unmatched_texture : float
        Changes below this are not looked at.
    noiseless : float
        Colour difference (ΔE) below which there is not even noise, as on slides and screens (a camera has 0.4 and more).
        There it is enough that `lost_texture` of the picture is gone and the colours differ by `lost_distance`.
    bonus : float
        How much better than a cut what overlaps it must be explained as a gradual transition; where frames have lost contrast
        as in a fade, how much worse it may be.
    context_seconds : float
        Frames further apart do not show the same moment.
    spread, spread_distance, times, restless_times : float
        Under a ticker or in one studio less is new. A change is a cut as well where it is in `spread` of the picture without
        the third that changes the most, and the colours there differ by `spread_distance` at least and by `times` as much as
        beside it, and `restless_times` more for all of the texture that changes beside it. Two cuts of a news programme had
        1.1 and 1.3 times what is asked for, the next of 1,100 other changes 0.7.
    overwhelming_texture, overwhelming_distance : float
        A change with so much new texture and such a difference of colours beside a gap is a cut too, and no motion;
    faded : float
        but where one of the frames has less than this share of the contrast of another, all may be a fade.
    """

    strength: float = 0.56
    restless_strength: float = 0.35
    restlessness: float = 0.3
    usual_context: float = 0.025
    unmatched_texture: float = 0.3
    noiseless: float = 0.25
    lost_texture: float = 0.06
    lost_distance: float = 1.5
    bonus: float = 0.15
    context_seconds: float = 0.6
    spread: float = 0.35
    spread_distance: float = 3.0
    times: float = 2.0
    restless_times: float = 7.0
    overwhelming_texture: float = 0.9
    overwhelming_distance: float = 12.0
    faded: float = 0.4


CUT = CutTuning()
# A boundary is decided when so many samples lie at or behind its end.
DECISION_DELAY_SAMPLES = 4
# A sample with so many behind it belongs to a shot for certain.
MEMORY_SAMPLES = GRADUAL.spans[-1] + 4


@dataclass(frozen=True, slots=True)
class Boundary:
    """A transition between two shots.

    `last` and `first` are the samples that bound it, the last of the old shot and the first of the new one; the new shot is
    said to begin at `shot_start`, half-way through. `score` is how sure it is, 0 to 1. `before` is the last frame that is known
    to show the old shot alone, `after` the first one that is known to show the new shot alone. Of two that overlap the one with
    the higher sum of `score` and `bonus` is taken.
    """

    kind: str
    last: int
    first: int
    shot_start: ShotStart
    score: float
    before: FrameTime
    after: FrameTime
    bonus: float = 0.0


class ShotDetector:
    """Finds transitions in a stream of samples, a few samples late."""

    def __init__(self, cut: CutTuning = CUT, gradual: GradualTuning = GRADUAL) -> None:
        self._cut, self._gradual = cut, gradual
        self._frames: deque[FrameFeatures] = deque(maxlen=MEMORY_SAMPLES)
        self._samples: deque[Sample] = deque(maxlen=MEMORY_SAMPLES)
        self._steps: deque[Change] = deque(maxlen=MEMORY_SAMPLES)
        self._pending: list[Boundary] = []
        self._settled = -1

    def push(self, sample: Sample) -> list[Boundary]:
        """Take the next sample; return the transitions that are now certain, in order."""
        frame = sample.features
        self._steps.append(measure_change(self._frames[-1], frame) if self._frames else NO_CHANGE)
        self._frames.append(frame)
        self._samples.append(sample)
        self._look_for_cut(after=True)
        self._look_for_gradual()
        late_enough = len(self._frames) >= DECISION_DELAY_SAMPLES
        return self._settle(self._frames[-DECISION_DELAY_SAMPLES].index if late_enough else -1)

    def finish(self) -> list[Boundary]:
        """Return the transitions that are still undecided at the end of the video."""
        self._look_for_cut(after=False)
        return self._settle(None)

    def _look_for_cut(self, after: bool) -> None:
        """Judge the gap before the last frame but one (`after`: with a frame behind it), else before the last."""
        frames, steps = self._frames, self._steps
        new = len(frames) - (2 if after else 1)
        if new < 1 or steps[new].unmatched_texture < self._cut.unmatched_texture:
            return
        # A flash leaves what lies around it alike: all pairs across the gap must differ.
        pairs = product(self._near(new - 1, -1), self._near(new, 1))
        changes = [steps[new], *(measure_change(frames[i], frames[j]) for i, j in pairs if (i, j) != (new - 1, new))]
        around = [steps[new - 1]] if len(self._near(new - 1, -1)) > 1 else []
        around += [steps[new + 1]] if len(self._near(new, 1)) > 1 else []
        may_fade = self._may_fade(new)
        if is_cut(changes, around, may_fade, self._cut):
            score = min(change.strength for change in changes)
            ends = FrameTime(frames[new - 1].index, frames[new - 1].time), FrameTime(frames[new].index, frames[new].time)
            bonus = -CUT.bonus if may_fade else CUT.bonus
            start = self._samples[new].shot_start
            self._pending.append(Boundary("cut", ends[0].index, ends[1].index, start, score, *ends, bonus))

    def _may_fade(self, new: int) -> bool:
        """Whether a frame beside the gap before the frame at the place `new` has lost contrast, as within a fade."""
        contrasts = [self._frames[place].contrast for place in (*self._near(new - 1, -1), *self._near(new, 1))]
        return min(contrasts) < CUT.faded * max(contrasts)

    def _near(self, place: int, direction: int) -> list[int]:
        """Return a frame's place and its neighbour's, if that is close enough in time to show the same moment."""
        beside = place + direction
        frames = self._frames
        if 0 <= beside < len(frames) and abs(frames[beside].time - frames[place].time) <= CUT.context_seconds:
            return [place, beside]
        return [place]

    def _look_for_gradual(self) -> None:
        """Judge whether the last frames are a dissolve, a fade or a wipe, however many of them."""
        frames = list(self._frames)
        pictures = np.stack([frame.small.reshape(-1, 3) for frame in frames])
        differences = np.abs(pictures - pictures[-1]).mean(axis=(1, 2))
        best: Boundary | None = None
        for span in GRADUAL.spans:
            start = len(frames) - 1 - span
            if start < 0 or frames[start].index < self._settled or frames[-1].time - frames[start].time > GRADUAL.longest_seconds:
                break
            earlier = frames[max(0, start - DECISION_DELAY_SAMPLES + 1)]
            if differences[start] < GRADUAL.least_difference or is_mid_fade(earlier, frames[start], frames[-1]):
                continue
            found = judge_gradual(frames[start:], pictures[start:], self._gradual)
            if found is not None and (best is None or found.score > best.score):
                best = self._boundary(start, found)
        if best is not None:
            self._pending.append(best)

    def _boundary(self, start: int, found: Gradual) -> Boundary:
        """Make a boundary of what was found in the frames from the place `start` on."""
        last, first = (self._frames[start + place] for place in (found.start, found.end))
        ends = FrameTime(last.index, last.time), FrameTime(first.index, first.time)
        middle = self._samples[start + found.middle].shot_start
        return Boundary(found.kind, last.index, first.index, middle, found.score, *ends)

    def _with_ends(self, boundary: Boundary) -> Boundary:
        """Find the frames at which a gradual transition begins and ends, where its samples are still there."""
        places = {frame.index: place for place, frame in enumerate(self._frames)}
        old, new = places.get(boundary.last), places.get(boundary.first)
        if boundary.kind == "cut" or old is None or new is None:
            return boundary
        steps = [step.unmatched_texture for step in self._steps]
        begin, end = old, new
        while begin > 0 and old - begin < RAMP.samples_beside and steps[begin] < RAMP.unmatched_texture:
            begin -= 1
        while end + 1 < len(steps) and end - new < RAMP.samples_beside and steps[end + 1] < RAMP.unmatched_texture:
            end += 1
        frames = frame_times(list(self._samples)[begin : end + 1])
        shown = list(self._frames)[begin : end + 1]
        ends = find_ends(boundary.kind, shown, old - begin, new - begin, np.array([frame.time for frame in frames]))
        before, after = (min(frames, key=lambda frame: abs(frame.time - time)) for time in ends)
        start = boundary.shot_start
        if not before.index < start.frame <= after.index:
            middle = (frames.index(before) + frames.index(after) + 1) // 2
            start = ShotStart(frames[middle].index, frames[middle].time, frames[middle - 1].time)
        return replace(boundary, shot_start=start, before=before, after=after)

    def _goes_on(self, boundary: Boundary) -> bool:
        """Whether what looks like the end of a gradual transition is but the middle of a fade."""
        frames = {frame.index: frame for frame in self._frames}
        return is_mid_fade(frames[boundary.last], frames[boundary.first], self._frames[-1])

    def _settle(self, held: int | None) -> list[Boundary]:
        """Decide about what ends at or before the sample `held`, or about all."""
        if held is not None:
            self._pending = [b for b in self._pending if b.kind == "cut" or b.first != held or not self._goes_on(b)]
        settled = []
        while self._pending:
            cluster = self._earliest_cluster()
            oldest = self._frames[0].index
            if held is not None and max(b.first for b in cluster) > held and min(b.last for b in cluster) > oldest:
                break
            best = max(cluster, key=lambda b: b.score + b.bonus)
            self._pending = [b for b in self._pending if b is not best and not _overlap(b, best)]
            settled.append(self._with_ends(best))
        settled.sort(key=lambda b: b.shot_start.frame)
        if settled:
            self._settled = max(b.first for b in settled)
        return settled

    def _earliest_cluster(self) -> list[Boundary]:
        """Return the first undecided transition and all that overlap it or each other: one of them decides about all."""
        waiting = sorted(self._pending, key=lambda b: (b.last, b.first))
        cluster = [waiting[0]]
        for boundary in waiting[1:]:
            if boundary.last >= max(b.first for b in cluster):
                break
            cluster.append(boundary)
        return cluster


def _overlap(one: Boundary, other: Boundary) -> bool:
    return one.last < other.first and other.last < one.first


def is_overwhelming(change: Change) -> bool:
    """Whether a change is more than motion can be, so that it must be a cut itself and says nothing of motion."""
    return change.unmatched_texture >= CUT.overwhelming_texture and change.distance >= CUT.overwhelming_distance


def is_cut(changes: list[Change], around: list[Change], may_fade: bool = False, tuning: CutTuning = CUT) -> bool:
    """Judge the changes across a gap, all of them, against those just before and after it, as far as there are any.

    Motion beside the gap raises the threshold; a noiseless picture lowers it, and so does a change all over a quiet picture.
    A whole change beside the gap, another cut, is left out, unless all may be part of a fade.
    """
    lost, distance = min(c.lost_texture for c in changes), min(c.distance for c in changes)
    if len(around) > 1:
        noiseless = max(c.distance for c in around) < tuning.noiseless
        if noiseless and lost >= tuning.lost_texture and distance >= tuning.lost_distance:
            return True
    steady = [change for change in around if may_fade or not is_overwhelming(change)]
    context = 2.0 * sum(c.strength for c in steady) / len(steady) if steady else 2.0 * tuning.usual_context
    least = Change(min(c.unmatched_texture for c in changes), lost, lambda: distance)
    if least.strength >= tuning.strength + tuning.restless_strength * (1.0 - exp(-context / tuning.restlessness)):
        return True
    return len(around) > 1 and distance >= tuning.spread_distance and stands_out(changes, around, tuning)


def stands_out(changes: list[Change], around: list[Change], tuning: CutTuning = CUT) -> bool:
    """Whether changes across a gap are spread over the picture and many times those beside it, however much of it stays."""
    if min(c.spread for c in changes) < tuning.spread:
        return False
    times = tuning.times + tuning.restless_times * max(c.unmatched_texture for c in around)
    needed = max(tuning.spread_distance, times * max(c.spread_distance for c in around))
    return all(c.spread_distance >= needed for c in changes)


def frame_times(samples: Sequence[Sample]) -> list[FrameTime]:
    """List the first of some samples, and all frames behind it up to the last, as far as their times are known."""
    frames = [FrameTime(samples[0].features.index, samples[0].features.time)]
    for sample in samples[1:]:
        times = sample.times or (sample.features.time,)
        frames += [FrameTime(sample.features.index - len(times) + 1 + place, time) for place, time in enumerate(times)]
    return frames
