"""What takes the pictures of candidates, seen from the selection, which knows no files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from numpy import ndarray


class PictureSink(Protocol):
    """Keeps pictures until it is known which of them are keyframes; each is known by its token."""

    def put(self, picture: ndarray | None) -> int | None:
        """Keep a (height, width, 3) uint8 BGR picture and return its token; None where nothing is kept."""
        ...

    def drop(self, token: int | None) -> None:
        """Delete a picture that will not be needed; None is ignored."""
        ...

    def publish(self, stems: Mapping[int, str]) -> dict[int, str]:
        """Give pictures their final names, without suffix, and delete all others; called once, after the last picture.

        Returns
        -------
        dict of int to str
            The file name of each token.

        Raises
        ------
        OutputError
            If a picture could not be written.
        """
        ...
