"""Frames and candidates made by hand, so that a choice among them can be foretold; what the selection makes of them.

The tests make no record of the selection and call none of its parts but through these few functions.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from itertools import count, islice
from typing import Any, NamedTuple

import numpy as np
import pytest
from numpy import ndarray

from tests import reference
from tests.analysis.frames import LUMA, SMALL, FrameFeatures, features_of, handmade, sample_of, span
from vkeyframe.analysis.sample import Sample
from vkeyframe.analysis.shots import DECISION_DELAY_SAMPLES
from vkeyframe.opencv import cv2
from vkeyframe.report.records import Heads, Keyframe, Region, Verdict
from vkeyframe.selection.candidates import Candidate, ScoredFrame, rate_exposure
from vkeyframe.selection.choice import Selection, select
from vkeyframe.selection.collector import CandidateCollector
from vkeyframe.selection.explain import explain
from vkeyframe.selection.keyframes import Seen, make_keyframes
from vkeyframe.selection.novelty import Habituation, novelty, novelty_matrix
from vkeyframe.selection.ranked import Choice, Ranking
from vkeyframe.selection.ranking import rank_candidates
from vkeyframe.selection.request import SelectionRequest, Thresholds
from vkeyframe.selection.segmenters import segmenter_factory
from vkeyframe.selection.segments import Keep, Segment
from vkeyframe.settings import Settings
from vkeyframe.video.frame import Frame, FrameTime

# Whether a segment deserves a keyframe; None where that is left to similarity.
KEEP = {True: Keep.YES, False: Keep.NO, None: Keep.BY_SIMILARITY}
IS_KEYWORTHY = {keep: keyworthy for keyworthy, keep in KEEP.items()}
MakeCandidate = Callable[..., Candidate]
# Luma of full contrast that is neither black nor burnt out anywhere.
WELL_EXPOSED = 128.0 + 48.0 * np.where(np.indices(LUMA).sum(axis=0) % 2, 1, -1)


def texture(seed: int) -> ndarray:
    """Draw a picture unlike that of any other seed, (72, 128, 3) uint8."""
    noise = np.random.default_rng(seed).uniform(0, 255, (6, 8, 3))
    return np.clip(cv2.resize(noise, (128, 72), interpolation=cv2.INTER_CUBIC), 0, 255).astype(np.uint8)


@cache
def _colours(seed: int) -> ndarray:
    return features_of(texture(seed)).small


def colours(picture: int | ndarray) -> ndarray:
    """Give what is seen of a picture's colours."""
    return _colours(picture) if isinstance(picture, int) else features_of(picture).small


def likeness(one: ndarray, other: ndarray) -> float:
    """Correlate the colours of two pictures."""
    return float(np.corrcoef(*(features_of(picture).lab.ravel() for picture in (one, other)))[0, 1])


def like(picture: int, other: int, wanted: float) -> ndarray:
    """Mix two pictures so that the mixture correlates so much with the first."""
    low, high = 0.0, 1.0
    for _ in range(20):
        share = (low + high) / 2
        mixed = np.rint((1 - share) * texture(picture) + share * texture(other)).astype(np.uint8)
        low, high = (share, high) if likeness(texture(picture), mixed) > wanted else (low, share)
    assert likeness(texture(picture), mixed) == pytest.approx(wanted, abs=0.01)
    return mixed


def with_change(picture: int, share: float) -> ndarray:
    """Give a share of the places of a picture, from the top on, quite another light."""
    drawn = texture(picture)
    changed = np.arange(SMALL[0] * SMALL[1]).reshape(SMALL) < round(share * SMALL[0] * SMALL[1])
    opposite = np.where(drawn.mean(axis=2, keepdims=True) < 128, 255, 0)
    return np.where(changed.repeat(4, axis=0).repeat(4, axis=1)[..., None], opposite, drawn).astype(np.uint8)


def novelty_of(one: ndarray, other: ndarray, habit: float = 0.0) -> float:
    """Work out slowly how much else a Lab picture shows than another, of a shot that usually changes so much everywhere."""
    share = reference.unlike_share(one, other, np.full(SMALL, 12.0**2 + (4.0 * habit) ** 2), 2.0)
    by_small, by_large = 1.0 - np.exp(-share / 0.03), 1.0 - np.exp(-share / 0.2)
    return float(max((max(by_small - 0.2, 0.0) / 0.8 + by_large) / 2 - 0.05, 0.0) / 0.95)


def novelty_between(one: ndarray, other: ndarray, habit: ndarray) -> float:
    """Tell how much else a Lab picture shows than another, of a shot that usually changes so much in each place."""
    return novelty(one, other, _tolerance(habit))


def novelty_of_all(pictures: Sequence[ndarray], shots: Sequence[int], habits: Mapping[int, ndarray]) -> ndarray:
    """Do so for all pairs of pictures, given the shot of each and the habits of some shots."""
    tolerances = {shot: _tolerance(habit) for shot, habit in habits.items()}
    return novelty_matrix(np.stack(pictures), np.array(shots), tolerances, np.ones((len(pictures), len(pictures))))


def _tolerance(habit: ndarray) -> ndarray:
    return (12.0**2 + (4.0 * habit) ** 2).astype(np.float32)


def habit_after(frames: Iterable[FrameFeatures]) -> ndarray:
    """Give the colour difference that each place of a shot usually makes in a second, as it is known after some frames."""
    habituation = Habituation()
    for frame in frames:
        habituation.see(frame)
    return _habit(habituation.tolerance())


def _habit(tolerance: ndarray) -> ndarray:
    return np.sqrt(tolerance - 12.0**2) / 4.0


def habit_of_segment(frames: Iterable[FrameFeatures]) -> ndarray:
    """Give the same as it is kept with the last segment of like content of a shot."""
    segmenter, number = segmenter_factory("content", 0.5)(count()), 0
    for frame in frames:
        number, _ = segmenter.place(frame)
    tolerance = segmenter.segment(number).tolerance
    assert tolerance is not None
    return _habit(tolerance)


def look(picture: ndarray, time: float) -> FrameFeatures:
    """See a picture at 8 frames a second."""
    return features_of(picture, time)


def seen(
    index: int,
    picture: int | ndarray = 1,
    sharpness: ndarray | float = 1.0,
    light: float = 0.0,
    luma: ndarray = WELL_EXPOSED,
    rate: float = 8.0,
) -> FrameFeatures:
    """Make the frame of a number that shows a picture: so sharp, and so much lighter than usual."""
    return handmade(index / rate, luma=luma, small=colours(picture) + light, gradients=sharpness, rate=rate)


def exposure_of(frame: FrameFeatures) -> float:
    """Rate the exposure of a frame from 0 to 1."""
    return rate_exposure(frame)


class Cut(NamedTuple):
    """Where a shot ends: its last frame and the first of the next one, and with which frame that becomes known."""

    last: int
    first: int
    gradual: bool = False
    noticed: int | None = None


class Kept(NamedTuple):
    """A candidate: the frame that shows it, its first and last frame, for how many frames it stands, and how it is rated.

    `habit` is what its shot is known to change in a second in the place where most changes.
    """

    frame: int
    first: int
    last: int
    count: int
    quality: float
    sharpness: float
    exposure: float
    habit: float


class Collected(NamedTuple):
    """The candidates of each shot, the frames of their pictures, and those of pictures that belong to none."""

    shots: list[list[Kept]]
    pictures: list[list[int]]
    left_over: list[int]

    @property
    def frames(self) -> list[list[int]]:
        """The frames that show the candidates of each shot."""
        return [[kept.frame for kept in shot] for shot in self.shots]


def collect(
    frames: Iterable[FrameFeatures],
    cuts: Sequence[Cut] = (),
    subdivision_depth: int | None = 0,
    keep: str = "content",
    sensitivity: float = 0.5,
    sharpest: Mapping[int, FrameFeatures] | None = None,
    pictures: Callable[[int], ndarray] = lambda index: np.full((1, 1, 3), index),
    watch: Callable[[], None] = lambda: None,
) -> Collected:
    """Sort frames into candidates; the last shot ends with the video.

    Parameters
    ----------
    frames : iterable of FrameFeatures
        Made one by one, as they are taken.
    cuts : sequence of Cut
    subdivision_depth : int or None
        How often segments of 2 s are halved; None leaves them whole, however long.
    keep, sensitivity
        As in `Settings`.
    sharpest : mapping of int to FrameFeatures
        For some frames the sharpest one since the frame before.
    pictures : callable
        Makes the picture of a frame.
    watch : callable
        Is called whenever a frame was taken.
    """
    sink = Sink()
    collector = CandidateCollector(sink, segmenter_factory(keep, sensitivity), subdivision_depth)
    coming = iter(frames)
    # What a sample waits for until it is taken.
    ahead = deque(islice(coming, DECISION_DELAY_SAMPLES))
    for frame in ahead:
        collector.push(_pushed(frame, sharpest or {}, pictures))
    for number, cut in enumerate((*cuts, None)):
        noticed = None if cut is None else cut.last if cut.noticed is None else cut.noticed
        while ahead and (noticed is None or ahead[0].index <= noticed):
            ahead.popleft()
            for frame in islice(coming, 1):
                collector.push(_pushed(frame, sharpest or {}, pictures))
                ahead.append(frame)
            watch()
        collector.end_shot(span(number) if cut is None else span(number, cut.last, cut.first, cut.gradual))
    shots: list[list[Kept]] = [[] for _ in (*cuts, None)]
    kept_pictures: list[list[int]] = [[] for _ in shots]
    for candidate in collector.finish():
        shots[candidate.shot].append(_kept(candidate))
        kept_pictures[candidate.shot].append(sink.stored.pop(candidate.token or 0))
    return Collected(shots, kept_pictures, sorted(sink.stored.values()))


def _pushed(frame: FrameFeatures, sharpest: Mapping[int, FrameFeatures], pictures: Callable[[int], ndarray]) -> Sample:
    best = sharpest.get(frame.index, frame)
    return replace(sample_of(frame), sharpest=best, frame=Frame(best.index, best.time, pictures(best.index)))


class Sink:
    """Knows the frame on each picture that is kept, by its token; which pictures were dropped, and which got what name."""

    def __init__(self) -> None:
        self._tokens = count(1)
        self.stored: dict[int, int] = {}
        self.dropped: list[int | None] = []

    def put(self, picture: ndarray | None) -> int:
        assert picture is not None
        token = next(self._tokens)
        self.stored[token] = int(picture.flat[0])
        return token

    def drop(self, token: int | None) -> None:
        if token is not None:
            del self.stored[token]

    def publish(self, stems: Mapping[int, str]) -> dict[int, str]:
        raise AssertionError(stems)


def _kept(candidate: Candidate) -> Kept:
    best = candidate.best
    ends = candidate.first.index, candidate.last.index
    habit = 0.0 if candidate.segment.tolerance is None else float(_habit(candidate.segment.tolerance).max())
    return Kept(best.features.index, *ends, candidate.frame_count, best.quality, best.sharpness, best.exposure, habit)


class Part(NamedTuple):
    """What a frame is a part of: the number of its shot and of the stretch there, what that is, and how well the frame shows it.

    `keyworthy` is whether the stretch deserves a keyframe, None where that is left to similarity.
    """

    shot: int
    number: int
    kind: str
    keyworthy: bool | None
    fit: float


def divide(frames: Sequence[FrameFeatures], keep: str, sensitivity: float = 0.5, cuts: Sequence[int] = ()) -> list[Part]:
    """Give for each frame what it is a part of, as it is known at the end; a new shot begins with each frame of `cuts`."""
    make = segmenter_factory(keep, sensitivity)
    segmenter, shot = make(count(1)), 0
    found = []
    for frame in frames:
        if frame.index in cuts:
            segmenter, shot = make(count(1)), shot + 1
        number, fit = segmenter.place(frame)
        found.append((shot, segmenter, number, fit))
    return [_part(shot, segmenter.segment(number), fit) for shot, segmenter, number, fit in found]


def _part(shot: int, segment: Segment, fit: float) -> Part:
    return Part(shot, segment.number, segment.kind, IS_KEYWORTHY[segment.keyworthy], fit)


@pytest.fixture
def make_candidate() -> MakeCandidate:
    """Make a candidate that shows a picture for `seconds` up to a time.

    Its best frame is the last one, or that of the time `shown`. Those of the same `stretch`, any name, are its pieces; `piece`
    says which; `tolerance` is what its shot usually changes.
    """
    numbers = iter(range(10_000))
    segments: dict[object, Segment] = {}

    def make(
        time: float, shot: int = 0, picture: int | ndarray = 0, quality: float = 1.0, seconds: float = 2.0, **more: Any
    ) -> Candidate:
        drawn = texture(picture) if isinstance(picture, int) else picture
        first, last, best = (look(drawn, when) for when in (time - seconds + 0.125, time, more.get("shown", time)))
        number = next(numbers)
        segment = segments.setdefault(
            more.get("stretch", number),
            Segment(number, more.get("kind", "segment of like frames"), KEEP[more.get("stands")], more.get("tolerance")),
        )
        scored = ScoredFrame(
            best, quality, float(more.get("sharpness", quality)), more.get("exposure", 1.0), more.get("index_exact", True), None
        )
        return Candidate(
            shot=shot,
            segment=segment,
            piece=more.get("piece", 0),
            first=FrameTime(first.index, first.time),
            last=FrameTime(last.index, time),
            frame_count=max(1, round(8 * seconds)),
            best=scored,
            token=number,
        )

    return make


def shots_of(candidates: Sequence[Candidate]) -> int:
    """Count the shots."""
    return max(candidate.shot for candidate in candidates) + 1


class Ranked(NamedTuple):
    """A candidate at its place in the ranking, by the time of its frame."""

    time: float
    gain: float
    attention: float
    needed: bool
    reason: str


class Ranks(list[Ranked]):
    """The ranking, best first, with the attention of all candidates in their shots, and of the shots."""

    def __init__(self, candidates: Sequence[Candidate], ranking: Ranking) -> None:
        super().__init__(
            Ranked(candidates[c.candidate].best.features.time, c.gain, c.attention, c.needed, c.reason) for c in ranking.choices
        )
        self.attention, self.shot_attention = ranking.attention, ranking.shot_attention

    @property
    def times(self) -> list[float]:
        """The times of the frames, best first."""
        return [ranked.time for ranked in self]

    @property
    def needed(self) -> list[float]:
        """The times of those that are needed, in order of time."""
        return sorted(ranked.time for ranked in self if ranked.needed)


def rank(
    candidates: list[Candidate],
    count: int | None = None,
    per_shot: int | None = None,
    min_gap: float = 0.0,
    sensitivity: float = 0.5,
    subdivision_depth: int = 0,
    unusable: Sequence[int] = (),
    shots: int | None = None,
) -> Ranks:
    """Rank candidates; without numbers only those that are needed."""
    request = SelectionRequest(
        count=count,
        per_shot=per_shot,
        min_gap=min_gap,
        thresholds=Thresholds.at(sensitivity),
        subdivision_depth=subdivision_depth,
    )
    usable = np.array([number not in unusable for number in range(len(candidates))])
    return Ranks(candidates, rank_candidates(candidates, shots or shots_of(candidates), request, usable))


def thresholds(sensitivity: float | None = None) -> tuple[float, float]:
    """Say what is the same, and how many seconds must be added, by default or for a sensitivity."""
    found = Thresholds() if sensitivity is None else Thresholds.at(sensitivity)
    return found.same, found.adds_seconds


def make_choice(candidate: int, gain: float = 1.0, attention: float = 0.5) -> Choice:
    """Make the choice of the candidate of a number."""
    return Choice(candidate, gain, attention, True, "")


def keyframes_of(
    candidates: list[Candidate], chosen: Sequence[Choice], size: tuple[int, int] = (320, 180)
) -> tuple[list[Keyframe], list[Candidate]]:
    """Make keyframes of what was chosen, the best first; return also the candidates whose pictures they are.

    In the picture of each candidate there is one region, and one head, that have its number.
    """
    numbers = {candidate.token: number for number, candidate in enumerate(candidates)}

    def look_at(candidate: Candidate) -> Seen:
        number = numbers[candidate.token]
        return Seen(Heads(shape=number / 10), (Region((number, 0, 10, 10), 0.5),))

    made = make_keyframes(candidates, tuple(chosen), size, look_at)
    by_token = {candidate.token: candidate for candidate in candidates}
    return [keyframe for keyframe, _ in made], [by_token[token] for _, token in made]


def request_of(settings: Settings) -> SelectionRequest:
    """Read what settings ask for at 8 frames a second, for segments that are not subdivided."""
    return replace(SelectionRequest.of(settings.selection, 8.0, 10.0), subdivision_depth=0)


def choose(candidates: list[Candidate], settings: Settings, end: float | None = None) -> Selection:
    """Choose what settings ask for, at 8 frames a second."""
    last = candidates[-1].last.time if end is None else end
    return select(candidates, shots_of(candidates), request_of(settings), (0.0, last))


def verdicts_on(candidates: list[Candidate], settings: Settings) -> tuple[Verdict, ...]:
    """Say of each candidate why it is a keyframe or none."""
    return explain(candidates, choose(candidates, settings), request_of(settings))
