"""Where the result of one video is written, and what is written there."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Destination:
    """An output folder and what goes into it.

    Attributes
    ----------
    folder : Path
        Where the folder is to appear; missing parents are made.
    overwrite : bool
        Whether to replace the output of an earlier run.
    pictures : bool
        Whether to write the keyframes' pictures.
    exports : tuple of str
        Further forms of the result to write beside the pictures, such as ``("sheet",)``.
    """

    folder: Path
    overwrite: bool = False
    pictures: bool = True
    exports: tuple[str, ...] = ()
