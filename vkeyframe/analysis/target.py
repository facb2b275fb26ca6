"""Frames like a target picture: the target is the query, frames are keys.

Every frame is described by a few numbers and compared by these. The likest ones are kept small, and in the end the target is
searched for in them, as a part of the frame or mirrored too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy import ndarray

from vkeyframe.analysis.alignment import COLUMNS, ROWS, LocalSimilarity, Template, Window, frame_structure, structure
from vkeyframe.analysis.descriptor import HEADS, Part, describe, small_lab, without_bars
from vkeyframe.analysis.gaze import gaze_map
from vkeyframe.analysis.pooling import head_logits
from vkeyframe.kernels.pearson import weighted_pearson
from vkeyframe.opencv import cv2

WHOLE: Part = (0.0, 0.0, 1.0, 1.0)


@dataclass(frozen=True, slots=True)
class TargetTuning:
    """What is compared where there is nothing to see; set by eye.

    Attributes
    ----------
    flat : float
        A picture whose luma has a deviation below this, in grey levels, has no structure; its level counts instead.
    level : float
        Difference of the mean luma, in grey levels, at which two pictures without structure have nothing in common.
    """

    flat: float = 2.0
    level: float = 60.0


TUNING = TargetTuning()


@dataclass(frozen=True, slots=True)
class SmallFrame:
    """A frame as it is compared: without a letter-box.

    Attributes
    ----------
    luma : (90, 160) uint8
    part : Part
        What of the frame it shows, all but the bars.
    """

    luma: ndarray
    part: Part


@dataclass(frozen=True, slots=True)
class Place:
    """How a frame shows the target.

    Attributes
    ----------
    score : float
        How alike they are, 0 to 1, see `LocalSimilarity.score`.
    plain, weighted : float in [-1, 1]
        Pearson correlation of luma, even and weighted by where the eye goes in the target.
    difference : float
        Median difference of luma, in grey levels.
    mirrored : bool
    window : Window
        The part of the frame that the target shows; it may reach beyond the frame.
    local : LocalSimilarity
        Place by place, in the target's view.
    """

    score: float
    plain: float
    weighted: float
    difference: float
    mirrored: bool
    window: Window
    local: LocalSimilarity


class Target:
    """A target picture, ready to be compared with many frames.

    Parameters
    ----------
    picture : (height, width, 3) uint8, BGR
    """

    def __init__(self, picture: ndarray) -> None:
        small, frame = shrunk(picture)
        self.part = frame.part
        self.views = [frame.luma, np.ascontiguousarray(frame.luma[:, ::-1])]
        self.level, self.is_flat = float(frame.luma.mean()), float(frame.luma.std()) < TUNING.flat
        self.descriptors = describe(np.stack([small_lab(small), small_lab(np.ascontiguousarray(small[:, ::-1]))]))[:, 0]
        self._templates = [Template(view) for view in self.views]
        attention = cv2.resize(gaze_map(_cut(picture, frame.part)).map, (COLUMNS, ROWS), interpolation=cv2.INTER_LINEAR)
        self._weights = [np.ascontiguousarray(each.ravel()) for each in (attention, attention[:, ::-1])]

    def similarity(self, descriptors: ndarray, frames: Sequence[SmallFrame]) -> tuple[ndarray, ndarray]:
        """Compare descriptors of frames and their parts, (n, parts, 147), with the target and its mirror image.

        Returns
        -------
        (n,) float64
            The best similarity of each frame, -1 to 1; where the target has no structure, that of the level of luma.
        (n, heads, 2) float64
            What each head sees there: the logits of dot-product and of additive attention.
        """
        alike = descriptors @ self.descriptors.T
        best = alike.reshape(len(alike), -1).argmax(axis=1)
        part, view = np.divmod(best, 2)
        keys = descriptors[np.arange(len(best)), part]
        logits = head_logits(self.descriptors[view], keys, HEADS.values())
        if self.is_flat:
            return np.array([self._level_similarity(frame.luma) for frame in frames]), logits
        return np.asarray(alike.reshape(len(alike), -1).max(axis=1), np.float64), logits

    def descriptor_similarity(self, descriptors: ndarray) -> ndarray:
        """Return the best similarity of the parts of each frame, (n, parts, 147), with the target or its mirror, (n,) float64."""
        return np.asarray((descriptors @ self.descriptors.T).reshape(len(descriptors), -1).max(axis=1), np.float64)

    def correlation(self, luma: ndarray) -> float:
        """Find the target or its mirror image in a small picture, (36, 64) luma, and return the correlation there, -1 to 1."""
        frame = structure(luma)
        return max(template.search(frame)[0] for template in self._templates)

    def search(self, frame: SmallFrame) -> tuple[float, bool, Window]:
        """Find the target in a frame: correlation, whether it is mirrored, and where it is."""
        seen = frame_structure(frame.luma)
        found = [(*template.search(seen), mirrored) for mirrored, template in enumerate(self._templates)]
        correlation, window, mirrored = max(found, key=lambda each: each[0])
        return correlation, bool(mirrored), window

    def align(self, frame: SmallFrame, mirrored: bool, window: Window) -> Place:
        """Bring the target and a window of a frame to the same place as well as can be, and compare them."""
        template, weights = self._templates[mirrored], self._weights[mirrored]
        local, window = template.fit(frame.luma, window)
        a, b = (each.astype(np.float32).ravel() for each in (template.luma, local.shown))
        inside = (local.weights > 0.0).ravel().astype(np.float32)
        # The median passes over a caption.
        difference = abs(float(np.median((b - a)[inside > 0.0]))) if inside.any() else 255.0
        score = max(0.0, local.score) * (max(0.0, 1.0 - difference / TUNING.level) if self.is_flat else 1.0)
        plain = float(weighted_pearson(a, b, inside)) if inside.any() else 0.0
        weighted = float(weighted_pearson(a, b, inside * weights)) if inside.any() else 0.0
        return Place(score, plain, weighted, difference, mirrored, window.within(frame.part), local)

    def compare(self, frame: SmallFrame, mirrored: bool, window: Part) -> LocalSimilarity:
        """Compare with a window of the whole picture of a frame, as a `Place` has it, in the view of the target or its mirror."""
        x, y, width, height = frame.part
        inner = Window((window[0] - x) / width, (window[1] - y) / height, window[2] / width, window[3] / height)
        return self._templates[mirrored].compare(frame.luma, inner)

    def _level_similarity(self, luma: ndarray) -> float:
        """Tell how near all of a frame is to the level of a target without structure, 0 to 1."""
        apart = np.abs(luma.astype(np.float32) - self.level)
        return 1.0 - float(np.minimum(apart, TUNING.level).mean()) / TUNING.level


def shrunk(picture: ndarray) -> tuple[ndarray, SmallFrame]:
    """Reduce a BGR picture to 160×90 without its letter-box, in colour and as `SmallFrame`."""
    small = cv2.resize(picture, (COLUMNS, ROWS), interpolation=cv2.INTER_AREA)
    luma = cv2.cvtColor(small, cv2.COLOR_BGR2GRAY)
    part = without_bars(luma)
    if part != WHOLE:
        small = cv2.resize(_cut(small, part), (COLUMNS, ROWS), interpolation=cv2.INTER_LINEAR)
        luma = cv2.cvtColor(small, cv2.COLOR_BGR2GRAY)
    return small, SmallFrame(luma, part)


def _cut(picture: ndarray, part: Part) -> ndarray:
    height, width = picture.shape[:2]
    left, top, across, down = (round(share * size) for share, size in zip(part, (width, height, width, height), strict=True))
    return picture[top : top + max(1, down), left : left + max(1, across)]
