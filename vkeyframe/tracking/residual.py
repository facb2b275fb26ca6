"""Where a frame moves in another way than the camera: dense flow against the plane motion that fits most of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy import ndarray

from vkeyframe.opencv import cv2


@dataclass(frozen=True, slots=True)
class ResidualTuning:
    """How motion of its own is told from that of the camera, in pictures of about 427×240; from trials on DAVIS (J of masks).

    Attributes
    ----------
    grid_px : int
        Distance of the points by which the camera's motion is fitted.
    fit_px : float
        A point this near to the camera's motion agrees with it.
    least_px : float
        Motion below this is noise.
    above_usual : float
        How many times the usual residual counts as motion.
    """

    grid_px: int = 6
    fit_px: float = 0.75
    least_px: float = 0.375
    above_usual: float = 4.0


TUNING = ResidualTuning()


def optical_flow(grey: ndarray, other: ndarray) -> ndarray:
    """Find where each pixel of a picture is in another one.

    Parameters
    ----------
    grey, other : (height, width) uint8

    Returns
    -------
    (height, width, 2) float32
        x and y, in pixels.

    References
    ----------
    Kroeger, Timofte, Dai, Van Gool, "Fast optical flow using dense inverse search", ECCV 2016, arXiv:1603.03590.
    """
    finder = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    return np.asarray(finder.calc(grey, other, np.zeros((*grey.shape, 2), np.float32)))


def own_motion(flow: ndarray) -> ndarray:
    """Tell where a flow is not that of the camera, whose motion is the homography that most of the picture follows.

    Parameters
    ----------
    flow : (height, width, 2) float32

    Returns
    -------
    (height, width) float32, 0 to 1
        0 where all moves as the camera has it move, or where no camera motion can be fitted.

    References
    ----------
    Fischler, Bolles, "Random sample consensus", Communications of the ACM 1981, doi:10.1145/358669.358692.
    """
    height, width = flow.shape[:2]
    step = TUNING.grid_px
    y, x = np.mgrid[step // 2 : height : step, step // 2 : width : step].astype(np.int64)
    start = np.stack([x.ravel(), y.ravel()], axis=1).astype(np.float32)
    cv2.setRNGSeed(0)
    plane: ndarray | None = cv2.findHomography(start, start + flow[y, x].reshape(-1, 2), cv2.RANSAC, TUNING.fit_px)[0]
    if plane is None:
        return np.zeros((height, width), np.float32)
    here = np.stack(np.meshgrid(np.arange(width), np.arange(height)), axis=2).astype(np.float32)
    camera = cv2.perspectiveTransform(here.reshape(-1, 1, 2), plane).reshape(flow.shape) - here
    residual = np.hypot(flow[..., 0] - camera[..., 0], flow[..., 1] - camera[..., 1])
    scale = max(TUNING.least_px, TUNING.above_usual * float(np.median(residual)))
    return np.asarray(1.0 - np.exp(-((residual / scale) ** 2) / 2), np.float32)


def carried(labels: ndarray, back: ndarray) -> ndarray:
    """Carry a label map to the next frame.

    Parameters
    ----------
    labels : (height, width) uint8
        Of the frame before.
    back : (height, width, 2) float
        Flow from the frame to the one before.

    Returns
    -------
    (height, width) uint8
        0 where the place was not in the picture before.
    """
    height, width = labels.shape
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    x, y = x + back[..., 0].astype(np.float32), y + back[..., 1].astype(np.float32)
    return np.asarray(cv2.remap(labels, x, y, cv2.INTER_NEAREST, borderMode=cv2.BORDER_CONSTANT, borderValue=0))
