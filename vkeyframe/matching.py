"""Finding the frames that show a target picture, in one or several videos."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy import ndarray

from vkeyframe.analysis.analyser import Progress, analyse
from vkeyframe.analysis.descriptor import HEADS
from vkeyframe.analysis.pooling import pool
from vkeyframe.analysis.target import Target
from vkeyframe.analysis.target_matcher import Similarities, TargetMatcher
from vkeyframe.errors import DecoderError, InputError, UsageError
from vkeyframe.opencv import cv2
from vkeyframe.report.matches import HeadTimeline, Match, Matches, Timeline
from vkeyframe.selection.match_options import MatchOptions
from vkeyframe.timing import format_timecode, parse_position
from vkeyframe.video.attempts import read_with_care
from vkeyframe.video.container import size_of_picture
from vkeyframe.video.file import VideoFile
from vkeyframe.video.open import open_video
from vkeyframe.video.options import ReadOptions
from vkeyframe.video.still import picture_at

# Neighbours of a match look like it: what attention falls on them is told with it, in seconds.
NEIGHBOURHOOD = 0.5
# Steps of a timeline, at most.
STEPS = 100


@dataclass(frozen=True, slots=True)
class Comparison:
    """What is known of a video: its name, how alike its frames and the target are, and the number of each frame's shot, (n,)."""

    video: str
    similarities: Similarities
    shots: ndarray


def match(
    videos: Sequence[Path | VideoFile],
    target: str,
    options: MatchOptions = MatchOptions(),
    reading: ReadOptions = ReadOptions(),
    progress: Progress | None = None,
) -> Matches:
    """Find the frames that show a target, also cropped, scaled, mirrored, under a caption, brighter or darker.

    Parameters
    ----------
    videos : sequence of Path or VideoFile
        Videos to look through, each frame of them.
    target : str
        A picture file, or a time in the first video.
    options : MatchOptions
    reading : ReadOptions
        How to read the videos.
    progress : callable, optional
        Called with the seconds done and the seconds in all of the video at hand.

    Raises
    ------
    InputError, DecoderError, UsageError
    """
    files = [video if isinstance(video, VideoFile) else VideoFile.of(video) for video in videos]
    wanted = Target(load_target(target, files[0], reading))
    found: list[Comparison] = []
    warnings: list[str] = []
    for file in files:
        try:
            found += compare(file, [wanted], options, reading, progress)
        except (InputError, DecoderError) as error:
            if not options.skip_unreadable or (file is files[-1] and not found):
                raise
            warnings.append(str(error))
    hits = find_hits(found, options)
    is_found = bool(hits) and hits[0].score >= options.threshold
    attention = np.split(pool(np.concatenate([each.similarities.logits for each in found])), _ends(found))
    told = tuple(_with_attention(hit, found, attention) for hit in hits if hit.score >= options.threshold or hit is hits[0])
    return Matches(
        target=target,
        found=is_found,
        threshold=options.threshold,
        matches=told if is_found else (),
        nearest=None if is_found or not told else told[0],
        timelines=tuple(_timeline(each, shares) for each, shares in zip(found, attention, strict=True)),
        warnings=tuple(warnings),
    )


def compare(
    file: VideoFile,
    targets: Sequence[Target],
    options: MatchOptions = MatchOptions(),
    reading: ReadOptions = ReadOptions(),
    progress: Progress | None = None,
) -> list[Comparison]:
    """Compare all frames of a video with targets, in one pass."""

    def look(reading: ReadOptions) -> list[Comparison]:
        with open_video(file, reading) as reader:
            found = analyse(reader, [TargetMatcher(target, options.top) for target in targets], progress)
        starts = [shot.start.frame for shot in found.shots]
        return [
            Comparison(str(file), each, np.maximum(np.searchsorted(starts, each.frames, side="right") - 1, 0))
            for each in found.sections
        ]

    return read_with_care(replace(reading, decode="every"), look)


def find_hits(found: Sequence[Comparison], options: MatchOptions = MatchOptions()) -> list[Match]:
    """Return the best frames of all videos, best first, one of each shot or some seconds apart, whatever their score."""
    ranked = [(-rank, video, number) for video, each in enumerate(found) for number, rank in each.similarities.ranks.items()]
    hits: list[Match] = []
    for _, video, number in sorted(ranked):
        hit = _hit(found[video], number)
        if len(hits) < options.top and not any(_is_same(hit, other, options.min_gap) for other in hits):
            hits.append(hit)
    return hits


def load_target(target: str, video: VideoFile, options: ReadOptions = ReadOptions()) -> ndarray:
    """Load a picture file, or the frame shown at a time of a video, as BGR.

    Raises
    ------
    InputError
        If the file is no picture, or has more pixels than the options allow; then no memory is taken for them.
    UsageError
        If there is no such file and the text is no time, or a time behind the video's end.
    """
    path = Path(target)
    if is_file(path):
        return load_picture(VideoFile(path, target), options.max_pixels)
    try:
        position = parse_position(target)
    except UsageError:
        raise UsageError(f"'{target}' is neither a picture file nor a time such as 12.5, 00:01:02.5 or 150f.") from None

    def look(options: ReadOptions) -> ndarray | None:
        with open_video(video, options) as reader:
            return picture_at(reader, position)

    picture = read_with_care(replace(options, decode="every"), look)
    if picture is None:
        raise UsageError(f"{video}: ends before the target's time.")
    return picture


def load_picture(file: VideoFile, max_pixels: int) -> ndarray:
    """Load a picture file as BGR.

    Raises
    ------
    InputError
        If the file is no picture, or has more pixels than these; then no memory is taken for them.
    """
    data = np.fromfile(file.path, np.uint8)
    _check_size(file, data, max_pixels)
    picture: ndarray | None = cv2.imdecode(data, cv2.IMREAD_COLOR) if data.size else None
    if picture is None:
        raise InputError(f"{file}: no picture can be read from it.")
    return picture


def is_file(path: Path) -> bool:
    """Whether there is a file at a path, which may be any text."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def _check_size(file: VideoFile, data: ndarray, max_pixels: int) -> None:
    """Refuse a picture with too many pixels by its header, which OpenCV can read only with the whole picture."""
    size = size_of_picture(data.tobytes(), max_pixels)
    # A decoder that refuses a size does not say which.
    if size is None or size[0] * size[1] > max_pixels:
        raise InputError(f"{file}: no picture can be read from it, or it has more than {max_pixels} pixels (max_pixels=…).")


def _ends(found: Sequence[Comparison]) -> ndarray:
    return np.cumsum([len(each.shots) for each in found])[:-1]


def _hit(found: Comparison, number: int) -> Match:
    place, time = found.similarities.places[number], float(found.similarities.times[number])
    window = place.window
    return Match(
        video=found.video,
        frame=int(found.similarities.frames[number]),
        time=time,
        timecode=format_timecode(time),
        shot=int(found.shots[number]),
        score=round(place.score, 6),
        similarity=round(place.plain, 6),
        weighted_similarity=round(place.weighted, 6),
        attention=0.0,
        mirrored=place.mirrored,
        window=(round(window.x, 4), round(window.y, 4), round(window.width, 4), round(window.height, 4)),
    )


def _is_same(one: Match, other: Match, min_gap: float | None) -> bool:
    if one.video != other.video:
        return False
    return one.shot == other.shot if min_gap is None else abs(one.time - other.time) < min_gap


def _with_attention(hit: Match, found: Sequence[Comparison], attention: Sequence[ndarray]) -> Match:
    """Add what attention falls on a hit and the frames around it."""
    number = [each.video for each in found].index(hit.video)
    near = np.abs(found[number].similarities.times - hit.time) <= NEIGHBOURHOOD
    return replace(hit, attention=round(float(attention[number][near, :, 0].sum(axis=0).mean()), 6))


def _timeline(found: Comparison, attention: ndarray) -> Timeline:
    """Sum the attention, (n, heads, 2), in equal steps."""
    times = found.similarities.times
    step = max(float(times[-1]) / STEPS, 1e-3) * (1 + 1e-9)
    places = (times / step).astype(int)

    def shares(values: ndarray) -> tuple[float, ...]:
        return tuple(round(float(share), 6) for share in np.bincount(places, values))

    heads = tuple(
        HeadTimeline(head, shares(attention[:, number, 0]), shares(attention[:, number, 1])) for number, head in enumerate(HEADS)
    )
    mean = attention.mean(axis=1)
    return Timeline(found.video, round(step, 6), shares(mean[:, 0]), shares(mean[:, 1]), heads)
