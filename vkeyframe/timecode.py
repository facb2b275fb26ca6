"""Exact frame rates, and SMPTE timecodes counted in frames, with drop-frame counting [1]_.

References
----------
.. [1] SMPTE ST 12-1:2014, Time and Control Code. DOI 10.5594/SMPTE.ST12-1.2014
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil
from typing import Self

# Rates that cameras and editing programs have, in frames a second.
STANDARD_RATES = tuple(
    sorted([Fraction(n * 1000, 1001) for n in (24, 30, 48, 60, 120)] + [Fraction(n) for n in (24, 25, 30, 48, 50, 60, 100, 120)])
)
# How far, as a share, a rate that was rounded by a container or a header lies from the true one: 23.98 for 24000/1001 is
# 1.7e-4 away. The nearest other rate is 1e-3 away.
_ROUNDED = 2e-4
# Larger denominators come from an average over a whole file.
_LARGEST_DENOMINATOR = 100_000
_TIMECODE = re.compile(r"(\d{2}):([0-5]\d):([0-5]\d)([:;]|[.,](?=\d\d$))(\d{2,3})")
TIMECODE_PATTERN = r"^\d{2}:[0-5]\d:[0-5]\d[:;]\d{2,3}$"


def exact_rate(rate: float, declared: Fraction | None = None) -> Fraction:
    """Return a frame rate as a fraction.

    Parameters
    ----------
    rate : float
        Frames a second, above 0, maybe rounded.
    declared : Fraction, optional
        What the container says; it is believed where it is about the same.

    Returns
    -------
    Fraction
        A usual rate such as 24000/1001 where one is near, else the declared one, else a fraction near the rate.
    """
    for usual in STANDARD_RATES:
        if abs(rate - usual) <= _ROUNDED * usual:
            return usual
    if declared is not None and abs(rate - declared) <= _ROUNDED * rate:
        return declared
    return Fraction(rate).limit_denominator(_LARGEST_DENOMINATOR)


def editing_rate(rate: Fraction) -> Fraction:
    """Return the rate of a timeline that can hold video of a rate: the same if it is usual or whole, else the next usual one."""
    if rate in STANDARD_RATES or rate.denominator == 1:
        return rate
    return next((usual for usual in STANDARD_RATES if usual >= rate), Fraction(ceil(rate)))


def rate_text(rate: Fraction) -> str:
    """Write a rate as ``24000/1001`` or ``25/1``."""
    return f"{rate.numerator}/{rate.denominator}"


def standard_timecode(text: str) -> str | None:
    """Return a timecode as ``01:00:00:00``, drop-frame as ``01:00:00;00``; None for a text that is none."""
    found = _TIMECODE.fullmatch(text.strip())
    if found is None:
        return None
    hours, minutes, seconds, mark, frames = found.groups()
    return f"{hours}:{minutes}:{seconds}{':' if mark == ':' else ';'}{frames}"


@dataclass(frozen=True, slots=True)
class Timecode:
    """A frame as SMPTE counts it.

    Attributes
    ----------
    frame : int
        Number of frames since 00:00:00:00, 0 or more.
    rate : Fraction
        Frames a second. As many as the rate rounded up or down have one number of seconds: 24 with 24000/1001.
    drop : bool
        Whether numbers are left out so that the timecode keeps up with the clock: with 30000/1001 the first two of each minute
        but every tenth.
    """

    frame: int
    rate: Fraction
    drop: bool = False

    @classmethod
    def parse(cls, text: str, rate: Fraction) -> Self:
        """Read ``01:00:00:00`` or, as drop-frame, ``01:00:00;00``.

        Where the rate has no drop-frame counting, the mark means nothing. A number that is left out counts as the one behind.

        Raises
        ------
        ValueError
            If the text is no timecode, or there are not so many frames in a second.
        """
        found = _TIMECODE.fullmatch(text.strip())
        nominal = round(rate)
        if found is None or int(found[5]) >= nominal:
            raise ValueError(f"'{text}' is no timecode at {rate_text(rate)} frames a second")
        hours, minutes, seconds, frames = (int(found[place]) for place in (1, 2, 3, 5))
        drop = found[4] != ":" and can_drop(rate)
        minutes += 60 * hours
        count = (60 * minutes + seconds) * nominal + frames
        if drop:
            left_out = _left_out_each_minute(rate)
            is_left_out = minutes % 10 and not seconds and frames < left_out
            count += left_out - frames if is_left_out else 0
            count -= left_out * (minutes - minutes // 10)
        return cls(count, rate, drop)

    def __add__(self, frames: int) -> Self:
        return replace(self, frame=self.frame + frames)

    def __str__(self) -> str:
        nominal = round(self.rate)
        number = self.frame
        if self.drop:
            number += self._left_out_before()
        seconds, frames = divmod(number, nominal)
        width = len(str(nominal - 1))
        clock = f"{seconds // 3600 % 24:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
        return f"{clock}{';' if self.drop else ':'}{frames:0{max(2, width)}d}"

    @property
    def seconds(self) -> Fraction:
        """The time in seconds since 00:00:00:00."""
        return self.frame / self.rate

    def _left_out_before(self) -> int:
        """Return how many numbers are left out before this frame."""
        left_out = _left_out_each_minute(self.rate)
        minute = 60 * round(self.rate) - left_out
        tens, rest = divmod(self.frame, 10 * minute + left_out)
        # The first of ten minutes is whole.
        return left_out * (9 * tens + max(0, (rest - left_out) // minute))


def can_drop(rate: Fraction) -> bool:
    """Whether there is drop-frame counting at a rate: at 30000/1001 and its multiples."""
    return rate.denominator == 1001 and rate.numerator % 30_000 == 0


def _left_out_each_minute(rate: Fraction) -> int:
    return round(rate) // 15
