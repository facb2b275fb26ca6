"""The choice while the video comes: what is new is chosen within three seconds, what was shown is not chosen again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import pytest
from numpy import ndarray

from tests.analysis.frames import features_of, span
from tests.selection.conftest import texture
from vkeyframe.analysis.sample import Sample, ShotStart
from vkeyframe.selection.online import OnlineChoice, OnlineChooser
from vkeyframe.selection.request import SelectionRequest
from vkeyframe.selection.shown import MOST_PASSED, MOST_SHOWN, Look, ShownLooks
from vkeyframe.video.frame import Frame, FrameTime

RATE = 8.0
LONGEST = 3.0


class Fed:
    """A chooser that is fed shots, each so many seconds of one picture or of several; a cut is told four samples late."""

    def __init__(self, request: SelectionRequest = SelectionRequest(), rate: float = RATE) -> None:
        self.choices: list[OnlineChoice] = []
        self.delays: list[float] = []
        self.chooser = OnlineChooser(request, self._choose)
        self._rate, self._next, self._shot = rate, 0, 0

    def _choose(self, choice: OnlineChoice) -> None:
        self.choices.append(choice)
        self.delays.append((self._next - 1) / self._rate - choice.best.features.time)

    def push(self, picture: ndarray) -> None:
        time = self._next / self._rate
        features = replace(features_of(picture, time), index=self._next)
        start = ShotStart(self._next, time, time - 1 / self._rate)
        self._next += 1
        self.chooser.push(Sample(features, start, features, Frame(features.index, time, picture)))

    def shots(self, pictures: Sequence[int], seconds: float) -> None:
        """Feed a shot of each picture."""
        for picture in pictures:
            first = self._next
            for number in range(round(seconds * self._rate)):
                self.push(texture(picture))
                if number == 3 and first > 0:
                    self._end(first)

    def _end(self, following: int) -> None:
        end = FrameTime(following - 1, (following - 1) / self._rate)
        self.chooser.end_shot(replace(span(self._shot, following - 1, following), end=end))
        self._shot += 1

    def finish(self) -> list[int]:
        """End the video; return the shots that were chosen from."""
        last = FrameTime(self._next - 1, (self._next - 1) / self._rate)
        self.chooser.end_shot(replace(span(self._shot), end=last))
        self.chooser.finish()
        return [choice.shot for choice in self.choices]


def test_each_new_shot_is_chosen_from_once() -> None:
    fed = Fed()
    fed.shots(range(6), 4.0)
    assert fed.finish() == list(range(6))


def test_what_returns_is_not_chosen_again() -> None:
    fed = Fed()
    fed.shots([1, 2, 1, 2, 3, 1], 3.0)
    assert fed.finish() == [0, 1, 4]


# A stream of a camera, and one of an hour in minutes.
@pytest.mark.parametrize("rate", [8.0, 5.0, 2.0, 1.0])
def test_a_choice_is_told_within_three_seconds(rate: float) -> None:
    fed = Fed(rate=rate)
    fed.shots(range(4), 12.0)
    fed.finish()
    assert len(fed.choices) == 4
    assert max(fed.delays) <= LONGEST


def test_what_is_undecided_is_decided_when_nothing_comes() -> None:
    fed = Fed()
    for _ in range(3):
        fed.push(texture(1))
    assert fed.choices == []
    fed.chooser.decide_all()
    assert [choice.shot for choice in fed.choices] == [0]
    fed.shots([2], 3.0)
    assert fed.finish() == [0, 1]


def test_a_change_within_a_shot_is_chosen_too() -> None:
    fed = Fed()
    for picture in (1, 2):
        for _ in range(40):
            fed.push(texture(picture))
    assert fed.finish() == [0, 0]
    assert fed.choices[1].best.features.time >= 5.0


def test_a_keyframe_in_a_transition_is_taken_back() -> None:
    """The sharpest sample lies behind the end of its shot, which is told late."""
    fed = Fed()
    for _ in range(8):
        fed.push(texture(1) // 2 + 64)
    for _ in range(3):
        fed.push(texture(1))
    fed._end(9)
    fed.shots([2], 3.0)
    fed.finish()
    assert fed.choices[0].best.features.index < 9


def test_filters_and_the_least_gap_hold() -> None:
    fed = Fed(SelectionRequest(skip_flat=True, min_gap=5.0))
    for _ in range(24):
        fed.push(np.full((72, 128, 3), 128, np.uint8))
    fed.shots(range(4), 3.0)
    fed.finish()
    times = [choice.best.features.time for choice in fed.choices]
    assert times[0] >= 3.0
    assert np.diff(times).min() >= 5.0


def test_where_all_is_black_one_frame_is_chosen_in_the_end() -> None:
    fed = Fed()
    for _ in range(40):
        fed.push(np.zeros((72, 128, 3), np.uint8))
    assert fed.choices == []
    assert fed.finish() == [0]


def looks(count: int) -> Iterator[tuple[Look, ndarray]]:
    for number in range(count):
        features = features_of(texture(number))
        yield Look.of(features, number, 1.0), np.full(features.lab.shape[:2], 144.0, np.float32)


def test_the_memory_of_what_was_shown_is_bounded() -> None:
    shown, passed = ShownLooks(), ShownLooks()
    pairs = list(looks(8))
    for number in range(2 * MOST_SHOWN):
        look, tolerance = pairs[number % len(pairs)]
        shown.show(look, shown.compare(look, tolerance))
        passed.pass_over(look, passed.compare(look, tolerance))
    assert len(shown._shown) == MOST_SHOWN
    assert len(passed._passed) == MOST_PASSED


def test_what_was_passed_over_adds_to_what_is_like_it() -> None:
    memory = ShownLooks()
    (look, tolerance), (other, _) = looks(2)
    assert memory.compare(look, tolerance).gain == pytest.approx(1.0)
    memory.pass_over(look, memory.compare(look, tolerance))
    assert memory.compare(look, tolerance).gain == pytest.approx(2.0)
    memory.show(look, memory.compare(look, tolerance))
    seen = memory.compare(look, tolerance)
    assert seen.gain == pytest.approx(0.0, abs=1e-6)
    assert seen.likeness == pytest.approx(1.0)
    assert memory.compare(other, tolerance).likeness == 0.0
