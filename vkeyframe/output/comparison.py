"""A target and a frame that shows it, side by side with the map of their local similarity."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy import ndarray

from vkeyframe.analysis.target import Target, shrunk
from vkeyframe.opencv import cv2
from vkeyframe.report.matches import Match


@dataclass(frozen=True, slots=True)
class ComparisonLayout:
    """Sizes and colours of a comparison; all were chosen by eye.

    Attributes
    ----------
    height_px, widest_px : int
        Of each of the three pictures; one that is very wide is less high.
    gap_px, caption_px : int
        Space around the pictures, and height of the line below them.
    font_scale : float
    paper : int
        Grey level of the background, 0 to 255.
    ink, frame : (int, int, int)
        Blue, green and red of the letters, and of the line around what the target shows.
    colour_share : float
        How much of the map is its colour; the rest is the target in grey.
    """

    height_px: int = 360
    widest_px: int = 720
    gap_px: int = 12
    caption_px: int = 28
    font_scale: float = 0.5
    paper: int = 24
    ink: tuple[int, int, int] = (230, 230, 230)
    frame: tuple[int, int, int] = (0, 220, 255)
    colour_share: float = 0.6


def draw_comparison(target: ndarray, picture: ndarray, match: Match, layout: ComparisonLayout = ComparisonLayout()) -> ndarray:
    """Draw a comparison.

    Parameters
    ----------
    target, picture : (height, width, 3) uint8, BGR
        The target, and the frame of the match.
    match : Match
    layout : ComparisonLayout

    Returns
    -------
    (h, w, 3) uint8, BGR
        From left to right: the target; the frame, with a line around what of it the target shows; the target in grey, coloured
        from dark blue, where the frame shows something else, to yellow, where it shows the same. What lies outside the frame
        has no colour.
    """
    side = [_fitted(target, layout), _outlined(_fitted(picture, layout), match, layout), _map(target, picture, match, layout)]
    mirrored = ", mirrored" if match.mirrored else ""
    texts = [
        "target",
        f"frame {match.frame}, {match.timecode}{mirrored}: {match.score:.2f}",
        "local similarity: blue 0, yellow 1",
    ]
    widths = [max(each.shape[1], _text_width(text, layout)) for each, text in zip(side, texts, strict=True)]
    height = max(each.shape[0] for each in side)
    gap = layout.gap_px
    sheet = np.full((height + layout.caption_px + 2 * gap, sum(widths) + 4 * gap, 3), layout.paper, np.uint8)
    left = gap
    for each, text, width in zip(side, texts, widths, strict=True):
        sheet[gap : gap + each.shape[0], left : left + each.shape[1]] = each
        place = (left, gap + height + layout.caption_px - 8)
        cv2.putText(sheet, text, place, cv2.FONT_HERSHEY_SIMPLEX, layout.font_scale, layout.ink, 1, cv2.LINE_AA)
        left += width + gap
    return sheet


def _fitted(picture: ndarray, layout: ComparisonLayout) -> ndarray:
    height, width = picture.shape[:2]
    scale = min(layout.height_px / height, layout.widest_px / width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA if scale < 1.0 else cv2.INTER_CUBIC))


def _outlined(picture: ndarray, match: Match, layout: ComparisonLayout) -> ndarray:
    height, width = picture.shape[:2]
    x, y, across, down = match.window
    corners = [round(share * size) for share, size in zip((x, y, x + across, y + down), (width, height) * 2, strict=True)]
    left, top, right, bottom = np.clip(corners, 0, [width - 1, height - 1] * 2).tolist()
    cv2.rectangle(picture, (left, top), (right, bottom), layout.frame, 2)
    return picture


def _map(target: ndarray, picture: ndarray, match: Match, layout: ComparisonLayout) -> ndarray:
    """Colour the target by how like it the frame is in each place."""
    _, frame = shrunk(picture)
    prepared = Target(target)
    local = prepared.compare(frame, match.mirrored, match.window)
    grades, inside = local.map, (local.weights > 0.0).astype(np.uint8)
    if match.mirrored:
        grades, inside = np.ascontiguousarray(grades[:, ::-1]), np.ascontiguousarray(inside[:, ::-1])
    fitted = _fitted(target, layout)
    height, width = fitted.shape[:2]
    left, top, across, down = (round(s * n) for s, n in zip(prepared.part, (width, height, width, height), strict=True))
    colour = cv2.applyColorMap(np.rint(np.clip(grades, 0.0, 1.0) * 255).astype(np.uint8), cv2.COLORMAP_VIRIDIS)
    grey = cv2.cvtColor(cv2.cvtColor(fitted, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR)
    place = slice(top, top + down), slice(left, left + across)
    colour = cv2.resize(colour, (across, down), interpolation=cv2.INTER_LINEAR)
    covered = cv2.resize(inside, (across, down), interpolation=cv2.INTER_NEAREST)[..., None]
    mixed = layout.colour_share * colour + (1.0 - layout.colour_share) * grey[place]
    grey[place] = np.where(covered > 0, np.rint(mixed), grey[place]).astype(np.uint8)
    return np.asarray(grey)


def _text_width(text: str, layout: ComparisonLayout) -> int:
    return int(cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, layout.font_scale, 1)[0][0])
