"""Finding the frames most like a target picture, in one or several videos."""

from __future__ import annotations

from array import array
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy import ndarray

from vkeyframe.analysis.query import Query, attention_over_time
from vkeyframe.errors import InputError, UsageError
from vkeyframe.opencv import cv2
from vkeyframe.timing import Position, format_timecode, parse_position
from vkeyframe.video.file import VideoFile
from vkeyframe.video.open import open_video
from vkeyframe.video.options import ReadOptions

# Neighbours of a hit look like it: a hit stands for all frames this close to it.
HIT_SPACING = 0.5
EVERY_FRAME = ReadOptions(decode="every")
BINS = 100
PER_GREY_LEVEL = 0.01


@dataclass(frozen=True, slots=True)
class Match:
    """A frame like the target.

    Attributes
    ----------
    similarity, weighted_similarity : float
        Pearson correlation with the target, plain and weighted by where the eye goes in the target, -1 to 1.
    attention : float
        Share of the attention of all frames of all videos that falls on this frame and those it stands for.
    """

    video: str
    frame: int
    time: float
    timecode: str
    similarity: float
    weighted_similarity: float
    attention: float


@dataclass(frozen=True, slots=True)
class Timeline:
    """Attention over one video's time, in at most 100 equal steps of `step` seconds."""

    video: str
    step: float
    attention: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Matches:
    """The best matches, best first, and how the attention is spread over time; all attention sums to 1."""

    target: str
    matches: tuple[Match, ...]
    timelines: tuple[Timeline, ...]


@dataclass(frozen=True, slots=True)
class _Series:
    video: str
    frames: ndarray
    times: ndarray
    plain: ndarray
    weighted: ndarray
    difference: ndarray

    @property
    def score(self) -> ndarray:
        """What ranks the frames: a grey level of difference weighs as much as a hundredth of correlation."""
        mean: ndarray = (self.plain + self.weighted) / 2
        return mean - PER_GREY_LEVEL * self.difference


def match(
    paths: list[Path],
    target: str,
    top: int = 5,
    options: ReadOptions = EVERY_FRAME,
    progress: Callable[[float, float], None] | None = None,
) -> Matches:
    """Find the frames most like a target.

    Frames are ranked by the mean of both similarities, and where these cannot tell them apart by the difference of
    luma. A match stands for all frames within half a second of it.

    Parameters
    ----------
    paths : list of Path
        Videos to look through, each frame of them.
    target : str
        A picture file, or a time in the first video.
    top : int
        How many matches to return at most.
    options : ReadOptions
        How to read the videos, with ``every`` frame.
    progress : callable, optional
        Called with the seconds done and the seconds in all of the video at hand.

    Raises
    ------
    InputError, UsageError
    """
    query = Query(load_target(target, paths[0], options))
    series = [_compare(path, query, options, progress) for path in paths]
    attention = np.split(
        attention_over_time(np.concatenate([(s.plain + s.weighted) / 2 for s in series])),
        np.cumsum([len(s.times) for s in series])[:-1],
    )
    hits = [hit for s, a in zip(series, attention, strict=True) for hit in _peaks(s, a, top)]
    hits.sort(key=lambda hit: -hit[0])
    return Matches(
        target, tuple(hit for _, hit in hits[:top]), tuple(_timeline(s, a) for s, a in zip(series, attention, strict=True))
    )


def load_target(target: str, video: Path, options: ReadOptions = EVERY_FRAME) -> ndarray:
    """Load a picture file, or the frame shown at a time of a video, as BGR.

    Raises
    ------
    InputError
        If the file is no picture.
    UsageError
        If there is no such file and the text is no time, or a time behind the video's end.
    """
    path = Path(target)
    if _is_file(path):
        data = np.fromfile(path, np.uint8)
        picture: ndarray | None = cv2.imdecode(data, cv2.IMREAD_COLOR) if data.size else None
        if picture is None:
            raise InputError(f"{target}: no picture can be read from it.")
        return picture
    try:
        position = parse_position(target)
    except UsageError:
        raise UsageError(f"'{target}' is neither a picture file nor a time such as 12.5, 00:01:02.5 or 150f.") from None
    return _frame_at(video, position, options)


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def _frame_at(path: Path, position: Position, options: ReadOptions) -> ndarray:
    shown = None
    with open_video(VideoFile.of(path), options) as reader:
        for frame, _ in reader.frames():
            if position.reached(frame.index, frame.time):
                at_it = frame.index == position.frame or abs(frame.time - (position.time or 0.0)) < 1e-6
                return frame.picture if shown is None or at_it else shown
            shown = frame.picture
        # The last frame is shown for as long as any other.
        if shown is not None and position.time is not None and position.time < reader.last_time + 1.0 / reader.info.fps:
            return shown
    raise UsageError(f"{path}: ends before the target's time.")


def _compare(path: Path, query: Query, options: ReadOptions, progress: Callable[[float, float], None] | None) -> _Series:
    frames = array("q")
    times, plain, weighted, difference = (array("d") for _ in range(4))
    with open_video(VideoFile.of(path), options) as reader:
        for frame, _ in reader.frames():
            frames.append(frame.index)
            times.append(frame.time)
            for series, value in zip((plain, weighted, difference), query.compare(frame.picture), strict=True):
                series.append(value)
            if progress is not None:
                progress(frame.time, reader.info.duration)
    return _Series(str(path), np.array(frames), np.array(times), np.array(plain), np.array(weighted), np.array(difference))


def _peaks(series: _Series, attention: ndarray, top: int) -> list[tuple[float, Match]]:
    score = series.score
    free = np.ones(len(score), bool)
    peaks: list[tuple[float, Match]] = []
    while len(peaks) < top and free.any():
        best = int(np.where(free, score, -np.inf).argmax())
        time = float(series.times[best])
        near = free & (np.abs(series.times - time) <= HIT_SPACING)
        found = Match(
            video=series.video,
            frame=int(series.frames[best]),
            time=time,
            timecode=format_timecode(time),
            similarity=round(float(series.plain[best]), 6),
            weighted_similarity=round(float(series.weighted[best]), 6),
            attention=round(float(attention[near].sum()), 6),
        )
        peaks.append((float(score[best]), found))
        free &= ~near
    return peaks


def _timeline(series: _Series, attention: ndarray) -> Timeline:
    end = float(series.times[-1])
    step = max(end / BINS, 1e-3) * (1 + 1e-9)
    bins = np.bincount((series.times / step).astype(int), attention)
    return Timeline(series.video, round(step, 6), tuple(round(float(share), 6) for share in bins))
