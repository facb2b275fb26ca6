"""Times as people write them, and as files are named after them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from vkeyframe.errors import UsageError

_SECONDS = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)s?")
_CLOCK = re.compile(r"(?:(\d{1,5}):)?([0-5]?\d):([0-5]?\d(?:\.\d{1,9})?)")
_FRAMES = re.compile(r"(\d{1,12})f")


@dataclass(frozen=True, slots=True)
class Position:
    """A place in a video: seconds from the first frame, or a 0-based frame; the one that is not given is None."""

    time: float | None
    frame: int | None

    def __str__(self) -> str:
        return f"{self.frame}f" if self.frame is not None else f"{self.time:.9f}".rstrip("0").rstrip(".")

    def plain(self) -> str | float | None:
        """Return it as a number of seconds, or as text such as ``150f``; `parse_position` reads both."""
        return self.time if self.frame is None else str(self)

    def is_before(self, other: Position) -> bool:
        """Whether it lies before another one; a time and a frame cannot be compared without the frame rate, and pass."""
        if (self.frame is None) != (other.frame is None):
            return True
        return (self.frame or self.time or 0) < (other.frame or other.time or 0)

    def reached(self, frame: int, time: float) -> bool:
        """Whether a frame lies at this place or behind it; a microsecond of rounding counts as reached."""
        return frame >= self.frame if self.frame is not None else time >= (self.time or 0.0) - 1e-6

    def seconds(self, fps: float) -> float:
        """Return about how many seconds from the start it is, at a frame rate."""
        return self.frame / fps if self.frame is not None else self.time or 0.0


def parse_position(text: str | float) -> Position:
    """Read ``12.5``, ``12.5s``, ``01:02.345``, ``00:01:02.345`` or ``150f`` (frames); a number means seconds.

    Raises
    ------
    UsageError
        If the text is none of these.
    """
    text = f"{text:f}" if isinstance(text, float) else str(text).strip()
    if match := _FRAMES.fullmatch(text):
        return Position(None, int(match[1]))
    if match := _SECONDS.fullmatch(text):
        return Position(float(match[1]), None)
    if match := _CLOCK.fullmatch(text):
        hours, minutes, seconds = match.groups()
        return Position(int(hours or 0) * 3600 + int(minutes) * 60 + float(seconds), None)
    raise UsageError(f"'{text}' is no time; write seconds (12.5), a clock time (00:01:02.345) or frames (150f).")


def format_timecode(time: float) -> str:
    """Write seconds as ``HH:MM:SS.mmm``, rounded to the millisecond."""
    milliseconds = round(time * 1000)
    seconds, milliseconds = divmod(milliseconds, 1000)
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}.{milliseconds:03d}"
