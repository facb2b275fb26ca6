"""The contact sheet: every keyframe's picture in its place, with its time below it."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy import ndarray

from tests import clips
from vkeyframe.errors import InputError, UsageError
from vkeyframe.export.options import FormOptions
from vkeyframe.export.sheet import SHEET_NAME, SheetLayout, draw_sheet, read_picture, write_sheet
from vkeyframe.output.spool import write_picture
from vkeyframe.report.records import Keyframe, Report

MakeKeyframe = Callable[..., Keyframe]
LAYOUT = SheetLayout()
CAPTION_PX, GAP_PX, PAPER = LAYOUT.caption_px, LAYOUT.gap_px, LAYOUT.paper
TILE_PX, WIDEST_PX = FormOptions().sheet_width, LAYOUT.widest_px


def colour(index: int) -> tuple[int, int, int]:
    """A colour of BGR that no other keyframe has."""
    return 60 + 45 * (index % 5), 60 + 45 * (index // 5 % 5), 60 + 45 * (index // 25 % 5)


def draw(folder: Path, make_keyframe: MakeKeyframe, number: int, width: int, height: int) -> ndarray:
    """Write pictures in one colour each and their sheet; give the sheet."""
    keyframes = []
    for index in range(number):
        keyframes.append(make_keyframe(index, f"{index}.png", width, height))
        write_picture(folder / f"{index}.png", np.full((height, width, 3), colour(index), np.uint8), (width, height), [])
    sheet = draw_sheet(tuple(keyframes), folder, LAYOUT)
    write_picture(folder / SHEET_NAME, sheet, (sheet.shape[1], sheet.shape[0]), [cv2.IMWRITE_JPEG_QUALITY, LAYOUT.quality])
    return read_picture(folder / SHEET_NAME)


def boxes(number: int, columns: int, width: int, height: int) -> list[tuple[int, int]]:
    """Left and top of every tile, row by row."""
    step_x, step_y = width + GAP_PX, height + CAPTION_PX + GAP_PX
    return [(GAP_PX + index % columns * step_x, GAP_PX + index // columns * step_y) for index in range(number)]


@pytest.mark.parametrize(
    ("number", "width", "height", "columns", "rows", "tile"),
    [
        (1, 640, 360, 1, 1, (320, 180)),
        (5, 640, 360, 4, 2, (320, 180)),
        (40, 640, 360, 6, 7, (320, 180)),
        (5, 360, 640, 4, 2, (320, 569)),
        (5, 64, 36, 4, 2, (320, 180)),
        (2, 333, 111, 2, 1, (320, 107)),
    ],
)
def test_every_tile_is_where_it_should_be(
    number: int,
    width: int,
    height: int,
    columns: int,
    rows: int,
    tile: tuple[int, int],
    tmp_path: Path,
    make_keyframe: MakeKeyframe,
) -> None:
    sheet = draw(tmp_path, make_keyframe, number, width, height)
    wide, high = tile
    assert sheet.shape == (rows * (high + CAPTION_PX + GAP_PX) + GAP_PX, columns * (wide + GAP_PX) + GAP_PX, 3)
    rest = sheet.copy()
    for index, (left, top) in enumerate(boxes(number, columns, wide, high)):
        inside = sheet[top + 8 : top + high - 8, left + 8 : left + wide - 8].astype(int)
        assert np.abs(inside - colour(index)).max() <= 6
        edge = sheet[[top + 1, top + high - 2], left : left + wide].astype(int)
        assert np.abs(edge - colour(index)).mean() < 15
        caption = sheet[top + high : top + high + CAPTION_PX, left : left + wide]
        assert caption[4:-2].max() > 180
        rest[top : top + high + CAPTION_PX, left : left + wide] = PAPER
    # What JPEG smears over an edge of a tile is little on the whole; where no tile is near, there is nothing.
    assert np.abs(rest.astype(int) - PAPER).mean() < 1
    free = rows * columns - number
    if free:
        left, top = boxes(rows * columns, columns, wide, high)[number]
        assert np.abs(sheet[top + 16 :, left + 16 :].astype(int) - PAPER).max() <= 3


def test_the_sheet_shows_the_pictures_and_not_their_colours_alone(
    tmp_path: Path, make_report: Callable[..., Report], make_keyframe: MakeKeyframe
) -> None:
    ramp = np.linspace(0, 255, TILE_PX).astype(np.uint8)
    picture = np.repeat(np.tile(ramp, (180, 1))[..., None], 3, axis=2)
    write_picture(tmp_path / "0.png", picture, (TILE_PX, 180), [])
    report = replace(make_report("0.png"), keyframes=(make_keyframe(0, "0.png", TILE_PX, 180),))
    assert write_sheet(report, tmp_path) == [SHEET_NAME]
    shown = read_picture(tmp_path / SHEET_NAME)[GAP_PX : GAP_PX + 180, GAP_PX : GAP_PX + TILE_PX]
    assert np.abs(shown[8:-8, 8:-8].astype(int) - picture[8:-8, 8:-8]).max() <= 8


def test_captions_differ_where_times_differ(tmp_path: Path, make_keyframe: MakeKeyframe) -> None:
    sheet = draw(tmp_path, make_keyframe, 2, 640, 360).astype(int)
    first, second = (sheet[top + 180 : top + 180 + CAPTION_PX, left : left + TILE_PX] for left, top in boxes(2, 2, TILE_PX, 180))
    assert np.abs(first - second).max() > 100


def test_many_keyframes_make_smaller_tiles(tmp_path: Path, make_keyframe: MakeKeyframe) -> None:
    sheet = draw(tmp_path, make_keyframe, 600, 16, 9)
    columns = 21
    wide = WIDEST_PX // columns
    assert wide < TILE_PX
    assert sheet.shape[1] == columns * (wide + GAP_PX) + GAP_PX


def test_the_sheet_overwrites_no_picture(tmp_path: Path, make_keyframe: MakeKeyframe) -> None:
    draw(tmp_path, make_keyframe, 3, 64, 36)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["0.png", "1.png", "2.png", SHEET_NAME]
    assert np.array_equal(read_picture(tmp_path / "2.png"), np.full((36, 64, 3), colour(2), np.uint8))


@pytest.mark.parametrize("name", ["été 映画.png", "with space.png", "%05d.png"])
def test_a_picture_is_read_under_any_name(name: str, tmp_path: Path) -> None:
    picture = np.random.default_rng(1).integers(0, 256, (9, 7, 3), np.uint8)
    (tmp_path / name).write_bytes(cv2.imencode(".png", picture)[1].tobytes())
    assert np.array_equal(read_picture(tmp_path / name), picture)


def test_what_is_no_picture_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(b"no picture")
    (tmp_path / "empty.jpg").touch()
    for name in ("a.jpg", "empty.jpg", "missing.jpg"):
        with pytest.raises(InputError, match=rf"{name}: no picture"):
            read_picture(tmp_path / name)


def write_pictures(folder: Path, make_keyframe: MakeKeyframe, pictures: list[ndarray]) -> tuple[Keyframe, ...]:
    """Write pictures and make their keyframes."""
    keyframes = []
    for index, picture in enumerate(pictures):
        height, width = picture.shape[:2]
        write_picture(folder / f"{index}.png", picture, (width, height), [])
        keyframes.append(make_keyframe(index, f"{index}.png", width, height))
    return tuple(keyframes)


def test_columns_and_width_are_as_asked(tmp_path: Path, make_keyframe: MakeKeyframe) -> None:
    keyframes = write_pictures(tmp_path, make_keyframe, [np.full((36, 64, 3), 200, np.uint8)] * 5)
    sheet = draw_sheet(keyframes, tmp_path, LAYOUT, FormOptions(sheet_columns=2, sheet_width=64))
    assert sheet.shape == (3 * (36 + CAPTION_PX + GAP_PX) + GAP_PX, 2 * (64 + GAP_PX) + GAP_PX, 3)
    for left, top in boxes(5, 2, 64, 36):
        assert (sheet[top : top + 36, left : left + 64] == 200).all()


@pytest.mark.parametrize("captions", ["time", "time,shot,rank", "rank"])
@pytest.mark.parametrize("width", [120, 320, 1200])
def test_a_caption_stays_below_its_tile(captions: str, width: int, tmp_path: Path, make_keyframe: MakeKeyframe) -> None:
    keyframes = write_pictures(tmp_path, make_keyframe, [np.full((36, 64, 3), 200, np.uint8)] * 2)
    sheet = draw_sheet(keyframes, tmp_path, LAYOUT, FormOptions(sheet_width=width, sheet_captions=captions))
    height = round(width * 36 / 64)
    rest = sheet.copy()
    for left, top in boxes(2, 2, width, height):
        # A rounded width of letters may take the next pixel.
        assert (sheet[top : top + height, left : left + width] == 200).all()
        assert sheet[top + height : top + height + CAPTION_PX, left : left + width].max() > PAPER + 20
        rest[top : top + height + CAPTION_PX, left : left + width + 2] = PAPER
    assert (rest == PAPER).all()


def test_without_captions_there_is_no_line_for_them(tmp_path: Path, make_keyframe: MakeKeyframe) -> None:
    keyframes = write_pictures(tmp_path, make_keyframe, [np.full((36, 64, 3), 200, np.uint8)])
    sheet = draw_sheet(keyframes, tmp_path, LAYOUT, FormOptions(sheet_width=64, sheet_captions="none"))
    assert sheet.shape == (36 + 2 * GAP_PX, 64 + 2 * GAP_PX, 3)


@pytest.mark.parametrize("captions", ["", "time,", "when"])
def test_a_caption_that_is_not_known_is_refused(captions: str) -> None:
    with pytest.raises(UsageError, match="time, shot, rank"):
        FormOptions(sheet_captions=captions)


def test_black_bars_that_all_have_are_left_out(tmp_path: Path, make_keyframe: MakeKeyframe) -> None:
    source = np.random.default_rng(1)
    pictures = [np.zeros((180, 240, 3), np.uint8) for _ in range(3)]
    for picture in pictures:
        picture[23:157] = source.integers(60, 255, 3)
        picture[23:157, 60:180] = source.integers(60, 255, 3)
    # A scene at night is no wider bar.
    pictures[1][23:90] = 0
    keyframes = write_pictures(tmp_path, make_keyframe, pictures)
    options = FormOptions(sheet_width=240, sheet_captions="none", sheet_trim=True)
    sheet = draw_sheet(keyframes, tmp_path, LAYOUT, options)
    assert abs(sheet.shape[0] - 134 - 2 * GAP_PX) <= 1
    assert sheet[GAP_PX + 1, GAP_PX : GAP_PX + 240].min() >= 30
    assert sheet[-GAP_PX - 2, GAP_PX : GAP_PX + 240].min() >= 30
    plain = write_pictures(tmp_path, make_keyframe, clips.scenes(range(3), 1))
    whole = draw_sheet(plain, tmp_path, LAYOUT, replace(options, sheet_trim=False))
    assert (draw_sheet(plain, tmp_path, LAYOUT, options) == whole).all()
