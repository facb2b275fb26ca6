"""The part of a picture around a thing, at a size that is always the same."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy import ndarray

from vkeyframe.opencv import cv2

# Pixels along the window, and along one of its cells; so there are 36 × 36 cells. 200 pixels cost twice as much for no gain.
SIDE_PX, CELL_PX = 144, 4
CELLS = SIDE_PX // CELL_PX
# Side of the window in sides of a square as large as the box; 5 in the paper of the filter.
REACH = 4.5


@dataclass(frozen=True, slots=True)
class Place:
    """Where a thing is in a picture: its centre and its size, in pixels; the edge of the picture is at 0."""

    x: float
    y: float
    width: float
    height: float

    def moved(self, right: float, down: float) -> Place:
        """Return it so many pixels further right and down."""
        return Place(self.x + right, self.y + down, self.width, self.height)

    def stretched(self, across: float, upright: float) -> Place:
        """Return it so many times as wide and as high."""
        return Place(self.x, self.y, self.width * across, self.height * upright)

    def within(self, width: int, height: int, least: float = 3.0) -> Place:
        """Return it with its centre within a picture, not larger than that and not smaller than a few pixels."""
        x, y = min(max(self.x, 0.0), float(width)), min(max(self.y, 0.0), float(height))
        shrink = max(1.0, self.width / width, self.height / height)
        return Place(x, y, max(least, self.width / shrink), max(least, self.height / shrink))

    def box(self) -> tuple[float, float, float, float]:
        """Return left and top edge, width and height."""
        return self.x - self.width / 2, self.y - self.height / 2, self.width, self.height


@dataclass(frozen=True, slots=True)
class View:
    """A picture made smaller by a whole number, by means: taking single pixels of a large one would flicker.

    Attributes
    ----------
    picture : (height, width, 3) uint8
        BGR.
    step : int
        How many pixels of the picture, along a side, one of these stands for.
    width, height : int
        Of the picture before.
    """

    picture: ndarray
    step: int
    width: int
    height: int

    @classmethod
    def of(cls, picture: ndarray, step: int) -> View:
        """Make a picture so many times smaller, as far as it can be."""
        height, width = picture.shape[:2]
        step = min(step, height, width)
        if step == 1:
            return cls(picture, 1, width, height)
        size = width // step, height // step
        # A rest of less than a step goes, so that all means are of as many pixels.
        whole = picture[: size[1] * step, : size[0] * step]
        return cls(cv2.resize(whole, size, interpolation=cv2.INTER_AREA), step, width, height)


@dataclass(frozen=True, slots=True)
class Window:
    """The window that belongs to a thing: it stretches as the thing does, so that this always has the same size within it.

    Attributes
    ----------
    across, upright : float
        Width and height of the window, in widths and heights of the thing.
    """

    across: float
    upright: float

    @classmethod
    def around(cls, place: Place) -> Window:
        """Make a square window around a thing that is seen for the first time."""
        side = REACH * float(np.sqrt(place.width * place.height))
        return cls(side / place.width, side / place.height)

    @property
    def target(self) -> tuple[float, float]:
        """Width and height of the thing in the window, in pixels of the window."""
        return SIDE_PX / self.across, SIDE_PX / self.upright

    def pixel(self, place: Place) -> tuple[float, float]:
        """Tell how wide and how high a pixel of the window is in the picture."""
        return place.width * self.across / SIDE_PX, place.height * self.upright / SIDE_PX

    def view(self, picture: ndarray, place: Place) -> View:
        """Make a picture as small as it may be for windows around a thing of about this size."""
        return View.of(picture, max(1, int(min(self.pixel(place)))))

    def cut(self, view: View, place: Place) -> ndarray:
        """Cut the window out of a picture, (144, 144, 3) uint8; beyond the picture's edge that edge goes on."""
        across, upright = (pixel / view.step for pixel in self.pixel(place))
        left, top = place.x / view.step - across * SIDE_PX / 2, place.y / view.step - upright * SIDE_PX / 2
        # From the middle of a pixel to the middle of another.
        matrix = np.array([[across, 0.0, left + across / 2 - 0.5], [0.0, upright, top + upright / 2 - 0.5]])
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        cut = cv2.warpAffine(view.picture, matrix, (SIDE_PX, SIDE_PX), flags=flags, borderMode=cv2.BORDER_REPLICATE)
        return np.asarray(cut)
