"""Where the pictures of candidates go."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from numpy import ndarray


class PictureSink(Protocol):
    """Keeps pictures until it is known which of them are wanted."""

    def put(self, picture: ndarray) -> int | None:
        """Take a (height, width, 3) uint8 BGR picture; return its token, None where pictures are not kept."""
        ...

    def drop(self, token: int | None) -> None:
        """Forget a picture."""
        ...

    def publish(self, stems: Mapping[int, str]) -> dict[int, str]:
        """Give the pictures of some tokens their names without suffix, forget all others, and return the names of the files."""
        ...
