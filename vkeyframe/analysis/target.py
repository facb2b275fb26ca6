"""Frames like a target picture: the target is the query, frames are keys.

Every frame is described by a few numbers and compared by these. The likest ones are kept small, and in the end the target is
searched for in them, as a part of the frame or mirrored too.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import ClassVar

import numpy as np
from numpy import ndarray

from vkeyframe.analysis.alignment import COLUMNS, ROWS, LocalSimilarity, Template, Window, frame_structure
from vkeyframe.analysis.analyser import Analyser
from vkeyframe.analysis.attention import spatial_attention
from vkeyframe.analysis.descriptor import HEADS, PARTS, Part, describe, small_lab, without_bars
from vkeyframe.analysis.features import extract_features
from vkeyframe.analysis.pooling import head_logits
from vkeyframe.kernels.pearson import weighted_pearson
from vkeyframe.opencv import cv2
from vkeyframe.video.frame import Frame

WHOLE: Part = (0.0, 0.0, 1.0, 1.0)


@dataclass(frozen=True, slots=True)
class TargetTuning:
    """Which frames are looked at closely; set on disturbed frames of 49 videos.

    Attributes
    ----------
    batch : int
        Frames that are described at once.
    window_seconds : float
        Of all frames within such a stretch only the likest are kept.
    kept_in_window : int
    windows : int
        How many stretches are kept, the likest ones; in each the target is searched for.
    aligned : int
        In how many of these, for each match that is wanted, it is aligned.
    neighbours : int
        Around how many of the best of them all frames that were kept are looked at.
    flat : float
        A picture whose luma has a deviation below this, in grey levels, has no structure; its level counts instead.
    level : float
        Difference of the mean luma, in grey levels, at which two pictures without structure have nothing in common.
    per_grey_level : float
        Of two frames as like the target the one of nearer light is the better: what a grey level of the mean luma costs.
    """

    batch: int = 32
    window_seconds: float = 0.5
    kept_in_window: int = 3
    windows: int = 300
    aligned: int = 16
    neighbours: int = 3
    flat: float = 2.0
    level: float = 60.0
    per_grey_level: float = 0.0002


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
    mirrored : bool
    window : Window
        The part of the frame that the target shows; it may reach beyond the frame.
    local : LocalSimilarity
        Place by place, in the target's view.
    """

    score: float
    plain: float
    weighted: float
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
        attention = cv2.resize(spatial_attention(extract_features(small, 0, 0.0), None).map, (COLUMNS, ROWS))
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
            return np.array([self._level_score(frame.luma) for frame in frames]), logits
        return np.asarray(alike.reshape(len(alike), -1).max(axis=1), np.float64), logits

    def search(self, frame: SmallFrame) -> tuple[float, bool, Window]:
        """Find the target in a frame: correlation, whether it is mirrored, and where it is."""
        structure = frame_structure(frame.luma)
        found = [(*template.search(structure), mirrored) for mirrored, template in enumerate(self._templates)]
        correlation, window, mirrored = max(found, key=lambda each: each[0])
        return correlation, bool(mirrored), window

    def align(self, frame: SmallFrame, mirrored: bool, window: Window) -> Place:
        """Bring the target and a window of a frame to the same place as well as can be, and compare them."""
        template, weights = self._templates[mirrored], self._weights[mirrored]
        # What fits best is not always where the steps end: of an undisturbed frame it is all of it.
        windows = {template.refine(frame_structure(frame.luma), window), window, Window(*WHOLE)}
        local, window = max(((template.compare(frame.luma, each), each) for each in sorted(windows, key=_order)), key=_score)
        score = self._level_score(frame.luma) if self.is_flat else max(0.0, local.score)
        a, b = (each.astype(np.float32).ravel() for each in (template.luma, local.shown))
        inside = (local.weights > 0.0).ravel().astype(np.float32)
        plain = float(weighted_pearson(a, b, inside)) if inside.any() else 0.0
        weighted = float(weighted_pearson(a, b, inside * weights)) if inside.any() else 0.0
        return Place(score, plain, weighted, mirrored, window.within(frame.part), local)

    def compare(self, frame: SmallFrame, mirrored: bool, window: Part) -> LocalSimilarity:
        """Compare with a window of the whole picture of a frame, as a `Place` has it, in the view of the target or its mirror."""
        x, y, width, height = frame.part
        inner = Window((window[0] - x) / width, (window[1] - y) / height, window[2] / width, window[3] / height)
        return self._templates[mirrored].compare(frame.luma, inner)

    def difference(self, frame: SmallFrame) -> float:
        """Return by how many grey levels the mean luma differs."""
        return abs(float(frame.luma.mean()) - self.level)

    def _level_score(self, luma: ndarray) -> float:
        if float(luma.std()) >= TUNING.flat:
            return 0.0
        return max(0.0, 1.0 - abs(float(luma.mean()) - self.level) / TUNING.level)


def _order(window: Window) -> tuple[float, float, float, float]:
    """Sort windows: the whole frame comes first, for of several that are as like the target it is meant."""
    return abs(window.x) + abs(window.y), -window.width, -window.height, window.x


def _score(found: tuple[LocalSimilarity, Window]) -> float:
    return found[0].score


def shrunk(picture: ndarray) -> tuple[ndarray, SmallFrame]:
    """Reduce a BGR picture to 160×90 without its letter-box, in colour and as `SmallFrame`."""
    small = cv2.resize(picture, (COLUMNS, ROWS), interpolation=cv2.INTER_AREA)
    luma = cv2.cvtColor(small, cv2.COLOR_BGR2GRAY)
    part = without_bars(luma)
    if part != WHOLE:
        x, y, width, height = (round(share * size) for share, size in zip(part, (COLUMNS, ROWS, COLUMNS, ROWS), strict=True))
        small = cv2.resize(small[y : y + height, x : x + width], (COLUMNS, ROWS), interpolation=cv2.INTER_LINEAR)
        luma = cv2.cvtColor(small, cv2.COLOR_BGR2GRAY)
    return small, SmallFrame(luma, part)


@dataclass(frozen=True, slots=True)
class Similarities:
    """How alike the frames of a video and the target are.

    Attributes
    ----------
    frames : (n,) int64
        0-based indices, in order of time.
    times : (n,) float64
        In seconds.
    logits : (n, heads, 2) float64
        What each head sees in each frame, for dot-product and for additive attention.
    places : dict of int to Place
        How some frames, which are the likest, show the target, by their place among the frames.
    ranks : dict of int to float
        What ranks these, the higher the better: the score, less a little for each grey level of difference.
    """

    frames: ndarray
    times: ndarray
    logits: ndarray
    places: dict[int, Place]
    ranks: dict[int, float]


class TargetMatcher(Analyser[Similarities]):
    """Compares every frame with a target.

    Parameters
    ----------
    target : Target
    wanted : int
        How many matches are wanted; the more, the more frames are looked at closely.
    """

    needs_pictures: ClassVar[bool] = True

    def __init__(self, target: Target, wanted: int = 1) -> None:
        self._target, self._wanted = target, wanted
        self._waiting: list[tuple[ndarray, SmallFrame]] = []
        self._frames, self._times = array("q"), array("d")
        self._similarity = array("d")
        self._logits: list[ndarray] = []
        self._kept: dict[int, SmallFrame] = {}

    def see(self, frame: Frame) -> None:
        """Compare the next frame."""
        self._frames.append(frame.index)
        self._times.append(frame.time)
        small, reduced = shrunk(frame.picture)
        self._waiting.append((small_lab(small), reduced))
        if len(self._waiting) == TUNING.batch:
            self._compare()

    def finish(self) -> Similarities:
        """Look closely at the likest frames, and return what is known of all."""
        if self._waiting:
            self._compare()
        self._prune()
        searched = {number: self._target.search(self._kept[number]) for number in self._best_of_windows()}
        best = sorted(searched, key=lambda number: (-searched[number][0], number))[: TUNING.aligned * self._wanted]
        places = {number: self._target.align(self._kept[number], *searched[number][1:]) for number in best}
        for number in sorted(places, key=lambda number: (-places[number].score, number))[: TUNING.neighbours * self._wanted]:
            for other in self._near(number):
                if other not in places:
                    found = self._target.search(self._kept[other])
                    places[other] = self._target.align(self._kept[other], *found[1:])
        ranks = {
            number: place.score - TUNING.per_grey_level * self._target.difference(self._kept[number])
            for number, place in places.items()
        }
        return Similarities(np.array(self._frames), np.array(self._times), np.concatenate(self._logits), places, ranks)

    def _compare(self) -> None:
        first = len(self._similarity)
        labs, frames = np.stack([lab for lab, _ in self._waiting]), [frame for _, frame in self._waiting]
        similarity, logits = self._target.similarity(describe(labs, PARTS), frames)
        self._similarity.extend(similarity)
        self._logits.append(logits)
        self._kept.update(enumerate(frames, first))
        self._waiting = []
        if len(self._kept) > 2 * TUNING.windows * TUNING.kept_in_window:
            self._prune()

    def _prune(self) -> None:
        """Keep the likest frames of the likest stretches of time."""
        stretches = self._stretches()
        likest = sorted(stretches, key=lambda stretch: (-self._similarity[stretch[0]], stretch[0]))[: TUNING.windows]
        kept = [number for stretch in likest for number in stretch[: TUNING.kept_in_window]]
        self._kept = {number: self._kept[number] for number in sorted(kept)}

    def _best_of_windows(self) -> list[int]:
        return [stretch[0] for stretch in self._stretches()]

    def _stretches(self) -> list[list[int]]:
        """Return the frames that are kept, stretch by stretch of time, in each the likest first."""
        by_time: Callable[[int], int] = lambda number: int(self._times[number] / TUNING.window_seconds)  # noqa: E731
        return [
            sorted(group, key=lambda number: (-self._similarity[number], number))
            for _, group in groupby(sorted(self._kept), by_time)
        ]

    def _near(self, number: int) -> list[int]:
        return [
            other
            for other in self._kept
            if abs(self._times[other] - self._times[number]) <= TUNING.window_seconds and other != number
        ]
