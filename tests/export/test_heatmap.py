"""Heatmaps: the colours lie where attention is, and the picture can be seen where there is none."""

from pathlib import Path

import numpy as np
import pytest
from numpy import ndarray

from vkeyframe import Settings, extract
from vkeyframe.export.heatmap import draw_heatmap
from vkeyframe.export.run import export_output
from vkeyframe.export.sheet import read_picture

SAMPLE = Path(__file__).parents[2] / "sample_videos" / "edited.mp4"


@pytest.fixture
def picture() -> ndarray:
    return np.random.default_rng(0).integers(0, 255, (90, 160, 3), np.uint8)


def test_what_gets_no_attention_stays_as_it_is(picture: ndarray) -> None:
    attention = np.zeros((9, 16))
    attention[2:4, 3:5] = 1.0
    drawn = draw_heatmap(picture, attention)
    np.testing.assert_array_equal(drawn[60:], picture[60:])
    changed = np.abs(drawn.astype(int) - picture).mean(axis=2)
    y, x = np.unravel_index(changed.argmax(), changed.shape)
    assert 10 < y < 50
    assert 20 < x < 60


def test_the_highest_is_red(picture: ndarray) -> None:
    attention = np.ones((9, 16))
    attention[:, :8] = 0.1
    drawn = draw_heatmap(np.zeros_like(picture), attention)
    blue, _, red = drawn[45, 140].tolist()
    assert red > 70 > blue


def test_nothing_is_drawn_where_there_is_no_attention_at_all(picture: ndarray) -> None:
    np.testing.assert_array_equal(draw_heatmap(picture, np.zeros((9, 16))), picture)


def test_the_map_is_in_the_report_only_where_it_is_asked_for(tmp_path: Path) -> None:
    plain = extract(SAMPLE, Settings.of(count=1), output=tmp_path / "plain")
    drawn = extract(SAMPLE, Settings.of(count=1), output=tmp_path / "drawn", exports=("heatmap",))
    assert plain.keyframes[0].attention_map is None
    assert drawn.keyframes[0].attention_map is not None
    (name,) = (name for name in drawn.files if name.endswith("_heatmap.jpg"))
    shown = read_picture(tmp_path / "drawn" / name)
    # Without the map, it is found in the picture: this clip has motion, which is then missing.
    (path,) = export_output(tmp_path / "plain", "heatmap")
    assert read_picture(path).shape == shown.shape
