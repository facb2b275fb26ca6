"""The page of many videos: one HTML file with a card for each, which leads to the video's own page."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from vkeyframe.export.html import render
from vkeyframe.export.sheet import read_picture
from vkeyframe.opencv import cv2

# Width or height of a cover, whichever is more: about that of a card in its narrowest column. Seen by eye, WebP of this quality
# shows no blocks at this size, and 5,000 covers of films take about 20 MB.
COVER_PX, COVER_QUALITY = 240, 55
# What the page begins with, by which it is known as ours.
BEGINNING = '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<meta name="generator" content="vkeyframe batch">'


@dataclass(frozen=True, slots=True)
class Card:
    """What the page shows of a video.

    Attributes
    ----------
    index : int
        Its place in the order given.
    name, folder : str
        Its file and where that is.
    page : str
        Relative URL of its own page; empty where there is none.
    cover : str
        The keyframe of the first rank as a data URI; empty where it cannot be read.
    duration : float
        In seconds.
    shots, keyframes : int
    warnings : tuple of str
    error : str
        Why it failed; empty where it did not.
    """

    index: int
    name: str
    folder: str = ""
    page: str = ""
    cover: str = ""
    duration: float = 0.0
    shots: int = 0
    keyframes: int = 0
    warnings: tuple[str, ...] = ()
    error: str = ""


def small_cover(path: Path) -> str:
    """Return a picture as a small data URI.

    Raises
    ------
    InputError
        If it cannot be read.
    """
    picture = read_picture(path)
    height, width = picture.shape[:2]
    scale = min(1.0, COVER_PX / max(width, height))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    data = cv2.imencode(".webp", small, [cv2.IMWRITE_WEBP_QUALITY, COVER_QUALITY])[1].tobytes()
    return f"data:image/webp;base64,{base64.b64encode(data).decode()}"


def draw_index(title: str, cards: Sequence[Card]) -> str:
    """Return the page as HTML; the same cards in any order give the same bytes."""
    ordered = sorted(cards, key=lambda card: card.index)
    return render("index.html.jinja", ["index.js"], styles=["index.css"], title=title, cards=ordered)
