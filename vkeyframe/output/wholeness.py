"""Whether the files that a report names are still there as they were written."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import blake2b
from pathlib import Path

from vkeyframe.output.tree import files_below
from vkeyframe.report.records import Report


def sizes_in(folder: Path) -> dict[str, int]:
    """Return the size in bytes of each file in a folder and its subfolders; what cannot be looked at is left out."""
    try:
        return {name: (folder / name).stat().st_size for name in files_below(folder) if (folder / name).is_file()}
    except OSError:
        return {}


def with_pictures(fingerprint: str, report: Report, sizes: Mapping[str, int]) -> str:
    """Add to a fingerprint 8 hex digits that are the same as long as the keyframes' pictures keep their sizes."""
    pictures = [(keyframe.file, sizes.get(keyframe.file)) for keyframe in report.keyframes if keyframe.file is not None]
    return f"{fingerprint}-{blake2b(repr(pictures).encode('utf-8', 'surrogateescape'), digest_size=4).hexdigest()}"


def is_whole(report: Report, sizes: Mapping[str, int]) -> bool:
    """Whether all files that a report names are there, none of them empty."""
    return all(sizes.get(name, 0) > 0 for name in report.files)
