"""What an output folder holds, by which it is known as ours and may be replaced."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path

from vkeyframe.errors import OutputError, ReportError
from vkeyframe.report.read import load_report
from vkeyframe.report.tracks import load_tracks


@dataclass(frozen=True, slots=True)
class FolderForm:
    """A kind of output folder.

    Attributes
    ----------
    index : str
        Name of the file that lists all others.
    listed : callable
        Reads their names from the bytes of that file; a ReportError says that it is none of ours.
    folder : str or None
        Name of a folder that may be in it, which the file lists too.
    inner : str
        A regular expression for the names of the files in that folder.
    """

    index: str
    listed: Callable[[bytes], Collection[str]]
    folder: str | None = None
    inner: str = ""

    def is_ours(self, entry: Path) -> bool:
        """Whether something of a name that is listed is what a run writes under such a name."""
        if entry.is_symlink():
            return False
        if entry.name != self.folder:
            return entry.is_file()
        return entry.is_dir() and all(re.fullmatch(self.inner, each.name) and each.is_file() for each in entry.iterdir())


KEYFRAMES = FolderForm("report.json", lambda data: load_report(data).files)
TRACKS = FolderForm("tracks.json", lambda data: load_tracks(data).files, "masks", r"\d{6,}\.png")


def refuse_what_is_not_ours(folder: Path, shown: Path, form: FolderForm, without: str = "") -> None:
    """Check that a folder holds an index, and nothing but what the index lists, leaving out the entry of a name.

    Raises
    ------
    OutputError
        With what the user can do about it.
    """
    foreign = f"{shown}: holds files that vkeyframe did not write, so it is not replaced"
    if folder.is_symlink() or not folder.is_dir():
        raise OutputError(f"{foreign}; use another output=….")
    try:
        listed = form.listed(read_index_in(folder, form) or b"")
    except ReportError:
        cause = f"{foreign}, or its {form.index} is missing or damaged"
        raise OutputError(f"{cause}; if nothing in {shown} is yours, remove it, else use another output=….") from None
    for entry in sorted(folder.iterdir()):
        if entry.name != without and (entry.name not in listed or not form.is_ours(entry)):
            raise OutputError(f"{foreign}; move {entry.name} elsewhere or use another output=….")


def read_index_in(folder: Path, form: FolderForm) -> bytes | None:
    """Read the index in a folder, None where there is none that can be read; a pipe of its name is not waited for."""
    index = folder / form.index
    try:
        return index.read_bytes() if index.is_file() else None
    except OSError:
        return None
