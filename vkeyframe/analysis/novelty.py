"""Novelty before a still camera: what moves faster than its place has seen."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy import ndarray

from vkeyframe.analysis.analyser import Analyser
from vkeyframe.analysis.sample import Sample, ShotSpan
from vkeyframe.analysis.sections import Novelty
from vkeyframe.analysis.shots import MEMORY_SAMPLES
from vkeyframe.opencv import cv2
from vkeyframe.report.video_info import VideoInfo
from vkeyframe.video.frame import Frame, FrameTime, Planes

SMOOTH = np.array([0.25, 0.5, 0.25])


@dataclass(frozen=True, slots=True)
class NoveltyTuning:
    """How speed is measured, and what is usual; set on UCSD Ped2 1 to 6 (cyclists and carts among walkers).

    Attributes
    ----------
    pixels : int
        Of the small grey picture in which motion is followed, about.
    values_px : int
        Each of its pixels is the mean of about so many squared values.
    cell_px : int
        Side of a cell in it. Cells of 4 to 8 gave 0.95 to 0.97 of the area under the ROC curve.
    finest_scale, iterations, refinements : int
        Of the optical flow. At half the resolution (scale 2) the area falls from 0.95 to 0.84; more iterations add nothing.
    smoothing_seconds : float
        Deviation of the Gaussian over time; without it the area falls by 0.02.
    usual_speed : float
        What a place is taken to have seen before anything was seen, in widths of the picture a second.
    usual_samples : float
        For how many samples that counts; 25 s. With 50 samples a steady cyclist is soon his own past.
    memory_samples : float
        How many samples a place remembers; 10 minutes.
    camera_share : float
        Where more than this share of the picture moves faster than usual, the camera does.
    """

    pixels: int = 21_600
    values_px: int = 4
    cell_px: int = 8
    finest_scale: int = 1
    iterations: int = 12
    refinements: int = 3
    smoothing_seconds: float = 0.2
    usual_speed: float = 0.0167
    usual_samples: float = 200.0
    memory_samples: float = 4800.0
    camera_share: float = 0.6


TUNING = NoveltyTuning()


class SpeedMeter:
    """Measures how fast each place of the picture moves from one sample to the next.

    Dense optical flow by inverse search: Kroeger et al., ECCV 2016, arXiv:1603.03590. Motion need not be told from noise: that of
    the sensor, rain and changing light give flow of a tenth of what walkers have, and a gate for them cost 0.01 of the area.

    Parameters
    ----------
    width, height : int
        Of the video, in pixels.
    """

    def __init__(self, width: int, height: int) -> None:
        scale = np.sqrt(TUNING.pixels / (width * height)) / TUNING.cell_px
        self.columns, self.rows = max(2, round(width * scale)), max(2, round(height * scale))
        self._size = self.columns * TUNING.cell_px, self.rows * TUNING.cell_px
        self._flow = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_FAST)
        self._flow.setFinestScale(TUNING.finest_scale)
        self._flow.setGradientDescentIterations(TUNING.iterations)
        self._flow.setVariationalRefinementIterations(TUNING.refinements)
        self._before: tuple[ndarray, float] | None = None

    def measure(self, frame: Frame) -> ndarray:
        """Return the speed in each cell, (rows, columns) float32 in widths of the picture a second; 0 in the first frame."""
        grey = self._grey(frame)
        before, self._before = self._before, (grey, frame.time)
        if before is None or frame.time <= before[1]:
            return np.zeros((self.rows, self.columns), np.float32)
        flow = self._flow.calc(grey, before[0], np.zeros((*grey.shape, 2), np.float32))
        speed = cv2.resize(cv2.magnitude(flow[..., 0], flow[..., 1]), (self.columns, self.rows), interpolation=cv2.INTER_AREA)
        return np.asarray(speed / np.float32(self._size[0] * (frame.time - before[1])), np.float32)

    def _grey(self, frame: Frame) -> ndarray:
        content = frame.content
        # Green is most of luma, and to convert all colours takes longer than the flow.
        values = content.luma[:, : content.width] if isinstance(content, Planes) else content[..., 1]
        # Of a large picture so many values are enough for a mean.
        step = max(1, values.shape[1] // (TUNING.values_px * self._size[0]))
        return cv2.resize(np.ascontiguousarray(values[::step, ::step]), self._size, interpolation=cv2.INTER_AREA)


class NoveltyFinder(Analyser[tuple[Novelty, ...]]):
    """Tells of each sample how unusual the speed of its fastest place is, for what has been seen there before.

    The value is −log P(speed ≥ s), where the speed of a place is taken to follow a Rayleigh distribution with the mean square of
    its past; the largest of all places. What always moves, such as trees and traffic, so comes to be expected.
    """

    needs_pictures: ClassVar[bool] = True

    def __init__(self) -> None:
        self._found: list[Novelty] = []
        self._meter = SpeedMeter(16, 9)
        self._frame: Frame | None = None
        # Samples of which it is not certain to which shot they belong.
        self._waiting: deque[tuple[FrameTime, ndarray]] = deque()
        self._shot = _Shot(self._meter)

    def begin(self, video: VideoInfo) -> None:
        """Take note of the size of the picture."""
        self._meter = SpeedMeter(video.width, video.height)
        self._shot = _Shot(self._meter)

    def see(self, frame: Frame) -> None:
        """Remember the frame, which may be the next sample."""
        self._frame = frame

    def push(self, sample: Sample) -> None:
        """Take the next sample."""
        if self._frame is not None:
            here = FrameTime(sample.features.index, sample.features.time)
            self._waiting.append((here, self._meter.measure(self._frame)))
        while len(self._waiting) > MEMORY_SAMPLES:
            self._shot.push(*self._waiting.popleft())

    def end_shot(self, shot: ShotSpan) -> None:
        """Settle the samples of a shot; those in the transition behind it are dropped."""
        while self._waiting and (shot.last_sample is None or self._waiting[0][0].index <= shot.last_sample):
            self._shot.push(*self._waiting.popleft())
        while self._waiting and shot.next_sample is not None and self._waiting[0][0].index < shot.next_sample:
            self._waiting.popleft()
        self._found += self._shot.finish()
        self._shot = _Shot(self._meter)

    def finish(self) -> tuple[Novelty, ...]:
        """Return the novelty of all samples of still cameras, in order of time."""
        return tuple(self._found)


class _Shot:
    """The speeds of one shot, and what is usual in it."""

    def __init__(self, meter: SpeedMeter) -> None:
        self._squares = np.full((meter.rows, meter.columns), TUNING.usual_samples * TUNING.usual_speed**2)
        self._count = TUNING.usual_samples
        self._recent: deque[tuple[FrameTime, ndarray]] = deque()
        self._next = 0
        self._found: list[Novelty] = []
        self._samples = self._upset = 0

    def push(self, here: FrameTime, speeds: ndarray) -> None:
        """Take the speeds of the next sample; the first of a shot are those across the cut, and count for none."""
        if not self._samples:
            speeds = np.zeros_like(speeds)
        self._samples += 1
        self._upset += bool((speeds > TUNING.usual_speed).mean() > TUNING.camera_share)
        self._recent.append((here, cv2.sepFilter2D(speeds, -1, SMOOTH, SMOOTH)))
        self._settle(here.time - 3.0 * TUNING.smoothing_seconds)

    def finish(self) -> list[Novelty]:
        """Return the novelty of all samples; none if the camera moves."""
        self._settle(np.inf)
        return [] if 2 * self._upset > self._samples else self._found

    def _settle(self, until: float) -> None:
        """Judge the samples up to a time, around which all are known."""
        reach = 3.0 * TUNING.smoothing_seconds
        while self._next < len(self._recent) and self._recent[self._next][0].time <= until:
            here = self._recent[self._next][0]
            while self._recent[0][0].time < here.time - reach:
                self._recent.popleft()
                self._next -= 1
            near = [(other.time, speeds) for other, speeds in self._recent if other.time <= here.time + reach]
            weights = np.exp(-(((np.array([time for time, _ in near]) - here.time) / TUNING.smoothing_seconds) ** 2) / 2)
            speeds = np.tensordot(weights / weights.sum(), np.stack([speeds for _, speeds in near]), 1)
            self._found.append(Novelty(here.index, round(here.time, 6), round(self._judge(speeds), 4)))
            self._next += 1

    def _judge(self, speeds: ndarray) -> float:
        squares = speeds.astype(np.float64) ** 2
        value = float((squares / (self._squares / self._count)).max())
        self._squares += squares
        self._count += 1.0
        if self._count > TUNING.memory_samples:
            self._squares *= TUNING.memory_samples / self._count
            self._count = TUNING.memory_samples
        return value
