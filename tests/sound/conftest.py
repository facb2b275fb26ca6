"""What is heard in a file, without looking at its pictures."""

from contextlib import closing
from math import inf
from pathlib import Path

import pytest

from tests import clips
from vkeyframe.sound.listener import Heard, Listener
from vkeyframe.video.file import VideoFile
from vkeyframe.video.packets import PacketIndex


@pytest.fixture(scope="session")
def picture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a video of 9 s without sound."""
    return clips.encode(tmp_path_factory.mktemp("sound") / "picture.mp4", clips.scene(1, 45, 64, 48), fps=5.0)


def listen_to(path: Path, first: float = 0.0, last: float = inf) -> Heard:
    """Read the packets of a file once, and listen to them."""
    listener = Listener()
    with closing(PacketIndex(VideoFile.of(path), 10**8, listener)) as packets:
        packets.scan()
    return listener.heard(first, last)
