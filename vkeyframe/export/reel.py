"""The reel: the best stretches of the video, one after another, with their sound."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from vkeyframe.errors import ReportError
from vkeyframe.export.options import FormOptions
from vkeyframe.report.records import Keyframe, Report, Shot
from vkeyframe.video.file import VideoFile
from vkeyframe.video.options import ReadOptions
from vkeyframe.video.reel import Stretch, write_reel

REEL_NAME = "reel.mp4"
# Where the report was made without saying how long the reel may be.
USUAL_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class ReelTuning:
    """How long stretches are, in seconds; first choices, looked at on news and on a cartoon.

    Attributes
    ----------
    shortest : float
        What is shorter cannot be taken in; a shot that is shorter is left out, unless all are.
    usual : float
        Length of a stretch before what is left over is shared out.
    longest : float
        Length up to which a stretch grows then.
    near : float
        A stretch that ends so near to a limit of its shot is moved to it.
    """

    shortest: float = 1.5
    usual: float = 3.0
    longest: float = 8.0
    near: float = 0.75


TUNING = ReelTuning()


@dataclass(frozen=True, slots=True)
class _Room:
    """A time of a keyframe with the room around it that no other stretch has."""

    time: float
    start: float
    end: float

    @property
    def length(self) -> float:
        return self.end - self.start


def write_best_stretches(report: Report, folder: Path, video: VideoFile) -> list[str]:
    """Write ``reel.mp4`` into a folder.

    Raises
    ------
    InputError
        If the video cannot be cut.
    MissingLibraryError
        If PyAV came without an encoder.
    ReportError
        If the report has no stretch of video.
    """
    seconds = FormOptions.of(report.settings).reel or USUAL_SECONDS
    stretches = choose_stretches(report, seconds)
    if not stretches:
        raise ReportError("The video is too short for a reel; use a larger reel=….")
    write_reel(video, stretches, folder / REEL_NAME, ReadOptions().max_pixels)
    return [REEL_NAME]


def choose_stretches(report: Report, seconds: float, tuning: ReelTuning = TUNING) -> list[Stretch]:
    """Choose stretches around the best-ranked keyframes that together are no longer than asked for.

    Each lies within its keyframe's shot; none overlaps another.

    Parameters
    ----------
    report : Report
    seconds : float
        How long all of them may be together.
    tuning : ReelTuning

    Returns
    -------
    list of Stretch
        In order of time.
    """
    ranked = sorted(report.keyframes, key=lambda keyframe: keyframe.rank)
    shots = {shot.index: shot for shot in report.shots}
    # An end that is no shot's is rounded to a frame.
    frame = 1.0 / report.video.fps
    chosen: dict[int, Stretch] = {}
    left = seconds
    for least in (tuning.shortest, 0.0):
        for keyframe in ranked if not chosen else ():
            room = _room(keyframe, shots[keyframe.shot], list(chosen.values()))
            if room is None or min(room.length, left - frame) < least or left <= 2 * frame:
                continue
            length = min(tuning.usual, room.length, left - frame)
            chosen[keyframe.rank] = _placed(keyframe, room, length, tuning)
            left -= length + frame
    for keyframe in ranked:
        if keyframe.rank in chosen and left > 0:
            stretch = chosen.pop(keyframe.rank)
            room = _room(keyframe, shots[keyframe.shot], list(chosen.values()))
            grown = stretch if room is None else _grown(stretch, keyframe, room, min(left, tuning.longest))
            left -= (grown.end - grown.start) - (stretch.end - stretch.start)
            chosen[keyframe.rank] = grown
    return sorted(chosen.values(), key=lambda stretch: stretch.start)


def _room(keyframe: Keyframe, shot: Shot, taken: Sequence[Stretch]) -> _Room | None:
    """Find what of a shot around a keyframe is free; None where a stretch shows the keyframe already."""
    start, end = shot.start_time, shot.end_time if shot.end_time_exclusive is None else shot.end_time_exclusive
    for stretch in taken:
        if stretch.start <= keyframe.time < stretch.end:
            return None
        if stretch.end <= keyframe.time:
            start = max(start, stretch.end)
        else:
            end = min(end, stretch.start)
    return _Room(keyframe.time, start, end)


def _placed(keyframe: Keyframe, room: _Room, length: float, tuning: ReelTuning) -> Stretch:
    """Place a stretch around a keyframe, within what the keyframe stands for if that is long enough, and at a near limit."""
    low, high = _span(keyframe, room)
    if high - low < length:
        low, high = room.start, room.end
    start = min(max(room.time - length / 2, low), high - length)
    for limit in (room.start, room.end - length):
        if abs(start - limit) <= tuning.near and limit <= room.time < limit + length:
            start = limit
            break
    return Stretch(start, start + length)


def _grown(stretch: Stretch, keyframe: Keyframe, room: _Room, most: float) -> Stretch:
    """Lengthen a stretch up to the ends of what its keyframe stands for, forwards first."""
    low, high = _span(keyframe, room)
    more = max(0.0, min(most, TUNING.longest - (stretch.end - stretch.start)))
    after = max(0.0, min(more, high - stretch.end))
    before = max(0.0, min(more - after, stretch.start - low))
    return replace(stretch, start=stretch.start - before, end=stretch.end + after)


def _span(keyframe: Keyframe, room: _Room) -> tuple[float, float]:
    """Return the part of a room that a keyframe stands for; all of it where the report does not say."""
    low = room.start if keyframe.span_start_time is None else max(room.start, keyframe.span_start_time)
    high = room.end if keyframe.span_end_time_exclusive is None else min(room.end, keyframe.span_end_time_exclusive)
    return low, high
