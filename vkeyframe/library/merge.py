"""Taking over what is in another library, such as one that another machine has filled."""

from __future__ import annotations

from collections.abc import Iterator

from vkeyframe.library.reading import LibraryReader
from vkeyframe.library.store import Library


def merge(library: Library, other: LibraryReader) -> Iterator[tuple[str, bool]]:
    """Take over all files of another library, one after another; of a file that both have, the entry that was made later.

    Yields
    ------
    (str, bool)
        The path of each file, and whether its entry was taken over.

    Raises
    ------
    LibraryError
        If the other one cannot be read.
    OutputError
        If this one cannot be written; what was taken over stays.
    """
    mine = {video.path: video.indexed_at for video in library.videos()}
    for video in other.videos():
        newer = mine.get(video.path, "") < video.indexed_at
        if newer:
            library.put(other.entry(video), video.indexed_at)
        yield video.path, newer
