"""Exact rates and SMPTE timecodes, against OpenTimelineIO and the `timecode` package."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vkeyframe.timecode import STANDARD_RATES, Timecode, can_drop, editing_rate, exact_rate, rate_text, standard_timecode

FILM, PAL, NTSC, NTSC60 = Fraction(24000, 1001), Fraction(25), Fraction(30000, 1001), Fraction(60000, 1001)
COUNTED = [(FILM, False), (Fraction(24), False), (PAL, False), (NTSC, False), (NTSC, True), (Fraction(50), False)]
COUNTED += [(NTSC60, False), (NTSC60, True), (Fraction(60), False)]
# Around each place where numbers are left out, or not, and at both ends of a day.
FRAMES = [*range(3), 1797, 1798, 1799, 1800, 1801, 1802, 3597, 3598, 17981, 17982, 17983, 17984, 19780, 35963, 35964, 35966]
FRAMES += [107_892, 107_998, 215_784, 1_000_001, 2_073_599]


@pytest.mark.parametrize(("rate", "drop"), COUNTED)
def test_a_timecode_is_that_of_opentimelineio(rate: Fraction, drop: bool) -> None:
    otio = pytest.importorskip("opentimelineio").opentime
    for frame in FRAMES:
        theirs = otio.to_timecode(otio.RationalTime(frame, float(rate)), float(rate), drop)
        assert str(Timecode(frame, rate, drop)) == theirs
        assert Timecode.parse(theirs, rate).frame == frame == otio.from_timecode(theirs, float(rate)).value


@pytest.mark.parametrize(("rate", "name", "drop"), [(NTSC, "29.97", True), (NTSC60, "59.94", True), (FILM, "23.976", False)])
def test_a_timecode_is_that_of_the_timecode_package(rate: Fraction, name: str, drop: bool) -> None:
    package = pytest.importorskip("timecode")
    for frame in FRAMES:
        # That package counts frames from 1.
        theirs = package.Timecode(name, frames=frame + 1, force_non_drop_frame=not drop)
        assert str(Timecode(frame, rate, drop)) == str(theirs)


@given(st.sampled_from(COUNTED), st.integers(0, 2_000_000))
def test_a_timecode_is_read_as_it_was_written(counted: tuple[Fraction, bool], frame: int) -> None:
    code = Timecode(frame, *counted)
    assert Timecode.parse(str(code), code.rate) == code


def test_drop_frame_keeps_up_with_the_clock() -> None:
    """Without it an hour of 29.97 is 3.6 s late."""
    assert str(Timecode(107_892, NTSC, True)) == "01:00:00;00"
    assert str(Timecode(107_892, NTSC)) == "00:59:56:12"
    assert str(Timecode.parse("00:59:58;00", NTSC) + 60) == "01:00:00;00"
    assert str(Timecode.parse("00:00:59;29", NTSC) + 1) == "00:01:00;02"
    assert str(Timecode.parse("00:00:59;59", NTSC60) + 1) == "00:01:00;04"
    assert Timecode.parse("01:00:00:00", FILM).seconds == Fraction(36036, 10)


def test_a_number_that_is_left_out_is_the_next_one() -> None:
    assert str(Timecode.parse("00:01:00;00", NTSC)) == str(Timecode.parse("00:01:00;01", NTSC)) == "00:01:00;02"


def test_a_day_begins_anew() -> None:
    assert str(Timecode.parse("23:59:59:24", PAL) + 1) == "00:00:00:00"
    assert str(Timecode.parse("23:59:59;29", NTSC) + 1) == "00:00:00;00"


def test_drop_frame_where_there_is_none() -> None:
    assert [rate for rate in STANDARD_RATES if can_drop(rate)] == [NTSC, NTSC60, Fraction(120_000, 1001)]
    assert Timecode.parse("00:01:00;00", PAL) == Timecode(1500, PAL)


def test_more_than_a_hundred_frames_a_second_have_three_digits() -> None:
    assert str(Timecode(119, Fraction(120))) == "00:00:00:119"
    assert str(Timecode(99, Fraction(100))) == "00:00:00:99"


@pytest.mark.parametrize("text", ["", "1:00:00:00", "01:00:00", "01:60:00:00", "01:00:00:25", "01:00:00:00 x", "01:00:00.000"])
def test_what_is_no_timecode(text: str) -> None:
    with pytest.raises(ValueError, match="is no timecode at 25/1"):
        Timecode.parse(text, PAL)


def test_a_timecode_of_a_file_has_one_form() -> None:
    assert standard_timecode("00:59:58;00") == standard_timecode(" 00:59:58.00 ") == "00:59:58;00"
    assert standard_timecode("10:00:00:00") == "10:00:00:00"
    assert standard_timecode("noon") is None


@pytest.mark.parametrize(
    ("rate", "declared", "exact"),
    [
        (23.976024, None, FILM),
        (23.98, Fraction(2398, 100), FILM),
        (23.976, Fraction(2997, 125), FILM),
        (24.0, None, Fraction(24)),
        (29.97, None, NTSC),
        (59.940060, Fraction(19001, 317), NTSC60),
        (12.5, None, Fraction(25, 2)),
        (16.666667, Fraction(50, 3), Fraction(50, 3)),
        (16.666667, Fraction(25), Fraction(16.666667).limit_denominator(100_000)),
    ],
)
def test_a_rate_is_exact(rate: float, declared: Fraction | None, exact: Fraction) -> None:
    assert exact_rate(rate, declared) == exact


def test_a_timeline_has_a_usual_rate() -> None:
    assert editing_rate(NTSC) == NTSC
    assert editing_rate(Fraction(15)) == 15
    assert editing_rate(Fraction(50, 3)) == FILM
    assert editing_rate(Fraction(2998, 100)) == 30
    assert editing_rate(Fraction(1201, 7)) == 172
    assert rate_text(FILM) == "24000/1001"
    assert rate_text(PAL) == "25/1"
