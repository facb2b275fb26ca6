"""A child that cannot be killed, because it waits for a disk that does not answer, keeps nobody waiting for ever."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from vkeyframe.errors import DecoderError
from vkeyframe.process.isolation import LONGEST_WAIT, Isolation
from vkeyframe.process.spawn import LAST_WAIT

# Far less than for ever, on a busy machine too.
SOON = 30.0


@pytest.fixture
def frozen(tmp_path: Path) -> Iterator[Path]:
    """Give a file on a disk on which all that is written waits."""
    if not all(map(shutil.which, ("mkfs.ext4", "mount", "fsfreeze"))) or os.geteuid():
        pytest.skip("no disk can be frozen here")
    place, image = tmp_path / "disk", tmp_path / "image"
    place.mkdir()
    image.write_bytes(b"")
    os.truncate(image, 16 << 20)
    subprocess.run(["mkfs.ext4", "-q", image], check=True)
    if subprocess.run(["mount", "-o", "loop", image, place], capture_output=True, check=False).returncode:
        pytest.skip("no disk can be mounted here")
    try:
        subprocess.run(["fsfreeze", "-f", place], check=True)
        try:
            yield place / "file"
        finally:
            subprocess.run(["fsfreeze", "-u", place], check=True)
    finally:
        # The child ends only now.
        for _ in range(100):
            if subprocess.run(["umount", place], capture_output=True, check=False).returncode == 0:
                break
            time.sleep(0.1)


def write(path: Path) -> None:
    path.write_text("This waits.")


def test_a_call_that_takes_too_long_is_given_up_all_the_same(frozen: Path) -> None:
    begun = time.monotonic()
    with Isolation(timeout=1.0) as isolation:
        with pytest.raises(DecoderError, match="not done after 1 s"):
            isolation.call("a.mp4", write, frozen)
        assert time.monotonic() - begun < LAST_WAIT + SOON
        # The next child has nothing to do with that disk.
        assert isolation.call("b.mp4", os.fspath, "b.mp4") == "b.mp4"


def test_it_is_closed_all_the_same(frozen: Path) -> None:
    isolation = Isolation()

    def call() -> None:
        with pytest.raises(DecoderError):
            isolation.call("a.mp4", write, frozen)

    # It ends when the disk answers again, after the test.
    threading.Thread(target=call, daemon=True).start()
    # Time to start, and to come to the disk.
    time.sleep(3.0)
    begun = time.monotonic()
    isolation.close()
    assert time.monotonic() - begun < LONGEST_WAIT + SOON / 2
