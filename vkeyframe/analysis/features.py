"""From a decoded frame to the small pictures that the analysis works on."""

import numpy as np
from numpy import ndarray

from vkeyframe.kernels.downsample import downsample
from vkeyframe.models import FrameFeatures, Seam
from vkeyframe.opencv import cv2

ROWS, COLUMNS = 36, 64
LUMA = np.array([29, 150, 77], np.float32) / 256


def extract_features(picture: ndarray, index: int, time: float, seam: Seam) -> FrameFeatures:
    """Reduce a BGR picture of any size to its features, see `FrameFeatures`."""
    means = np.empty((ROWS, COLUMNS, 3), np.float32)
    gradients = np.empty((ROWS, COLUMNS), np.float32)
    downsample(picture, means, gradients)
    small = means.reshape(ROWS // 2, 2, COLUMNS // 2, 2, 3).mean(axis=(1, 3))
    return FrameFeatures(
        index=index,
        time=time,
        seam=seam,
        luma=means @ LUMA,
        small=small,
        lab=_lab_without_level(small),
        gradients=gradients.reshape(ROWS // 4, 4, COLUMNS // 4, 4).mean(axis=(1, 3)),
    )


def _lab_without_level(small: ndarray) -> ndarray:
    lab: ndarray = cv2.cvtColor(small / 255.0, cv2.COLOR_BGR2LAB)
    # A flat picture keeps its level: there is nothing else to tell black from white.
    if float(lab[..., 0].std()) > 1.0:
        lab[..., 0] -= lab[..., 0].mean()
    return lab
