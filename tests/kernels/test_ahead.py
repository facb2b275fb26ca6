"""Kernels that a second process compiles, the first time."""

import os
import subprocess
import sys
from pathlib import Path
from time import monotonic, sleep

import pytest

from tests.reference import needs_compiler
from vkeyframe.kernels import ahead
from vkeyframe.process.cores import cores

BESIDE = "from vkeyframe.kernels.ahead import compile_beside; compile_beside()"
LATE = ("mixture_test", "unlike_share", "unlike_matrix", "measure_exposure", "coverage_gains")


@needs_compiler
@pytest.mark.skipif(cores() == 1, reason="one core compiles nothing sooner")
def test_the_first_run_compiles_in_two_processes_and_the_next_in_none(tmp_path: Path) -> None:
    environment = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path)}
    subprocess.run([sys.executable, "-c", BESIDE], env=environment, check=True, cwd=Path(__file__).parents[2])
    end = monotonic() + 60.0
    while missing := [name for name in LATE if not list(tmp_path.glob(f"*/*.{name}-*.nbi"))]:
        assert monotonic() < end, missing
        sleep(0.1)
    told = [sys.executable, "-c", "from vkeyframe.kernels.ahead import _never_compiled; print(_never_compiled())"]
    answer = subprocess.run(told, env=environment, check=True, cwd=Path(__file__).parents[2], capture_output=True, text=True)
    assert answer.stdout == "False\n"


def test_without_room_for_a_process_all_is_compiled_here(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*given: object, **options: object) -> None:
        raise BlockingIOError("no more processes")

    monkeypatch.setattr(ahead, "_never_compiled", lambda: True)
    monkeypatch.setattr(ahead.subprocess, "Popen", refuse)
    ahead.compile_beside()
