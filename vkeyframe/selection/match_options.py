"""What a user may ask of the matches of a target; imports no library, because the command line reads it for its help."""

from __future__ import annotations

from dataclasses import dataclass

# Of videos that do not show the target the best frame reaches this in about 2 of 100 cases, see tests/bench/targets.py.
THRESHOLD = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchOptions:
    """Which matches are given.

    Attributes
    ----------
    top : int
        How many at most.
    threshold : float
        The least score, 0 to 1.
    min_gap : float or None
        Seconds that lie between two of them at least; None for the best of each shot.
    skip_unreadable : bool
        Whether to go on without videos that cannot be read, as long as there are others.
    """

    top: int = 5
    threshold: float = THRESHOLD
    min_gap: float | None = None
    skip_unreadable: bool = False
