"""Recordings that grow and servers on this machine, for what follows them."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests import clips
from vkeyframe.cli.main import run
from vkeyframe.report.read import load_report
from vkeyframe.report.records import Report

HOST = "127.0.0.1"
# Pieces in which recordings grow.
PIECES = 12


def transport_stream(path: Path, seeds: Sequence[int], count: int = 40, **size: int) -> Path:
    """Encode still scenes of so many frames, 25 a second, as MPEG-TS with a key frame every ten."""
    return clips.encode(path, clips.scenes(seeds, count, speed=0, **size), "-g", "10", "-bf", "0", "-f", "mpegts")


def free_port() -> int:
    """Return a port on which nothing listens."""
    with socket.socket() as found:
        found.bind((HOST, 0))
        return int(found.getsockname()[1])


@contextmanager
def growing(source: Path, path: Path, pause: float = 0.05, pieces: int = PIECES) -> Iterator[None]:
    """Write a copy of a file piece by piece, meanwhile."""
    data = source.read_bytes()
    size = -(-len(data) // pieces)
    path.write_bytes(data[:size])

    def write() -> None:
        for start in range(size, len(data), size):
            time.sleep(pause)
            with path.open("ab") as file:
                file.write(data[start : start + size])

    writer = threading.Thread(target=write)
    writer.start()
    yield
    writer.join()


@contextmanager
def tcp_server(*connections: Sequence[bytes | float]) -> Iterator[tuple[str, list[int]]]:
    """Serve connections one after another: bytes are sent, a number is a pause in seconds; then refuse further ones.

    Gives the URL, and a list that grows with each connection.
    """
    accepted: list[int] = []
    with socket.create_server((HOST, 0)) as server:
        port = server.getsockname()[1]

        def serve() -> None:
            for parts in connections:
                with suppress(OSError):
                    peer, _ = server.accept()
                    accepted.append(len(accepted))
                    with peer:
                        for part in parts:
                            if isinstance(part, bytes):
                                peer.sendall(part)
                            else:
                                time.sleep(part)
            server.close()

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"tcp://{HOST}:{port}", accepted


@contextmanager
def web_server(folder: Path) -> Iterator[str]:
    """Serve a folder by HTTP; give its URL."""

    class Silent(SimpleHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer((HOST, 0), partial(Silent, directory=str(folder))) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://{HOST}:{server.server_port}"
        server.shutdown()


@contextmanager
def sender(*arguments: str | Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run ffmpeg meanwhile."""
    command = [clips.tool("ffmpeg"), "-nostdin", "-v", "error", *map(str, arguments)]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        try:
            yield process
        finally:
            process.kill()


def wait_for_listener(port: int) -> None:
    """Wait until somebody listens on a port of TCP, without connecting: ffmpeg serves one connection only."""
    table = Path("/proc/net/tcp")
    if not table.exists():
        pytest.skip("needs Linux")
    clips.wait_until(lambda: re.search(rf":{port:04X} \S+ 0A ", table.read_text()))


def follow(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> tuple[list[dict[str, Any]], str]:
    """Follow in this process until the end; return the lines of standard output, and standard error."""
    code = run(["extract", *map(str, arguments)])
    said = capsys.readouterr()
    assert code == 0, said.err
    return read_lines(said.out), said.err


def read_lines(text: str) -> list[dict[str, Any]]:
    """Read lines of JSON."""
    return [json.loads(line) for line in text.splitlines()]


def of_type(lines: Sequence[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    """Choose the lines of a type."""
    return [line for line in lines if line["type"] == kind]


def report_in(folder: Path) -> Report:
    """Load the report of an output folder, whose pictures are all there."""
    report = load_report((folder / "report.json").read_bytes())
    assert sorted(report.files) == clips.entries(folder)
    return report
