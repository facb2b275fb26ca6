"""Frames and candidates made by hand, so that a choice among them can be foretold."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy import ndarray

from vkeyframe.analysis.attention import Attention
from vkeyframe.analysis.features import FrameFeatures, extract_features
from vkeyframe.analysis.sample import ShotStart
from vkeyframe.opencv import cv2
from vkeyframe.selection.candidates import Candidate, FrameTime, ScoredFrame
from vkeyframe.selection.segments import Segment

MakeCandidate = Callable[..., Candidate]


def texture(seed: int) -> ndarray:
    """Draw a picture unlike that of any other seed, (72, 128, 3) uint8."""
    noise = np.random.default_rng(seed).uniform(0, 255, (6, 8, 3))
    return np.clip(cv2.resize(noise, (128, 72), interpolation=cv2.INTER_CUBIC), 0, 255).astype(np.uint8)


def look(picture: ndarray, time: float) -> FrameFeatures:
    """See a picture at 8 frames a second."""
    index = round(8 * time)
    return extract_features(picture, index, time, ShotStart(index, time, time))


@pytest.fixture
def make_candidate() -> MakeCandidate:
    """Make a candidate that shows a picture for `seconds` up to a time."""
    even = Attention(np.full((9, 16), 1 / 144, np.float32), {})
    numbers = iter(range(10_000))

    def make(
        time: float, shot: int = 0, picture: int | ndarray = 0, quality: float = 1.0, seconds: float = 2.0, **more: object
    ) -> Candidate:
        drawn = texture(picture) if isinstance(picture, int) else picture
        first, best = look(drawn, time - seconds + 0.125), look(drawn, time)
        stretch = Segment(next(numbers), stands=more.get("stands"))  # type: ignore[arg-type]
        pick = ScoredFrame(best, quality, float(more.get("sharpness", quality)), 1.0, True, None)  # type: ignore[arg-type]
        mass = max(1, round(8 * seconds))
        return Candidate(
            FrameTime(first.index, first.time), FrameTime(best.index, time), even, pick, stretch, mass=mass, shot=shot
        )

    return make
