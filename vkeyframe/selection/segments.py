"""What a candidate stands for: ways to divide a shot into segments, sample by sample."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol

import numpy as np
from numpy import ndarray

from vkeyframe.analysis.features import FrameFeatures
from vkeyframe.opencv import cv2
from vkeyframe.selection.novelty import Habituation, novelty


class Keep(Enum):
    """Whether a segment deserves a keyframe."""

    YES = "yes"
    NO = "no"
    BY_SIMILARITY = "by similarity"


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a shot that one candidate, or its pieces, stand for; its number is unique in the video.

    `tolerance` is what the shot usually changes in each place, see `novelty.Habituation`; None where that is not learnt.
    """

    number: int
    kind: str = "segment of like frames"
    keyworthy: Keep = Keep.BY_SIMILARITY
    tolerance: ndarray | None = field(default=None, compare=False, repr=False)


class Segmenter(Protocol):
    """Divides one shot into segments."""

    def place(self, features: FrameFeatures) -> tuple[int, float]:
        """Place the next sample.

        Returns
        -------
        number : int
            Of the segment that it belongs to.
        fitness : float
            How well it can stand for that, 0 to 1.
        """
        ...

    def segment(self, number: int) -> Segment:
        """Describe a segment; that is final only when the shot is over."""
        ...


# Makes what divides the next shot; the iterator gives numbers for its segments.
SegmenterFactory = Callable[[Iterator[int]], Segmenter]


@dataclass(frozen=True, slots=True)
class ContentTuning:
    """When frames are of like content; moves the share of must-see moments that are shown, but not by much.

    Attributes
    ----------
    other : float
        A sample of this novelty to the first of a segment opens a new one.
    quite_other : float
        So novel a sample does so even if the segment is shorter than it should be; there may be a cut.
    shortest_seconds, longest_seconds : float
        Of a segment.
    """

    other: float = 0.5
    quite_other: float = 0.85
    shortest_seconds: float = 0.45
    longest_seconds: float = 2.0


@dataclass(frozen=True, slots=True)
class StepTuning:
    """How steps of the camera are measured.

    Attributes
    ----------
    step : float
        How far the camera moves from one keyframe to the next, as a share of the picture's width.
    size : (int, int)
        Width and height of the picture in which motion is measured; larger ones gave no other steps.
    noise_px : float
        Motion below this, in that picture, may be noise, which must not add up.
    quantile : float
        Of the motion of what has texture: a quarter of it moves more. A camera that flies ahead or zooms moves the middle of
        the picture hardly at all.
    finest : float
        Share of a step where a number is asked for, so that there are enough to choose from.
    """

    step: float = 0.1
    size: tuple[int, int] = (256, 144)
    noise_px: float = 1.0
    quantile: float = 0.75
    finest: float = 0.125


CONTENT, STEPS = ContentTuning(), StepTuning()


class ContentSegmenter:
    """Segments of half a second to two of samples that show the same as the first of them, but for what always moves."""

    def __init__(self, numbers: Iterator[int]) -> None:
        self._numbers = numbers
        self._number = -1
        self._first: FrameFeatures | None = None
        self._habituation = Habituation()

    def place(self, features: FrameFeatures) -> tuple[int, float]:
        """Place the next sample."""
        self._habituation.see(features)
        if self._first is None or not self._continues(self._first, features):
            self._number, self._first = next(self._numbers), features
        return self._number, 1.0

    def segment(self, number: int) -> Segment:
        """Describe a segment."""
        return Segment(number, tolerance=self.tolerance())

    def tolerance(self) -> ndarray:
        """Return what the shot usually changes in each place so far, see `novelty.Habituation`."""
        return self._habituation.tolerance()

    def _continues(self, first: FrameFeatures, features: FrameFeatures) -> bool:
        seconds = features.time - first.time
        if seconds >= CONTENT.longest_seconds:
            return False
        enough = CONTENT.other if seconds >= CONTENT.shortest_seconds else CONTENT.quite_other
        return novelty(first.lab, features.lab, self._habituation.tolerance()) < enough


class StepSegmenter:
    """Segments of equal length along the camera's path: the optical flow of what has texture, summed.

    Dense inverse search (Kroeger et al., 2016, arXiv:1603.03590), which follows motion of a tenth of the width.
    """

    def __init__(self, numbers: Iterator[int], step: float = STEPS.step) -> None:
        self._numbers, self._step = numbers, step
        self._flow = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
        self._path = 0.0
        self._before: ndarray | None = None
        self._taken = -1
        self._number = -1

    def place(self, features: FrameFeatures) -> tuple[int, float]:
        """Place the next sample."""
        luma = cv2.resize(features.luma, STEPS.size).astype(np.uint8)
        if self._before is None:
            self._before = luma
        flow = self._flow.calc(self._before, luma, np.zeros((*luma.shape, 2), np.float32))
        # Where nothing is to be seen, nothing is seen to move: only the half with the more texture counts.
        texture = np.hypot(*np.gradient(luma.astype(np.float32)))
        textured = texture >= np.median(texture)
        moved = float(np.quantile(np.hypot(flow[..., 0], flow[..., 1])[textured], STEPS.quantile))
        # A slow camera is compared with where it was until it has moved.
        if moved > STEPS.noise_px:
            self._path += moved / luma.shape[1]
            self._before = luma
        step = int(self._path / self._step)
        if step != self._taken:
            self._taken, self._number = step, next(self._numbers)
        # The middle of a step is worth most, so that keyframes lie evenly.
        return self._number, 1.0 - abs(2.0 * (self._path / self._step - step) - 1.0) / 2

    def segment(self, number: int) -> Segment:
        """Describe a segment."""
        return Segment(number, "step of the camera", Keep.YES)
