"""How much of the picture moves before a still camera, and where."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy import ndarray

from vkeyframe.analysis.analyser import Analyser
from vkeyframe.analysis.background import BackgroundModel
from vkeyframe.analysis.sample import Sample, ShotSpan
from vkeyframe.analysis.sections import Moving
from vkeyframe.analysis.shots import MEMORY_SAMPLES
from vkeyframe.opencv import cv2
from vkeyframe.report.video_info import VideoInfo
from vkeyframe.video.frame import Frame, FrameTime


@dataclass(frozen=True, slots=True)
class MovingTuning:
    """What is looked at.

    Attributes
    ----------
    pixels : int
        Of the picture in which pixels are told from the background, at most; as many as in 320×240.
    camera_share : float
        Where in half of the samples more than this share of the picture moves, the camera does.
    """

    pixels: int = 76_800
    camera_share: float = 0.5


TUNING = MovingTuning()


class MovingFinder(Analyser[tuple[Moving, ...]]):
    """Tells moving pixels from the background in each sample of a still camera."""

    needs_pictures: ClassVar[bool] = True

    def __init__(self) -> None:
        self._found: list[Moving] = []
        self._size, self._small = (1, 1), (1, 1)
        self._frame: Frame | None = None
        # Samples of which it is not certain to which shot they belong.
        self._waiting: deque[tuple[FrameTime, ndarray]] = deque()
        self._begin_shot()

    def begin(self, video: VideoInfo) -> None:
        """Take note of the size of the picture."""
        self._size = video.width, video.height
        scale = min(1.0, float(np.sqrt(TUNING.pixels / (video.width * video.height))))
        self._small = max(1, round(video.width * scale)), max(1, round(video.height * scale))

    def see(self, frame: Frame) -> None:
        """Remember the frame, which may be the next sample."""
        self._frame = frame

    def push(self, sample: Sample) -> None:
        """Take the next sample."""
        if self._frame is not None:
            small = cv2.resize(self._frame.picture, self._small, interpolation=cv2.INTER_AREA)
            self._waiting.append((FrameTime(sample.features.index, sample.features.time), small))
        while len(self._waiting) > MEMORY_SAMPLES:
            self._look(*self._waiting.popleft())

    def end_shot(self, shot: ShotSpan) -> None:
        """Settle the samples of a shot; those in the transition behind it are dropped."""
        while self._waiting and (shot.last_sample is None or self._waiting[0][0].index <= shot.last_sample):
            self._look(*self._waiting.popleft())
        while self._waiting and shot.next_sample is not None and self._waiting[0][0].index < shot.next_sample:
            self._waiting.popleft()
        if self._in_shot and float(np.median([item.share for item in self._in_shot])) <= TUNING.camera_share:
            self._found += self._in_shot
        self._begin_shot()

    def finish(self) -> tuple[Moving, ...]:
        """Return what moves in all samples of still cameras, in order of time."""
        return tuple(self._found)

    def _begin_shot(self) -> None:
        self._model: BackgroundModel | None = None
        self._in_shot: list[Moving] = []

    def _look(self, here: FrameTime, small: ndarray) -> None:
        if self._model is None:
            self._model = BackgroundModel(small)
        mask = self._model.moving(small)
        share = cv2.countNonZero(mask) / mask.size
        self._in_shot.append(Moving(here.index, round(here.time, 6), round(share, 6), self._box(mask)))

    def _box(self, mask: ndarray) -> tuple[int, int, int, int] | None:
        """Return the box of the largest connected part of what moves, in pixels of the video; None if nothing does."""
        count, _, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
        if count < 2:
            return None
        largest = 1 + int(stats[1:, cv2.CC_STAT_AREA].argmax())
        left, top, columns, rows = (int(value) for value in stats[largest, :4])
        (width, height), (small_width, small_height) = self._size, self._small
        x, y = left * width // small_width, top * height // small_height
        return x, y, -(-(left + columns) * width // small_width) - x, -(-(top + rows) * height // small_height) - y
