"""From a decoded frame to the small pictures that the analysis works on."""

import numpy as np
from numpy import ndarray

from vkeyframe.kernels.downsample import downsample, downsample_plane
from vkeyframe.models import FrameFeatures, Planes, Seam
from vkeyframe.opencv import cv2

ROWS, COLUMNS = 36, 64
NO_GRADIENTS = np.empty((0, 0), np.float32)
LUMA = np.array([29, 150, 77], np.float32) / 256


def extract_features(content: ndarray | Planes, index: int, time: float, seam: Seam) -> FrameFeatures:
    """Reduce a BGR picture of any size, or its planes, to its features, see `FrameFeatures`."""
    means = np.empty((ROWS, COLUMNS, 3), np.float32)
    gradients = np.empty((ROWS, COLUMNS), np.float32)
    if isinstance(content, Planes):
        _reduce_planes(content, means, gradients)
    else:
        downsample(content, means, gradients)
    small = means.reshape(ROWS // 2, 2, COLUMNS // 2, 2, 3).mean(axis=(1, 3))
    luma = means @ LUMA
    return FrameFeatures(
        index=index,
        time=time,
        seam=seam,
        luma=luma,
        contrast=float(luma.std()),
        small=small,
        lab=_lab_without_level(small),
        gradients=gradients.reshape(ROWS // 4, 4, COLUMNS // 4, 4).mean(axis=(1, 3)),
    )


def _reduce_planes(planes: Planes, means: ndarray, gradients: ndarray) -> None:
    """Do what `downsample` does, without a BGR picture: the conversion is linear, so that the means can be converted."""
    half = (planes.width + 1) // 2
    parts = np.ones((4, ROWS, COLUMNS), np.float32)
    downsample_plane(planes.luma, planes.width, parts[0], gradients)
    downsample_plane(planes.blue, half, parts[1], NO_GRADIENTS)
    downsample_plane(planes.red, half, parts[2], NO_GRADIENTS)
    mixed = np.tensordot(planes.to_bgr, parts, 1)
    means[:] = np.clip(np.moveaxis(mixed, 0, 2), 0.0, 255.0)
    gradients *= float(planes.to_bgr[0, 0]) ** 2


def _lab_without_level(small: ndarray) -> ndarray:
    lab: ndarray = cv2.cvtColor(small / 255.0, cv2.COLOR_BGR2LAB)
    # A flat picture keeps its level: there is nothing else to tell black from white.
    if float(lab[..., 0].std()) > 1.0:
        lab[..., 0] -= lab[..., 0].mean()
    return lab
