"""How much of a picture another picture does not explain, motion and exposure aside."""

from dataclasses import dataclass
from math import exp

import numpy as np
from numpy import ndarray

from vkeyframe.kernels.attention import unexplained_change
from vkeyframe.kernels.pearson import block_pearson
from vkeyframe.models import FrameFeatures

SEARCH_RADIUS = 3
BLOCK_SIZE = 8
SAME_BLOCK = 0.8
TEMPERATURE = 20.0
PLAIN_DISTANCE = 4.0


@dataclass(frozen=True, slots=True)
class Change:
    """Two views of one change.

    Attributes
    ----------
    share : float
        Of all texture in a picture, the share in blocks that correlate with no block nearby, 0 to 1. Untouched by
        exposure and flashes, and small when a caption covers part of the picture.
    distance : float
        Mean colour difference (ΔE) that attention between the pictures leaves, 0 to about 100.
    """

    share: float
    distance: float

    @property
    def strength(self) -> float:
        """Both views together, 0 to 1: high only where the texture is new and the colours are not quite the same."""
        return max(self.share, 0.0) * (1.0 - exp(-max(self.distance, 0.0) / PLAIN_DISTANCE))


NO_CHANGE = Change(0.0, 0.0)


def measure_change(before: FrameFeatures, after: FrameFeatures) -> Change:
    """Measure the change between two frames, the larger of both directions in time."""
    share, distance = 0.0, 0.0
    correlation = np.empty((9, 16), np.float32)
    texture = np.empty((9, 16), np.float32)
    left = np.empty((18, 32), np.float32)
    for one, other in ((before, after), (after, before)):
        block_pearson(one.luma, other.luma, SEARCH_RADIUS, BLOCK_SIZE, correlation, texture)
        share = max(share, unexplained_share(correlation, texture))
        unexplained_change(one.lab, other.lab, SEARCH_RADIUS, TEMPERATURE, left)
        distance = max(distance, float(left.mean()))
    return Change(share, distance)


def unexplained_share(correlation: ndarray, texture: ndarray) -> float:
    """Share of the texture that lies in blocks without a match."""
    return float(texture[correlation < SAME_BLOCK].sum() / (texture.sum() + 1e-6))
