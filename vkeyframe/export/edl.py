"""Edit decision lists as CMX 3600 has them [1]_, which every editing program reads.

References
----------
.. [1] SMPTE 258M-2004, Transfer of Edit Decision Lists. DOI 10.5594/SMPTE.ST258.2004
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from vkeyframe.export.edit_list import EditList, Event, edit_list, stem
from vkeyframe.report.shot_list import ShotList
from vkeyframe.timecode import Timecode

# Reels of material that is no tape, and of black.
REEL, BLACK = "AX", "BL"
CUT, DISSOLVE = "C", "D"
# A wipe from left to right; which one it is, a report does not say.
WIPE = "W001"


@dataclass(frozen=True, slots=True)
class _Edit:
    """What one number in the list stands for: a cut to a reel, or a transition to it that lasts some frames."""

    old: str
    new: str
    kind: str
    first: int
    stop: int
    length: int = 0

    def lines(self, number: int, start: Timecode) -> list[str]:
        """Write it; a transition begins with a cut of no length to what was there before."""
        if self.kind == CUT:
            return [_line(number, start, self.new, CUT, "", self.first, self.stop)]
        return [
            _line(number, start, self.old, CUT, "", self.first, self.first),
            _line(number, start, self.new, self.kind, f"{self.length:03d}", self.first, self.stop),
        ]


def write_edl(found: ShotList) -> str:
    """Write shots as an EDL in which source and record have the video's own timecode.

    A dissolve of N frames is ``D N`` from its first frame that shows both shots; a fade goes to black and from there to the next
    shot. Ends are exclusive. An edit behind the 999th has four digits, which old machines refuse.
    """
    edits = edit_list(found)
    lines = [f"TITLE: {stem(edits.name)}", f"FCM: {'DROP FRAME' if edits.start.drop else 'NON-DROP FRAME'}"]
    for number, edit in enumerate(_edits(edits), 1):
        lines += ["", *edit.lines(number, edits.start), f"* FROM CLIP NAME: {edits.name}"]
        if edit.kind != CUT and BLACK not in (edit.old, edit.new):
            lines.append(f"* TO CLIP NAME: {edits.name}")
    return "\n".join(lines) + "\n"


def _edits(edits: EditList) -> Iterator[_Edit]:
    for event, following in zip(edits.events, [*edits.events[1:], None], strict=True):
        # A shot ends where the transition behind it begins.
        yield from _edits_of(event, event.stop if following is None else following.start - following.before)


def _edits_of(event: Event, stop: int) -> Iterator[_Edit]:
    first = event.start - event.before
    if event.transition == "fade":
        if event.before:
            yield _Edit(REEL, BLACK, DISSOLVE, first, event.start, event.before)
        if event.after:
            yield _Edit(BLACK, REEL, DISSOLVE, event.start, stop, event.after)
        else:
            yield _Edit(BLACK, REEL, CUT, event.start, stop)
    elif event.mixed:
        yield _Edit(REEL, REEL, WIPE if event.transition == "wipe" else DISSOLVE, first, stop, event.mixed)
    else:
        yield _Edit(REEL, REEL, CUT, event.start, stop)


def _line(number: int, start: Timecode, reel: str, kind: str, length: str, first: int, stop: int) -> str:
    record = f"{start + first} {start + stop}"
    zero = replace(start, frame=0)
    source = f"{zero} {zero + (stop - first)}" if reel == BLACK else record
    return f"{number:03d}  {reel:<8} V     {kind:<4} {length:>3} {source} {record}"
