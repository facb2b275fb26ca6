"""Where `match` writes pictures: checked before the work, filled beside the final place, and moved there when all is done."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Self

from vkeyframe.cli.options import check_name
from vkeyframe.errors import OutputError, UsageError

if TYPE_CHECKING:
    from vkeyframe.output.folder import OutputFolder
    from vkeyframe.output.hit_folders import HitFolders
    from vkeyframe.report.matches import Matches


@dataclass(frozen=True, slots=True)
class HitPlaces:
    """What the user named.

    Attributes
    ----------
    output, comparisons : Path or None
        Folders for the pictures of matches, and for a comparison of each.
    best : Path or None
        A file for the comparison of the best match.
    overwrite : bool
        Whether to replace what an earlier run wrote there.
    """

    output: Path | None
    comparisons: Path | None
    best: Path | None
    overwrite: bool

    @classmethod
    def of(cls, output: str | None, compare: str | None, overwrite: bool) -> Self:
        """Read the options; what ends with .png is a file.

        Raises
        ------
        UsageError
            If one of them has an empty name.
        """
        check_name("-o", output)
        check_name("--compare", compare)
        folder, place = (None if name is None else Path(name) for name in (output, compare))
        if place is not None and place.suffix.lower() == ".png":
            return cls(folder, None, place, overwrite)
        return cls(folder, place, None, overwrite)

    @property
    def folders(self) -> list[Path]:
        """The folders among them."""
        return [place for place in (self.output, self.comparisons) if place is not None]

    def check(self, inputs: Sequence[Path]) -> None:
        """Refuse places that are inputs, or in the way of each other.

        Raises
        ------
        UsageError, OutputError
        """
        from vkeyframe.output.inputs import check_file, check_folder

        for folder in self.folders:
            check_folder(folder, inputs)
        if len({os.path.realpath(folder) for folder in self.folders}) < len(self.folders):
            raise UsageError(f"{self.comparisons}: is the folder of the pictures too; give --compare another one.")
        if self.best is not None:
            check_file(self.best, inputs)
            if self.best.is_dir() or (os.path.lexists(self.best) and not self.overwrite):
                raise OutputError(f"{self.best}: exists already; replace it with --overwrite, or give --compare another name.")


class Writing:
    """Folders that are being filled.

    Parameters
    ----------
    folders : HitFolders
    outputs : sequence of OutputFolder
    best : Path or None
        Where the comparison of the best match is to be.
    """

    def __init__(self, folders: HitFolders, outputs: Sequence[OutputFolder], best: Path | None) -> None:
        self.folders, self._outputs, self._best = folders, outputs, best

    def commit(self, found: Matches) -> None:
        """Move what was written to its place.

        Raises
        ------
        OutputError
        """
        from vkeyframe.output.folder import file_errors
        from vkeyframe.output.hit_folders import COMPARISON_NAME
        from vkeyframe.report.matches import matches_to_json

        for output in self._outputs:
            output.commit_list(lambda files: matches_to_json(replace(found, files=files)) + "\n")
        if self._best is not None and self.folders.best is not None:
            with file_errors(self._best):
                (self.folders.best / COMPARISON_NAME).replace(self._best)


@contextmanager
def opened(places: HitPlaces) -> Iterator[Writing]:
    """Make the folders; what is not committed is removed again."""
    from vkeyframe.output.addition import scratch_in
    from vkeyframe.output.folder import OutputFolder
    from vkeyframe.output.hit_folders import MATCHES, HitFolders

    with ExitStack() as stack:
        outputs: list[OutputFolder] = []
        paths: list[Path | None] = []
        for place in (places.output, places.comparisons):
            if place is None:
                paths.append(None)
                continue
            output = stack.enter_context(OutputFolder(place, places.overwrite, MATCHES))
            stack.enter_context(output.named_as_asked())
            outputs.append(output)
            paths.append(output.path)
        best = None if places.best is None else stack.enter_context(scratch_in(places.best.parent))
        yield Writing(HitFolders(paths[0], paths[1], best), outputs, places.best)
