"""What a still camera sees: its background, what differs from that, and what moves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy import ndarray

from vkeyframe.kernels.background import measure_exposure
from vkeyframe.opencv import cv2

NEIGHBOURS = np.ones((3, 3), np.uint8)
# A connected part of the picture is at least so large.
AREA = np.ones((5, 5), np.uint8)


@dataclass(frozen=True, slots=True)
class SceneTuning:
    """When a place differs from the background; set on nine clips before still cameras in which people marked the events.

    Attributes
    ----------
    changed : float
        Grey levels outside the range of the background around a place at which it differs. Between 7 and 12 it hardly moves the
        recall and precision of actions.
    above_usual : float
        How many times its usual deviation that must be: water, leaves and noise deviate by themselves.
    moving : float
        Grey levels from one sample to the next at which a place moves.
    adapting : float
        Share by which the background, where nothing differs, follows with each sample: slow changes of the light.
    least_gain, most_gain : float
        Range of what a change of exposure multiplies the picture by.
    fewest_known : float
        Share of the picture that must show the background to measure the exposure.
    least_spread : float
        Variance of that share, in squared grey levels, below which only the level can be measured.
    rounds : int
        Of measuring it anew without what differs.
    restless : float
        Where something comes or goes in more than this share of the samples there is a tree or a screen, which tells nothing.
    restless_samples : int
        Over how many samples that is averaged; 20 s.
    looked_at : int
        So many samples are compared with their median.
    most_other : float
        Share of the picture that may lie outside the range of the median of a still camera. Between 0.07 and 0.16 on clips of
        still cameras, 0.21 to 0.63 on those of moving ones.
    texture : float
        Grey levels that a place and those around it must span to show that the camera moves.
    steady : float
        Share of the samples in which a place must be as it is in the median, to be steady.
    least_steady : float
        Share of what has texture that is steady before a still camera, in parts of 5×5 places: before a moving one 0 to 0.1,
        beside a tree over three quarters of the picture 0.28.
    """

    changed: float = 9.0
    above_usual: float = 3.0
    moving: float = 6.0
    adapting: float = 0.02
    least_gain: float = 0.75
    most_gain: float = 1.3
    fewest_known: float = 0.1
    least_spread: float = 25.0
    rounds: int = 3
    restless: float = 0.15
    restless_samples: int = 160
    looked_at: int = 20
    most_other: float = 0.2
    texture: float = 12.0
    steady: float = 0.9
    least_steady: float = 0.15


TUNING = SceneTuning()
GAINS = np.array([TUNING.least_gain, TUNING.most_gain])


@dataclass(frozen=True, slots=True)
class Look:
    """What a sample shows beside the background.

    Attributes
    ----------
    excess : (36, 64) float32
        Grey levels by which each place lies outside the range of the background around it.
    changed : (36, 64) bool
        Where that is more than usual.
    moving : (36, 64) bool
        Where, or next to where, something differs from the sample before.
    other_share : float
        Share of the picture that lies outside that range, usual or not.
    """

    excess: ndarray
    changed: ndarray
    moving: ndarray
    other_share: float


class Scene:
    """The background of a still camera.

    A place is compared with the range of the background in the 3×3 places around it, so that a camera that shakes a little shows
    no change at each edge.

    Parameters
    ----------
    first : (n, 36, 64) float32
        Luma of the first samples, 0 to 255.
    background : (36, 64) float32
        Their median.
    """

    def __init__(self, first: ndarray, background: ndarray) -> None:
        self._background = background.copy()
        self._usual = np.float32(1.4826) * median_of(np.abs(first - background))
        self._known = np.ones(self._background.shape, bool)
        self._other = np.zeros(self._background.shape, bool)
        self._restless = np.zeros(self._background.shape, np.float32)
        self._before: ndarray | None = None
        self._now = self._background

    def look(self, luma: ndarray) -> Look:
        """Compare the next sample, (36, 64) float32, with the background, which then follows it where nothing differs."""
        now = self._relight(luma)
        excess = outside_range(now, self._background)
        moved = self._moved(luma)
        calm = self._calm(excess > TUNING.changed)
        changed = (excess > np.maximum(TUNING.changed, TUNING.above_usual * self._usual)) & calm
        self._known = ~widened(changed)
        share = np.float32(TUNING.adapting) * self._known
        self._background += share * (now - self._background)
        # The mean deviation of noise is 0.8 times the standard deviation.
        self._usual += share * (1.25 * np.abs(now - self._background) - self._usual)
        self._now = now
        return Look(excess, changed, widened(moved & calm), float((excess > TUNING.changed).mean()))

    def absorb(self, where: ndarray) -> None:
        """Take what the last sample shows in some places, (36, 64) bool, for the background."""
        here = widened(where)
        self._background[here] = self._now[here]

    def _calm(self, other: ndarray) -> ndarray:
        """Tell which places have not come and gone too often of late."""
        self._restless += ((other != self._other) - self._restless) / TUNING.restless_samples
        self._other = other
        return np.asarray(cv2.blur(self._restless, (3, 3)) < TUNING.restless)

    def _moved(self, luma: ndarray) -> ndarray:
        """Tell what differs from the sample before, as they are: the measured exposure of two samples differs by some noise."""
        before, self._before = self._before, luma
        if before is None:
            return np.zeros(luma.shape, bool)
        lit = luma - _middle((luma - before)[::2, ::2])
        return np.asarray(outside_range(lit, before) > TUNING.moving)

    def _relight(self, luma: ndarray) -> ndarray:
        """Give a sample the exposure of the background, as far as the places that show it tell."""
        if np.count_nonzero(self._known) < TUNING.fewest_known * luma.size:
            return luma
        gain, offset = measure_exposure(luma, self._background, self._known, TUNING.rounds, GAINS, TUNING.least_spread)
        return np.asarray(gain * luma + offset, np.float32)


def is_still(lumas: ndarray, background: ndarray) -> bool:
    """Tell whether the camera of some samples, (n, 36, 64) float32, is still, given their median.

    Most of them show most of their median; or, where trees fill the picture, a connected part of what has texture never changes.
    """
    few = lumas[:: max(1, len(lumas) // TUNING.looked_at)]
    within = [outside_range(luma - _middle((luma - background)[::2, ::2]), background) <= TUNING.changed for luma in few]
    steady = np.mean(within, axis=0)
    if float(np.median(np.mean(within, axis=(1, 2)))) > 1.0 - TUNING.most_other:
        return True
    contrast = np.mean([cv2.dilate(luma, NEIGHBOURS) - cv2.erode(luma, NEIGHBOURS) for luma in few], axis=0)
    textured = cv2.blur((contrast > TUNING.texture).astype(np.float32), AREA.shape[::-1]) > 0.5
    areas, steady_areas = (
        cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_OPEN, AREA).mean()
        for mask in (textured, textured & (steady >= TUNING.steady))
    )
    return bool(steady_areas >= TUNING.least_steady * max(areas, TUNING.least_steady))


def median_of(stack: ndarray) -> ndarray:
    """Return the median over the first axis of float32 values; sorting each place takes a sixth of the time of NumPy's own."""
    places = np.ascontiguousarray(stack.reshape(len(stack), -1).T)
    places.sort(axis=1)
    return places[:, len(stack) // 2].reshape(stack.shape[1:]).copy()


def _middle(values: ndarray) -> np.float32:
    """Return the median of a few float32 values, in a tenth of that time."""
    return np.float32(np.partition(values, values.size // 2, axis=None)[values.size // 2])


def outside_range(picture: ndarray, other: ndarray) -> ndarray:
    """Return by how much each place lies outside the range of the 3×3 places around it in another picture, both float32."""
    beyond = np.maximum(picture - cv2.dilate(other, NEIGHBOURS), cv2.erode(other, NEIGHBOURS) - picture)
    return np.asarray(np.maximum(beyond, np.float32(0.0)))


def widened(mask: ndarray) -> ndarray:
    """Return a mask widened by one place to all sides, bool."""
    return np.asarray(cv2.dilate(mask.view(np.uint8), NEIGHBOURS).view(bool))
