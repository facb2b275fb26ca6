"""Candidates for keyframes, and how well a frame would do as one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import exp

import numpy as np

from vkeyframe.analysis.features import FrameFeatures, Summary
from vkeyframe.analysis.sample import Sample
from vkeyframe.selection.segments import Segment
from vkeyframe.video.frame import Frame, FrameTime


@dataclass(frozen=True, slots=True)
class RatingTuning:
    """What makes a frame good; set on edits of real clips, where it moves sharpness and pure.

    Attributes
    ----------
    unexposed : float
        What is left of the rating of a frame without any usable exposure.
    restless : float
        Difference from the mean of the frames around it, in grey levels, at which the rating falls to 37 %.
    darkest, brightest : float
        Luma outside this range is black or burnt out.
    full_contrast : float
        Deviation of luma from which on a picture has all the contrast it needs.
    """

    unexposed: float = 0.2
    restless: float = 24.0
    darkest: float = 16.0
    brightest: float = 239.0
    full_contrast: float = 24.0


RATING = RatingTuning()


@dataclass(frozen=True, slots=True)
class ScoredFrame:
    """A frame and how good it is.

    Attributes
    ----------
    features : FrameFeatures or Summary
        Of a frame whose picture has been stored only the summary is kept.
    quality : float
        What the frames of a candidate are compared by, ≥ 0.
    sharpness : float
        Mean squared gradient of luma.
    exposure : float
        0 to 1, see `rate_exposure`.
    index_exact : bool
        As in `Frame`.
    frame : Frame or None
        The decoded frame, until its picture has been stored.
    """

    features: FrameFeatures | Summary
    quality: float
    sharpness: float
    exposure: float
    index_exact: bool
    frame: Frame | None

    def stored(self) -> ScoredFrame:
        """Return it without its picture and with the summary of its features."""
        features = self.features.summary() if isinstance(self.features, FrameFeatures) else self.features
        return replace(self, features=features, frame=None)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A segment of a shot, or a piece of one, and its best frame.

    Attributes
    ----------
    shot : int
        Number of the shot.
    segment : Segment
    piece : int
        Which piece of the segment, where segments are subdivided.
    first, last : FrameTime
        Its first and last sample.
    frame_count : int
        How many frames of the video it stands for.
    best : ScoredFrame
        Its best frame.
    token : int or None
        Of the best frame's picture, None where pictures are not kept.
    """

    shot: int
    segment: Segment
    piece: int
    first: FrameTime
    last: FrameTime
    frame_count: int
    best: ScoredFrame
    token: int | None


def sharpest_of_shots(candidates: list[Candidate]) -> dict[int, float]:
    """Return the greatest sharpness among the candidates of each shot, by the shot's number."""
    sharpest: dict[int, float] = {}
    for candidate in candidates:
        sharpest[candidate.shot] = max(sharpest.get(candidate.shot, 0.0), candidate.best.sharpness)
    return sharpest


def sharpest_nearby(candidates: list[Candidate], seconds: float) -> list[float]:
    """Return for each candidate the greatest sharpness among those of its shot that are not further away than so many seconds."""
    times = np.array([candidate.best.features.time for candidate in candidates])
    sharpness = np.array([candidate.best.sharpness for candidate in candidates])
    shots = np.array([candidate.shot for candidate in candidates])
    nearby = (np.abs(times - time) <= seconds for time in times)
    return [float(sharpness[near & (shots == shot)].max()) for near, shot in zip(nearby, shots, strict=True)]


def rate(sample: Sample, before: FrameFeatures | None, after: FrameFeatures | None, trust: float) -> ScoredFrame:
    """Rate the sharpest frame of a sample: sharp, well exposed, and like its neighbours.

    Parameters
    ----------
    sample : Sample
    before, after : FrameFeatures or None
        The samples around it in the same shot.
    trust : float
        Factor for what else is known of the frame, 0 to 1.
    """
    features = sample.sharpest
    sharpness = float(features.gradients.mean())
    exposure = rate_exposure(features)
    # A flash or a frame in the midst of a jump is unlike the mean of the frames around it.
    restlessness = 0.0
    if before is not None and after is not None:
        restlessness = float(np.abs(features.small - (before.small + after.small) / 2).mean())
    exposed = RATING.unexposed + (1.0 - RATING.unexposed) * exposure
    quality = trust * sharpness * exposed * exp(-restlessness / RATING.restless)
    return ScoredFrame(features, quality, sharpness, exposure, sample.frame is None or sample.frame.index_exact, sample.frame)


def rate_exposure(features: FrameFeatures) -> float:
    """Share of the picture that is neither black nor burnt out, times its contrast up to a deviation of 24 grey levels."""
    usable = float(((features.luma >= RATING.darkest) & (features.luma <= RATING.brightest)).mean())
    return usable * min(1.0, features.contrast / RATING.full_contrast)
