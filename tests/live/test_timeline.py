"""Times go on where the clock of a stream is set anew."""

from __future__ import annotations

import math

import pytest

from vkeyframe.live.timeline import LiveTimeline


def times(*clock: float) -> list[float]:
    """Give the times of frames of which the stream says these, 25 a second."""
    timeline = LiveTimeline(25.0)
    return [timeline.advance(time).time for time in clock]


def test_the_first_frame_is_at_zero_whatever_its_clock_says() -> None:
    assert times(100.0, 100.04, 100.08) == [0.0, 0.04, 0.08]


def test_gaps_are_believed_up_to_a_minute() -> None:
    assert times(0.0, 30.0) == [0.0, 30.0]
    assert times(0.0, 90000.0, 90000.5) == [0.0, 0.04, 0.54]


def test_a_clock_that_is_set_back_goes_on() -> None:
    assert times(10.0, 20.0, 3.0, 3.5) == [0.0, 10.0, 10.04, 10.54]


def test_a_frame_that_is_a_little_late_or_has_no_time_follows_the_one_before() -> None:
    assert times(0.0, 0.08, 0.04, 0.16) == [0.0, 0.08, 0.12, 0.16]
    assert times(0.0, math.nan, 0.2) == [0.0, 0.04, 0.2]


def test_after_a_loss_the_time_in_which_nothing_came_counts() -> None:
    timeline = LiveTimeline(25.0)
    timeline.advance(5.0)
    timeline.begin_anew(2.5)
    found = timeline.advance(1000.0)
    assert (found.index, found.time) == (1, 2.5)
    assert timeline.advance(1000.04).time == pytest.approx(2.54)
