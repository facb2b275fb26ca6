"""One given object through a shot: each frame reads from the frames before it what of it is the object."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy import ndarray

from vkeyframe.kernels.voting import nearest_tokens
from vkeyframe.opencv import cv2
from vkeyframe.tracking.evidence import SeenFrame
from vkeyframe.tracking.refinement import TUNING as REFINEMENT
from vkeyframe.tracking.refinement import cut_out, refine
from vkeyframe.tracking.residual import carried
from vkeyframe.tracking.superpixels import TUNING as TOKENS

Box = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class PropagationTuning:
    """How the memory is read; from trials on DAVIS (J of masks with the first box given).

    Attributes
    ----------
    last : int
        Frames in memory beside the first.
    radius : int
        In which distance a token looks, in superpixels.
    count : int
        At how many tokens.
    temperature : float
        Squared distance at which a token gets 1/e of the attention.
    carried : float
        What the mask carried along the flow counts against what is read from memory.
    memory : float
        By how much of themselves votes gain where the object is known to be, and lose where it is known not to be.
    votes : float
        What the votes of the window count against what is known, if they lay in the given box in the first frame.
    strange, agreeing : float
        Share of the votes in the box up to which they are about something else, and from which on they count in full.
    rim : float
        Of the box that a colour model is fitted in, beside the box, in shares of its width and height.
    rounds : int
        Of fitting the colours in the box.
    least_filled : float
        A mask that fills less of the box is a failure; the box's ellipse is taken instead.
    """

    last: int = 3
    radius: int = 8
    count: int = 12
    temperature: float = 100.0
    carried: float = 0.35
    memory: float = 0.3
    votes: float = 0.95
    strange: float = 0.3
    agreeing: float = 0.6
    rim: float = 0.5
    rounds: int = 6
    least_filled: float = 0.05


TUNING = PropagationTuning()


@dataclass(frozen=True, slots=True)
class _Memory:
    """A frame that is remembered: features and how much of each token is the object, (rows, columns), and its centre in cells."""

    features: ndarray
    values: ndarray
    centre: tuple[float, float]


class Follower:
    """Follows one object from the box in the first frame on."""

    def __init__(self, box: Box) -> None:
        self._box = box
        self._weight = 0.0
        self._mask: ndarray | None = None
        self._first: list[_Memory] = []
        self._last: deque[_Memory] = deque(maxlen=TUNING.last)

    def follow(self, frame: SeenFrame, votes: ndarray) -> ndarray:
        """Find the object in the next frame.

        Parameters
        ----------
        frame : SeenFrame
        votes : (height, width) float32, 0 to 1
            What the window says without knowing of the given object.

        Returns
        -------
        (height, width) bool
        """
        if self._mask is None or frame.back is None:
            mask, agreement = mask_in_box(frame, self._box, votes)
            self._weight = TUNING.votes * min(1.0, max(0.0, agreement - TUNING.strange) / (TUNING.agreeing - TUNING.strange))
        else:
            flowed = carried(self._mask.astype(np.uint8) * np.uint8(255), frame.back).astype(np.float32) / 255.0
            read = frame.tokens.paint(_read(frame, flowed, [*self._first, *self._last]))
            known = TUNING.carried * cv2.GaussianBlur(flowed, (0, 0), 1.0) + (1.0 - TUNING.carried) * read
            agreed = votes * (1.0 - TUNING.memory + 2.0 * TUNING.memory * known)
            mask = refine(frame.picture, np.asarray((1.0 - self._weight) * known + self._weight * agreed, np.float32))
        self._remember(frame, mask)
        return mask

    def _remember(self, frame: SeenFrame, mask: ndarray) -> None:
        """Put a frame into the memory; one without the object is not worth it."""
        self._mask = mask
        if mask.any():
            values = frame.tokens.mean(mask.astype(np.float32)).reshape(frame.tokens.features.shape[1:])
            memory = _Memory(frame.tokens.features, values, _centre(values))
            (self._last if self._first else self._first).append(memory)


def _read(frame: SeenFrame, flowed: ndarray, memory: Sequence[_Memory]) -> ndarray:
    """Read from memory how much of each token is the object: softmax(−d²/τ)·V over the nearest tokens in memory.

    Each remembered frame is moved so that the object lies where the flow carried it.
    """
    features = frame.tokens.features
    _, rows, columns = features.shape
    values = frame.tokens.mean(flowed).reshape(rows, columns)
    centre = _centre(values) if values.any() else memory[-1].centre
    moved = [_moved(each, (centre[0] - each.centre[0], centre[1] - each.centre[1])) for each in memory]
    nearest = np.empty((rows * columns, TUNING.count), np.int32)
    distances = np.empty((rows * columns, TUNING.count), np.float32)
    nearest_tokens(features, np.stack([keys for keys, _ in moved]), -1, TUNING.radius, nearest, distances)
    shares = np.exp((distances[:, :1] - distances) / np.float32(TUNING.temperature))
    remembered = np.concatenate([each.ravel() for _, each in moved])[nearest]
    return np.asarray((shares * remembered).sum(axis=1) / shares.sum(axis=1), np.float32)


def mask_in_box(frame: SeenFrame, box: Box, votes: ndarray) -> tuple[ndarray, float]:
    """Find the pixels of what a box holds.

    Colours of object and ground are fitted in the box and about it [1]_, from where the votes lie, if most of them lie in the
    box. The box's ellipse, where that finds hardly anything.

    Returns
    -------
    mask : (height, width) bool
        Nothing outside of the box.
    agreement : float, 0 to 1
        Share of the votes that lie in the box.

    References
    ----------
    .. [1] Rother, Kolmogorov, Blake, "GrabCut: interactive foreground extraction using iterated graph cuts", SIGGRAPH 2004,
       doi:10.1145/1186562.1015720.
    """
    inside, rim = _areas(frame, box)
    ellipse = _ellipse(inside)
    voted = np.where(votes > REFINEMENT.half, votes, 0.0)
    agreement = float(voted[inside].sum(dtype=np.float64)) / max(1.0, float(voted.sum(dtype=np.float64)))
    if inside[rim].all() or inside.sum() < 2 * TUNING.count:
        return ellipse, agreement
    state = np.where(inside, cv2.GC_PR_FGD, cv2.GC_BGD).astype(np.uint8)
    if agreement > TUNING.agreeing:
        state[inside & (votes < REFINEMENT.half)] = cv2.GC_PR_BGD
        state[inside & (votes >= REFINEMENT.object)] = cv2.GC_FGD
    state = np.ascontiguousarray(state[rim])
    cut_out(frame.picture[rim], state, TUNING.rounds)
    found = np.zeros(inside.shape, bool)
    found[rim] = (state & 1) == 1
    return found if found.sum() >= TUNING.least_filled * inside.sum() else ellipse, agreement


def _areas(frame: SeenFrame, box: Box) -> tuple[ndarray, tuple[slice, slice]]:
    """Return where a box is in the small picture, (height, width) bool and never empty, and rows and columns about it."""
    spans, rims = [], []
    for start, length, full, small in zip(box[1::-1], box[:1:-1], frame.size, frame.picture.shape, strict=False):
        first = min(max(0, round(start * small / full)), small - 1)
        last = min(max(first + 1, round((start + length) * small / full)), small)
        rim = 4 + round(TUNING.rim * (last - first))
        spans.append(slice(first, last))
        rims.append(slice(max(0, first - rim), last + rim))
    inside = np.zeros(frame.picture.shape[:2], bool)
    inside[spans[0], spans[1]] = True
    return inside, (rims[0], rims[1])


def _ellipse(inside: ndarray) -> ndarray:
    """Return the ellipse in an upright box; all of the box, where that is too small for one."""
    rows, columns = np.nonzero(inside)
    down, across = (
        (np.arange(length) - (each.min() + each.max()) / 2) / (np.ptp(each) + 1)
        for length, each in zip(inside.shape, (rows, columns), strict=True)
    )
    return np.asarray(down[:, None] ** 2 + across**2 <= 0.25)


def _centre(values: ndarray) -> tuple[float, float]:
    """Return row and column of the middle of some weights; of the grid where all are 0."""
    rows, columns = values.shape
    total = float(values.sum(dtype=np.float64))
    if total <= 0.0:
        return (rows - 1) / 2, (columns - 1) / 2
    down, across = values.sum(axis=1, dtype=np.float64), values.sum(axis=0, dtype=np.float64)
    return float((down * np.arange(rows)).sum()) / total, float((across * np.arange(columns)).sum()) / total


def _moved(memory: _Memory, by: tuple[float, float]) -> tuple[ndarray, ndarray]:
    """Move a remembered frame so that the object lies where it is now; what is moved round the edge is far from everything."""
    down, across = round(by[0]), round(by[1])
    features = np.roll(memory.features, (down, across), (1, 2))
    _, rows, columns = features.shape
    # The last two features are the place, from 0 to the weight of the place.
    features[-2] += np.float32(TOKENS.place * by[1] / columns)
    features[-1] += np.float32(TOKENS.place * by[0] / rows)
    return features, np.roll(memory.values, (down, across), (0, 1))
