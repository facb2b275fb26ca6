"""Options of the pictures that are written."""

from __future__ import annotations

from dataclasses import dataclass

from vkeyframe.options import check_options, option
from vkeyframe.output.naming import check_template


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureOptions:
    """How pictures are encoded, scaled and named.

    Raises
    ------
    UsageError
        If a value is out of its range, or the template cannot be filled in.
    """

    format: str = option("jpg", "Picture format.", choices=("jpg", "png", "webp"))
    quality: int = option(90, "Picture quality for jpg and webp.", low=1, high=100)
    width: int | None = option(None, "Scale pictures down to this width in pixels.", low=1, high=65535)
    name: str = option(
        "{name}_{index}_{timecode}",
        "Name template, with {name} {index} {shot} {frame} {rank} {ms} {timecode}.",
        metavar="TEMPLATE",
    )

    def __post_init__(self) -> None:
        check_options(self)
        check_template(self.name)

    def size_of(self, width: int, height: int) -> tuple[int, int]:
        """Return width and height in pixels at which a picture of this size is written; pictures are never made larger."""
        if self.width is None or self.width >= width:
            return width, height
        return self.width, max(1, round(height * self.width / width))
