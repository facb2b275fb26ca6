"""What all tests of the command line work with: a clip, a broken one, one with an odd name, and an empty folder."""

import os
import shutil
import sys
from pathlib import Path

import pytest

from tests import clips


@pytest.fixture(scope="session")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a clip of three scenes of one second each."""
    return clips.write_clip(tmp_path_factory.mktemp("video") / "holiday.mp4", clips.scenes(range(3), 25))


@pytest.fixture(scope="session")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a clip that is cut off."""
    path = clips.write_clip(tmp_path_factory.mktemp("broken") / "broken.avi", clips.scene(1, 50), codec="MJPG")
    return clips.cut_off(path, 0.6)


@pytest.fixture
def nameless(video: Path, tmp_path: Path) -> bytes:
    """Give a clip whose name is no text."""
    if sys.platform != "linux":
        pytest.skip("needs a file system that takes any bytes as a name")
    path = os.fsencode(tmp_path) + b"/caf\xe9.mp4"
    shutil.copy(video, path)
    return path


@pytest.fixture(autouse=True)
def place(place: Path, childless: None) -> Path:
    """Work in an empty folder; what runs in this process runs in it whole, real processes keep their child."""
    return place
