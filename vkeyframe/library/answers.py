"""What is asked of a library, and what it answers; needs no NumPy, because the command line and other processes read it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from vkeyframe.errors import UsageError

PICTURE, CLIP, TEXT, ABOUT = "picture", "clip", "text", "about"
# Of 200 disturbed keyframes, each asked of a library without its footage, 6 reached this: titles of few words, and the same room
# with someone else; of those that are there none of 200 fell below.
PICTURE_THRESHOLD = 0.55
# Of 100 excerpts of five seconds, cropped and coded anew, one was found in a video without it; of those found 4 fell below.
CLIP_THRESHOLD = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchOptions:
    """Which finds are given.

    Attributes
    ----------
    top : int
        How many at most.
    threshold : float or None
        The least similarity, 0 to 1; None for what was measured to be a good one, for pictures or clips.
    """

    top: int = 5
    threshold: float | None = None

    def __post_init__(self) -> None:
        if self.top < 1:
            raise UsageError(f"top={self.top}: must be at least 1.")
        if self.threshold is not None and not 0.0 <= self.threshold <= 1.0:
            raise UsageError(f"threshold={self.threshold}: must be from 0 to 1.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Find:
    """What a library has that is like what was asked.

    Attributes
    ----------
    video : str
        Path of the video, or of the picture.
    kind : str
        ``video`` or ``picture``.
    time, end_time : float
        In seconds: of the keyframe; or the part of the video that shows the clip, or in which the words are said.
    timecode : str
        Of `time`.
    similarity : float or None
        0 to 1, 1 for the same. None for words that are looked for in lines; for those that a model reads the cosine, -1 to 1.
    mirrored : bool
    frame, shot : int or None
        0-based numbers of the keyframe in its video, and of its shot.
    offset : float or None
        Seconds of the video at which the clip begins; below 0 where it begins earlier than the video.
    text : str or None
        The words, those that were asked for in brackets.
    keyframe : int or None
        Id in the library of the keyframe, or of one in that part of the video; it has the thumbnail.
    thumbnail : str or None
        File of the thumbnail, where such are written.
    """

    video: str
    kind: str
    time: float
    end_time: float
    timecode: str
    similarity: float | None = None
    mirrored: bool = False
    frame: int | None = None
    shot: int | None = None
    offset: float | None = None
    text: str | None = None
    keyframe: int | None = None
    thumbnail: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a library answers to a question.

    Attributes
    ----------
    query : str
    asked : str
        ``picture``, ``clip``, ``text`` or ``about``.
    found : bool
        Whether something reached the threshold.
    threshold : float
    finds : tuple of Find
        The likest first; none below the threshold.
    nearest : Find or None
        The likest of all, where none reached the threshold.
    note : str or None
        Why there can be no answer.
    """

    query: str
    asked: str
    found: bool
    threshold: float
    finds: tuple[Find, ...]
    nearest: Find | None = None
    note: str | None = None


def answer_of(query: str, asked: str, threshold: float, finds: Sequence[Find], note: str | None = None) -> Answer:
    """Keep of what is like a question that which reaches the threshold."""
    reached = tuple(find for find in finds if find.similarity is None or find.similarity >= threshold)
    likest = max(finds, key=lambda find: find.similarity or 0.0) if finds and not reached else None
    return Answer(query=query, asked=asked, found=bool(reached), threshold=threshold, finds=reached, nearest=likest, note=note)


def to_json(answer: Answer) -> str:
    """Write an answer as JSON."""
    return json.dumps(asdict(answer), indent=1, ensure_ascii=False, allow_nan=False)
