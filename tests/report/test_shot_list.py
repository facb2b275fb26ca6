"""Short shots join the next one, and the list stays whole."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest

from vkeyframe.report.records import Report, Shot, Transition
from vkeyframe.report.shot_list import ShotList, without_short_shots
from vkeyframe.timing import parse_position


@pytest.fixture
def listed(make_report: Callable[..., Report]) -> Callable[..., ShotList]:
    """Give a function that makes shots of so many frames at 25 a second, with cuts between them."""

    def make(*lengths: int) -> ShotList:
        shots: list[Shot] = []
        for index, length in enumerate(lengths):
            first = sum(lengths[:index])
            times = first / 25, (first + length - 1) / 25, (first + length) / 25
            kind = "cut" if index else "start"
            stops = first + length, times[2], length, length / 25
            shots.append(Shot(index, first, first + length - 1, *times[:2], kind, 0.125, *stops))
        cuts = [Transition("cut", b.index, a.end_frame, b.start_frame, a.end_time, b.start_time) for a, b in pairwise(shots)]
        report = make_report(None)
        return ShotList(report.video, report.decoding, tuple(shots), tuple(cuts))

    return make


@pytest.mark.parametrize(
    ("lengths", "least", "joined"),
    [
        ((50, 5, 50), "10f", (50, 55)),
        ((5, 50, 50), "10f", (55, 50)),
        ((50, 50, 5), "10f", (50, 55)),
        ((6, 6, 6, 6, 6), "12f", (12, 18)),
        ((5, 3), "10f", (8,)),
        ((5,), "1", (5,)),
        ((25, 25), "1", (25, 25)),
        ((24, 25), "1", (49,)),
        ((25, 25), "0", (25, 25)),
    ],
)
def test_what_is_too_short_joins_the_next_shot(
    lengths: tuple[int, ...], least: str, joined: tuple[int, ...], listed: Callable[..., ShotList]
) -> None:
    found = without_short_shots(listed(*lengths), parse_position(least))
    assert tuple(shot.length_frames for shot in found.shots) == joined
    assert [shot.index for shot in found.shots] == list(range(len(joined)))
    assert found.shots[0].start_frame == 0
    assert found.shots[-1].end_frame_exclusive == sum(lengths)
    for before, after in pairwise(found.shots):
        assert before.end_frame_exclusive == after.start_frame == before.end_frame + 1
        assert before.end_time_exclusive == after.start_time
    assert [(cut.shot, cut.to_frame) for cut in found.transitions] == [(shot.index, shot.start_frame) for shot in found.shots[1:]]
    for shot in found.shots:
        assert shot.length_seconds == pytest.approx((shot.length_frames or 0) / 25)
    assert sum(shot.attention for shot in found.shots) == pytest.approx(0.125 * len(lengths))
