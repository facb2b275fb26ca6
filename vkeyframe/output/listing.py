"""The file of an output folder that lists all files in it, by which a later run tells that it may replace the folder."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from vkeyframe.errors import OutputError, ReportError
from vkeyframe.output.tree import files_below


@dataclass(frozen=True, slots=True)
class Listing:
    """Such a file.

    Attributes
    ----------
    name : str
        Such as ``report.json``.
    files : callable
        Returns the names of all files of the folder, its own too; raises a ReportError where the bytes are no such file.
    folder : str or None
        Name of a folder that may be in it, and is listed by its name alone; of other folders each file is listed.
    inner : str
        A regular expression for the names of the files in that folder.
    """

    name: str
    files: Callable[[bytes], tuple[str, ...]]
    folder: str | None = None
    inner: str = ""

    def read(self, folder: Path) -> bytes | None:
        """Return what is in it, None where there is none that can be read; a pipe of its name is not waited for."""
        path = folder / self.name
        try:
            return path.read_bytes() if path.is_file() else None
        except OSError:
            return None

    def _is_ours(self, entry: Path) -> bool:
        """Whether something of a name that is listed is what a run writes under such a name."""
        if entry.is_symlink():
            return False
        if entry.name != self.folder:
            return entry.is_file()
        return entry.is_dir() and all(re.fullmatch(self.inner, each.name) and each.is_file() for each in entry.iterdir())

    def refuse_others(self, folder: Path, shown: Path, without: str = "") -> None:
        """Check that a folder holds nothing but files that the list in it names, leaving out the entry of a name.

        Raises
        ------
        OutputError
            With what the user can do about it.
        """
        foreign = f"{shown}: holds files that vkeyframe did not write, so it is not replaced"
        if folder.is_symlink() or not folder.is_dir():
            raise OutputError(f"{foreign}; use another output=….")
        try:
            listed = self.files(self.read(folder) or b"")
        except ReportError:
            cause = f"{foreign}, or its {self.name} is missing or damaged"
            raise OutputError(f"{cause}; if nothing in {shown} is yours, remove it, else use another output=….") from None
        for entry in sorted(folder.iterdir()):
            if entry.name != without and (stranger := self._stranger(entry, set(listed))) is not None:
                raise OutputError(f"{foreign}; move {stranger} elsewhere or use another output=….")

    def _stranger(self, entry: Path, listed: set[str]) -> str | None:
        """Return what of an entry is not listed, None where all is ours."""
        if entry.name in listed:
            return None if self._is_ours(entry) else entry.name
        if entry.is_symlink() or not entry.is_dir() or not any(name.startswith(f"{entry.name}/") for name in listed):
            return entry.name
        names = [f"{entry.name}/{name}" for name in files_below(entry)]
        return next((name for name in names if name not in listed or not self._is_ours(entry.parent / name)), None)
