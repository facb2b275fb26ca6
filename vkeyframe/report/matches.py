"""The records of what is like a target picture; they need no NumPy, as those of a report."""

from __future__ import annotations

from dataclasses import dataclass


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
