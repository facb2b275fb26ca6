"""What each frame of a shot says by itself of where the attended object is: own motion, closed shapes, the centre."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy import ndarray

from vkeyframe.analysis.gaze import gaze_map
from vkeyframe.analysis.heads import shapes
from vkeyframe.opencv import cv2
from vkeyframe.tracking.residual import optical_flow, own_motion
from vkeyframe.tracking.superpixels import Tokens, tokens_of


@dataclass(frozen=True, slots=True)
class EvidenceTuning:
    """How evidence is weighed; from trials on DAVIS (J of masks).

    Attributes
    ----------
    pixels : int
        Of the small pictures.
    shortest_px : int
        Of their sides; smaller pictures are enlarged.
    unlike : float
        What a place counts that no closed shape stands out in, where 1 is the place that stands out most; its root is used.
    centre : float
        Deviation of the bell in the middle of the picture, in shares of its sides.
    power : float
        To which evidence is raised.
    top_percent : float
        This percentile of a frame's tokens is evidence in full.
    still : float
        Where no frame of a window has more evidence than this, nothing moves.
    still_step : int
        Every how many frames a still picture is looked at.
    least_trust : float
        Of a frame in which nothing moves, where 1 is one with as much evidence as usual.
    """

    pixels: int = 427 * 240
    shortest_px: int = 64
    unlike: float = 0.1
    centre: float = 0.35
    power: float = 1.1
    top_percent: float = 98.0
    still: float = 0.02
    still_step: int = 8
    least_trust: float = 0.02


TUNING = EvidenceTuning()


@dataclass(frozen=True, slots=True)
class SeenFrame:
    """A frame of a shot, small.

    Attributes
    ----------
    size : (int, int)
        Height and width of the picture that it was made from.
    picture : (height, width, 3) uint8, BGR
    tokens : Tokens
    back : (height, width, 2) float16 or None
        Flow to the frame before, in pixels; None for the first frame.
    evidence : (n,) float32, 0 to 1
        How far each token is the attended object, by its motion.
    """

    size: tuple[int, int]
    picture: ndarray
    tokens: Tokens
    back: ndarray | None
    evidence: ndarray


def look_at(pictures: Iterable[ndarray]) -> Iterator[SeenFrame]:
    """Find tokens and own motion in the frames of a shot, one frame behind.

    What moves must do so against the frame before and against the one after; of a lone frame nothing is known.

    Parameters
    ----------
    pictures : iterable of (height, width, 3) uint8, BGR
        All of one size.
    """
    before: tuple[tuple[int, int], ndarray, ndarray] | None = None
    back: ndarray | None = None
    for picture in pictures:
        small = _small(picture)
        grey = cv2.cvtColor(small, cv2.COLOR_BGR2GRAY)
        if before is not None:
            yield _seen(before[0], before[1], back, optical_flow(before[2], grey))
            back = optical_flow(grey, before[2])
        before = picture.shape[:2], small, grey
    if before is not None:
        yield _seen(before[0], before[1], back, None)


def _small(picture: ndarray) -> ndarray:
    """Resize a picture to what is looked at."""
    height, width = picture.shape[:2]
    scale = min(1.0, sqrt(TUNING.pixels / (height * width)))
    size = max(TUNING.shortest_px, round(width * scale)), max(TUNING.shortest_px, round(height * scale))
    way = cv2.INTER_AREA if size[0] <= width and size[1] <= height else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(picture, size, interpolation=way))


def _seen(size: tuple[int, int], picture: ndarray, back: ndarray | None, ahead: ndarray | None) -> SeenFrame:
    """Gather the evidence of a frame from its flows."""
    tokens = tokens_of(picture)
    motions = [own_motion(flow) for flow in (back, ahead) if flow is not None]
    moving = np.minimum.reduce(motions) if motions else np.zeros(picture.shape[:2], np.float32)
    closed = cv2.resize(shapes(picture), picture.shape[1::-1])
    shape = closed / max(1e-6, float(np.percentile(closed, 99)))
    evidence = tokens.mean(moving * np.sqrt(TUNING.unlike + shape) * _centre(*moving.shape)) ** np.float32(TUNING.power)
    return SeenFrame(size, picture, tokens, None if back is None else back.astype(np.float16), evidence)


def _centre(height: int, width: int) -> ndarray:
    """Return the pull of the centre, (height, width) float32, 1 in the middle."""
    x, y = ((np.arange(length) + 0.5) / length - 0.5 for length in (width, height))
    return np.asarray(np.outer(np.exp(-((y / TUNING.centre) ** 2) / 2), np.exp(-((x / TUNING.centre) ** 2) / 2)), np.float32)


def seeds_of(frames: Sequence[SeenFrame]) -> tuple[ndarray, ndarray]:
    """Say for a window of frames what each token says by itself, and how sure it is.

    A frame with less motion than usual in the window is trusted less. Where nothing moves, it is what people look at in a still
    picture, in every eighth frame.

    Returns
    -------
    seeds, trust : (frames, n) float32
    """
    evidence = np.stack([frame.evidence for frame in frames])
    top = np.percentile(evidence, TUNING.top_percent, axis=1)
    if float(top.max()) < TUNING.still:
        return _still_seeds(frames)
    trust = np.minimum(1.0, top / max(TUNING.still, float(np.median(top)))) + TUNING.least_trust
    seeds = np.clip(evidence / np.maximum(top, 1e-6)[:, None], 0.0, 1.5)
    return seeds, np.repeat(trust[:, None], seeds.shape[1], axis=1)


def _still_seeds(frames: Sequence[SeenFrame]) -> tuple[ndarray, ndarray]:
    """Look at some frames as at still pictures; the others are not trusted."""
    size = frames[0].evidence.size
    seeds, trust = np.zeros((len(frames), size), np.float32), np.zeros((len(frames), size), np.float32)
    for i in range(0, len(frames), TUNING.still_step):
        frame = frames[i]
        gaze = cv2.resize(gaze_map(frame.picture).map, frame.picture.shape[1::-1], interpolation=cv2.INTER_LINEAR)
        means = frame.tokens.mean(gaze)
        seeds[i] = np.clip(means / max(1e-9, float(np.percentile(means, TUNING.top_percent))), 0.0, 1.5)
        trust[i] = 1.0
    return seeds, trust
