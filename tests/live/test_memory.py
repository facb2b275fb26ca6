"""A stream without end takes no memory without end."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests import clips
from tests.live.servers import HOST, free_port, sender, wait_for_listener
from vkeyframe.live.options import LiveOptions
from vkeyframe.live.run import watch
from vkeyframe.settings import Settings

# Seconds of video at 25 frames a second, which come as fast as they are taken.
SECONDS = 240
STATUS = Path("/proc/self/statm")
PAGE_BYTES = 4096
MOST_GROWTH = 12 << 20


def resident() -> int:
    """Return how many bytes of memory this process holds."""
    return int(STATUS.read_text().split()[1]) * PAGE_BYTES


def test_memory_does_not_grow_with_a_stream(place: Path) -> None:
    if not STATUS.exists():
        pytest.skip("needs Linux")
    clips.tool("ffmpeg")
    port = free_port()
    address = f"tcp://{HOST}:{port}"
    held: dict[float, int] = {}

    def tell(message: Mapping[str, Any]) -> None:
        if "read_to" in message:
            held[message["read_to"]] = resident()

    # Every 20 s another picture that moves without rest.
    source = f"testsrc2=s=160x90:r=25:d={SECONDS},hue=h='120*floor(t/20)'"
    options = ("-c:v", "libx264", "-preset", "ultrafast", "-g", "50", "-f", "mpegts")
    with sender("-f", "lavfi", "-i", source, *options, f"{address}?listen=1"):
        wait_for_listener(port)
        report, why = watch(address, Settings(), LiveOptions(idle=5.0, tries=0), None, tell=tell)
    assert why == "lost"
    assert report.decoding.decoded_frames == 25 * SECONDS
    early = max(size for time, size in held.items() if time < SECONDS / 4)
    late = max(size for time, size in held.items() if time > SECONDS * 3 / 4)
    assert late - early < MOST_GROWTH, held
