"""The output folder: it appears whole under its name, or not at all."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from pathlib import Path
from types import TracebackType

from vkeyframe.errors import OutputError
from vkeyframe.models import Report
from vkeyframe.report.serialize import SCHEMA, report_to_json

REPORT_NAME = "report.json"
SHEET_NAME = "sheet.jpg"


class OutputFolder:
    """A folder that is filled beside its final place and moved there when it is complete.

    Parameters
    ----------
    final : Path
        Where it is to appear; missing parents are made. An empty folder there is taken over.
    overwrite : bool
        Whether to replace the output of an earlier run. A folder with anything else in it is never replaced.

    Raises
    ------
    OutputError
        If something is in the way, or the file system refuses.
    """

    def __init__(self, final: Path, overwrite: bool) -> None:
        self.final = final.absolute()
        if is_occupied(self.final):
            if not overwrite:
                raise OutputError(f"{final}: exists already; use --overwrite, --skip-existing or another -o.")
            if not _is_ours(self.final):
                raise OutputError(f"{final}: holds files that vkeyframe did not write, so it is not replaced; use another -o.")
        try:
            self.final.parent.mkdir(parents=True, exist_ok=True)
            self.path = Path(tempfile.mkdtemp(prefix=".vkeyframe-", dir=self.final.parent))
            self.path.chmod(0o777 & ~_umask())
        except OSError as error:
            raise OutputError(f"{final}: cannot be made ({error.strerror}).") from None

    def __enter__(self) -> OutputFolder:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        shutil.rmtree(self.path, ignore_errors=True)

    def commit(self, report: Report) -> None:
        """Add the report and move the folder to its place."""
        try:
            write_text(self.path / REPORT_NAME, report_to_json(report, indent=1) + "\n")
            if is_occupied(self.final):
                old = Path(tempfile.mkdtemp(prefix=".vkeyframe-old-", dir=self.final.parent))
                self.final.rename(old / "old")
                self.path.rename(self.final)
                shutil.rmtree(old, ignore_errors=True)
            else:
                self.path.rename(self.final)
        except OSError as error:
            raise OutputError(f"{self.final}: cannot be written ({error.strerror}).") from None


def is_occupied(folder: Path) -> bool:
    """Whether something stands at a place, other than an empty folder."""
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        return True
    return folder.is_dir() and any(folder.iterdir())


def write_text(path: Path, text: str) -> None:
    """Write a text file whole or not at all."""
    handle, temporary = tempfile.mkstemp(prefix=".vkeyframe-", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(0o666 & ~_umask())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _is_ours(folder: Path) -> bool:
    """Whether a folder holds a report and nothing that the report does not name."""
    if folder.is_symlink() or not folder.is_dir():
        return False
    try:
        report = json.loads((folder / REPORT_NAME).read_text("utf-8"))
        named = {keyframe["file"] for keyframe in report["keyframes"]}
        known = report["schema"] == SCHEMA
    except (OSError, ValueError, KeyError, TypeError):
        return False
    return known and {entry.name for entry in folder.iterdir()} <= named | {REPORT_NAME, SHEET_NAME}


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
