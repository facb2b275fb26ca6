"""Motion that the camera does not explain."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy import ndarray

from vkeyframe.analysis.features import FrameFeatures, Summary
from vkeyframe.opencv import cv2


@dataclass(frozen=True, slots=True)
class MotionTuning:
    """How motion of its own is told from that of the camera; set on ten sequences of DAVIS, by the overlap of the regions.

    Attributes
    ----------
    size : (int, int)
        Width and height of the pictures in which motion is followed, twice those of the small luma. Flow in 320×180 of the
        full picture overlaps by 0.05 more, and would need a picture of its own for every sample.
    rounds : int
        Of fitting the camera's motion anew, each with less weight on what moved otherwise in the round before.
    least_px : float
        Motion relative to the camera below this, in that size, is noise.
    above_usual : float
        How many times the usual residual counts as noise.
    texture : float
        Gradient, in grey levels, at which motion is half trusted; where nothing is to be seen, nothing is seen to move.
    longest_seconds : float
        Frames further apart do not show what moves; samples are 0.125 s apart, the codec's key frames may be 10 s.
    """

    size: tuple[int, int] = (128, 72)
    rounds: int = 6
    least_px: float = 0.3
    above_usual: float = 3.0
    texture: float = 10.0
    longest_seconds: float = 0.5


TUNING = MotionTuning()


def motion_in(frame: FrameFeatures | Summary, shot_start: int) -> ndarray | None:
    """Tell where in a frame something moves in another way than the camera, as `own_motion` does.

    None where there is no sample shortly before the frame in its shot, which begins with the frame of index `shot_start`.
    """
    before = frame.before
    if before is None or before.index < shot_start or frame.time - before.time > TUNING.longest_seconds:
        return None
    return own_motion(before.luma, frame.luma)


def own_motion(before: ndarray, luma: ndarray) -> ndarray:
    """Tell where something moves in another way than the camera.

    The camera's motion is the affine one that fits most of the dense optical flow.

    Parameters
    ----------
    before, luma : (36, 64) float32 or uint8, 0 to 255
        The frame before, and the one of interest.

    Returns
    -------
    (72, 128) float32, 0 to 1
        0 where all moves as the camera has it move, or where there is no texture.

    References
    ----------
    .. [1] Kroeger, Timofte, Dai, Van Gool, "Fast optical flow using dense inverse search", ECCV 2016, arXiv:1603.03590.
    .. [2] Odobez, Bouthemy, "Robust multiresolution estimation of parametric motion models", JVCIR 1995,
       doi:10.1006/jvci.1995.1029.
    """
    one, other = (np.clip(cv2.resize(each, TUNING.size, interpolation=cv2.INTER_CUBIC), 0, 255) for each in (before, luma))
    start, end = one.astype(np.uint8), other.astype(np.uint8)
    flow = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_FAST).calc(end, start, np.zeros((*end.shape, 2), np.float32))
    trust = _texture(end)
    camera = _fit_camera(flow.astype(np.float64), trust)
    residual = np.hypot(flow[..., 0] - camera[..., 0], flow[..., 1] - camera[..., 1])
    noise = max(TUNING.least_px, TUNING.above_usual * _usual(residual))
    return np.asarray((1.0 - np.exp(-((residual / noise) ** 2) / 2)) * np.sqrt(trust) * _seen_before(camera), np.float32)


def _texture(picture: ndarray) -> ndarray:
    """Return how far motion can be seen, 0 to 1."""
    values = picture.astype(np.float32)
    gradient = np.hypot(cv2.Sobel(values, cv2.CV_32F, 1, 0), cv2.Sobel(values, cv2.CV_32F, 0, 1))
    gradient = cv2.GaussianBlur(gradient, (0, 0), 1.5)
    return np.asarray(gradient / (gradient + TUNING.texture), np.float64)


def _fit_camera(flow: ndarray, trust: ndarray) -> ndarray:
    """Return the affine flow that fits most of a flow, (rows, columns, 2) in pixels."""
    rows, columns = trust.shape
    y, x = np.mgrid[:rows, :columns]
    terms = np.stack([np.ones(trust.size), x.ravel() / columns - 0.5, y.ravel() / columns - 0.5])
    values, weights = flow.reshape(-1, 2), trust.ravel()
    camera = np.zeros_like(values)
    for _ in range(TUNING.rounds):
        # Sums of einsum do not depend on the number of threads, as those of a matrix product do.
        normal = np.einsum("in,jn,n->ij", terms, terms, weights) + 1e-6 * np.eye(3)
        fitted = np.linalg.solve(normal, np.einsum("in,nk,n->ik", terms, values, weights))
        camera = np.einsum("in,ik->nk", terms, fitted)
        residual = np.hypot(*(values - camera).T)
        scale = 1.5 * max(0.15, _usual(residual))
        weights = trust.ravel() / (1.0 + (residual / scale) ** 2)
    return camera.reshape(flow.shape)


def _seen_before(camera: ndarray) -> ndarray:
    """Tell which places the camera already showed; of what comes in at the edge no motion is known."""
    rows, columns = camera.shape[:2]
    y, x = np.mgrid[:rows, :columns]
    before_x, before_y = x + camera[..., 0], y + camera[..., 1]
    return np.asarray((before_x >= 0) & (before_x <= columns - 1) & (before_y >= 0) & (before_y <= rows - 1))


def _usual(residual: ndarray) -> float:
    """Deviation of most residuals."""
    return 1.4826 * float(np.median(residual))
