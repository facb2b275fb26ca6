"""Options of the forms that show pictures."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from vkeyframe.errors import UsageError
from vkeyframe.export.makers import MAKERS
from vkeyframe.options import check_options, option, option_fields

CAPTIONS = ("time", "shot", "rank")
MOST_TILES = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class FormOptions:
    """How the sheet, the collage, the animation, the reel and the previews look; a report names only those that were given.

    Raises
    ------
    UsageError
        If a value is out of its range.
    """

    sheet_columns: int | None = option(
        None, "With --sheet, pictures in a row; without it, by their number.", low=1, high=100, only_if_given=True
    )
    sheet_width: int = option(
        320,
        "With --sheet, width of a picture in pixels, less where the sheet would be too wide.",
        low=16,
        high=4096,
        only_if_given=True,
    )
    sheet_captions: str = option(
        "time",
        "With --sheet, what stands below a picture: time, shot, rank, or none.",
        metavar="TEXT,...",
        only_if_given=True,
    )
    sheet_trim: bool = option(False, "With --sheet, leave out black bars that all keyframes have.", only_if_given=True)
    collage_width: int = option(1920, "With --collage, its width in pixels.", low=64, high=16384, only_if_given=True)
    animation_format: str = option(
        "webp", "With --animation, the form of the file.", choices=("webp", "gif", "png"), only_if_given=True
    )
    animation_seconds: float = option(
        0.8, "With --animation, how long each keyframe is shown.", low=0.02, high=60.0, only_if_given=True
    )
    animation_width: int = option(480, "With --animation, its width in pixels at most.", low=16, high=4096, only_if_given=True)
    animation_loops: int = option(
        0, "With --animation, how often it is shown; 0 is without end.", low=0, high=1000, only_if_given=True
    )
    reel: float | None = option(
        None,
        "Add reel.mp4, the best stretches of the video with their sound, of at most so many seconds.",
        low=1.0,
        high=36000.0,
        metavar="SECONDS",
        only_if_given=True,
    )
    preview_interval: float = option(
        10.0, "With --trickplay and --vtt, seconds from one preview to the next.", low=0.1, high=3600.0, only_if_given=True
    )
    preview_width: int = option(
        320, "With --trickplay and --vtt, width of a preview in pixels.", low=16, high=1920, only_if_given=True
    )
    preview_tiles: str = option(
        "10x10", "With --trickplay and --vtt, columns and rows of previews on one sheet.", metavar="CxR", only_if_given=True
    )

    tokens: int | None = option(
        None,
        "Give as many keyframes, at such a size, as cost at most N tokens by the maker's formula: first they become smaller, "
        "then fewer. Texts are not counted.",
        low=1,
        only_if_given=True,
    )
    tokens_for: str | None = option(
        None, "With --tokens, whose model looks at them.", choices=tuple(MAKERS), flag="--for", only_if_given=True
    )

    def __post_init__(self) -> None:
        check_options(self)
        if self.tokens is not None and self.tokens_for is None:
            raise UsageError(f"tokens=… is counted by a maker's formula; give tokens_for=… too, one of {', '.join(MAKERS)}.")
        self.captions()
        self.tiles()

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> Self:
        """Take the options out of a report's settings; those that it does not name have their defaults."""
        names = {item.name for item in option_fields(cls)}
        return cls(**{name: value for name, value in settings.items() if name in names})

    def captions(self) -> tuple[str, ...]:
        """Return what stands below the pictures of a sheet."""
        if self.sheet_captions == "none":
            return ()
        chosen = tuple(part.strip() for part in self.sheet_captions.split(","))
        for part in chosen:
            if part not in CAPTIONS:
                raise UsageError(f"sheet_captions names '{part}', but must be some of {', '.join(CAPTIONS)}, or none.")
        return chosen

    def tiles(self) -> tuple[int, int]:
        """Return columns and rows of a sheet of previews."""
        found = re.fullmatch(r"([1-9]\d{0,2})x([1-9]\d{0,2})", self.preview_tiles)
        columns, rows = (int(found[1]), int(found[2])) if found else (0, 0)
        if not 0 < columns <= MOST_TILES or not 0 < rows <= MOST_TILES:
            raise UsageError(f"preview_tiles is '{self.preview_tiles}', but must be columns and rows such as 10x10.")
        return columns, rows
