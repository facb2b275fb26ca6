"""Indices and times of frames, from the decoder's times and from those of the packets."""

import math

import numpy as np
import pytest

from vkeyframe.video.frame import FrameTime
from vkeyframe.video.timeline import CountedTimeline, PacketTimeline, TimelineMismatchError

TIMES = np.array([0.0, 0.04, 0.08, 0.2, 0.24, 0.28, 0.32])


def test_frames_are_counted_and_their_times_believed() -> None:
    timeline = CountedTimeline(25.0, key_frames_only=False)
    found = [timeline.advance(time) for time in (0.0, 0.04, 0.5, 0.5000001)]
    assert [frame.index for frame in found] == [0, 1, 2, 3]
    assert [frame.time for frame in found] == [0.0, 0.04, 0.5, 0.5]
    assert (timeline.estimated_times, timeline.extent()) == (0, (4, 0.5000001))


@pytest.mark.parametrize("bad", [math.nan, math.inf, 0.04, -1.0])
def test_a_time_that_cannot_be_is_one_frame_behind_the_last(bad: float) -> None:
    timeline = CountedTimeline(25.0, key_frames_only=False)
    assert [timeline.advance(time).time for time in (0.0, 0.04, bad, 0.16)] == [0.0, 0.04, 0.08, 0.16]
    assert timeline.estimated_times == 1


@pytest.mark.parametrize("first", [math.nan, -0.5])
def test_the_first_frame_is_at_zero(first: float) -> None:
    timeline = CountedTimeline(25.0, key_frames_only=False)
    assert timeline.advance(first) == FrameTime(0, 0.0)
    assert timeline.estimated_times == 0


def test_indices_of_key_frames_are_estimated_from_their_times() -> None:
    timeline = CountedTimeline(25.0, key_frames_only=True)
    assert [timeline.advance(time).index for time in (0.0, 0.48, 2.01)] == [0, 12, 50]


def test_packets_give_the_index_of_each_decoded_frame() -> None:
    timeline = PacketTimeline(TIMES, largest_step=5)
    found = [timeline.advance(time) for time in (0.0, 0.0805, 0.2399)]
    assert found == [FrameTime(0, 0.0), FrameTime(2, 0.08), FrameTime(4, 0.24)]
    assert timeline.left_out(found[0], found[1]) == [0.04]
    assert timeline.left_out(found[1], found[2]) == [0.2]
    assert list(timeline.behind(4, None)) == [FrameTime(5, 0.28), FrameTime(6, 0.32)]
    assert list(timeline.behind(4, 6)) == [FrameTime(5, 0.28)]
    assert timeline.extent() == (7, 0.32)


@pytest.mark.parametrize("times", [(0.0, 0.02), (0.0, 0.04, 0.04), (0.08, 0.04), (0.0, 0.4), (0.0, 0.28), (math.nan,)])
def test_a_frame_that_no_packet_tells_of_is_a_mismatch(times: tuple[float, ...]) -> None:
    timeline = PacketTimeline(TIMES, largest_step=4)
    for time in times[:-1]:
        timeline.advance(time)
    with pytest.raises(TimelineMismatchError):
        timeline.advance(times[-1])
