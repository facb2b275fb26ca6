"""The records of the analysers' sections of the report.

They need no NumPy: who reads a report, such as a process that leaves the work to a child, need not load what made it.
"""

from __future__ import annotations

from dataclasses import dataclass

from vkeyframe.report.describe import about


@dataclass(frozen=True, slots=True)
class Action:
    """A part of a shot in which much more moves than in the rest of the shot."""

    start_frame: int = about("First frame of the action, 0-based in display order.", minimum=0)
    end_frame: int = about("Last analysed frame of the action, inclusive.", minimum=0)
    start_time: float = about("Presentation time of the first frame, in seconds from the first frame of the video.", minimum=0)
    end_time: float = about("Presentation time of the last frame, in seconds.", minimum=0)
    peak_frame: int = about("The analysed frame in which most moves.", minimum=0)
    energy: float = about(
        "How much moves, in grey levels, 0 to 255: the mean over the action's frames of how much the brightness of the picture "
        "changes from one analysed frame to the next, exposure aside.",
        minimum=0,
    )
