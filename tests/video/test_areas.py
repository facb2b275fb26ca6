"""Boxes and polygons as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from vkeyframe.errors import UsageError
from vkeyframe.video.areas import Box, Polygon, parse_area, parse_box
from vkeyframe.video.options import ReadOptions


@pytest.mark.parametrize(
    ("text", "box"),
    [
        ("0,0,160,96", (0, 0, 160, 96)),
        ("10,20,30,40", (10, 20, 30, 40)),
        ("10%,0%,80%,100%", (16, 0, 128, 96)),
        (" 10 , 20.4 ,30, 50%", (10, 20, 30, 48)),
        ("33.333333%,0,33.333333%,1", (53, 0, 54, 1)),
        ("159,95,1,1", (159, 95, 1, 1)),
    ],
)
def test_a_box_is_read_in_pixels_and_percent(text: str, box: tuple[int, ...]) -> None:
    assert parse_box(text).within(160, 96, "crop") == box


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1",
        "1,2,3",
        "1,2,3,4,5",
        "a,b,c,d",
        "-1,0,5,5",
        "1,2,3,4%%",
        "1e3,0,5,5",
        "nan,0,5,5",
        "0,0,inf,5",
        "9999999,0,1,1",
        "٣,0,5,5",
    ],
)
def test_what_is_no_box_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(UsageError, match=r"^crop is .*, but must be left edge, top edge, width and height, such as 0,40,640,320"):
        ReadOptions(crop=text)


@pytest.mark.parametrize("text", ["", "1,2 3,4", "1,2 3,4 5", "0,0 1,1 2,x", "0,0 1,1 -2,0", "0,0 " * 1001, "1,2;3,4;5,6"])
def test_what_is_neither_box_nor_polygon_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match=r"^ignore is .*, but must be "):
        ReadOptions(ignore=(text,))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("0,0,161,96", "crop is 0,0,161,96, but the picture ends at 160,96: it is 160×96 pixels"),
        ("150,90,20,2", "the picture ends at 160,96"),
        ("0,0,0.2,5", "less than a pixel of the picture, of 160×96 pixels"),
        ("500,0,1%,5", "the picture ends at 160,96"),
    ],
)
def test_a_box_outside_the_picture_is_refused_with_the_picture_s_size(text: str, told: str) -> None:
    with pytest.raises(UsageError, match=told):
        parse_box(text).within(160, 96, "crop")


@pytest.mark.parametrize(
    ("text", "told"), [("50%,0,60%,5", "ends at 110%"), ("0,0,0,5", "has no area"), ("0,0,5,0%", "has no area")]
)
def test_a_box_that_can_lie_in_no_picture_is_refused_at_once(text: str, told: str) -> None:
    with pytest.raises(UsageError, match=told):
        ReadOptions(crop=text)


def test_a_polygon_has_its_corners_in_pixels_and_percent() -> None:
    area = parse_area("0,0 50%,0 100%,96  0,100%")
    assert isinstance(area, Polygon)
    assert area.within(160, 96) == ((0, 0), (80, 0), (160, 96), (0, 96))
    assert isinstance(parse_area("0,0,5,5"), Box)
    with pytest.raises(UsageError, match=r"the picture ends at 160,96"):
        parse_area("0,0 161,0 0,5").within(160, 96)  # type: ignore[union-attr, call-arg]
    with pytest.raises(UsageError, match="more than 100%"):
        parse_area("0,0 101%,0 0,5")


@given(some.text(max_size=30) | some.text("0123456789,.% ", max_size=30))
def test_any_text_is_an_area_or_is_refused(text: str) -> None:
    try:
        area = parse_area(text)
    except UsageError:
        return
    try:
        corners = area.within(64, 36, "ignore") if isinstance(area, Box) else area.within(64, 36)
    except UsageError:
        return
    if isinstance(area, Box):
        x, y, width, height = corners
        assert x >= 0 <= y
        assert 0 < width <= 64 - x
        assert 0 < height <= 36 - y
