"""Key regions: the parts of a picture that hold most of its attention."""

import numpy as np
from numpy import ndarray

from vkeyframe.opencv import cv2
from vkeyframe.report.records import Region

MOST_REGIONS = 3


def find_regions(attention: ndarray, width: int, height: int) -> tuple[Region, ...]:
    """Box the up to three connected areas that hold most of the attention, in pixels of the picture, heaviest first."""
    rows, columns = attention.shape
    high = attention > attention.mean() + attention.std()
    count, labels = cv2.connectedComponents(high.astype(np.uint8), connectivity=8)
    regions = []
    for label in range(1, count):
        ys, xs = np.nonzero(labels == label)
        left, right = xs.min() * width // columns, -(-(xs.max() + 1) * width // columns)
        top, bottom = ys.min() * height // rows, -(-(ys.max() + 1) * height // rows)
        weight = round(float(attention[labels == label].sum()), 4)
        regions.append(Region((int(left), int(top), int(right - left), int(bottom - top)), weight))
    return tuple(sorted(regions, key=lambda region: (-region.weight, region.box))[:MOST_REGIONS])
