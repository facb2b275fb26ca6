"""The file that --json names: checked before the work, written after it."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from stat import S_ISDIR, S_ISREG

from vkeyframe.cli.terminal import as_text, check_standard_output, emit
from vkeyframe.errors import OutputError, UsageError
from vkeyframe.report.matches import MATCHES_KEYS

# What is standard output by another name; opened anew, a file that it is redirected to would be emptied.
_STANDARD_OUTPUT = ("-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1")
_REPORT = re.compile(rb'\{\s*"schema":\s*"vkeyframe\.(?:report|tracks)/\d+"')
_SHOTS = re.compile(rb'(?:\{"video":.{,4096}?"shots":\s*)?\[\s*\{\s*"index":\s*0,\s*"start_frame":')
# What `match` has always written.
_MATCHES = {"target", "matches", "timelines"}
# More than `match` ever writes.
_LONGEST_MATCHES = 1 << 26


def check_json(name: str | None, inputs: Sequence[Path], folders: Sequence[Path], overwrite: bool) -> None:
    """Find out before the work whether JSON can and may be written to a file, or to standard output.

    Parameters
    ----------
    name : str or None
        As given by the user; None if nothing is to be written.
    inputs : sequence of Path
    folders : sequence of Path
        Output folders, which need not exist yet.
    overwrite : bool
        Whether to replace a file that is no JSON of ours.

    Raises
    ------
    UsageError
        If it has no name, or is an input or an output folder.
    OutputError
        If something else is in its place, or it cannot be written.
    """
    from vkeyframe.output.inputs import check_file

    if name is None:
        return
    if not name:
        raise UsageError("--json has an empty name; give a file, or - for standard output.")
    if is_standard_output(name):
        check_standard_output()
        _check_redirection(inputs)
        return
    path = Path(name)
    check_file(path, inputs)
    if any(os.path.realpath(path) == os.path.realpath(folder) for folder in folders):
        raise UsageError(f"{name}: is the output folder; give --json a file.")
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        _check_parent(path, folders)
        return
    except (OSError, ValueError) as error:
        raise OutputError(f"{name}: cannot be written ({getattr(error, 'strerror', None) or error}).") from None
    if S_ISDIR(mode):
        raise OutputError(f"{name}: is a folder; give --json a file.")
    if S_ISREG(mode):
        _check_file_there(path, overwrite)


def is_standard_output(name: str) -> bool:
    """Whether a name of a file means standard output."""
    return name in _STANDARD_OUTPUT


def write_json(name: str, text: str) -> None:
    """Write JSON, with an end of line, to standard output or whole to a file.

    Raises
    ------
    ReaderLeftError, OutputError
        If it cannot be written.
    """
    if is_standard_output(name):
        emit(text)
        return

    from vkeyframe.output.whole_file import write_text

    try:
        write_text(Path(name), f"{as_text(text)}\n")
    except OSError as error:
        raise OutputError(f"{name}: cannot be written ({error.strerror}).") from None


def _check_redirection(inputs: Sequence[Path]) -> None:
    from vkeyframe.output.inputs import check_file

    try:
        number = sys.stdout.fileno()
    except OSError:
        return
    check_file(number, inputs, "standard output")


def _check_parent(path: Path, folders: Sequence[Path]) -> None:
    parent = Path(os.path.realpath(path)).parent
    if not parent.is_dir():
        # It may come into being with an output folder.
        if not any(Path(os.path.realpath(folder)).is_relative_to(parent) for folder in folders):
            raise OutputError(f"{path}: cannot be written (No such file or directory).")
    elif not os.access(parent, os.W_OK | os.X_OK):
        raise OutputError(f"{path}: cannot be written (Permission denied).")


def _check_file_there(path: Path, overwrite: bool) -> None:
    """Refuse a file that may not be replaced, or be written to where a link leads to it."""
    from vkeyframe.output.permission import is_held

    linked = path.is_symlink()
    if not linked and is_held(path):
        raise OutputError(f"{path}: cannot be replaced, because it belongs to somebody else; use another --json.")
    if not os.access(path if linked else path.parent, os.W_OK):
        raise OutputError(f"{path}: cannot be written (Permission denied).")
    if not overwrite and not _is_ours(path):
        raise OutputError(
            f"{path}: exists already and is no JSON of vkeyframe; replace it with --overwrite, or use another --json."
        )


def _is_ours(path: Path) -> bool:
    """Whether a file holds a report, a line for each of several, tracks, shots or matches; an empty one is free too."""
    try:
        with path.open("rb") as file:
            start = file.read(1 << 10)
            if not start or _REPORT.match(start) or _SHOTS.match(start):
                return True
            found = json.loads(start + file.read(_LONGEST_MATCHES)) if start.startswith(b"{") else None
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(found, dict) and set(found) >= _MATCHES and set(found) <= MATCHES_KEYS
