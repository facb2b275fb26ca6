"""Times in all the forms that people write, and none other."""

import random

import pytest

from vkeyframe.errors import UsageError
from vkeyframe.timing import Position, format_timecode, parse_position


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("0", 0.0),
        ("12", 12.0),
        ("12.5", 12.5),
        ("12.5s", 12.5),
        ("90s", 90.0),
        (" 7.25 ", 7.25),
        ("0.000000001", 1e-9),
        ("01:02.345", 62.345),
        ("1:2", 62.0),
        ("59:59.999", 3599.999),
        ("00:01:02.345", 62.345),
        ("1:00:00", 3600.0),
        ("100:00:00.5", 360000.5),
        ("99999:59:59", 359999999.0),
    ],
)
def test_times_are_read_as_seconds(text: str, time: float) -> None:
    position = parse_position(text)
    assert position.time == pytest.approx(time, abs=1e-12)
    assert position.frame is None


@pytest.mark.parametrize(("text", "frame"), [("0f", 0), ("150f", 150), (" 7f ", 7), ("007f", 7), ("999999999999f", 999999999999)])
def test_frames_are_read_as_numbers(text: str, frame: int) -> None:
    assert parse_position(text) == Position(None, frame)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "soon",
        "-1",
        "+1",
        "12.",
        ".5",
        "1,5",
        "1e3",
        "nan",
        "inf",
        "0x10",
        "12 s",
        "12.5ss",
        "1234567890",
        "1.5f",
        "-3f",
        "f",
        "1:60",
        "60:00",
        "1:60:00",
        "1:00:60",
        "1:2:3:4",
        ":30",
        "1:",
        "1:-2",
        "12\n13",
    ],
)
def test_what_is_no_time_is_refused_with_what_is_allowed(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_position(text)
    message = str(caught.value)
    assert f"'{text.strip()}'" in message
    for form in ("12.5", "00:01:02.345", "150f"):
        assert form in message
        assert parse_position(form)


@pytest.mark.parametrize(
    ("position", "frame", "time", "reached"),
    [
        (Position(None, 10), 9, 100.0, False),
        (Position(None, 10), 10, 0.0, True),
        (Position(None, 10), 11, 0.0, True),
        (Position(None, 0), 0, 0.0, True),
        (Position(2.0, None), 1000, 1.999, False),
        (Position(2.0, None), 1000, 1.999998, False),
        (Position(2.0, None), 0, 1.9999995, True),
        (Position(2.0, None), 0, 2.0, True),
        (Position(2.0, None), 0, 2.1, True),
        (Position(0.0, None), 0, 0.0, True),
    ],
)
def test_a_position_is_reached_from_its_place_on(position: Position, frame: int, time: float, reached: bool) -> None:
    assert position.reached(frame, time) is reached


@pytest.mark.parametrize(
    ("time", "text"),
    [
        (0, "00:00:00.000"),
        (0.0004, "00:00:00.000"),
        (0.0006, "00:00:00.001"),
        (1 / 24, "00:00:00.042"),
        (59.9994, "00:00:59.999"),
        (59.9996, "00:01:00.000"),
        (62.345, "00:01:02.345"),
        (3599.9999, "01:00:00.000"),
        (86399.999, "23:59:59.999"),
        (360000.5, "100:00:00.500"),
    ],
)
def test_time_codes_are_rounded_to_the_millisecond(time: float, text: str) -> None:
    assert format_timecode(time) == text


def test_a_time_code_can_be_read_again() -> None:
    source = random.Random(5)
    for _ in range(500):
        time = source.uniform(0, 10 ** source.uniform(-3, 6))
        again = parse_position(format_timecode(time))
        assert again.frame is None
        assert again.time == pytest.approx(time, rel=1e-12, abs=0.0005001)
