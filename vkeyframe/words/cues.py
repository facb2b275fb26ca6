"""Lines of dialogue out of what subtitles hold: without markup, in order, none of them twice."""

from __future__ import annotations

import html
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from vkeyframe.analysis.sections import Line

# More lines than this are in no film; a day of talk has about 30 000.
MOST_LINES = 100_000
# Characters of a line; two rows of subtitles have 80.
LONGEST_TEXT = 4000
# Rows at the same time; a picture has room for about 20.
MOST_ROWS = 50
# For how long in seconds a line is said at most of which no end is known. Set by eye.
LONGEST_UNKNOWN = 4.0
# Seconds between two lines of which the second goes on with the first; subtitles that roll have gaps of 10 ms.
TOUCHING = 0.1
# Times are rounded to milliseconds, as subtitles have them.
_DIGITS = 3
_OVERRIDE = re.compile(r"(?<!\\)\{[^{}]*\}")
# From a number above 0 on, what follows is a drawing.
_DRAWING = re.compile(r"\\p(\d)")
_TAG = re.compile(r"</?(?:i|b|u|s|c|v|em|font|ruby|rt|lang|span|strong)(?:[ .][^<>]*)?/?>", re.I)
# Joins that nobody sees, and marks of direction.
_UNSEEN = re.compile("[\u200b\u200e\u200f\u202a-\u202e\u2060\ufeff\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Cue:
    """What a subtitle shows: seconds, and rows of text without markup. Where the end is not known it is NaN, or the start."""

    start: float
    end: float
    rows: tuple[str, ...]


def rows_of(text: str) -> tuple[str, ...]:
    r"""Return the rows of a text of ASS, which FFmpeg makes of all subtitles, without markup; empty ones are left out.

    Overrides such as ``{\an8}`` and ``{\k20}``, drawings, tags of HTML and its entities go.
    """
    plain = _without_overrides(text).replace(r"\{", "{").replace(r"\}", "}").replace(r"\h", " ")
    rows = re.split(r"\\[Nn]|[\r\n]+", plain)
    shown = (_UNSEEN.sub("", html.unescape(_TAG.sub("", row))) for row in rows)
    # A half of a character, which some JSON has, cannot be written again.
    whole = (row.encode("utf-8", "replace").decode() for row in shown)
    return tuple(row for row in (" ".join(row.split()) for row in whole) if row)


def _without_overrides(text: str) -> str:
    parts, end, draws = [], 0, False
    for block in _OVERRIDE.finditer(text):
        parts.append("" if draws else text[end : block.start()])
        scales = _DRAWING.findall(block[0])
        draws = scales[-1] != "0" if scales else draws
        end = block.end()
    return "".join([*parts, "" if draws else text[end:]])


def lines_of(cues: Iterable[Cue], shift: float = 0.0) -> tuple[tuple[Line, ...], int]:
    """Make lines of dialogue of what subtitles show.

    What rolls over the picture row by row is said once: rows that the line before it, which it touches, has shown already are
    left out, and a line that is shown again without a pause is one line. Lines at the very same time are one line.

    Parameters
    ----------
    cues : iterable of Cue
    shift : float
        Seconds to add to their times.

    Returns
    -------
    lines : tuple of Line
        In order of time; what ends before the first frame is left out.
    broken : int
        How many end before they begin, or at no time at all.
    """
    found = sorted((cue for cue in cues if cue.rows), key=lambda cue: (cue.start, cue.end))
    usable = [cue for cue in found if math.isfinite(cue.start) and not cue.end < cue.start]
    kept = _without_repeats(_joined(_with_ends(usable)))
    lines = []
    for cue in kept[:MOST_LINES]:
        start, end = round(max(0.0, cue.start + shift), _DIGITS), round(cue.end + shift, _DIGITS)
        if end > start:
            text = " ".join(cue.rows)
            lines.append(Line(start, end, text if len(text) <= LONGEST_TEXT else f"{text[:LONGEST_TEXT]} …"))
    return tuple(lines), len(found) - len(usable)


def _with_ends(cues: Sequence[Cue]) -> list[Cue]:
    """Let those of which no end is known end when the next one begins, or after a few seconds."""
    whole: list[Cue] = []
    # When the next one begins, and when those begin that are beside this one.
    later = beside = math.inf
    for cue in reversed(cues):
        if cue.start < beside:
            later, beside = beside, cue.start
        known = math.isfinite(cue.end) and cue.end > cue.start
        end = cue.end if known else min(later, cue.start + LONGEST_UNKNOWN)
        whole.append(Cue(cue.start, end, cue.rows))
    return whole[::-1]


def _joined(cues: Sequence[Cue]) -> list[Cue]:
    """Make one of those at the very same time."""
    joined: list[Cue] = []
    for cue in cues:
        before = joined[-1] if joined else None
        if before is None or (cue.start, cue.end) != (before.start, before.end):
            joined.append(Cue(cue.start, cue.end, cue.rows[:MOST_ROWS]))
        else:
            new = tuple(row for row in cue.rows if row not in before.rows)
            joined[-1] = Cue(before.start, before.end, (before.rows + new)[:MOST_ROWS])
    return joined


def _without_repeats(cues: Sequence[Cue]) -> list[Cue]:
    kept: list[Cue] = []
    # The rows that were on the picture last, and until when.
    shown: tuple[str, ...] = ()
    until = -math.inf
    for cue in cues:
        touches = bool(kept) and cue.start <= until + TOUCHING
        rows = _new_rows(shown, cue.rows) if touches else cue.rows
        if rows:
            kept.append(Cue(cue.start, cue.end, rows))
        else:
            kept[-1] = Cue(kept[-1].start, max(kept[-1].end, cue.end), kept[-1].rows)
        shown, until = cue.rows, max(until, cue.end)
    return kept


def _new_rows(shown: tuple[str, ...], rows: tuple[str, ...]) -> tuple[str, ...]:
    """Leave out the first rows that are the last rows of what was shown."""
    for count in range(min(len(shown), len(rows)), 0, -1):
        if shown[-count:] == rows[:count]:
            return rows[count:]
    return rows
