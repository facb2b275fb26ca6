"""Which frames are samples, and which times were skipped before them."""

import numpy as np
import pytest

from vkeyframe.video.frame import FrameTime
from vkeyframe.video.sampling import TUNING, Sampler, coded_with_care
from vkeyframe.video.timeline import CountedTimeline, PacketTimeline


def sampled(fps: float, count: int) -> list[int]:
    sampler = Sampler(CountedTimeline(fps, key_frames_only=False), lambda: False)
    return [index for index in range(count) if sampler.is_sample(FrameTime(index, index / fps))]


@pytest.mark.parametrize(("fps", "step"), [(2, 1), (8, 1), (12, 1), (15, 2), (24, 3), (40, 5), (60, 5), (240, 5)])
def test_samples_are_an_eighth_of_a_second_apart_and_never_more_than_five_frames(fps: float, step: int) -> None:
    steps = np.diff(sampled(fps, 400))
    assert steps.max() <= TUNING.largest_step
    assert steps.mean() == pytest.approx(step, abs=0.5)


def test_a_key_frame_is_a_sample_however_close() -> None:
    keys = {2, 4}
    seen: list[int] = []
    sampler = Sampler(CountedTimeline(25.0, key_frames_only=False), lambda: seen[-1] in keys)
    samples = []
    for index in range(6):
        seen.append(index)
        if sampler.is_sample(FrameTime(index, index / 25)):
            samples.append(index)
    assert samples == [0, 2, 4]


def test_skipped_times_are_those_read_over_and_those_left_out() -> None:
    times = np.arange(40) / 25
    timeline = PacketTimeline(times, largest_step=40)
    sampler = Sampler(timeline, lambda: False)
    taken = []
    for index in (10, 12, 13, 33):
        if sampler.is_sample(FrameTime(index, index / 25)):
            taken.append((index, sampler.take_skipped_times()))
        else:
            sampler.skip(index / 25)
    assert taken == [
        (10, ()),
        (13, (0.44, 0.48)),
        # Of many frames left out only the last counts: the others show the same as the frame before them.
        (33, (32 / 25,)),
    ]


def test_frames_coded_with_clearly_more_bytes_than_those_beside_them_are_found() -> None:
    sizes = np.full(41, 1000)
    sizes[1::4] = 9000
    assert np.flatnonzero(coded_with_care(sizes)).tolist() == list(range(1, 41, 4))
    # A little more is not enough, and where all are alike none is.
    sizes[1::4] = 1400
    assert not coded_with_care(sizes).any()
    assert not coded_with_care(np.full(41, 1000)).any()


def test_of_two_large_frames_next_to_each_other_the_larger_one_is_meant() -> None:
    sizes = np.array([1000, 1000, 8000, 9000, 1000, 1000, 1000])
    assert np.flatnonzero(coded_with_care(sizes)).tolist() == [3]


@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_few_frames_are_compared_with_those_there_are(count: int) -> None:
    assert coded_with_care(np.arange(1, count + 1) * 1000).shape == (count,)
