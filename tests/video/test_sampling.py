"""Which frames are samples, and which times were skipped before them."""

import numpy as np
import pytest

from vkeyframe.video.frame import FrameTime
from vkeyframe.video.sampling import TUNING, Sampler
from vkeyframe.video.timeline import CountedTimeline, PacketTimeline


def sampled(fps: float, count: int, sizes: np.ndarray | None = None) -> list[int]:
    sampler = Sampler(CountedTimeline(fps, key_frames_only=False), lambda: False, sizes)
    return [index for index in range(count) if sampler.is_sample(FrameTime(index, index / fps))]


@pytest.mark.parametrize(("fps", "step"), [(2, 1), (8, 1), (12, 1), (15, 2), (24, 3), (40, 5), (60, 5), (240, 5)])
def test_samples_are_an_eighth_of_a_second_apart_and_never_more_than_five_frames(fps: float, step: int) -> None:
    steps = np.diff(sampled(fps, 400))
    assert steps.max() <= TUNING.largest_step
    assert steps.mean() == pytest.approx(step, abs=0.5)


@pytest.mark.parametrize("fps", [24, 25, 30])
def test_of_frames_next_to_each_other_the_one_coded_with_most_bytes_is_the_sample(fps: float) -> None:
    # Every fourth frame is coded with care, as where three B-frames lie between two P-frames.
    careful = np.arange(400) % 4 == 1
    samples = np.array(sampled(fps, 400, np.where(careful, 9000, 1000)))
    assert careful[samples[2:-1]].all()
    steps = np.diff(samples[2:])
    assert steps.max() <= TUNING.largest_step
    assert steps.mean() == pytest.approx(4, abs=0.1)


@pytest.mark.parametrize("fps", [2, 8, 12, 15, 24, 30, 60])
def test_sizes_move_a_sample_by_one_frame_at_most(fps: float) -> None:
    sizes = np.random.default_rng(1).integers(100, 10_000, 400)
    samples, even = sampled(fps, 400, sizes), sampled(fps, 400)
    assert np.diff(samples).max() <= TUNING.largest_step
    assert np.diff(samples).mean() == pytest.approx(np.diff(even).mean(), abs=0.6)
    assert np.diff(samples).min() >= np.diff(even).min() - 1


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
