"""The cache of compiled kernels: one that is broken is made anew, and one that cannot be written is done without."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.reference import needs_compiler

pytestmark = needs_compiler

PROGRAM = "from vkeyframe.kernels.jit import kernel\n\n\n@kernel\ndef double(x):\n    return 2 * x\n\n\nprint(double(21))\n"


@pytest.fixture
def script(tmp_path: Path) -> Path:
    """Give a script with a small kernel."""
    path = tmp_path / "small.py"
    path.write_text(PROGRAM)
    return path


def output(script: Path, cache: Path) -> str:
    environment = os.environ | {"NUMBA_CACHE_DIR": str(cache), "PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run([sys.executable, script], env=environment, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    return done.stdout


@pytest.mark.parametrize("suffix", [".nbi", ".nbc"])
@pytest.mark.parametrize("kept", [0, 20, 0.5])
def test_a_broken_file_is_made_anew(suffix: str, kept: float, script: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    assert output(script, cache) == "42\n"
    (file,) = cache.rglob(f"*{suffix}")
    whole = file.stat().st_size
    file.write_bytes(file.read_bytes()[: int(kept if kept >= 1 else kept * whole)])
    assert output(script, cache) == "42\n"
    assert any(again.stat().st_size == whole for again in cache.rglob(f"*{suffix}"))
    assert output(script, cache) == "42\n"


def test_without_room_for_a_cache_there_is_none(script: Path) -> None:
    assert output(script, Path("/dev/full")) == "42\n"


def test_one_that_cannot_be_written_is_done_without(script: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    assert output(script, cache) == "42\n"
    for file in cache.rglob("*.nb?"):
        file.unlink()
        file.mkdir()
    assert output(script, cache) == "42\n"
