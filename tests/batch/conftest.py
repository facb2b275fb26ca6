"""What the tests of batches share: an empty folder to work in, a clip, a server that has it, and a plan."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests import clips
from vkeyframe.batch.plan import BatchPlan, Task
from vkeyframe.process.isolation import Isolation
from vkeyframe.settings import Settings


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Give the bytes of a clip of two scenes."""
    path = tmp_path_factory.mktemp("clip") / "clip.mp4"
    return clips.write_clip(path, clips.scenes((1, 2), 20)).read_bytes()


@pytest.fixture
def here(childless: None) -> Isolation:
    """Give an isolation that does the work in this process, to be quick."""
    return Isolation()


@pytest.fixture
def server(clip: bytes) -> Iterator[str]:
    """Serve a folder with two videos over HTTP and give its URL."""
    pytest.importorskip("fsspec")
    pytest.importorskip("aiohttp")
    Path("served/deep").mkdir(parents=True)
    Path("served/a.mp4").write_bytes(clip)
    Path("served/deep/b c.mp4").write_bytes(clip)
    Path("served/notes.txt").write_text("no video")
    handler = partial(SimpleHTTPRequestHandler, directory="served")
    handler.log_message = lambda *_given: None  # type: ignore[attr-defined]
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as http:
        thread = threading.Thread(target=http.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{http.server_port}"
        http.shutdown()
        thread.join()


def touch(*names: str) -> None:
    for name in names:
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).touch()


def make_plan(**options: Any) -> BatchPlan:
    """Make a plan for videos of the folder worked in, whose results go to ``out``."""
    return BatchPlan(**{"settings": Settings(), "base": str(Path.cwd()), "root": "out"} | options)


def task_of(video: str, name: str = "a.mp4", index: int = 0) -> Task:
    """Make a task whose folder in ``out`` has a name."""
    return Task(index, video, f"out/{name}")
