"""Crops of the key regions: where they lie in the picture, and what they are called."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from vkeyframe import Settings, extract
from vkeyframe.errors import UsageError
from vkeyframe.export.crops import crop_box, write_crops
from vkeyframe.export.sheet import read_picture
from vkeyframe.output.spool import write_picture
from vkeyframe.report.records import Keyframe, Region, Report

SIZE = (160, 90)
SAMPLE = Path(__file__).parents[2] / "sample_videos" / "edited.mp4"


@pytest.mark.parametrize(
    ("margin", "aspect", "expected"),
    [
        (0.0, None, (100, 30, 20, 40)),
        (0.25, None, (95, 20, 30, 60)),
        (0.0, 1.0, (90, 30, 40, 40)),
        (0.0, 2.0, (70, 30, 80, 40)),
        # Wider than the picture: as large as fits.
        (0.5, 2.0, (0, 10, 160, 80)),
        # Moved into the picture.
        (0.75, None, (85, 0, 50, 90)),
    ],
)
def test_the_box_of_a_crop(margin: float, aspect: float | None, expected: tuple[int, int, int, int]) -> None:
    assert crop_box((100, 30, 20, 40), SIZE, margin, aspect) == expected


@pytest.mark.parametrize("box", [(0, 0, 1, 1), (159, 89, 1, 1), (0, 0, 160, 90), (150, 0, 10, 90)])
@pytest.mark.parametrize("aspect", [None, 0.05, 1.0, 20.0])
def test_a_crop_lies_in_the_picture_and_is_never_empty(box: tuple[int, int, int, int], aspect: float | None) -> None:
    x, y, width, height = crop_box(box, SIZE, 2.0, aspect)
    assert 0 <= x < x + width <= 160
    assert 0 <= y < y + height <= 90


def test_crops_show_the_regions(
    tmp_path: Path, make_report: Callable[..., Report], make_keyframe: Callable[..., Keyframe]
) -> None:
    picture = np.zeros((90, 160, 3), np.uint8)
    picture[30:70, 100:120] = (0, 0, 255)
    write_picture(tmp_path / "a.png", picture, SIZE, [])
    regions = Region((100, 30, 20, 40), 0.5), Region((0, 0, 8, 8), 0.1)
    keyframe = replace(make_keyframe(0, "a.png", 160, 90), regions=regions)
    report = replace(make_report(), keyframes=(keyframe,), settings={"crop_margin": 0.0})
    assert write_crops(report, tmp_path) == ["a_crop1.jpg", "a_crop2.jpg"]
    one, other = (read_picture(tmp_path / name) for name in ("a_crop1.jpg", "a_crop2.jpg"))
    assert one.shape == (40, 20, 3)
    assert one[..., 2].min() > 230
    assert other.max() < 20


def test_extract_writes_crops_of_a_form(tmp_path: Path) -> None:
    report = extract(SAMPLE, Settings.of(count=2, crop_aspect="1:1"), output=tmp_path / "o", exports=("crops",))
    crops = [name for name in report.files if "_crop" in name]
    assert len(crops) == sum(len(keyframe.regions) for keyframe in report.keyframes) > 0
    shapes = [cv2.imread(str(tmp_path / "o" / name)).shape for name in crops]
    assert all(height == width for height, width, _ in shapes)


@pytest.mark.parametrize("text", ["a:b", "1:0", "0:1", "nan", "1:100", "", "-1:1"])
def test_what_is_no_form_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="crop_aspect is"):
        Settings.of(crop_aspect=text)
