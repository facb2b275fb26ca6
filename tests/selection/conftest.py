"""Frames and candidates made by hand, so that a choice among them can be foretold; what the selection makes of them.

The tests make no record of the selection and call none of its parts but through these few functions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from itertools import count
from typing import Any, NamedTuple

import numpy as np
import pytest
from numpy import ndarray

from tests.analysis.frames import LUMA, FrameFeatures, features_of, handmade
from vkeyframe.analysis.saliency import Attention
from vkeyframe.models import Frame, Keyframe, Verdict
from vkeyframe.opencv import cv2
from vkeyframe.selection.budget import Budget, Selection, select
from vkeyframe.selection.candidates import Candidate, CandidateCollector, Moment, Pick, Place, rate_exposure
from vkeyframe.selection.coverage import Choice, Ranking, Thresholds, Wish, rank_candidates
from vkeyframe.selection.explain import explain
from vkeyframe.selection.keyframes import choose_keyframes
from vkeyframe.selection.stretches import Stretch, divider_factory
from vkeyframe.settings import Settings

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
    """A candidate: the frame that shows it, its first and last frame, for how many frames it stands, and how it is rated."""

    frame: int
    first: int
    last: int
    count: int
    quality: float
    sharpness: float
    exposure: float


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
    halvings: int | None = 0,
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
    halvings : int or None
        How often stretches of 4 s are halved; None leaves them whole, however long.
    keep, sensitivity
        As in `Settings`.
    sharpest : mapping of int to FrameFeatures
        For some frames the sharpest one since the frame before.
    pictures : callable
        Makes the picture of a frame.
    watch : callable
        Is called whenever a frame was taken.
    """
    # The frame on each picture that is kept, by its token.
    stored: dict[int, int] = {}
    tokens = count(1)

    def store(picture: ndarray | None) -> int:
        assert picture is not None
        token = next(tokens)
        stored[token] = int(picture.flat[0])
        return token

    def discard(token: int | None) -> None:
        if token is not None:
            del stored[token]

    collector = CandidateCollector(store, discard, divider_factory(keep, sensitivity), halvings)
    coming = iter(frames)
    frame = next(coming, None)
    shots, kept_pictures = [], []
    for cut in (*cuts, None):
        noticed = None if cut is None else cut.last if cut.noticed is None else cut.noticed
        while frame is not None and (noticed is None or frame.index <= noticed):
            after = next(coming, None)
            best = (sharpest or {}).get(frame.index, frame)
            collector.take(Moment(frame, best, Frame(best.index, best.time, pictures(best.index))), after)
            frame = after
            watch()
        ended = collector.end_shot(None, None) if cut is None else collector.end_shot(cut.last, cut.first, cut.gradual)
        shots.append([_kept(candidate) for candidate in ended])
        kept_pictures.append([stored.pop(candidate.token) for candidate in ended])  # type: ignore[arg-type]
    return Collected(shots, kept_pictures, sorted(stored.values()))


def _kept(candidate: Candidate) -> Kept:
    pick = candidate.pick
    ends = candidate.first.index, candidate.last.index
    return Kept(pick.features.index, *ends, candidate.mass, pick.quality, pick.sharpness, pick.exposure)


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
    make = divider_factory(keep, sensitivity)
    divider, stretch, shot = make(), None, 0
    found = []
    for frame in frames:
        if frame.index in cuts:
            divider, stretch, shot = make(), None, shot + 1
        stretch, fit = divider(frame, stretch)
        found.append((shot, stretch, fit))
    return [Part(shot, part.number, part.kind, part.stands, fit) for shot, part, fit in found]


@pytest.fixture
def make_candidate() -> MakeCandidate:
    """Make a candidate that shows a picture for `seconds` up to a time.

    Those of the same `stretch`, any name, are its pieces; `piece` says which. `heads` and `attention` are those of its picture.
    """
    even = np.full((9, 16), 1 / 144, np.float32)
    numbers = iter(range(10_000))
    stretches: dict[object, Stretch] = {}

    def make(
        time: float, shot: int = 0, picture: int | ndarray = 0, quality: float = 1.0, seconds: float = 2.0, **more: Any
    ) -> Candidate:
        drawn = texture(picture) if isinstance(picture, int) else picture
        first, best = look(drawn, time - seconds + 0.125), look(drawn, time)
        number = next(numbers)
        stretch = stretches.setdefault(
            more.get("stretch", number),
            Stretch(number, more.get("kind", "stretch of like frames"), stands=more.get("stands")),
        )
        pick = Pick(
            best, quality, float(more.get("sharpness", quality)), more.get("exposure", 1.0), more.get("index_exact", True), None
        )
        return Candidate(
            Place(first.index, first.time),
            Place(best.index, time),
            Attention(more.get("attention", even), more.get("heads", {})),
            pick,
            stretch,
            mass=max(1, round(8 * seconds)),
            token=number,
            shot=shot,
            piece=more.get("piece", 0),
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
            Ranked(candidates[c.candidate].pick.features.time, c.gain, c.attention, c.needed, c.reason) for c in ranking.choices
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
    halvings: int = 0,
    unusable: Sequence[int] = (),
    shots: int | None = None,
) -> Ranks:
    """Rank candidates; without numbers only those that are needed."""
    wish = Wish(count, per_shot, min_gap, Thresholds.at(sensitivity))
    usable = np.array([number not in unusable for number in range(len(candidates))])
    return Ranks(candidates, rank_candidates(candidates, shots or shots_of(candidates), wish, halvings, usable))


def thresholds(sensitivity: float | None = None) -> tuple[float, float, float]:
    """Say what is the same, what is new, and what lasts, by default or for a sensitivity."""
    found = Thresholds() if sensitivity is None else Thresholds.at(sensitivity)
    return found.same, found.new, found.lasting


def make_choice(candidate: int, gain: float = 1.0, attention: float = 0.5) -> Choice:
    """Make the choice of the candidate of a number."""
    return Choice(candidate, gain, attention, True, "")


class Spool:
    """Knows which pictures were dropped, and which got what name."""

    def __init__(self, size: tuple[int, int]) -> None:
        self.size = size
        self.dropped: list[int | None] = []
        self.named: dict[int | None, str] = {}

    def drop(self, number: int | None) -> None:
        self.dropped.append(number)

    def name(self, number: int | None, stem: str) -> str:
        self.named[number] = f"{stem}.png"
        return self.named[number]


def keyframes_of(
    candidates: list[Candidate],
    chosen: Sequence[Choice],
    template: str = "{name}_{index}",
    name: str = "clip",
    size: tuple[int, int] = (320, 180),
) -> tuple[tuple[Keyframe, ...], list[Candidate]]:
    """Make keyframes of what was chosen, the best first; give also the candidates whose pictures were dropped."""
    spool = Spool(size)
    keyframes = choose_keyframes(candidates, tuple(chosen), template, name, spool)  # type: ignore[arg-type]
    return keyframes, [candidate for candidate in candidates if candidate.token in spool.dropped]


def choose(candidates: list[Candidate], settings: Settings, end: float | None = None) -> Selection:
    """Choose what settings ask for, at 8 frames a second."""
    last = candidates[-1].last.time if end is None else end
    return select(candidates, shots_of(candidates), Budget.of(settings, 8.0), 0, 0.0, last)


def verdicts_on(candidates: list[Candidate], settings: Settings) -> tuple[Verdict, ...]:
    """Say of each candidate why it is a keyframe or none."""
    return explain(candidates, choose(candidates, settings), Budget.of(settings, 8.0).min_gap)
