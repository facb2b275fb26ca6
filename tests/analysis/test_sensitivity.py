"""The more sensitive, the weaker the changes that are cuts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests import clips
from vkeyframe.analysis.gradual import GRADUAL
from vkeyframe.analysis.sensitivity import USUAL_SENSITIVITY, detector_for
from vkeyframe.analysis.shots import CUT
from vkeyframe.pipeline import find_shots
from vkeyframe.video.file import VideoFile
from vkeyframe.video.options import ReadOptions

# How much of another scene the picture takes on, 20 frames each; between them it takes on none.
SHARES = (0.0, 0.25, 0.0, 0.4, 0.0, 0.55, 0.0, 0.8)


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a clip with cuts of different strength."""
    one, other = clips.scene(1, 160), clips.scene(2, 160)
    shares = np.repeat(SHARES, 20)
    frames = [(a * (1 - share) + b * share).astype(np.uint8) for a, b, share in zip(one, other, shares, strict=True)]
    return clips.write_clip(tmp_path_factory.mktemp("mixed") / "mixed.mp4", frames)


def test_weaker_changes_are_cuts_with_more_sensitivity(mixed: Path) -> None:
    found = []
    for sensitivity in (0.0, 0.5, 0.75):
        shots = find_shots(VideoFile.of(mixed), ReadOptions(threads=1), sensitivity).shots
        found.append([shot.start_frame for shot in shots])
    assert found == [[0, 100, 120, 140], [0, 80, 100, 120, 140], [0, 60, 80, 100, 120, 140]]
    assert find_shots(VideoFile.of(mixed), ReadOptions(threads=1)).shots == shots_at_usual(mixed)


def shots_at_usual(path: Path) -> object:
    return find_shots(VideoFile.of(path), ReadOptions(threads=1), USUAL_SENSITIVITY).shots


def test_the_usual_sensitivity_changes_no_number() -> None:
    detector = detector_for(USUAL_SENSITIVITY)
    assert (detector._cut, detector._gradual) == (CUT, GRADUAL)
