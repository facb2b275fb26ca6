"""What the tests of batches share: an empty folder to work in, a clip, a server that has it, and a plan."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer
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


@pytest.fixture
def odd_server() -> Iterator[str]:
    """Serve ``/slow/…`` at 50 bytes a second, ``/silent/…`` without a body, and an error for every number, such as ``/500/…``.

    ``/index/`` is a folder with a video and a folder that cannot be listed.
    """
    over = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_given: object) -> None:
            pass

        def do_HEAD(self) -> bool:
            kind = next((part for part in self.path.split("/") if part.isdigit()), "")
            self.send_response(int(kind or 200))
            self.send_header("Content-Length", "0" if kind else str(100_000))
            self.send_header("Content-Type", "video/mp4")
            self.end_headers()
            return not kind

        def do_GET(self) -> None:
            if self.path == "/index/":
                page = b'<a href="a.mp4">a</a> <a href="500/">b</a>'
                self.send_response(200)
                self.send_header("Content-Type", "text/html")
                self.send_header("Content-Length", str(len(page)))
                self.end_headers()
                self.wfile.write(page)
            elif self.do_HEAD():
                while not over.wait(0.1):
                    if "slow" in self.path:
                        self.wfile.write(b"12345")

        def handle(self) -> None:
            with suppress(ConnectionError):
                super().handle()

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        http.daemon_threads = True
        thread = threading.Thread(target=http.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{http.server_port}"
        over.set()
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
