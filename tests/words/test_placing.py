"""Which words belong to which shot and keyframe."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from vkeyframe.analysis.sections import Line
from vkeyframe.report.records import Keyframe, Report, Shot
from vkeyframe.words.placing import Said, with_words


def line(start: float, end: float, text: str = "x") -> Line:
    return Line(start, end, text)


def shot(index: int, start: float, end: float) -> Shot:
    return Shot(index, int(25 * start), int(25 * end) - 1, start, end - 0.04, "cut", 0.5, int(25 * end), end)


@pytest.mark.parametrize(
    ("said", "first", "second"),
    [
        (line(1.0, 3.0), True, False),
        (line(4.5, 5.5), True, True),
        # It stays a little too long.
        (line(3.0, 5.3), True, False),
        (line(4.8, 7.0), False, True),
        # Short, but as much here as there.
        (line(4.8, 5.2), True, True),
        (line(4.9, 5.3), False, True),
        (line(5.0, 6.0), False, True),
        (line(11.0, 12.0), False, False),
    ],
)
def test_a_line_belongs_to_the_shots_that_have_enough_of_it(said: Line, first: bool, second: bool) -> None:
    assert [bool(Said([said]).text(*ends)) for ends in ((0.0, 5.0), (5.0, 10.0))] == [first, second]


def test_every_line_within_the_video_belongs_somewhere() -> None:
    source = np.random.default_rng(3)
    edges = [0.0, *np.cumsum(source.uniform(0.04, 1.5, 200)).round(3).tolist()]
    starts = np.sort(source.uniform(0, edges[-1] - 3, 300)).round(3).tolist()
    lines = [line(start, round(start + float(length), 3), str(number)) for number, (start, length) in enumerate(
        zip(starts, source.uniform(0.01, 3, 300), strict=True))]  # fmt: skip
    said = Said(lines)
    found = {text for start, end in pairwise(edges) for text in said.text(start, end).split("\n")}
    assert {each.text for each in lines} <= found


def test_what_is_said_between_two_times_is_all_that_is_said_in_part() -> None:
    source = np.random.default_rng(5)
    starts = np.sort(source.uniform(0, 60, 80)).tolist()
    lines = [line(start, start + float(length)) for start, length in zip(starts, source.exponential(4, 80) + 0.01, strict=True)]
    for start, end in source.uniform(0, 60, (50, 2)).tolist():
        wanted = [each for each in lines if each.start_time < end and each.end_time > start and start < end]
        assert Said(lines).between(start, end) == wanted


def test_a_report_has_the_words_in_shots_keyframes_and_lines(
    make_report: Callable[..., Report], make_keyframe: Callable[..., Keyframe]
) -> None:
    keyframes = tuple(
        replace(make_keyframe(number, None), span_start_time=float(number), span_end_time_exclusive=float(number + 1))
        for number in range(3)
    )
    report = replace(make_report(), shots=(shot(0, 0.0, 2.0), shot(1, 2.0, 3.0)), keyframes=keyframes)
    lines = [line(0.1, 0.9, "a"), line(0.2, 1.9, "b")]
    found = with_words(report, Said(lines))
    assert [each.text for each in found.shots] == ["a\nb", ""]
    assert [each.text for each in found.keyframes] == ["a\nb", "b", ""]
    assert found.sections == {"actions": (), "lines": tuple(lines)}
    # Chosen for lines, a keyframe has these lines alone; the frames of keyframes are 0, 25 and 50.
    chosen = with_words(report, Said(lines), [25, None])
    assert [each.text for each in chosen.keyframes] == ["", "a", ""]
    assert [each.keyframe for each in chosen.sections["lines"]] == [1, None]
    assert [each.text for each in report.keyframes] == [None] * 3
