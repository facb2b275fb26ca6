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
from vkeyframe.analysis.sample import ShotStart
from vkeyframe.kernels.transition import mixture_test

# Read off composed edits of real clips and films with known cuts. How strong a change must be to be a cut: the first where all
# else is still, rising by up to the second with the changes next to it, most of it within the third.
CUT_STRENGTH = 0.56
RESTLESS_STRENGTH = 0.35
RESTLESSNESS = 0.3
# What a change next to one is taken for where there is none to compare with.
USUAL_CONTEXT = 0.025
CUT_SHARE = 0.3
# Slides and screens do not even have noise (a colour difference above 0.4). There it is enough that what was seen is gone.
NOISELESS = 0.25
LOST = 0.06
LOST_DISTANCE = 1.5
# How much better than a cut what overlaps it must be explained as a gradual transition.
CUT_BONUS = 0.15
CONTEXT_SECONDS = 0.6
GRADUAL_STRENGTH = 0.5
GRADUAL_SHARE = GRADUAL_STRENGTH
DOUBT_PENALTY = 0.5
# Between a dissolve (spread near 0) and a wipe (near 1): what swings through the picture lay at 0.46 to 0.8.
DOUBTFUL_SPREAD = 0.58
DOUBTFUL_RANGE = 0.16
SETBACK_PENALTY = 0.5
RESIDUAL_LIMIT = 0.6
RESIDUAL_PENALTY = 4.0
# With a greater mean residual the belief is less than is asked for; a little more, for rounding.
RESIDUAL_BUDGET = -log(GRADUAL_STRENGTH) / RESIDUAL_PENALTY + 1e-9
LARGEST_STEP = 0.55
LARGEST_SETBACK = -0.2
# What a transition has not begun to show, or shows to the last bit; motion alone comes to 0.03.
UNBEGUN = 0.04
SPANS = (2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 14, 16, 18, 20)
LONGEST = 2.75
LEAST_DIFFERENCE = 8.0
FADED = 0.6
DECISION_DELAY_SAMPLES = 4


@dataclass(frozen=True, slots=True)
class Boundary:
    """A transition between two shots.

    `last` and `first` are the analysed frames that bound it, the last of the old shot and the first of the new one;
    `shot_start` is where the new shot is said to start, half-way through.
    """

    kind: str
    last: int
    first: int
    shot_start: ShotStart
    score: float


class ShotDetector:
    """Finds transitions in a stream of analysed frames, a few frames late."""

    def __init__(self) -> None:
        self._frames: deque[FrameFeatures] = deque(maxlen=SPANS[-1] + 4)
        self._steps: deque[Change] = deque(maxlen=SPANS[-1] + 4)
        self._pending: list[Boundary] = []
        self._settled = -1

    def push(self, frame: FrameFeatures) -> list[Boundary]:
        """Take the next analysed frame; return the transitions that are now certain, in order."""
        self._steps.append(measure_change(self._frames[-1], frame) if self._frames else NO_CHANGE)
        self._frames.append(frame)
        self._look_for_cut(after=True)
        self._look_for_gradual()
        held = self._frames[-DECISION_DELAY_SAMPLES].index if len(self._frames) >= DECISION_DELAY_SAMPLES else -1
        return self._settle(held)

    def finish(self) -> list[Boundary]:
        """Return the transitions still waiting for certainty at the end of the video."""
        self._look_for_cut(after=False)
        return self._settle(None)

    def _look_for_cut(self, after: bool) -> None:
        """Judge the gap before the last frame but one (`after`: with a frame behind it), else before the last."""
        frames, steps = self._frames, self._steps
        new = len(frames) - (2 if after else 1)
        if new < 1 or steps[new].share < CUT_SHARE:
            return
        # A flash leaves what lies around it alike: all pairs across the gap must differ.
        pairs = product(self._near(new - 1, -1), self._near(new, 1))
        changes = [steps[new], *(measure_change(frames[i], frames[j]) for i, j in pairs if (i, j) != (new - 1, new))]
        around = [steps[new - 1]] if len(self._near(new - 1, -1)) > 1 else []
        around += [steps[new + 1]] if len(self._near(new, 1)) > 1 else []
        if is_cut(changes, around):
            score = min(change.strength for change in changes)
            self._pending.append(Boundary("cut", frames[new - 1].index, frames[new].index, frames[new].shot_start, score))

    def _near(self, place: int, direction: int) -> list[int]:
        """Return a frame's place and its neighbour's, if that is close enough in time to show the same moment."""
        beside = place + direction
        frames = self._frames
        if 0 <= beside < len(frames) and abs(frames[beside].time - frames[place].time) <= CONTEXT_SECONDS:
            return [place, beside]
        return [place]

    def _look_for_gradual(self) -> None:
        """Judge whether some stretch that ends with the last frame is a dissolve, a fade or a wipe."""
        frames = list(self._frames)
        pictures = np.stack([frame.small.reshape(-1, 3) for frame in frames])
        differences = np.abs(pictures - pictures[-1]).mean(axis=(1, 2))
        best: Boundary | None = None
        for span in SPANS:
            start = len(frames) - 1 - span
            if start < 0 or frames[start].index < self._settled or frames[-1].time - frames[start].time > LONGEST:
                break
            if differences[start] < LEAST_DIFFERENCE or is_mid_fade(
                frames[max(0, start - DECISION_DELAY_SAMPLES + 1)], frames[start], frames[-1]
            ):
                continue
            found = judge_gradual(frames[start:], pictures[start:])
            if found is not None and (best is None or found.score > best.score):
                best = found
        if best is not None:
            self._pending.append(best)

    def _goes_on(self, boundary: Boundary) -> bool:
        """Whether what looks like the end of a gradual transition is but the middle of a fade."""
        frames = {frame.index: frame for frame in self._frames}
        return is_mid_fade(frames[boundary.last], frames[boundary.first], self._frames[-1])

    def _settle(self, held: int | None) -> list[Boundary]:
        if held is not None:
            self._pending = [b for b in self._pending if b.kind == "cut" or b.first != held or not self._goes_on(b)]
        settled = []
        while self._pending:
            cluster = self._earliest_cluster()
            oldest = self._frames[0].index
            if held is not None and max(b.first for b in cluster) > held and min(b.last for b in cluster) > oldest:
                break
            best = max(cluster, key=lambda b: b.score + (CUT_BONUS if b.kind == "cut" else 0.0))
            self._pending = [b for b in self._pending if b is not best and not _overlap(b, best)]
            settled.append(best)
        settled.sort(key=lambda b: b.shot_start.frame)
        if settled:
            self._settled = max(b.first for b in settled)
        return settled

    def _earliest_cluster(self) -> list[Boundary]:
        """Return the first of the waiting transitions, with all that overlap it or each other: one of them decides about all."""
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

    Restless motion on either side makes a change less telling, and it tells most in a picture without any.
    """
    lost, distance = min(c.lost for c in changes), min(c.distance for c in changes)
    if len(around) > 1 and max(c.distance for c in around) < NOISELESS and lost >= LOST and distance >= LOST_DISTANCE:
        return True
    context = 2.0 * sum(c.strength for c in around) / len(around) if around else 2.0 * USUAL_CONTEXT
    least = Change(min(c.share for c in changes), lost, lambda: distance)
    return least.strength >= CUT_STRENGTH + RESTLESS_STRENGTH * (1.0 - exp(-context / RESTLESSNESS))


def is_mid_fade(before: FrameFeatures, frame: FrameFeatures, after: FrameFeatures) -> bool:
    """Whether a frame has lost much of the contrast that the picture has on both sides of it, as between fading out and in."""
    return frame.contrast < FADED * min(before.contrast, after.contrast)


def judge_gradual(frames: list[FrameFeatures], pictures: ndarray) -> Boundary | None:
    """Return the transition that leads from the first of some frames to the last, if they are one.

    `pictures`, (k, 576, 3) float32, has their small pictures.
    """
    residual, progress, spread, fading, setback = np.empty((5, len(frames)))
    # More is in vain, whatever else is found.
    most = RESIDUAL_BUDGET * (len(frames) - 2)
    if not mixture_test(pictures, RESIDUAL_LIMIT, most, residual, progress, spread, fading, setback):
        return None
    steps = np.diff(progress)
    if steps.min() < LARGEST_SETBACK or steps.max() > LARGEST_STEP:
        return None
    start = int(np.argmax(progress > UNBEGUN)) - 1
    end = len(frames) - int(np.argmax(progress[::-1] < 1.0 - UNBEGUN))
    inner = median(spread[start + 1 : end].tolist())
    is_fade = bool((fading[1:-1] <= residual[1:-1]).any())
    # Things that move replace some patches at once and others bit by bit.
    doubt = 0.0 if is_fade else exp(-(((inner - DOUBTFUL_SPREAD) / DOUBTFUL_RANGE) ** 2))
    belief = exp(
        -RESIDUAL_PENALTY * float(residual[1:-1].mean()) - SETBACK_PENALTY * float(setback.sum()) - DOUBT_PENALTY * doubt
    )
    if belief < GRADUAL_STRENGTH:
        return None
    change = measure_change(frames[0], frames[-1])
    # The strength is at most the share, which is had for half the time.
    if belief * change.share < GRADUAL_SHARE:
        return None
    score = belief * change.strength
    if score < GRADUAL_STRENGTH:
        return None
    middle = frames[int(np.argmin(np.abs(progress - 0.5)))]
    kind = "fade" if is_fade else "wipe" if inner > 0.5 else "dissolve"
    return Boundary(kind, frames[start].index, frames[end].index, middle.shot_start, score)
