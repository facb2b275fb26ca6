"""A ranking of candidates."""

from __future__ import annotations

from dataclasses import dataclass

from numpy import ndarray


@dataclass(frozen=True, slots=True)
class Choice:
    """A candidate at its place in the ranking: its number, its gain there, its attention, and why it was chosen.

    `needed` is whether it was worth it without a number asked for.
    """

    candidate: int
    gain: float
    attention: float
    needed: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Ranking:
    """Candidates, best first, as many as are wanted, and what is known of all candidates in the end.

    Attributes
    ----------
    choices : tuple of Choice
    attention : (n,) float64
        Of every candidate in its shot.
    shot_attention : (shots,) float64
        Sums to 1.
    adds_seconds : (n,) float64
        How much each candidate would still add of what no chosen one shows.
    should_add : (n,) float64
        How much that must be for it to be needed.
    worth_showing : (n,) bool
    """

    choices: tuple[Choice, ...]
    attention: ndarray
    shot_attention: ndarray
    adds_seconds: ndarray
    should_add: ndarray
    worth_showing: ndarray
