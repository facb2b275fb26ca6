"""The collage: every picture once, whole, in order, and no room left over."""

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from vkeyframe.export.collage import CollageLayout, place_pictures, write_collage
from vkeyframe.output.spool import write_picture
from vkeyframe.report.records import Report

LAYOUT = CollageLayout()
SHAPES = {"wide": (64, 36), "tall": (36, 64), "square": (50, 50), "panorama": (500, 20)}


@pytest.mark.parametrize("number", [1, 2, 3, 7, 24, 150])
@pytest.mark.parametrize("shape", [*SHAPES, "mixed"])
@pytest.mark.parametrize("width", [64, 1920])
def test_rows_are_filled_from_edge_to_edge(number: int, shape: str, width: int) -> None:
    kinds = list(SHAPES.values()) if shape == "mixed" else [SHAPES[shape]]
    sizes = [kinds[index % len(kinds)] for index in range(number)]
    boxes, height = place_pictures(sizes, width, LAYOUT)
    assert len(boxes) == number
    covered = np.zeros((height, width), int)
    for left, top, wide, high in boxes:
        assert min(left, top) >= 0
        assert left + wide <= width
        assert top + high <= height
        covered[top : top + high, left : left + wide] += 1
    assert covered.max() == 1
    assert boxes == sorted(boxes, key=lambda box: (box[1], box[0]))
    for top in {box[1] for box in boxes}:
        row = [box for box in boxes if box[1] == top]
        assert row[0][0] == 0
        assert row[-1][0] + row[-1][2] == width
        assert len({box[3] for box in row}) == 1
        if width == 1920:
            assert all(right[0] - left[0] - left[2] == LAYOUT.gap_px for left, right in pairwise(row))
    assert max(top + high for _, top, _, high in boxes) == height


def test_pictures_keep_their_form() -> None:
    sizes = [SHAPES[name] for name in ("wide", "tall", "square") * 5]
    boxes, height = place_pictures(sizes, 1920, LAYOUT)
    for (wide, high), (_, _, new_wide, new_high) in zip(sizes, boxes, strict=True):
        assert new_wide / new_high == pytest.approx(wide / high, rel=0.02)
    assert 1920 / height == pytest.approx(LAYOUT.aspect, rel=0.35)


def test_each_picture_is_in_its_place(tmp_path: Path, make_report: Callable[..., Report]) -> None:
    colours = [(200, 30, 30), (30, 200, 30), (30, 30, 200), (200, 200, 30), (30, 200, 200)]
    names = [f"{index}.png" for index in range(len(colours))]
    for name, colour in zip(names, colours, strict=True):
        write_picture(tmp_path / name, np.full((36, 64, 3), colour[::-1], np.uint8), (64, 36), [])
    report = replace(make_report(*names), settings={"collage_width": 400})
    assert write_collage(report, tmp_path) == ["collage.jpg"]
    data = (tmp_path / "collage.jpg").read_bytes()
    with Image.open(tmp_path / "collage.jpg") as collage:
        assert collage.width == 400
        for (left, top, wide, high), colour in zip(place_pictures([(64, 36)] * 5, 400, LAYOUT)[0], colours, strict=True):
            shown = collage.getpixel((left + wide // 2, top + high // 2))
            assert isinstance(shown, tuple)
            assert max(abs(one - other) for one, other in zip(shown, colour, strict=True)) < 8
    write_collage(report, tmp_path)
    assert (tmp_path / "collage.jpg").read_bytes() == data
