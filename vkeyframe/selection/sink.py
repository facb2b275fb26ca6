"""What takes the pictures of candidates, seen from the selection, which knows no files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from numpy import ndarray

    from vkeyframe.analysis.analyser import Analyser

    # The name of a user's model, and (keyframes, d) float32, what it makes of each.
    Vectors = tuple[str, ndarray]


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


class Beside(Protocol):
    """Takes what a pass over a video gives besides the report, such as for a library; it goes to the child process as a whole."""

    def analyser(self) -> Analyser[Any]:
        """Return a further analyser, whose section does not come into the report."""
        ...

    def keep(self, section: Any, pictures: Sequence[ndarray | None], vectors: Vectors | None) -> None:
        """Take the section of that analyser and small pictures of the keyframes, (height, width, 3) uint8 BGR, in order of time.

        With a user's model it takes the model's vectors of them too.

        Where a video has to be read once more, it is called again, and only the last time counts.
        """
        ...
