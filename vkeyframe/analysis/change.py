"""How much of a picture another picture does not explain, motion and exposure aside."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial
from math import exp

import numpy as np
from numpy import ndarray

from vkeyframe.analysis.features import FrameFeatures, Summary
from vkeyframe.kernels.attention import unexplained_change
from vkeyframe.kernels.pearson import block_pearson

SEARCH_RADIUS = 3
BLOCK_SIZE = 8
SAME_BLOCK = 0.8
TEMPERATURE = 20.0
PLAIN_DISTANCE = 4.0


@dataclass(frozen=True)
class Change:
    """Three views of one change.

    Attributes
    ----------
    share : float
        Of all texture in a picture, the share in blocks that correlate with no block nearby, 0 to 1. Untouched by
        exposure and flashes, and small when a caption covers part of the picture.
    lost : float
        Of the texture of the earlier picture the share that is gone from it, without the third of its height that lost
        the most. 0 where something is added, and where a caption covers a band of the picture.
    find_distance : callable
        Works out `distance`, which most changes are never asked for.
    """

    share: float
    lost: float
    find_distance: Callable[[], float]

    @cached_property
    def distance(self) -> float:
        """Mean colour difference (ΔE) that attention between the pictures leaves, 0 to about 100."""
        return self.find_distance()

    @property
    def strength(self) -> float:
        """Both views together, 0 to 1: high only where the texture is new and the colours are not quite the same."""
        return self.share * (1.0 - exp(-self.distance / PLAIN_DISTANCE))


NO_CHANGE = Change(0.0, 0.0, lambda: 0.0)


def measure_change(before: FrameFeatures | Summary, after: FrameFeatures | Summary) -> Change:
    """Measure the change between two frames; share and distance are the larger of both directions in time."""
    share = 0.0
    correlation = np.empty((9, 16), np.float32)
    texture = np.empty((9, 16), np.float32)
    for one, other in ((before, after), (after, before)):
        block_pearson(one.luma, other.luma, SEARCH_RADIUS, BLOCK_SIZE, correlation, texture)
        share = max(share, unexplained_share(correlation, texture))
    return Change(share, share_outside_band(correlation, texture), partial(colour_distance, before.lab, after.lab))


def colour_distance(before: ndarray, after: ndarray) -> float:
    """Mean colour difference that attention leaves between two (18, 32, 3) Lab pictures, the larger of both directions."""
    distance = 0.0
    left = np.empty((18, 32), np.float32)
    for one, other in ((before, after), (after, before)):
        unexplained_change(one, other, SEARCH_RADIUS, TEMPERATURE, left)
        distance = max(distance, float(left.mean()))
    return distance


def unexplained_share(correlation: ndarray, texture: ndarray) -> float:
    """Share of the texture that lies in blocks without a match."""
    return float(texture[correlation < SAME_BLOCK].sum() / (texture.sum() + 1e-6))


def share_outside_band(correlation: ndarray, texture: ndarray) -> float:
    """Share of the texture that lies in blocks without a match, but for the three adjacent rows in which that is most."""
    rows = np.where(correlation < SAME_BLOCK, texture, 0.0).sum(axis=1)
    band = rows[:-2] + rows[1:-1] + rows[2:]
    return float((rows.sum() - band.max()) / (texture.sum() + 1e-6))
