"""What is asked of the choice, in seconds and numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import ceil, inf, log2
from typing import TYPE_CHECKING, Protocol

import numpy as np

from vkeyframe.selection.options import SelectionOptions
from vkeyframe.selection.segments import CONTENT

if TYPE_CHECKING:
    from numpy import ndarray

    from vkeyframe.selection.candidates import Candidate
    from vkeyframe.selection.hearing import Hearing
    from vkeyframe.selection.likeness import Learned

# A segment of 2 s has no more than about 16 samples.
DEEPEST_SUBDIVISION = 5
# What an event must add, as a share of what other content must.
EVENT_SHARE = 0.35
# From this weight on a candidate is like what is wanted.
RELEVANT = 0.5
# What can be subdivided.
DIVISIBLE = ("content", "events")


@dataclass(frozen=True, slots=True)
class Thresholds:
    """When a frame is worth keeping beside others.

    Attributes
    ----------
    same : float
        A shot of which all is more similar than this to what is chosen shows the same again, as when a dialogue returns to a
        speaker.
    adds_seconds : float
        Seconds of what is not yet shown that a keyframe must add, where there are no others and no cut nearby.
    """

    same: float = 0.93
    adds_seconds: float = 0.04

    @classmethod
    def at(cls, sensitivity: float, keep: str = "content") -> Thresholds:
        """Return them for a sensitivity: 0 gives at most one keyframe for a shot, 0.5 is usual, 1 gives the most.

        An event before a still camera may be shorter than what is otherwise worth a keyframe.
        """
        more, less = max(0.0, 2 * sensitivity - 1), max(0.0, 1 - 2 * sensitivity)
        usual = cls()
        adds = usual.adds_seconds * 16.0 ** (less - more) if sensitivity > 0.0 else inf
        if keep == "events":
            adds *= EVENT_SHARE
        return cls(usual.same + 0.06 * more - 0.18 * less, adds)


class Preference(Protocol):
    """What makes a frame good beside its sharpness, exposure and steadiness."""

    def of(self, candidates: Sequence[Candidate]) -> ndarray:
        """Return the weights of candidates, (n,) float64 from 0 to 1."""
        ...


class Wanted(Protocol):
    """What the keyframes are to show, such as a picture or what words name.

    Attributes
    ----------
    unfound : str
        What is said where nothing in the video is like it.
    """

    unfound: str

    def of(self, candidates: Sequence[Candidate]) -> ndarray:
        """Return the weights of candidates, (n,) float64 from 0 to 1; from `RELEVANT` on one is like it."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectionRequest:
    """What is asked of the choice among the candidates of a video.

    Attributes
    ----------
    count, per_shot : int or None
        How many keyframes in all, or in each shot; with neither, as many as are needed.
    most : int or None
        No more than this many.
    min_gap, max_gap : float, float or None
        At least and at most this many seconds between keyframes.
    thresholds : Thresholds
    divisible : bool
        Whether segments may be halved; a step of the camera or a state gives one candidate only.
    subdivision_depth : int
        How often segments were halved, so that there are enough candidates.
    min_sharpness : float
        Share of the sharpest of the shot below which a frame is left out.
    skip_dark, skip_flat : bool
        Whether to leave out frames that are nearly black, or nearly of one colour.
    preference : Preference or None
        What else makes a frame good.
    wanted : Wanted or None
        What the keyframes are to be like.
    of_lines : bool
        Whether candidates stand for lines of dialogue.
    hearing : Hearing or None
        How far sound and picture change together.
    learned : Learned or None
        A model that tells how alike candidates are, beside our own measures.
    """

    count: int | None = None
    per_minute: float | None = None
    per_shot: int | None = None
    most: int | None = None
    min_gap: float = 0.0
    max_gap: float | None = None
    thresholds: Thresholds = Thresholds()
    divisible: bool = True
    subdivision_depth: int = 0
    min_sharpness: float = 0.0
    skip_dark: bool = False
    skip_flat: bool = False
    preference: Preference | None = None
    wanted: Wanted | None = None
    of_lines: bool = False
    hearing: Hearing | None = None
    learned: Learned | None = None

    @classmethod
    def of(cls, options: SelectionOptions, fps: float, duration: float) -> SelectionRequest:
        """Read the options; times given as frames need the frame rate, `duration` is about how many seconds are looked at."""
        request = cls(
            count=options.count,
            per_minute=options.per_minute,
            per_shot=options.per_shot,
            most=options.max,
            min_gap=options.min_gap.seconds(fps) if options.min_gap else 0.0,
            max_gap=options.max_gap.seconds(fps) if options.max_gap else None,
            thresholds=Thresholds.at(options.sensitivity, options.keep),
            divisible=options.keep in DIVISIBLE,
            min_sharpness=options.min_sharpness,
            skip_dark=options.skip_dark,
            skip_flat=options.skip_flat,
            of_lines=options.keep == "lines",
        )
        return replace(request, subdivision_depth=request._depth(duration)) if request.divisible else request

    def quality_of(self, candidates: Sequence[Candidate]) -> ndarray:
        """Return how good the best frames of candidates are, with what is preferred, (n,) float64."""
        quality = np.array([candidate.best.quality for candidate in candidates])
        return quality if self.preference is None else np.asarray(quality * self.preference.of(candidates))

    @property
    def asks_for_number(self) -> bool:
        """Whether a number of keyframes is asked for."""
        return any(number is not None for number in (self.count, self.per_minute, self.per_shot))

    def resolved(self, duration: float) -> SelectionRequest:
        """Return it with the number of keyframes that it means for so many seconds."""
        count = self.count
        if self.per_minute is not None:
            count = max(1, round(self.per_minute * duration / 60.0))
        if count is not None and self.most is not None:
            count = min(count, self.most)
        return replace(self, count=count, per_minute=None)

    def _depth(self, duration: float) -> int:
        """Return how often segments of the same content must be halved to give enough candidates."""
        # Twice as many candidates as keyframes; a shot of a second is to have enough of them.
        apart = [CONTENT.longest_seconds]
        if self.count is not None:
            apart.append(max(1e-3, duration) / (2 * self.count))
        if self.per_minute is not None:
            apart.append(30.0 / self.per_minute)
        if self.per_shot is not None and self.per_shot > 1:
            apart.append(1.0 / self.per_shot)
        if self.max_gap is not None:
            apart.append(self.max_gap / 4)
        return min(DEEPEST_SUBDIVISION, max(0, ceil(log2(CONTENT.longest_seconds / max(1e-3, min(apart))))))
