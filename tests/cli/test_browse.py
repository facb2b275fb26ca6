"""`vkeyframe browse`: how it begins and how it ends."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.library.drawn import drawn_entry
from vkeyframe.cli.main import run
from vkeyframe.library.store import Library


@pytest.fixture
def library(tmp_path: Path) -> Path:
    path = tmp_path / "films.db"
    with Library.open(path, create=True) as library:
        library.put(drawn_entry("/films/a.mp4"))
    return path


def started(*arguments: str, **environment: str) -> subprocess.Popen[str]:
    program = "import sys; from vkeyframe.cli.main import main; main()"
    return subprocess.Popen(
        [sys.executable, "-c", program, "browse", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | environment,
    )


def asked(address: str) -> int:
    place = urlsplit(address)
    with closing(HTTPConnection(str(place.hostname), place.port, timeout=30)) as connection:
        connection.request("GET", f"{place.path}?{place.query}")
        return connection.getresponse().status


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 0), (signal.SIGTERM, 143)])
def test_it_prints_one_address_and_ends_with_a_signal(library: Path, number: signal.Signals, code: int) -> None:
    before = library.read_bytes()
    with started("--library", str(library), "--no-open") as process:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        try:
            assert asked(address) == 200
            assert asked(address[:-1]) == 403
        finally:
            process.send_signal(number)
        rest, talk = process.communicate(timeout=30)
    assert (process.returncode, rest) == (code, "")
    assert len(talk.splitlines()) == 1
    assert "Ctrl-C" in talk
    with pytest.raises(ConnectionRefusedError):
        asked(address)
    assert library.read_bytes() == before


def test_the_browser_gets_an_address_that_opens_the_page_one_time(library: Path, tmp_path: Path) -> None:
    # `webbrowser` takes the program from this variable.
    told, program = tmp_path / "told", tmp_path / "browser"
    program.write_text(f'#!/bin/sh\necho noise\necho "$1" > "{told}.part"\nmv "{told}.part" "{told}"\n')
    program.chmod(0o755)
    with started("--library", str(library), "-q", BROWSER=f"{program} %s") as process:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        try:
            for _ in range(600):
                if told.exists():
                    break
                signal.sigtimedwait([], 0.05)
            once = told.read_text().strip()
            token = address.partition("token=")[2]
            assert token
            assert token not in once
            assert [asked(once), asked(once), asked(address)] == [200, 403, 200]
        finally:
            process.send_signal(signal.SIGINT)
        assert process.communicate(timeout=30) == ("", "")
    assert process.returncode == 0


def test_a_port_that_is_taken_is_said_to_be(library: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as other:
        port = other.getsockname()[1]
        assert run(["browse", "--library", str(library), "--port", str(port), "--no-open"]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert f"--port {port} cannot be had" in shown.err
    assert "give another one" in shown.err


def test_what_is_no_library_is_said_before_there_is_a_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "text.db").write_text("text " * 1000)
    for name, words in (("none.db", "no such library"), ("text.db", "no library of vkeyframe"), (".", "is no file")):
        assert run(["browse", "--library", str(tmp_path / name), "--no-open"]) == 3
        shown = capsys.readouterr()
        assert shown.out == ""
        assert words in shown.err
