"""How much of a picture another picture does not explain, motion and exposure aside."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial
from math import exp

import numpy as np
from numpy import ndarray

from vkeyframe.analysis.features import FrameFeatures, Summary
from vkeyframe.kernels.attention import unexplained_change
from vkeyframe.kernels.grid import CELL_COLUMNS, CELL_ROWS, COLOUR_COLUMNS, COLOUR_ROWS
from vkeyframe.kernels.pearson import block_pearson


@dataclass(frozen=True, slots=True)
class ChangeTuning:
    """How a change is measured; set on edits of real clips, where it moves the F1 of the shots.

    Attributes
    ----------
    search_radius : int
        How far something may have moved between two pictures, in values of either small picture.
    block_size : int
        Side of the blocks that are compared, in values of the (36, 64) luma.
    same_block : float
        A block with a correlation of at least this is found again.
    temperature : float
        Of the attention between two pictures, in squared units of Lab.
    plain_distance : float
        Colour difference (ΔE) by which a change of texture counts for 63 %.
    """

    search_radius: int = 3
    block_size: int = 8
    same_block: float = 0.8
    temperature: float = 20.0
    plain_distance: float = 4.0


TUNING = ChangeTuning()


def _nothing() -> float:
    return 0.0


@dataclass(frozen=True)
class Change:
    """Three views of one change.

    Attributes
    ----------
    unmatched_texture : float
        Of all texture in a picture, the share in blocks that correlate with no block nearby, 0 to 1. Exposure and flashes
        do not touch it, and it is small when a caption covers part of the picture.
    lost_texture : float
        Of the texture of the earlier picture the share that is gone from it, without the third of its height that lost
        the most. 0 where something is added, and where a caption covers a band of the picture.
    find_distance : callable
        Works out `distance`, which most changes are never asked for.
    find_spread, find_spread_distance : callable
        Work out `spread` and `spread_distance`.
    """

    unmatched_texture: float
    lost_texture: float
    find_distance: Callable[[], float]
    find_spread: Callable[[], float] = _nothing
    find_spread_distance: Callable[[], float] = _nothing

    @cached_property
    def distance(self) -> float:
        """Mean colour difference (ΔE) that attention between the pictures leaves, 0 to about 100."""
        return self.find_distance()

    @cached_property
    def spread(self) -> float:
        """Of the picture, without the third of its height that changed the most, the share in blocks without a match, 0 to 1.

        The larger of both directions in time. What stays, such as a ticker with much texture, weighs as little in it as its
        area, and a caption comes to nothing.
        """
        return self.find_spread()

    @cached_property
    def spread_distance(self) -> float:
        """As `distance`, without the third of the picture's height in which it is most."""
        return self.find_spread_distance()

    @property
    def strength(self) -> float:
        """Texture and colour together, 0 to 1: high only where the texture is new and the colours are not quite the same."""
        return self.unmatched_texture * (1.0 - exp(-self.distance / TUNING.plain_distance))


NO_CHANGE = Change(0.0, 0.0, lambda: 0.0)


def measure_change(before: FrameFeatures | Summary, after: FrameFeatures | Summary) -> Change:
    """Measure the change between two frames; texture and distance are the larger of both directions in time."""
    unmatched = 0.0
    correlations = np.empty((2, CELL_ROWS, CELL_COLUMNS), np.float32)
    texture = np.empty((CELL_ROWS, CELL_COLUMNS), np.float32)
    for correlation, one, other in zip(correlations, (before, after), (after, before), strict=True):
        block_pearson(one.luma, other.luma, TUNING.search_radius, TUNING.block_size, correlation, texture)
        unmatched = max(unmatched, unmatched_share(correlation, texture))
    return Change(
        unmatched,
        share_outside_band(correlations[1], texture),
        partial(colour_distance, before.lab, after.lab),
        lambda: max(spread_outside_band(correlation) for correlation in correlations),
        partial(colour_distance_outside_band, before.lab, after.lab),
    )


def colour_distance(before: ndarray, after: ndarray) -> float:
    """Mean colour difference that attention leaves between two (18, 32, 3) Lab pictures, the larger of both directions."""
    distance = 0.0
    left = np.empty((COLOUR_ROWS, COLOUR_COLUMNS), np.float32)
    for one, other in ((before, after), (after, before)):
        unexplained_change(one, other, TUNING.search_radius, TUNING.temperature, left)
        distance = max(distance, float(left.mean()))
    return distance


def colour_distance_outside_band(before: ndarray, after: ndarray) -> float:
    """Mean colour difference as of `colour_distance`, without the third of the height, adjacent rows, in which it is most."""
    distance = 0.0
    left = np.empty((COLOUR_ROWS, COLOUR_COLUMNS), np.float32)
    for one, other in ((before, after), (after, before)):
        unexplained_change(one, other, TUNING.search_radius, TUNING.temperature, left)
        rows = left.mean(axis=1)
        band = np.convolve(rows, np.ones(COLOUR_ROWS // 3), "valid").max()
        distance = max(distance, float(rows.sum() - band) / (COLOUR_ROWS - COLOUR_ROWS // 3))
    return distance


def unmatched_share(correlation: ndarray, texture: ndarray) -> float:
    """Share of the texture that lies in blocks without a match."""
    return float(texture[correlation < TUNING.same_block].sum() / (texture.sum() + 1e-6))


def share_outside_band(correlation: ndarray, texture: ndarray) -> float:
    """Share of the texture in blocks without a match, but for the three adjacent rows in which that is most."""
    rows = np.where(correlation < TUNING.same_block, texture, 0.0).sum(axis=1)
    band = rows[:-2] + rows[1:-1] + rows[2:]
    return float((rows.sum() - band.max()) / (texture.sum() + 1e-6))


def spread_outside_band(correlation: ndarray) -> float:
    """Share of the blocks without a match, outside the three adjacent rows that have the most of them."""
    rows = (correlation < TUNING.same_block).sum(axis=1)
    band = rows[:-2] + rows[1:-1] + rows[2:]
    return float((rows.sum() - band.max()) / (correlation.size - 3 * correlation.shape[1]))
