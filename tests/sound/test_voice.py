"""Stretches of speech, and peaks of the rise of the sound, of values made by hand."""

import numpy as np
import pytest

from vkeyframe.sound.features import STEP_SECONDS
from vkeyframe.sound.onsets import find_onsets
from vkeyframe.sound.voice import BLOCK_SECONDS, VoiceDetector, speech_stretches


def likelihoods(*runs: tuple[float, float]) -> np.ndarray:
    """Give likelihoods, each for so many seconds."""
    return np.concatenate([np.full(round(seconds / BLOCK_SECONDS), value) for value, seconds in runs])


@pytest.mark.parametrize(
    ("runs", "expected"),
    [
        ([], []),
        ([(0.0, 5.0)], []),
        # Below the upper limit nothing begins.
        ([(0.0, 1.0), (0.3, 2.0), (0.0, 1.0)], []),
        ([(0.0, 1.0), (0.9, 2.0), (0.0, 1.0)], [(1.0, 3.0)]),
        # It begins and ends with the lower limit.
        ([(0.0, 1.0), (0.2, 0.5), (0.9, 1.0), (0.2, 0.5), (0.0, 1.0)], [(1.0, 3.0)]),
        # A short pause is part of it, a longer one is not.
        ([(0.9, 1.0), (0.0, 0.4), (0.9, 1.0), (0.0, 1.0), (0.9, 1.0)], [(0.0, 2.4), (3.4, 4.4)]),
    ],
)
def test_stretches_of_speech(runs: list[tuple[float, float]], expected: list[tuple[float, float]]) -> None:
    values = likelihoods(*runs) if runs else np.zeros(0)
    found = speech_stretches(values)
    assert [time for start, end, _ in found for time in (start, end)] == pytest.approx(
        [time for stretch in expected for time in stretch], abs=0.11
    )
    assert all(0.0 <= start < end <= len(values) * BLOCK_SECONDS and 0.0 < sure <= 1.0 for start, end, sure in found)


def test_noise_and_a_tone_are_no_voice() -> None:
    detector = VoiceDetector()
    time = np.arange(512 * 30) / 16000
    tone = (0.3 * np.sin(2 * np.pi * 440 * time)).astype(np.float32).reshape(-1, 512)
    assert max(map(detector.likelihood, tone)) < 0.35
    assert detector.likelihood(np.zeros(512, np.float32)) == 0.0


def test_an_onset_stands_out_and_the_strongest_of_several_counts() -> None:
    rise = np.random.default_rng(0).uniform(0.0, 2.0, 1000)
    rise[[100, 103, 500]] = 12.0, 20.0, 9.0
    found = find_onsets(rise)
    assert [strength for _, strength in found] == [20.0, 9.0]
    assert [time for time, _ in found] == pytest.approx([103 * STEP_SECONDS, 500 * STEP_SECONDS])
    # What rises all the time has no onset.
    assert find_onsets(np.full(1000, 9.0)) == []
    assert find_onsets(np.zeros(0)) == []
