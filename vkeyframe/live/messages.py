"""What is told while a recording or a stream is read: one mapping of plain values for each, which become lines of JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from time import monotonic
from typing import Any

from vkeyframe.analysis.sample import ShotSpan
from vkeyframe.analysis.sections import Action
from vkeyframe.live.reader import LiveReader
from vkeyframe.report.records import Keyframe

Tell = Callable[[Mapping[str, Any]], None]
# The kind of what is for the user, and no line of JSON.
NOTE = "note"


class Teller:
    """Tells what is found, each with its delay: how many seconds after its picture came.

    Parameters
    ----------
    tell : callable
        Takes the mappings.
    reader : LiveReader
    """

    def __init__(self, tell: Tell, reader: LiveReader) -> None:
        self._tell, self._reader = tell, reader

    def start(self) -> None:
        """Tell that the first picture has come."""
        video = self._reader.info
        size = {"width": video.width, "height": video.height}
        self._tell({"type": "start", "video": video.path, **size, "fps": video.fps, "codec": video.codec})

    def keyframe(self, keyframe: Keyframe, novelty: float) -> None:
        """Tell a keyframe."""
        regions = [list(region.box) for region in keyframe.regions]
        place = {"index": keyframe.index, "frame": keyframe.frame, "time": keyframe.time, "timecode": keyframe.timecode}
        values = {"shot": keyframe.shot, "novelty": round(novelty, 4), "regions": regions}
        self._tell({"type": "keyframe", **place, **values, **self._delay(keyframe.frame)})

    def shot(self, shot: ShotSpan) -> None:
        """Tell a shot that has ended."""
        begin = {"index": shot.index, "transition": shot.transition, "start_time": shot.start.time, "end_time": shot.end.time}
        self._tell({"type": "shot", **begin, **self._delay(shot.end.index)})

    def action(self, action: Action) -> None:
        """Tell an action that has ended."""
        times = {"start_time": action.start_time, "end_time": action.end_time, "peak_time": action.peak_time}
        values = {"shot": action.shot, "energy": action.energy, "box": list(action.box or ())}
        self._tell({"type": "action", **times, **values, **self._delay(action.end_frame)})

    def _delay(self, frame: int) -> dict[str, float]:
        return {"delay": round(max(0.0, monotonic() - self._reader.arrival(frame)), 3), "read_to": self._reader.last_time}
