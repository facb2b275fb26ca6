"""Finding the frames most like a target picture, in one or several videos."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
from numpy import ndarray

from vkeyframe.analysis.analyser import Progress, analyse
from vkeyframe.analysis.target import Similarities, Target, TargetMatcher, attention_over_time
from vkeyframe.errors import InputError, UsageError
from vkeyframe.opencv import cv2
from vkeyframe.report.matches import Match, Matches, Timeline
from vkeyframe.timing import format_timecode, parse_position
from vkeyframe.video.attempts import read_with_care
from vkeyframe.video.container import size_of_picture
from vkeyframe.video.file import VideoFile
from vkeyframe.video.open import open_video
from vkeyframe.video.options import ReadOptions
from vkeyframe.video.still import picture_at

# Neighbours of a hit look like it: a hit stands for all frames this close to it, in seconds.
HIT_SPACING = 0.5
# Steps of a timeline, at most.
STEPS = 100


def match(
    paths: Sequence[Path],
    target: str,
    top: int = 5,
    options: ReadOptions = ReadOptions(),
    progress: Progress | None = None,
) -> Matches:
    """Find the frames most like a target.

    Frames are ranked by the mean of both similarities, and where these cannot tell them apart by the difference of
    luma. A match stands for all frames within half a second of it.

    Parameters
    ----------
    paths : sequence of Path
        Videos to look through, each frame of them.
    target : str
        A picture file, or a time in the first video.
    top : int
        How many matches to return at most.
    options : ReadOptions
        How to read the videos.
    progress : callable, optional
        Called with the seconds done and the seconds in all of the video at hand.

    Raises
    ------
    InputError, UsageError
    """
    every = replace(options, decode="every")
    wanted = Target(load_target(target, paths[0], every))
    found: list[Similarities] = []
    for path in paths:
        found += read_with_care(every, partial(_compare, VideoFile.of(path), wanted, progress))
    attention = np.split(
        attention_over_time(np.concatenate([each.mean for each in found])), np.cumsum([len(each.times) for each in found])[:-1]
    )
    videos = list(zip(map(str, paths), found, attention, strict=True))
    hits = [hit for each in videos for hit in _peaks(*each, top)]
    hits.sort(key=lambda hit: -hit[0])
    return Matches(target, tuple(hit for _, hit in hits[:top]), tuple(_timeline(*each) for each in videos))


def _compare(file: VideoFile, target: Target, progress: Progress | None, options: ReadOptions) -> tuple[Similarities, ...]:
    """Compare all frames of a video with a target."""
    with open_video(file, options) as reader:
        return tuple(analyse(reader, [TargetMatcher(target)], progress).sections)


def load_target(target: str, video: Path, options: ReadOptions = ReadOptions()) -> ndarray:
    """Load a picture file, or the frame shown at a time of a video, as BGR.

    Raises
    ------
    InputError
        If the file is no picture, or has more pixels than the options allow; then no memory is taken for them.
    UsageError
        If there is no such file and the text is no time, or a time behind the video's end.
    """
    path = Path(target)
    if _is_file(path):
        data = np.fromfile(path, np.uint8)
        _check_size(path, data, options.max_pixels)
        picture: ndarray | None = cv2.imdecode(data, cv2.IMREAD_COLOR) if data.size else None
        if picture is None:
            raise InputError(f"{target}: no picture can be read from it.")
        return picture
    try:
        position = parse_position(target)
    except UsageError:
        raise UsageError(f"'{target}' is neither a picture file nor a time such as 12.5, 00:01:02.5 or 150f.") from None

    def look(options: ReadOptions) -> ndarray | None:
        with open_video(VideoFile.of(video), options) as reader:
            return picture_at(reader, position)

    picture = read_with_care(replace(options, decode="every"), look)
    if picture is None:
        raise UsageError(f"{video}: ends before the target's time.")
    return picture


def _check_size(path: Path, data: ndarray, max_pixels: int) -> None:
    """Refuse a picture with too many pixels by its header, which OpenCV can read only with the whole picture."""
    size = size_of_picture(data.tobytes(), max_pixels)
    # A decoder that refuses a size does not say which.
    if size is None or size[0] * size[1] > max_pixels:
        raise InputError(f"{path}: no picture can be read from it, or it has more than {max_pixels} pixels (max_pixels=…).")


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def _peaks(video: str, found: Similarities, attention: ndarray, top: int) -> list[tuple[float, Match]]:
    score = found.score
    free = np.ones(len(score), bool)
    peaks: list[tuple[float, Match]] = []
    while len(peaks) < top and free.any():
        best = int(np.where(free, score, -np.inf).argmax())
        time = float(found.times[best])
        near = free & (np.abs(found.times - time) <= HIT_SPACING)
        hit = Match(
            video=video,
            frame=int(found.frames[best]),
            time=time,
            timecode=format_timecode(time),
            similarity=round(float(found.plain[best]), 6),
            weighted_similarity=round(float(found.weighted[best]), 6),
            attention=round(float(attention[near].sum()), 6),
        )
        peaks.append((float(score[best]), hit))
        free &= ~near
    return peaks


def _timeline(video: str, found: Similarities, attention: ndarray) -> Timeline:
    end = float(found.times[-1])
    step = max(end / STEPS, 1e-3) * (1 + 1e-9)
    shares = np.bincount((found.times / step).astype(int), attention)
    return Timeline(video, round(step, 6), tuple(round(float(share), 6) for share in shares))
