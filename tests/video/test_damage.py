"""Failures of a decoder are counted where more frames follow, and are the end where none do."""

from collections.abc import Sequence

import numpy as np
from numpy import ndarray

from vkeyframe.video.damage import FAILURES_ALLOWED, DamageCounter
from vkeyframe.video.header import Header


class PlayedDecoder:
    """Succeeds and fails as it is told; `rescue` is whether it goes on by other means."""

    def __init__(self, grabs: Sequence[bool], pictures: Sequence[bool] = (), rescue: bool = False) -> None:
        self._grabs, self._pictures, self._rescue = iter(grabs), iter(pictures), rescue
        self.rescued_at: list[float] = []

    def grab(self) -> bool:
        return next(self._grabs, False)

    def time(self) -> float:
        return 0.0

    def picture(self) -> ndarray | None:
        return np.zeros((2, 2, 3), np.uint8) if next(self._pictures, False) else None

    def is_key_frame(self) -> bool:
        return False

    def go_on(self, time: float) -> bool:
        self.rescued_at.append(time)
        return self._rescue

    def header(self) -> Header:
        raise AssertionError

    def close(self) -> None:
        pass


def test_failures_before_another_frame_are_counted() -> None:
    damage = DamageCounter(PlayedDecoder([True, False, False, True]))
    assert [damage.grab() for _ in range(3)] == [True, True, False]
    assert damage.failures == 2


def test_as_many_failures_as_are_allowed_are_damage_and_more_the_end() -> None:
    damage = DamageCounter(PlayedDecoder([False] * FAILURES_ALLOWED + [True]))
    assert damage.grab()
    assert damage.failures == FAILURES_ALLOWED
    damage = DamageCounter(PlayedDecoder([False] * (FAILURES_ALLOWED + 1) + [True]))
    assert not damage.grab()
    assert damage.failures == 0


def test_a_picture_that_cannot_be_converted_is_a_failure_unless_there_are_other_means() -> None:
    lost = PlayedDecoder([], [False, True])
    damage = DamageCounter(lost)
    assert damage.picture(1.5) is None
    assert (damage.failures, lost.rescued_at) == (1, [1.5])
    assert damage.picture(1.6) is not None
    rescued = DamageCounter(PlayedDecoder([], [False, True], rescue=True))
    assert rescued.picture(1.5) is not None
    assert rescued.failures == 0
