"""Where in a frame a target picture lies, and how like each other both are there, place by place.

A target that was cropped shows a window of the frame. The window is searched for at several sizes by correlation, and then moved
and stretched until the pictures differ least, where a caption over one of them does not count.

References
----------
.. [1] Baker, Matthews, "Lucas-Kanade 20 years on: a unifying framework", IJCV 56, 2004, doi:10.1023/B:VISI.0000011205.11775.fd:
   the inverse compositional step, with weights that make it robust.
.. [2] Wang, Bovik, Sheikh, Simoncelli, "Image quality assessment: from error visibility to structural similarity", IEEE TIP 13,
   2004, doi:10.1109/TIP.2003.819861: the term of contrast and structure.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy import ndarray

from vkeyframe.opencv import cv2

# Size at which pictures are compared, whatever their aspect ratio.
COLUMNS, ROWS = 160, 90


@dataclass(frozen=True, slots=True)
class AlignmentTuning:
    """How a window is searched for and rated; set on 150 disturbed frames of 49 videos, each asked against two of them.

    Attributes
    ----------
    columns, rows : int
        Size of the pictures in which it is searched for.
    margin_px : int
        By how much of these pixels a window may lie outside the frame.
    scales : tuple of float
        Shares of the frame's width and height that a window may have at first.
    uneven : float
        By how much these shares may differ.
    blur_px : float
        Deviation of the surroundings by whose mean and contrast a pixel is measured.
    noise : float
        Contrast in grey levels that is not raised any further.
    clipped : float
        Most that a pixel may stand out, in deviations of its surroundings, so that letters over it count for little.
    steps : int
        Of moving and stretching.
    outlier : float
        Difference, in the same units, of which a quarter counts.
    damping, longest_step : float
        Keep a step small where there is little to see.
    window_px : int
        Side of the window for the similarity of a place.
    flat : float
        Variance, in squared grey levels, below which two places are alike because both show nothing.
    kept : float
        Share of the places that counts; the others may be covered.
    plain : float
        What a flat place weighs, as if it had this contrast in grey levels.
    smallest : float
        Share of the target that must lie in the frame.
    """

    columns: int = 64
    rows: int = 36
    margin_px: int = 5
    scales: tuple[float, ...] = (1.0, 0.9, 0.82)
    uneven: float = 0.15
    blur_px: float = 2.5
    noise: float = 6.0
    clipped: float = 1.5
    steps: int = 8
    outlier: float = 1.0
    damping: float = 0.1
    longest_step: float = 0.1
    window_px: int = 11
    flat: float = 8.0
    kept: float = 0.8
    plain: float = 2.0
    smallest: float = 0.5


TUNING = AlignmentTuning()


@dataclass(frozen=True, slots=True)
class Window:
    """A part of a frame: left and upper edge, width and height, as shares of the frame's width and height."""

    x: float
    y: float
    width: float
    height: float

    def within(self, outer: tuple[float, float, float, float]) -> Window:
        """Return it as a part of what the frame is a part of, which (x, y, width, height) says."""
        x, y, width, height = outer
        return Window(x + self.x * width, y + self.y * height, self.width * width, self.height * height)


WHOLE = Window(0.0, 0.0, 1.0, 1.0)


def structure(luma: ndarray) -> ndarray:
    """Say how much each pixel stands out from its surroundings, whatever the light; of a uint8 picture, as float32."""
    values = luma.astype(np.float32)
    apart = values - cv2.GaussianBlur(values, (0, 0), TUNING.blur_px)
    contrast = cv2.GaussianBlur(apart * apart, (0, 0), TUNING.blur_px)
    return np.asarray(apart / np.sqrt(contrast + TUNING.noise**2))


class Template:
    """A target picture, ready to be found in frames.

    Parameters
    ----------
    luma : (90, 160) uint8
    """

    def __init__(self, luma: ndarray) -> None:
        self.luma = luma
        self._structure = frame_structure(luma)
        rows, columns = self._structure.shape
        # Coordinates from -1 to 1 make a stretch of 0.01 and a shift of 0.01 about as large.
        u, v = np.linspace(-1, 1, columns, dtype=np.float32), np.linspace(-1, 1, rows, dtype=np.float32)[:, None]
        across = cv2.Sobel(self._structure, cv2.CV_32F, 1, 0, ksize=3) * (columns / 16)
        down = cv2.Sobel(self._structure, cv2.CV_32F, 0, 1, ksize=3) * (rows / 16)
        self._slopes = np.stack([across * u, across, down * v, down]).reshape(4, -1)
        self._patches = [
            np.clip(structure(cv2.resize(luma, (round(columns * x), round(rows * y)), interpolation=cv2.INTER_AREA)), *_CLIPPED)
            for x, y in product(TUNING.scales, TUNING.scales)
            if abs(x - y) < TUNING.uneven
        ]

    def search(self, frame: ndarray) -> tuple[float, Window]:
        """Find the window of a frame that is most like the target, to a pixel of its structure.

        Parameters
        ----------
        frame : (36, 64) float32
            As `frame_structure` gives it.

        Returns
        -------
        float in [-1, 1]
            Correlation there; less where the frame has less structure than the target, of which noise might be taken for one.
        Window
        """
        margin, best = TUNING.margin_px, (-2.0, WHOLE)
        wide = np.pad(np.clip(frame, *_CLIPPED), margin)
        rows, columns = frame.shape
        for patch in self._patches:
            _, value, _, (x, y) = cv2.minMaxLoc(cv2.matchTemplate(wide, patch, cv2.TM_CCORR_NORMED))
            if value > best[0]:
                left, top = (x - margin) / columns, (y - margin) / rows
                best = value, Window(left, top, patch.shape[1] / columns, patch.shape[0] / rows)
        strength = float(np.linalg.norm(frame)) / max(float(np.linalg.norm(self._structure)), 1e-6)
        return float(best[0]) * min(1.0, strength), best[1]

    def refine(self, frame: ndarray, window: Window) -> Window:
        """Move and stretch a window until what it shows differs least from the target."""
        for _ in range(TUNING.steps):
            apart = (_cut_out(frame, window) - self._structure).ravel()
            weighted = self._slopes / (1.0 + (apart / TUNING.outlier) ** 2) ** 2
            normal = weighted @ self._slopes.T + np.eye(4, dtype=np.float32) * TUNING.damping
            step = np.clip(np.linalg.solve(normal, weighted @ apart), -TUNING.longest_step, TUNING.longest_step)
            width, height = window.width / (1.0 + step[0]), window.height / (1.0 + step[2])
            x = window.x + (window.width - width - width * step[1]) / 2
            y = window.y + (window.height - height - height * step[3]) / 2
            if not (0.5 < width < 1.6 and 0.5 < height < 1.6 and -0.5 < x < 0.5 and -0.5 < y < 0.5):
                break
            window = Window(float(x), float(y), float(width), float(height))
            if np.abs(step).max() < 1e-3:
                break
        return window

    def compare(self, luma: ndarray, window: Window) -> LocalSimilarity:
        """Compare the target with a window of a frame, (90, 160) uint8, place by place."""
        return local_similarity(self.luma, _cut_out(luma, window), _cut_out(np.full_like(luma, 255), window) == 255)

    def fit(self, luma: ndarray, window: Window) -> tuple[LocalSimilarity, Window]:
        """Bring the target and a window of a frame, (90, 160) uint8, to the same place as well as can be, and compare them."""
        # What fits best is not always where the steps end: of an undisturbed frame it is all of it.
        windows = {self.refine(frame_structure(luma), window), window, WHOLE}
        return max(((self.compare(luma, each), each) for each in sorted(windows, key=_order)), key=_score)


_CLIPPED = (-TUNING.clipped, TUNING.clipped)


@dataclass(frozen=True, slots=True)
class LocalSimilarity:
    """How like each other two pictures are, place by place.

    Attributes
    ----------
    map : (90, 160) float32
        -1 to 1; 0 outside the frame.
    weights : (90, 160) float32
        Contrast of both, ≥ 0; 0 outside the frame.
    shown : (90, 160) uint8
        What of the frame lies where the target is.
    """

    map: ndarray
    weights: ndarray
    shown: ndarray

    @property
    def score(self) -> float:
        """Mean of the best four fifths, weighted by contrast, -1 to 1; 0 where the frame shows less than half of the target."""
        inside = self.weights > 0.0
        if inside.mean() < TUNING.smallest:
            return 0.0
        values, weights = self.map[inside], self.weights[inside]
        order = np.argpartition(values, int((1.0 - TUNING.kept) * values.size))[int((1.0 - TUNING.kept) * values.size) :]
        return float((values[order] * weights[order]).sum(dtype=np.float64) / weights[order].sum(dtype=np.float64))

    @property
    def everywhere(self) -> float:
        """Mean of all places, weighted by contrast alone, -1 to 1; what is plain in both does not count, and is 0 alone."""
        weights = np.maximum(self.weights - np.float32(TUNING.plain), 0.0).astype(np.float64)
        return float((self.map * weights).sum() / max(float(weights.sum()), 1e-9))


def _order(window: Window) -> tuple[float, float, float, float]:
    """Sort windows: the whole frame comes first, for of several that are as like the target it is meant."""
    return abs(window.x) + abs(window.y), -window.width, -window.height, window.x


def _score(found: tuple[LocalSimilarity, Window]) -> float:
    return found[0].score


def frame_structure(luma: ndarray) -> ndarray:
    """Return the structure in which windows are searched for, (36, 64) float32, of a (90, 160) uint8 luma."""
    return structure(cv2.resize(luma, (TUNING.columns, TUNING.rows), interpolation=cv2.INTER_AREA))


def local_similarity(one: ndarray, other: ndarray, inside: ndarray) -> LocalSimilarity:
    """Compare two (90, 160) uint8 pictures place by place: (2·cov + c)/(var₁ + var₂ + c) in a window around each pixel."""
    size = TUNING.window_px, TUNING.window_px
    a, b = one.astype(np.float32), other.astype(np.float32)
    mean_a, mean_b = cv2.blur(a, size), cv2.blur(b, size)
    both = np.maximum(cv2.blur(a * a + b * b, size) - mean_a * mean_a - mean_b * mean_b, 0.0)
    shared = cv2.blur(a * b, size) - mean_a * mean_b
    values = (2.0 * shared + TUNING.flat) / (both + TUNING.flat)
    weights = np.sqrt(both) + TUNING.plain
    return LocalSimilarity(np.where(inside, values, 0.0), np.where(inside, weights, 0.0), other)


def _cut_out(picture: ndarray, window: Window) -> ndarray:
    """Return what a window of a picture shows, in the size of the picture; 0 outside of it."""
    rows, columns = picture.shape[:2]
    # The centres of pixels lie half a pixel beside their edges.
    x = window.x * columns + window.width / 2 - 0.5
    y = window.y * rows + window.height / 2 - 0.5
    matrix = np.array([[window.width, 0.0, x], [0.0, window.height, y]])
    return np.asarray(cv2.warpAffine(picture, matrix, (columns, rows), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP))
