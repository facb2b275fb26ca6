"""Packages of somebody else, installed by hand: what adds a form or an analyser without a change in a line of ours."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

PROGRAM = [sys.executable, "-c", "from vkeyframe.cli.main import main; main()"]
PATIENCE = 120


def install(site: Path, module: str, text: str, points: str) -> Path:
    """Write a package of one module into a folder, and what an installer would write beside it; return the folder."""
    (site / f"{module}-1.0.dist-info").mkdir(parents=True)
    (site / f"{module}.py").write_text(text)
    (site / f"{module}-1.0.dist-info" / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {module.replace('_', '-')}\nVersion: 1.0\n"
    )
    (site / f"{module}-1.0.dist-info" / "entry_points.txt").write_text(points)
    return site


def run(site: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command line where the packages in a folder are installed."""
    return _run(site, [*PROGRAM, *arguments])


def run_python(site: Path, program: str) -> subprocess.CompletedProcess[str]:
    """Run a Python program there."""
    return _run(site, [sys.executable, "-c", program])


def _run(site: Path, command: list[str]) -> subprocess.CompletedProcess[str]:
    search = os.pathsep.join([str(site), *filter(None, [os.environ.get("PYTHONPATH")])])
    environment = os.environ | {"PYTHONPATH": search}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=PATIENCE)
