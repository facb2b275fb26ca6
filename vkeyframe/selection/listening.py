"""What a run with --audio does beside looking: it listens while the packets are read, and compares sound and picture."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from vkeyframe.analysis.analyser import Analyser
from vkeyframe.analysis.changes import ChangeFinder
from vkeyframe.selection.hearing import Hearing
from vkeyframe.sound.listener import Listener
from vkeyframe.video.options import ReadOptions


@dataclass(frozen=True, slots=True)
class Listened:
    """What listening gave.

    Attributes
    ----------
    sections : dict
        Of the report; none where nobody listened.
    warnings : tuple of str
    hearing : Hearing or None
        How far sound and picture change together.
    """

    sections: dict[str, Any] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    hearing: Hearing | None = None


class Listening:
    """Goes with one pass over a video.

    Parameters
    ----------
    asked_for : bool
        Without it nothing is done.
    """

    def __init__(self, asked_for: bool) -> None:
        self.listener = Listener() if asked_for else None
        # What must look at the picture for it.
        self.analysers: list[Analyser[Any]] = [ChangeFinder()] if asked_for else []

    def sum_up(self, sections: list[Any], options: ReadOptions, fps: float) -> Listened:
        """Return what was heard in the range that was read; takes what its analysers gave from the end of the sections."""
        if self.listener is None:
            return Listened()
        heard = self.listener.heard(*options.range_in_seconds(fps))
        return Listened(heard.sections, heard.warnings, Hearing(heard.start, heard.rise, sections.pop()))
