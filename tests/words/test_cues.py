"""Lines of dialogue: markup goes, what rolls is said once, and nothing takes for ever."""

from __future__ import annotations

import math
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as some

from vkeyframe.words.cues import LONGEST_TEXT, MOST_LINES, Cue, lines_of, rows_of

NAN = math.nan


def texts(*cues: tuple[float, float, str], shift: float = 0.0) -> list[tuple[float, float, str]]:
    lines, _ = lines_of([Cue(start, end, tuple(text.split("|"))) for start, end, text in cues], shift)
    return [(line.start_time, line.end_time, line.text) for line in lines]


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        (r"{\an8}Up there", ("Up there",)),
        (r"{\i1}Hello{\i0}, you\Ntwo  rows", ("Hello, you", "two rows")),
        (r"{\k20}ka{\k30}ra{\kf10}o{\ko9}ke", ("karaoke",)),
        (r"{\p1}m 0 0 l 100 0 100 100{\p0}after", ("after",)),
        (r"{\pos(1,2)\p4}m 0 0 l 1 1", ()),
        ("<i>Tag</i> <b>b</b> <font color='#fff'>red</font> <c.yellow>c</c>", ("Tag b red c",)),
        ("Tom &amp; Jerry &lt;3 &#39;s", ("Tom & Jerry <3 's",)),
        ("3 < 4 and 5 > 4", ("3 < 4 and 5 > 4",)),
        ("<laughs> he said", ("<laughs> he said",)),
        (r"a\hb \{real\}", ("a b {real}",)),
        ("\u200eleft\u202a \ufeffmark", ("left mark",)),
        (r"  \N \n ", ()),
        ("half \ud83d", ("half ?",)),
        ("a\x00b\x1b[31m", ("ab[31m",)),
    ],
)
def test_markup_goes_and_words_stay(text: str, rows: tuple[str, ...]) -> None:
    assert rows_of(text) == rows


def test_lines_are_in_order_of_time_and_may_overlap() -> None:
    assert texts((3, 5, "b"), (1, 4, "a")) == [(1, 4, "a"), (3, 5, "b")]


def test_what_rolls_row_by_row_is_said_once() -> None:
    # As YouTube writes what it hears: each row comes with the row before it, and 10 ms of that alone between them.
    rolling = [(0.0, 2.0, "one"), (2.0, 2.01, "one"), (2.01, 4.0, "one|two"), (4.0, 4.01, "two"), (4.01, 6.0, "two|three")]
    assert [text for *_, text in texts(*rolling)] == ["one", "two", "three"]
    assert texts(*rolling)[-1] == (4.01, 6.0, "three")


def test_the_same_words_without_a_pause_are_one_line_and_with_a_pause_two() -> None:
    assert texts((0, 1, "No."), (1.04, 2, "No.")) == [(0, 2, "No.")]
    assert texts((0, 1, "No."), (1.5, 2, "No.")) == [(0, 1, "No."), (1.5, 2, "No.")]


def test_signs_that_are_set_frame_by_frame_are_one_line() -> None:
    frames = [(number / 25, (number + 1) / 25, text) for number in range(50) for text in ("BAR", "OPEN")]
    assert texts(*frames) == [(0.0, 2.0, "BAR OPEN")]


def test_an_end_that_is_not_known_is_the_next_start_or_some_seconds_later() -> None:
    assert texts((1, NAN, "a"), (2, NAN, "b"), (9, 9, "c")) == [(1, 2, "a"), (2, 6, "b"), (9, 13, "c")]


def test_times_are_shifted_and_what_ends_before_the_first_frame_is_left_out() -> None:
    assert texts((1, 2, "a"), (2, 4, "b"), (5, 6, "c"), shift=-3.0) == [(0, 1, "b"), (2, 3, "c")]


def test_lines_that_end_before_they_begin_are_counted() -> None:
    lines, broken = lines_of([Cue(5, 3, ("a",)), Cue(NAN, 3, ("b",)), Cue(math.inf, NAN, ("c",)), Cue(1, 2, ("d",))])
    assert ([line.text for line in lines], broken) == (["d"], 3)


@pytest.mark.parametrize(
    "cues",
    [
        [Cue(1.0, NAN, ("x",))] * MOST_LINES,
        [Cue(1.0, 2.0, (str(number),)) for number in range(MOST_LINES)],
        [Cue(number / 10, 1e6, (str(number),)) for number in range(MOST_LINES)],
    ],
)
def test_a_hundred_thousand_lines_take_a_moment(cues: list[Cue]) -> None:
    started = process_time()
    lines, _ = lines_of(cues)
    assert process_time() - started < 3.0
    assert 1 <= len(lines) <= MOST_LINES
    assert all(len(line.text) <= LONGEST_TEXT + 2 for line in lines)


@pytest.mark.parametrize("part", ["{", r"{\p1", r"\p1", "<i ", "</", "{}", r"{\p1}a", "&#", "&amp"])
def test_a_long_text_of_broken_markup_takes_a_moment(part: str) -> None:
    started = process_time()
    rows_of("{" + part * 100_000)
    assert process_time() - started < 2.0


@given(
    some.lists(some.builds(Cue, some.floats(), some.floats(), some.lists(some.text(), max_size=3).map(tuple)), max_size=8),
    some.floats(-10, 10),
)
def test_whatever_comes_lines_are_in_order_and_last(cues: list[Cue], shift: float) -> None:
    lines, _ = lines_of(cues, shift)
    assert all(0.0 <= line.start_time < line.end_time < math.inf for line in lines)
    assert [line.start_time for line in lines] == sorted(line.start_time for line in lines)
