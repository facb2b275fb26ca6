"""One self-contained page that shows why these frames were chosen: no network, no other file."""

from __future__ import annotations

import base64
import json
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Any

from numpy import ndarray

from vkeyframe.errors import OutputError
from vkeyframe.export.sheet import read_picture
from vkeyframe.opencv import cv2
from vkeyframe.output.folder import write_text
from vkeyframe.report.records import Report
from vkeyframe.report.write import report_to_dict

PAGE_NAME = "page.html"
# The pictures together, in characters of Base64, so that a page stays below 3 MB; the widest of these widths that fits is taken.
MOST_CHARACTERS, WIDTHS, QUALITY = 2_000_000, (640, 480, 320, 240, 160, 96, 48), 76
PARTS = ("video", "shots", "transitions", "verdicts", "actions", "novelty", "curves")


def write_page(report: Report, folder: Path) -> list[str]:
    """Write ``page.html`` into the folder that holds the keyframes' pictures; the same report gives the same bytes.

    Raises
    ------
    InputError
        If a picture cannot be read.
    OutputError
        If the page cannot be written.
    """
    from jinja2 import Environment, StrictUndefined  # noqa: PLC0415 - only who writes a page needs it

    place = files("vkeyframe.export") / "page"
    parts = {name: (place / name).read_text("utf-8") for name in ("page.html", "page.css", "page.js", "uPlot.iife.min.js")}
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    data = page_data(report, folder)
    text = environment.from_string(parts["page.html"]).render(
        name=data["video"]["name"],
        data=for_script(data),
        plot=parts["uPlot.iife.min.js"],
        script=parts["page.js"],
        hashes=[_hash(parts["uPlot.iife.min.js"]), _hash(parts["page.js"])],
        style=(place / "uPlot.min.css").read_text("utf-8") + parts["page.css"],
        licence=(place / "uPlot-LICENSE.txt").read_text("utf-8"),
    )
    write_text(folder / PAGE_NAME, text)
    return [PAGE_NAME]


def page_data(report: Report, folder: Path) -> dict[str, Any]:
    """Return what the page shows: parts of the report as plain JSON values, and the pictures as data URIs."""
    plain = report_to_dict(report)
    data = {name: plain[name] for name in PARTS if name in plain}
    # Where the video lies is nobody's business who is sent the page.
    data["video"] = {name: value for name, value in data["video"].items() if name != "path"}
    pictures = _small_pictures([folder / str(keyframe.file) for keyframe in report.keyframes])
    data["keyframes"] = [
        {name: value for name, value in keyframe.items() if name != "attention_map"} | {"picture": picture}
        for keyframe, picture in zip(plain["keyframes"], pictures, strict=True)
    ]
    return data


def for_script(data: Any) -> str:
    """Write JSON that nothing in it can end the script element around it."""
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


def _small_pictures(paths: list[Path]) -> list[str]:
    for width in WIDTHS:
        found: list[str] = []
        size = 0
        for path in paths:
            found.append(_data_uri(read_picture(path), width))
            size += len(found[-1])
            if size > MOST_CHARACTERS:
                break
        else:
            return found
    raise OutputError(f"{len(paths)} keyframes are too many for one page; ask for fewer, such as with --max-count 1000.")


def _data_uri(picture: ndarray, width: int) -> str:
    height = max(1, round(picture.shape[0] * width / picture.shape[1]))
    if width < picture.shape[1]:
        picture = cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)
    _, encoded = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    return "data:image/jpeg;base64," + base64.b64encode(encoded.tobytes()).decode()


def _hash(script: str) -> str:
    return base64.b64encode(sha256(script.encode()).digest()).decode()
