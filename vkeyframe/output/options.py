"""Options of the pictures that are written."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite

from vkeyframe.errors import UsageError
from vkeyframe.options import check_options, option
from vkeyframe.output.folder import REPORT_NAME
from vkeyframe.output.naming import check_folder_name, check_template, name_key
from vkeyframe.output.tree import top_of
from vkeyframe.report.records import HEADS


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
    max_side: int | None = option(
        None, "Scale pictures down until neither side has more pixels than this.", low=1, high=65535, only_if_given=True
    )
    name: str = option(
        "{name}_{index}_{timecode}",
        "Name template, with {name} {index} {shot} {frame} {rank} {ms} {timecode}; {index:05d} has 5 digits, / is a subfolder.",
        metavar="TEMPLATE",
    )
    pictures_in: str | None = option(
        None,
        "Subfolder of the output for the pictures; all else stays outside.",
        metavar="DIR",
        only_if_given=True,
    )
    heads: str | None = option(
        None, f"Look for key regions with some heads of attention only, of {', '.join(HEADS)}.", metavar="HEAD,..."
    )
    attention_maps: bool = option(False, "Keep in the report where in each keyframe people look, as a small picture.")
    crop_margin: float = option(
        0.1, "With --crops, what is kept on each side of a region, as a share of its width and height.", low=0.0, high=2.0
    )
    crop_aspect: str | None = option(None, "With --crops, width to height of the crops, such as 16:9.", metavar="W:H")
    no_metadata: bool = option(False, "Write nothing but the picture into the pictures: no time, frame, camera or date.")
    with_location: bool = option(False, "Write into pictures and report where the camera was, if the video tells it.")
    anonymise: bool = option(False, "Make the faces that are found in pictures unrecognisable; some may be missed.")

    def __post_init__(self) -> None:
        check_options(self)
        for head in self.chosen_heads():
            if head not in HEADS:
                raise UsageError(f"heads names '{head}', but must be some of {', '.join(HEADS)}.")
        if self.crop_aspect is not None:
            aspect_ratio(self.crop_aspect)
        check_template(self.name)
        if self.pictures_in is not None:
            check_folder_name(self.pictures_in)
        if name_key(top_of(self.template)) == REPORT_NAME:
            raise UsageError(f"{REPORT_NAME} is the name of the report; pictures_in=… or name=… must begin with another one.")

    @property
    def template(self) -> str:
        """Template of the pictures' paths in the output folder."""
        return self.name if self.pictures_in is None else f"{self.pictures_in}/{self.name}"

    def chosen_heads(self) -> tuple[str, ...]:
        """Return the heads to look with; all where none are named."""
        return HEADS if self.heads is None else tuple(head.strip() for head in self.heads.split(","))

    def encoding(self) -> list[int]:
        """Return the parameters of OpenCV's encoder."""
        from vkeyframe.opencv import cv2

        parameters = {"jpg": cv2.IMWRITE_JPEG_QUALITY, "webp": cv2.IMWRITE_WEBP_QUALITY}
        return [parameters[self.format], self.quality] if self.format in parameters else []

    def size_of(self, width: int, height: int) -> tuple[int, int]:
        """Return width and height in pixels at which a picture of this size is written; pictures are never made larger.

        Where both a width and a longest side are given, the smaller picture is the one.
        """
        by_side = width if self.max_side is None else width * self.max_side / max(width, height)
        wanted = min(width, by_side, width if self.width is None else self.width)
        if wanted >= width:
            return width, height
        return max(1, round(wanted)), max(1, round(height * wanted / width))


def aspect_ratio(text: str | None) -> float | None:
    """Read a width divided by a height, such as ``16:9`` or ``1.5``; None stays None.

    Raises
    ------
    UsageError
        If it cannot be read, or is not from 1:20 to 20:1.
    """
    if text is None:
        return None
    width, _, height = text.partition(":")
    try:
        ratio = float(width) / float(height or 1.0)
    except (ValueError, ZeroDivisionError):
        ratio = 0.0
    if not isfinite(ratio) or not 0.05 <= ratio <= 20.0:
        raise UsageError(f"crop_aspect is '{text}', but must be a width and a height such as 16:9, from 1:20 to 20:1.")
    return ratio
