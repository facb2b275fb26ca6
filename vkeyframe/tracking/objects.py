"""The attended things of a shot, pixel by pixel."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy import ndarray

from vkeyframe.opencv import cv2
from vkeyframe.tracking.evidence import SeenFrame, look_at, seeds_of
from vkeyframe.tracking.numbers import Numbering
from vkeyframe.tracking.propagation import Box, Follower
from vkeyframe.tracking.refinement import refine
from vkeyframe.tracking.voting import REACH, Links, agree, link


@dataclass(frozen=True, slots=True)
class WindowTuning:
    """How many frames agree with each other at a time.

    Attributes
    ----------
    past, new, ahead : int
        Frames that were answered before, that are answered now, and that only have their say; a whole sequence at once gave no
        other figures.
    top_percent : float
        This percentile of a frame's votes is the highest attention.
    others, half : float
        What the masks of other frames say against a frame's own one, and from where on a pixel belongs to the object.
    """

    past: int = 24
    new: int = 32
    ahead: int = 24
    top_percent: float = 99.0
    others: float = 0.65
    half: float = 0.35


TUNING = WindowTuning()


def segment_objects(pictures: Iterable[ndarray], given: Box | None = None) -> Iterator[ndarray]:
    """Find the attended things in a shot: what moves in its own way, or what people look at where nothing does.

    Works at about 427×240 pixels, on a window of frames; the first answers come after some 80 frames.

    Parameters
    ----------
    pictures : iterable of (height, width, 3) uint8, BGR
        The frames of one shot, in order, all of one size.
    given : (int, int, int, int), optional
        Left and top edge, width and height of the object in the first picture, in pixels.

    Yields
    ------
    (height, width) uint8
        For each picture: 0 for ground, 1 for the most attended thing, 2 for the next, and so on; the object that is given is 1.
        A thing keeps its number.
    """
    window = _Window(given)
    for frame in look_at(pictures):
        yield from window.push(frame)
    yield from window.finish()


class _Window:
    """The frames that agree with each other."""

    def __init__(self, given: Box | None) -> None:
        self._follower = None if given is None else Follower(given)
        self._frames: list[SeenFrame] = []
        self._links: list[Links] = []
        self._answered = 0
        self._numbering = Numbering()

    def push(self, frame: SeenFrame) -> Iterator[ndarray]:
        """Take the next frame; give the labels of some before it."""
        self._frames.append(frame)
        self._link(len(self._frames) - REACH)
        if len(self._frames) == TUNING.past + TUNING.new + TUNING.ahead:
            self._link(len(self._frames))
            yield from self._answer(len(self._frames) - TUNING.ahead)
            self._forget()

    def finish(self) -> Iterator[ndarray]:
        """Give the labels of all frames that are left."""
        self._link(len(self._frames))
        yield from self._answer(len(self._frames))

    def _link(self, end: int) -> None:
        """Link the frames before this one, for which all they attend to is there."""
        tokens = [frame.tokens for frame in self._frames]
        while len(self._links) < end:
            self._links.append(link(tokens, len(self._links)))

    def _forget(self) -> None:
        """Drop the frames that are not needed any more, and the links of the last, which lack the frames to come."""
        old = self._answered - TUNING.past
        del self._links[len(self._frames) - REACH :]
        del self._frames[:old], self._links[:old]
        self._answered = TUNING.past

    def _answer(self, end: int) -> Iterator[ndarray]:
        """Let the window vote, and give the labels of the frames up to this one that have none yet."""
        new = self._frames[self._answered : end]
        if not new:
            return
        votes = agree(self._links, *seeds_of(self._frames))[self._answered : end]
        top = np.percentile(votes, TUNING.top_percent, axis=1)
        attention = [
            frame.tokens.paint(np.clip(vote / max(1e-9, float(high)), 0.0, 1.0))
            for frame, vote, high in zip(new, votes, top, strict=True)
        ]
        self._answered = end
        for frame, labels in zip(new, self._label(new, attention), strict=True):
            yield enlarged(labels, frame.size)

    def _label(self, frames: Sequence[SeenFrame], attention: Sequence[ndarray]) -> list[ndarray]:
        """Turn the attention of frames into label maps."""
        if self._follower is not None:
            follow = self._follower.follow
            return [follow(frame, each).astype(np.uint8) for frame, each in zip(frames, attention, strict=True)]
        masks = [refine(frame.picture, each) for frame, each in zip(frames, attention, strict=True)]
        masks = steadied(frames, self._links[self._answered - len(frames) : self._answered], masks)
        return self._numbering.number(masks, attention, [frame.back for frame in frames])


def steadied(frames: Sequence[SeenFrame], links: Sequence[Links], masks: Sequence[ndarray]) -> list[ndarray]:
    """Let the masks of neighbouring frames vote on each other, so that what only one of them has goes, and what it lacks comes.

    Returns
    -------
    list of (height, width) bool
    """
    own = np.stack([frame.tokens.mean(mask.astype(np.float32)) for frame, mask in zip(frames, masks, strict=True)])
    votes = agree(links, own, np.ones_like(own))
    return [
        TUNING.others * frame.tokens.paint(vote) + (1.0 - TUNING.others) * mask > TUNING.half
        for frame, vote, mask in zip(frames, votes, masks, strict=True)
    ]


def enlarged(labels: ndarray, size: tuple[int, int]) -> ndarray:
    """Bring a label map to another height and width, with smooth outlines."""
    height, width = size
    out, best = np.zeros(size, np.uint8), np.full(size, 0.5, np.float32)
    for number in range(1, int(labels.max()) + 1):
        share = cv2.resize((labels == number).astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR)
        out[share > best] = number
        best = np.maximum(best, share)
    return out
