"""The folders of the pictures of matches, and the file that lists what is in them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from vkeyframe.errors import ReportError
from vkeyframe.output.listing import Listing
from vkeyframe.report.matches import files_of_matches

MATCHES_NAME = "matches.json"
COMPARISON_NAME = "comparison.png"


def _listed(data: bytes) -> tuple[str, ...]:
    try:
        return files_of_matches(data)
    except ValueError as error:
        raise ReportError(f"{MATCHES_NAME}: {error}.") from None


MATCHES = Listing(MATCHES_NAME, _listed)


@dataclass(frozen=True, slots=True)
class HitFolders:
    """Existing folders for the pictures of matches, for a comparison of each, and for that of the best; None writes none."""

    pictures: Path | None = None
    comparisons: Path | None = None
    best: Path | None = None

    def __bool__(self) -> bool:
        return any((self.pictures, self.comparisons, self.best))
