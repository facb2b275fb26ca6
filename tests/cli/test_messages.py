"""What the decoder says: every command counts its lines, shows them with -v and tells neither with -q."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests import clips

COMMANDS = [
    ("extract", "--no-images"),
    ("batch", "--no-images", "-o", "out"),
    ("shots",),
    ("match", "--target", "0"),
    ("probe",),
]
PATIENCE = 60.0


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a clip whose very first picture is damaged, of which the decoder says a few words."""
    path = clips.write_clip(tmp_path_factory.mktemp("broken") / "broken.avi", clips.scene(1, 12), codec="MJPG")
    data = path.read_bytes()
    # The scan of a picture begins behind its header; noise there is bad data, no missing picture.
    place = data.index(b"\xff\xda") + 200
    path.write_bytes(data[:place] + b"\xff\xd9" + data[place + 2 :])
    return path


def told(*arguments: str | Path, place: Path) -> list[str]:
    """Run a command in a process of its own and return the lines on standard error."""
    command = [*clips.PROGRAM, *map(str, arguments)]
    done = subprocess.run(command, cwd=place, capture_output=True, text=True, check=True, timeout=PATIENCE)
    return done.stderr.splitlines()


def counted(lines: list[str]) -> list[str]:
    return [line for line in lines if ": the decoder wrote " in line and line.endswith(", see them with -v")]


def said(lines: list[str]) -> list[str]:
    return [line for line in lines if line.startswith("[mjpeg @ ")]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_its_lines_are_counted_and_shown_on_demand(command: tuple[str, ...], broken: Path, tmp_path: Path) -> None:
    lines = told(*command, broken, place=tmp_path)
    assert (len(counted(lines)), said(lines)) == (1, [])
    again = () if command[0] in ("shots", "match", "probe") else ("--overwrite",)
    shown = told(*command, *again, "-v", broken, place=tmp_path)
    assert counted(shown) == []
    assert f"the decoder wrote {len(said(shown))} line" in counted(lines)[0]
    if command[0] != "probe":
        assert told(*command, *again, "-q", broken, place=tmp_path) == []
