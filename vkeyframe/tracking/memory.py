"""A memory of what a thing looked like, read by attention.

References
----------
.. [1] Oh, Lee, Xu, Kim, "Video object segmentation using space-time memory networks", ICCV 2019, arXiv:1904.00607; here with
   gradients and colours in place of learned keys.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy import ndarray

from vkeyframe.kernels.attention import attend
from vkeyframe.opencv import cv2
from vkeyframe.tracking.appearance import Appearance
from vkeyframe.tracking.window import CELL_PX, CELLS


@dataclass(frozen=True, slots=True)
class MemoryTuning:
    """What is remembered; set on nine sequences of OTB, VOT and MIL and ten of DAVIS.

    Attributes
    ----------
    temperature : float
        τ of the attention, in the distance of tokens. At 0.35 a face that turned away is lost.
    lab : float
        What one step of colour, of 255, counts in that distance.
    frames : int
        Frames that are kept, the first one aside.
    pause : int
        Frames from one that is kept to the next.
    around : float
        How far around the thing tokens are kept, in sides of its box.
    """

    temperature: float = 0.2
    lab: float = 0.02
    frames: int = 3
    pause: int = 5
    around: float = 2.5


TUNING = MemoryTuning()
_TOKENS = CELLS // 2


class AttentionMemory:
    """Remembers the first frame and some of the last ones, each as tokens of which it is known whether they are the thing.

    Parameters
    ----------
    target : (float, float)
        Width and height of the thing in its window, in pixels of the window.
    """

    def __init__(self, target: tuple[float, float]) -> None:
        self._target = width, height = target[0] / CELL_PX, target[1] / CELL_PX
        middle = np.abs(np.arange(_TOKENS) - (_TOKENS - 1) / 2) * 2
        self._is_thing = np.outer(middle <= height / 2, middle <= width / 2).ravel()
        around = np.outer(middle <= TUNING.around * height / 2, middle <= TUNING.around * width / 2).ravel()
        self._kept = np.flatnonzero(around | self._is_thing)
        self._keys: list[ndarray] = []
        self._seen = 0

    def learn(self, seen: Appearance) -> None:
        """Remember a window that has the thing in its middle, if it is one of those to be remembered."""
        if self._seen % TUNING.pause == 0:
            tokens = _tokens(seen)[self._kept]
            half = -0.5 * (tokens**2).sum(axis=1, keepdims=True)
            self._keys = [*self._keys[:1], *[*self._keys[1:], np.hstack([tokens, half])][-TUNING.frames :]]
        self._seen += 1

    def answer(self, seen: Appearance) -> ndarray:
        """Return how much of the box is the thing by what its tokens attend to, for each shift; (36, 36) float32, 0 to 1."""
        tokens = _tokens(seen)
        # Of −‖q − k‖²/2τ² the part of the query alone is the same for all keys.
        queries = np.hstack([tokens, np.ones((len(tokens), 1), np.float32)]) * np.float32(
            np.sqrt(tokens.shape[1] + 1) / TUNING.temperature**2
        )
        keys = np.concatenate(self._keys).astype(np.float32)
        values = np.tile(self._is_thing[self._kept], len(self._keys)).astype(np.float32)[:, None]
        read, received = np.empty((len(tokens), 1), np.float32), np.empty(len(keys))
        attend(queries.astype(np.float32), keys, values, np.ones(len(keys), np.float32), False, read, received)
        share = cv2.resize(read.reshape(_TOKENS, _TOKENS), (CELLS, CELLS))
        width, height = (max(1, round(side)) for side in self._target)
        return np.asarray(cv2.boxFilter(share, -1, (width, height), normalize=True, borderType=cv2.BORDER_REPLICATE))


def _tokens(seen: Appearance) -> ndarray:
    """Return gradients and colours of blocks of 2×2 cells, (324, 30) float32."""
    both = np.concatenate([seen.gradients, seen.lab * np.float32(TUNING.lab)], axis=2)
    return np.asarray(both.reshape(_TOKENS, 2, _TOKENS, 2, -1).mean(axis=(1, 3)).reshape(_TOKENS**2, -1), np.float32)
