"""The same film in two encodings shows the same moments."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from vkeyframe import extract

SHARED = Path(__file__).parents[3] / "shared"
REAL = SHARED / "corpus" / "real"
PATHS = REAL / "dash_video1.mp4", REAL / "dash_video4.mp4"


@pytest.mark.skipif(not all(path.exists() for path in PATHS), reason="the corpus is not here")
def test_two_encodings_have_their_keyframes_at_the_same_times() -> None:
    one, other = (np.array([keyframe.time for keyframe in extract(path).keyframes]) for path in PATHS)
    apart = np.abs(one[:, None] - other[None, :])
    assert min((apart.min(axis=1) <= 0.25).mean(), (apart.min(axis=0) <= 0.25).mean()) >= 0.85
