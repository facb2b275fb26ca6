"""Where shots begin and end: cuts, dissolves, fades and wipes, found online."""

from collections import deque
from dataclasses import dataclass
from itertools import product
from math import exp, log
from statistics import median

import numpy as np
from numpy import ndarray

from vkeyframe.analysis.change import NO_CHANGE, Change, measure_change
from vkeyframe.analysis.features import FrameFeatures
from vkeyframe.analysis.sample import Sample, ShotStart
from vkeyframe.kernels.transition import mixture_test


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
        How much better than a cut what overlaps it must be explained as a gradual transition.
    context_seconds : float
        Frames further apart do not show the same moment.
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


@dataclass(frozen=True, slots=True)
class GradualTuning:
    """When some frames are a gradual transition; read off the same edits.

    Attributes
    ----------
    strength, unmatched_texture : float
        What the belief in the mixture times the strength of the change, or its unmatched texture, must come to.
    residual_limit, residual_penalty : float
        Greatest residual of a single frame, and how much the mean residual takes from the belief.
    setback_penalty, doubt_penalty : float
        How much what comes and goes, and what is between a dissolve and a wipe, takes from it.
    doubtful_spread, doubtful_range : float
        Between a dissolve (spread near 0) and a wipe (near 1): what swings through the picture lay at 0.46 to 0.8.
    largest_step, largest_setback : float
        Greatest progress from one frame to the next, and least.
    unbegun : float
        What a transition has not begun to show, or shows to the last bit; motion alone comes to 0.03.
    spans : tuple of int
        Lengths that are tried, in samples, up to `longest_seconds`.
    least_difference : float
        Mean difference of first and last frame, in grey levels, below which there is nothing to explain.
    faded : float
        Share of the contrast on both sides that is left in the middle of a fade.
    """

    strength: float = 0.5
    unmatched_texture: float = 0.5
    residual_limit: float = 0.6
    residual_penalty: float = 4.0
    setback_penalty: float = 0.5
    doubt_penalty: float = 0.5
    doubtful_spread: float = 0.58
    doubtful_range: float = 0.16
    largest_step: float = 0.55
    largest_setback: float = -0.2
    unbegun: float = 0.04
    spans: tuple[int, ...] = (2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 14, 16, 18, 20)
    longest_seconds: float = 2.75
    least_difference: float = 8.0
    faded: float = 0.6

    @property
    def residual_budget(self) -> float:
        """Mean residual above which the belief is less than is asked for; a little more, for rounding."""
        return -log(self.strength) / self.residual_penalty + 1e-9


CUT, GRADUAL = CutTuning(), GradualTuning()
# A boundary is decided when so many samples lie at or behind its end.
DECISION_DELAY_SAMPLES = 4
# A sample with so many behind it belongs to a shot for certain.
MEMORY_SAMPLES = GRADUAL.spans[-1] + 4


@dataclass(frozen=True, slots=True)
class Boundary:
    """A transition between two shots.

    `last` and `first` are the samples that bound it, the last of the old shot and the first of the new one; the new shot is
    said to begin at `shot_start`, half-way through. `score` is how sure it is, 0 to 1.
    """

    kind: str
    last: int
    first: int
    shot_start: ShotStart
    score: float


@dataclass(frozen=True, slots=True)
class Gradual:
    """A gradual transition: its kind, where in a list of frames it starts, ends and is half done, and how sure it is."""

    kind: str
    start: int
    end: int
    middle: int
    score: float


class ShotDetector:
    """Finds transitions in a stream of samples, a few samples late."""

    def __init__(self) -> None:
        self._frames: deque[FrameFeatures] = deque(maxlen=MEMORY_SAMPLES)
        self._starts: deque[ShotStart] = deque(maxlen=MEMORY_SAMPLES)
        self._steps: deque[Change] = deque(maxlen=MEMORY_SAMPLES)
        self._pending: list[Boundary] = []
        self._settled = -1

    def push(self, sample: Sample) -> list[Boundary]:
        """Take the next sample; return the transitions that are now certain, in order."""
        frame = sample.features
        self._steps.append(measure_change(self._frames[-1], frame) if self._frames else NO_CHANGE)
        self._frames.append(frame)
        self._starts.append(sample.shot_start)
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
        if new < 1 or steps[new].unmatched_texture < CUT.unmatched_texture:
            return
        # A flash leaves what lies around it alike: all pairs across the gap must differ.
        pairs = product(self._near(new - 1, -1), self._near(new, 1))
        changes = [steps[new], *(measure_change(frames[i], frames[j]) for i, j in pairs if (i, j) != (new - 1, new))]
        around = [steps[new - 1]] if len(self._near(new - 1, -1)) > 1 else []
        around += [steps[new + 1]] if len(self._near(new, 1)) > 1 else []
        if is_cut(changes, around):
            score = min(change.strength for change in changes)
            self._pending.append(Boundary("cut", frames[new - 1].index, frames[new].index, self._starts[new], score))

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
            found = judge_gradual(frames[start:], pictures[start:])
            if found is not None and (best is None or found.score > best.score):
                last, first = frames[start + found.start].index, frames[start + found.end].index
                best = Boundary(found.kind, last, first, self._starts[start + found.middle], found.score)
        if best is not None:
            self._pending.append(best)

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
            best = max(cluster, key=lambda b: b.score + (CUT.bonus if b.kind == "cut" else 0.0))
            self._pending = [b for b in self._pending if b is not best and not _overlap(b, best)]
            settled.append(best)
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


def is_cut(changes: list[Change], around: list[Change]) -> bool:
    """Judge the changes across a gap, all of them, against those just before and after it, as far as there are any.

    Motion beside the gap raises the threshold; a noiseless picture lowers it.
    """
    lost, distance = min(c.lost_texture for c in changes), min(c.distance for c in changes)
    noiseless = len(around) > 1 and max(c.distance for c in around) < CUT.noiseless
    if noiseless and lost >= CUT.lost_texture and distance >= CUT.lost_distance:
        return True
    context = 2.0 * sum(c.strength for c in around) / len(around) if around else 2.0 * CUT.usual_context
    least = Change(min(c.unmatched_texture for c in changes), lost, lambda: distance)
    return least.strength >= CUT.strength + CUT.restless_strength * (1.0 - exp(-context / CUT.restlessness))


def is_mid_fade(before: FrameFeatures, frame: FrameFeatures, after: FrameFeatures) -> bool:
    """Whether a frame has lost much of the contrast that the picture has on both sides of it, as between fading out and in."""
    return frame.contrast < GRADUAL.faded * min(before.contrast, after.contrast)


def judge_gradual(frames: list[FrameFeatures], pictures: ndarray) -> Gradual | None:
    """Return the transition that leads from the first of some frames to the last, if they are one.

    `pictures`, (k, 576, 3) float32, has their small pictures.
    """
    residual, progress, spread, fading, setback = np.empty((5, len(frames)))
    # More is in vain, whatever else is found.
    most = GRADUAL.residual_budget * (len(frames) - 2)
    if not mixture_test(pictures, GRADUAL.residual_limit, most, residual, progress, spread, fading, setback):
        return None
    steps = np.diff(progress)
    if steps.min() < GRADUAL.largest_setback or steps.max() > GRADUAL.largest_step:
        return None
    start = int(np.argmax(progress > GRADUAL.unbegun)) - 1
    end = len(frames) - int(np.argmax(progress[::-1] < 1.0 - GRADUAL.unbegun))
    inner = median(spread[start + 1 : end].tolist())
    is_fade = bool((fading[1:-1] <= residual[1:-1]).any())
    # Things that move replace some patches at once and others bit by bit.
    doubt = 0.0 if is_fade else exp(-(((inner - GRADUAL.doubtful_spread) / GRADUAL.doubtful_range) ** 2))
    penalty = GRADUAL.residual_penalty * float(residual[1:-1].mean())
    penalty += GRADUAL.setback_penalty * float(setback.sum()) + GRADUAL.doubt_penalty * doubt
    belief = exp(-penalty)
    if belief < GRADUAL.strength:
        return None
    change = measure_change(frames[0], frames[-1])
    # The strength is at most the unmatched texture, which takes half the time.
    if belief * change.unmatched_texture < GRADUAL.unmatched_texture:
        return None
    score = belief * change.strength
    if score < GRADUAL.strength:
        return None
    kind = "fade" if is_fade else "wipe" if inner > 0.5 else "dissolve"
    return Gradual(kind, start, end, int(np.argmin(np.abs(progress - 0.5))), score)
