"""The records of what is like a target picture; they need no NumPy, as those of a report."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields


@dataclass(frozen=True, slots=True)
class Match:
    """A frame that shows the target.

    Attributes
    ----------
    video : str
    frame : int
        0-based in display order.
    time : float
        In seconds.
    timecode : str
    shot : int
        Number of the shot in its video.
    score : float
        How like each other the target and what the frame shows of it are, 0 to 1: the local similarity of both in the best four
        fifths of the picture, exposure aside.
    similarity, weighted_similarity : float
        Pearson correlation with the target there, plain and weighted by where the eye goes in the target, -1 to 1.
    attention : float
        Share of the attention of all frames of all videos that falls on this frame and those within half a second.
    mirrored : bool
        Whether it shows the mirror image of the target.
    window : (float, float, float, float)
        What part of the frame the target shows: left and upper edge, width and height, as shares of the frame's width and
        height. It reaches beyond the frame where the target shows more than it.
    file : str or None
        Of its picture, where pictures are written.
    """

    video: str
    frame: int
    time: float
    timecode: str
    shot: int
    score: float
    similarity: float
    weighted_similarity: float
    attention: float
    mirrored: bool
    window: tuple[float, float, float, float]
    file: str | None = None


@dataclass(frozen=True, slots=True)
class HeadTimeline:
    """What one head of the attention sees: the layout of the picture, its details, or its colours; as of `Timeline`."""

    head: str
    attention: tuple[float, ...]
    additive: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Timeline:
    """Attention over one video's time, in at most 100 equal steps of `step` seconds.

    Attributes
    ----------
    video : str
    step : float
    attention, additive : tuple of float
        By dot products, and additive, as `vkeyframe.analysis.pooling` says; the mean over the heads.
    heads : tuple of HeadTimeline
    """

    video: str
    step: float
    attention: tuple[float, ...]
    additive: tuple[float, ...]
    heads: tuple[HeadTimeline, ...]


@dataclass(frozen=True, slots=True)
class Matches:
    """The best matches, best first, and how the attention is spread over time; each kind sums to 1 over all videos.

    Attributes
    ----------
    target : str
    found : bool
        Whether any frame's score reaches the threshold.
    threshold : float
    matches : tuple of Match
        Only frames that reach it.
    nearest : Match or None
        The likest frame where none does.
    timelines : tuple of Timeline
    files : tuple of str
        What was written to the output folder.
    warnings : tuple of str
        About videos that could not be read.
    """

    target: str
    found: bool
    threshold: float
    matches: tuple[Match, ...]
    nearest: Match | None
    timelines: tuple[Timeline, ...]
    files: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


# By these a file is known as one of ours.
MATCHES_KEYS = {item.name for item in fields(Matches)}


def matches_to_json(matches: Matches) -> str:
    """Write matches as JSON."""
    return json.dumps(asdict(matches), indent=1, ensure_ascii=False, allow_nan=False)


def files_of_matches(data: bytes) -> tuple[str, ...]:
    """Return the files that a ``matches.json`` lists.

    Raises
    ------
    ValueError
        If it is none.
    """
    try:
        found = json.loads(data)
    except RecursionError:
        raise ValueError("it is no list of matches") from None
    if not isinstance(found, dict) or set(found) != MATCHES_KEYS or not isinstance(found["files"], list):
        raise ValueError("it is no list of matches")
    return tuple(str(name) for name in found["files"])
