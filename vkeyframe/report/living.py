"""What records can do besides holding values: find their pictures, and show themselves in a notebook."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable, Sequence
from dataclasses import replace
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from vkeyframe.errors import InputError
from vkeyframe.report.describe import json_fields, to_plain

if TYPE_CHECKING:
    from numpy import ndarray

SCHEMA = "vkeyframe.report/2"
# So many keyframes a notebook shows at first sight, of this width in pixels. Set by eye.
MOST_SHOWN, SHOWN_WIDTH = 24, 200
_CELL = "display:inline-block;margin:0 8px 8px 0;vertical-align:top;font:12px sans-serif"


class Pictured:
    """A keyframe, which knows where its picture is. That is no field: it is in no report, and takes no part in comparisons."""

    __slots__ = ("_open",)

    frame: int
    timecode: str
    shot: int
    rank: int
    _open: Any

    def opened_by(self, open_picture: Callable[[], ndarray]) -> Self:
        """Return the same keyframe with a picture that a function reads."""
        copy = replace(self)  # type: ignore[type-var]
        object.__setattr__(copy, "_open", open_picture)
        return copy

    @property
    def picture(self) -> ndarray:
        """The picture, (height, width, 3) uint8 BGR as OpenCV has it, read anew each time that it is asked for.

        It is read from the file that was written; where none was, the frame is decoded from the video.

        Raises
        ------
        InputError
            If neither can be read, or the keyframe comes from a report that was read without its folder.
        """
        open_picture: Callable[[], ndarray] | None = getattr(self, "_open", None)
        if open_picture is None:
            raise InputError("This keyframe does not know its folder or its video; load its report with vkeyframe.load_report.")
        return open_picture()

    def __repr__(self) -> str:
        return f"<Keyframe at {self.timecode}: frame {self.frame}, shot {self.shot}, rank {self.rank}>"


class Living:
    """A report, which knows where it lies; as with `Pictured` that is no field."""

    __slots__ = ("_folder",)

    video: Any
    shots: Sequence[Any]
    keyframes: Sequence[Any]
    _folder: Any

    def lying_in(self, folder: Path | None) -> Self:
        """Return the same report, lying in a folder."""
        copy = replace(self)  # type: ignore[type-var]
        object.__setattr__(copy, "_folder", folder)
        return copy

    @property
    def folder(self) -> Path | None:
        """The folder of the report and its pictures; None where nothing was written."""
        return getattr(self, "_folder", None)

    def to_dict(self) -> dict[str, Any]:
        """Return the report as plain JSON values in the order of the schema.

        Bytes in names that are no text are replaced, since JSON cannot hold them.
        """
        data: dict[str, Any] = {"schema": SCHEMA}
        for item in json_fields(self):
            value = to_plain(getattr(self, item.name))
            data |= value if item.name == "sections" else {item.name: value}
        return data

    def to_json(self, indent: int | None = None) -> str:
        """Return the report as JSON, on one line without `indent`; no NaN, keys in a fixed order.

        Raises
        ------
        ValueError
            If a number is NaN or infinite.
        """
        return json.dumps(self.to_dict(), indent=indent, ensure_ascii=False, allow_nan=False)

    def __repr__(self) -> str:
        return f"<Report of {self.video.name}: {len(self.keyframes)} keyframes, {len(self.shots)} shots>"

    def _repr_html_(self) -> str:
        """Show a small sheet in a notebook."""
        title = f"<p><b>{escape(self.video.name)}</b>: {len(self.keyframes)} keyframes of {len(self.shots)} shots</p>"
        more = len(self.keyframes) - MOST_SHOWN
        end = f"<p>… and {more} more</p>" if more > 0 else ""
        return title + "".join(_cell(keyframe) for keyframe in self.keyframes[:MOST_SHOWN]) + end


def _cell(keyframe: Pictured) -> str:
    caption = escape(f"{keyframe.timecode}, shot {keyframe.shot}, rank {keyframe.rank}")
    try:
        picture = f'<img src="{_data_address(keyframe.picture)}" alt="" style="width:{SHOWN_WIDTH}px;display:block">'
    except InputError:
        # It is still worth its line.
        picture = ""
    return f'<div style="{_CELL}">{picture}{caption}</div>'


def _data_address(picture: ndarray) -> str:
    from vkeyframe.opencv import cv2

    height, width = picture.shape[:2]
    size = SHOWN_WIDTH, max(1, round(height * SHOWN_WIDTH / width))
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    return "data:image/jpeg;base64," + b64encode(cv2.imencode(".jpg", small)[1].tobytes()).decode()
