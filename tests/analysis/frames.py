"""Frames drawn and made by hand, as the analysis sees them, and what the analysis says of them.

The tests make no record of the analysis and call none of its parts but through these few functions.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy import ndarray

from vkeyframe.analysis.actions import ActionFinder
from vkeyframe.analysis.attention import temporal_attention, unit_vectors
from vkeyframe.analysis.change import NO_CHANGE, Change, measure_change
from vkeyframe.analysis.features import FrameFeatures, extract_features
from vkeyframe.analysis.gradual import judge_gradual
from vkeyframe.analysis.novelty import NoveltyFinder
from vkeyframe.analysis.ramp import find_ends
from vkeyframe.analysis.regions import find_regions
from vkeyframe.analysis.sample import Sample, ShotSpan, ShotStart
from vkeyframe.analysis.shots import ShotDetector, is_cut
from vkeyframe.analysis.target import Place, Target, shrunk
from vkeyframe.analysis.target_matcher import TargetMatcher
from vkeyframe.report.video_info import VideoInfo
from vkeyframe.video.frame import Frame, FrameTime, Planes

RATE = 8.0
# Cells of the luma, pixels of the small colour picture, and patches of the attention: rows and columns.
LUMA, SMALL, PATCHES = (36, 64), (18, 32), (9, 16)


def sample_of(frame: FrameFeatures, rate: float = RATE) -> Sample:
    """Make the sample of a frame; no other frame came since the sample before."""
    return Sample(frame, ShotStart(frame.index, frame.time, frame.time - 1 / rate), frame, None)


def span(index: int, last: int | None = None, first: int | None = None, gradual: bool = False) -> ShotSpan:
    """Make a shot that ends with the sample `last`, where the next one begins with `first`; without both with the video."""
    return ShotSpan(index, "cut", ShotStart(0, 0.0, 0.0), FrameTime(0, 0.0), last, first, gradual)


def features_of(picture: ndarray, time: float = 0.0, rate: float = RATE) -> FrameFeatures:
    """See a BGR picture as the frame at a time."""
    return extract_features(picture, round(rate * time), time)


def features_of_planes(
    luma: ndarray, blue: ndarray, red: ndarray, width: int, to_bgr: ndarray, time: float = 0.0
) -> FrameFeatures:
    """See a picture as the codec keeps it; of each line only the first `width` values are the picture."""
    planes = Planes(luma, blue, red, width, to_bgr, lambda: np.zeros((*luma.shape, 3), np.uint8))
    return extract_features(planes, round(RATE * time), time)


def handmade(
    time: float = 0.0,
    luma: ndarray | float = 128.0,
    small: ndarray | float = 128.0,
    gradients: ndarray | float = 0.0,
    rate: float = RATE,
) -> FrameFeatures:
    """Make a frame of given luma, colours and sharpness, each a picture or one value for all of it."""
    return FrameFeatures(
        round(rate * time),
        time,
        np.broadcast_to(np.asarray(luma, np.float32), LUMA).copy(),
        np.broadcast_to(np.asarray(small, np.float32), (*SMALL, 3)).copy(),
        np.broadcast_to(np.asarray(gradients, np.float32), PATCHES).copy(),
    )


class ToldAction(NamedTuple):
    """An action: first, last and peak frame, their times in seconds, its box in pixels, how much happens, and its shot."""

    frames: tuple[int, int]
    times: tuple[float, float]
    peak: int
    peak_time: float
    box: tuple[int, int, int, int]
    energy: float
    shot: int


def actions_in(pictures: Iterable[ndarray], ends: Sequence[int] = (), rate: float = RATE, first: int = 0) -> list[ToldAction]:
    """Find the actions in the samples of a video; a shot ends with each sample of `ends`, and one with the last."""
    finder = ActionFinder()
    shot = 0
    for number, picture in enumerate(pictures):
        if number == 0:
            finder.begin(video_of(picture))
        frame = first + number
        finder.push(sample_of(extract_features(picture, frame, frame / rate), rate))
        if number in ends:
            finder.end_shot(span(shot, frame, frame + 1))
            shot += 1
    finder.end_shot(span(shot))
    return [
        ToldAction(
            (a.start_frame, a.end_frame),
            (a.start_time, a.end_time),
            a.peak_frame,
            a.peak_time or 0.0,
            a.box or (0,) * 4,
            a.energy,
            a.shot or 0,
        )
        for a in finder.finish()
    ]


def novelty_in(pictures: Iterable[ndarray], ends: Sequence[int] = (), rate: float = RATE) -> list[tuple[int, float]]:
    """Give frame and novelty of each sample of a video; a shot ends with each sample of `ends`, and one with the last."""
    finder = NoveltyFinder()
    shot = 0
    for number, picture in enumerate(pictures):
        if number == 0:
            finder.begin(video_of(picture))
        finder.see(Frame(number, number / rate, picture))
        finder.push(sample_of(extract_features(picture, number, number / rate), rate))
        if number in ends:
            finder.end_shot(span(shot, number, number + 1))
            shot += 1
    finder.end_shot(span(shot))
    return [(item.frame, item.value) for item in finder.finish()]


def video_of(picture: ndarray) -> VideoInfo:
    """Describe a video of such pictures."""
    height, width = picture.shape[:2]
    return VideoInfo("v.mp4", "v.mp4", width, height, 25.0, 0.0, "h264", 0, 1.0, 0)


class Seen(NamedTuple):
    """What a change is measured as."""

    share: float
    lost: float
    distance: float
    strength: float


def change_between(before: Any, after: Any) -> Seen:
    """Measure the change between two frames, or what is kept of them."""
    return _seen(measure_change(before, after))


def _seen(change: Change) -> Seen:
    return Seen(change.unmatched_texture, change.lost_texture, change.distance, change.strength)


def no_change() -> Seen:
    """What stands for the change before the first frame."""
    return _seen(NO_CHANGE)


def strength_of(share: float, distance: float) -> float:
    """How strong a change is of which so much of the texture is new and the colours differ by so much."""
    return Change(share, 0.0, lambda: distance).strength


Triple = tuple[float, float, float]


def judged_as_cut(across: Sequence[Triple], around: Sequence[Triple], may_fade: bool = False) -> bool:
    """Judge changes across a gap against those beside it; each is share, lost and distance."""

    def made(triple: Triple) -> Change:
        share, lost, distance = triple
        return Change(share, lost, lambda: distance)

    return is_cut([made(triple) for triple in across], [made(triple) for triple in around], may_fade)


def judged_by_spread(across: Triple, around: Triple) -> bool:
    """Judge a change across a gap against two like ones beside it; each is share, spread, and distance outside the band."""

    def made(triple: Triple) -> Change:
        share, spread, distance = triple
        return Change(share, 0.0, lambda: distance, lambda: spread, lambda: distance)

    return is_cut([made(across)], [made(around)] * 2)


class Transition(NamedTuple):
    """A transition: its kind, the last frame before it, the first behind it, and where the new shot is said to begin."""

    kind: str
    last: int
    first: int
    start: int


def transitions_in(frames: Sequence[FrameFeatures]) -> list[Transition]:
    """Find the transitions in a whole video."""
    return [transition for found in transitions_by_frame(frames) for transition in found]


def transitions_by_frame(frames: Sequence[FrameFeatures]) -> list[list[Transition]]:
    """List for each frame the transitions that are certain when it has come, and at last those told at the end."""
    detector = ShotDetector()
    found = [*(detector.push(sample_of(frame)) for frame in frames), detector.finish()]
    return [[Transition(b.kind, b.last, b.first, b.shot_start.frame) for b in each] for each in found]


def judged_as_gradual(frames: Sequence[FrameFeatures]) -> Transition | None:
    """Judge whether some frames lead from the first to the last by a gradual transition."""
    found = judge_gradual(list(frames), np.stack([frame.small.reshape(-1, 3) for frame in frames]))
    if found is None:
        return None
    return Transition(found.kind, *(frames[place].index for place in (found.start, found.end, found.middle)))


def ends_of(kind: str, samples: Sequence[FrameFeatures], old: int, new: int, times: ndarray) -> tuple[float, float]:
    """Find the times at which a gradual transition begins and ends; the times are those of all frames from sample to sample."""
    return find_ends(kind, samples, old, new, times)


def regions_in(attention: ndarray, width: int, height: int) -> list[tuple[tuple[int, int, int, int], float]]:
    """Give the key regions of a picture, each a box (x, y, width, height) and its share of the attention."""
    return [(region.box, region.weight) for region in find_regions(attention, width, height)]


def shares_over_time(pictures: ndarray, counts: Sequence[float]) -> ndarray:
    """Give the share of attention of each picture, a row each, that stands for so many frames."""
    return temporal_attention(unit_vectors(pictures), np.array(counts, float))


def directions(pictures: ndarray) -> ndarray:
    """Turn pictures, a row each, into vectors whose dot products are correlations."""
    return unit_vectors(pictures)


def place_of(target: ndarray, picture: ndarray) -> Place:
    """Find a target in a picture."""
    wanted, (_, frame) = Target(target), shrunk(picture)
    return wanted.align(frame, *wanted.search(frame)[1:])


def ranks_against(target: ndarray, pictures: Sequence[ndarray], spacing: float = 1.0) -> dict[int, float]:
    """Rank the frames of a video that shows some pictures, so many seconds apart: the higher, the more like the target."""
    matcher = TargetMatcher(Target(target))
    for index, picture in enumerate(pictures):
        matcher.see(Frame(index, index * spacing, picture))
    return matcher.finish().ranks
