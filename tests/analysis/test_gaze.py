"""The gaze map: how its heads are joined, and what it says of drawn pictures."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from numpy import ndarray

from vkeyframe import Settings
from vkeyframe.analysis import gaze
from vkeyframe.analysis.faces import Face
from vkeyframe.analysis.gaze import HEADS, GazeMap, gaze_map
from vkeyframe.attention import spatial_attention
from vkeyframe.errors import MissingLibraryError, UsageError
from vkeyframe.opencv import cv2


def ground(height: int = 240, width: int = 320) -> ndarray:
    return np.full((height, width, 3), 120, np.uint8)


def textured(seed: int = 0, height: int = 240, width: int = 320) -> ndarray:
    coarse = np.random.default_rng(seed).integers(0, 256, (8, 12, 3), np.uint8)
    return cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)


def spot(rows: int, columns: int, *box: int) -> ndarray:
    """Give a map that is 1 in a box (x, y, width, height) of cells."""
    x, y, width, height = box
    found = np.zeros((rows, columns), np.float32)
    found[y : y + height, x : x + width] = 1.0
    return found


@pytest.fixture
def two_threads() -> Iterator[None]:
    before = cv2.getNumThreads()
    yield
    cv2.setNumThreads(before)


@pytest.mark.parametrize(
    ("size", "grid"),
    [((600, 800), (48, 64)), ((1080, 1920), (36, 64)), ((1920, 1080), (64, 36)), ((2, 900), (1, 64)), ((1, 1), (64, 64))],
)
def test_cells_are_square_and_the_longer_side_has_64(size: tuple[int, int], grid: tuple[int, int]) -> None:
    found = spatial_attention(textured(height=size[0], width=size[1]))
    assert found.shape == grid
    assert found.dtype == np.float32
    assert found.sum() == pytest.approx(1.0, abs=1e-4)
    assert found.min() >= 0.0


def test_in_a_flat_picture_attention_is_even() -> None:
    found = gaze_map(ground())
    np.testing.assert_allclose(found.map, 1 / (48 * 64), rtol=1e-5)
    assert found.heads == dict.fromkeys(HEADS, 1 / 6)


def test_an_object_gets_the_attention() -> None:
    picture = ground()
    cv2.circle(picture, (200, 100), 16, (40, 200, 60), -1)
    found = gaze_map(picture)
    row, column = np.unravel_index(found.map.argmax(), found.map.shape)
    assert abs(5 * column - 200) < 20
    assert abs(5 * row - 100) < 20
    assert found.prominence((180 / 320, 80 / 240, 40 / 320, 40 / 240)) > 10
    assert found.heads["shape"] + found.heads["texture"] > 0.5
    assert sum(found.heads.values()) == pytest.approx(1.0)


def test_of_equal_objects_that_in_the_middle_gets_more() -> None:
    picture = ground()
    for x in (40, 160):
        cv2.circle(picture, (x, 120), 16, (40, 200, 60), -1)
    found = gaze_map(picture)
    assert found.map[:, 24:40].sum() > 1.5 * found.map[:, :16].sum() > 0


def test_motion_gets_attention_and_its_share() -> None:
    picture = textured()
    rest = gaze_map(picture)
    moving = gaze_map(picture, motion=spot(36, 64, 40, 10, 6, 6))
    box = 40 / 64, 10 / 36, 6 / 64, 6 / 36
    assert rest.heads["motion"] == 0.0
    assert moving.heads["motion"] > 0.3
    assert moving.prominence(box) > 3 * rest.prominence(box)


def test_a_little_motion_counts_less_than_its_place_in_the_picture() -> None:
    shares = [gaze_map(textured(), motion=level * spot(36, 64, 40, 10, 2, 2)).heads["motion"] for level in (0.0, 0.01, 1.0)]
    assert shares[0] == 0.0
    assert 0.0 < shares[1] < 0.1 * shares[2]


def test_what_lasts_is_not_looked_at() -> None:
    picture = textured()
    lasting = spot(36, 64, 0, 0, 64, 12)
    found = gaze_map(picture, lasting=lasting)
    assert gaze_map(picture).map[:14].sum() > 0.1
    assert found.map[:15].sum() == 0.0
    assert sum(found.heads.values()) == pytest.approx(1.0)
    assert np.isfinite(gaze_map(picture, lasting=np.ones((36, 64), np.float32)).map).all()


def test_a_face_gets_attention_where_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gaze, "find_faces", lambda _: (Face(240.0, 60.0, 40.0), Face(242.0, 60.0, 40.0)))
    found = gaze_map(textured())
    row, column = np.unravel_index(found.map.argmax(), found.map.shape)
    assert (abs(5 * column - 240) <= 10, abs(5 * row - 60) <= 10) == (True, True)
    assert found.heads["face"] > 0.03
    # A second find of the same face adds little to it.
    monkeypatch.setattr(gaze, "find_faces", lambda _: (Face(240.0, 60.0, 40.0),))
    assert gaze_map(textured()).heads["face"] == pytest.approx(found.heads["face"], rel=0.15)


def test_the_joined_map_is_the_power_of_the_weighted_sum_near_the_centre(monkeypatch: pytest.MonkeyPatch) -> None:
    weights, total = {"texture": 0.33, "shape": 0.48, "text": 0.07, "skin": 0.12}, np.zeros((48, 64))
    drawn = {name: np.random.default_rng(i).random((48, 64)).astype(np.float32) for i, name in enumerate(weights)}
    for name, head in drawn.items():
        monkeypatch.setitem(gaze.COVERING, name, lambda _, head=head: head)
    for name, head in drawn.items():
        blurred = cv2.GaussianBlur(head, (0, 0), 1.6)
        raised = np.maximum(blurred - np.percentile(blurred, 5), 0)
        total += weights[name] * raised / raised.mean()
    y, x = np.mgrid[:48, :64]
    centre = np.exp(-((((x + 0.5) / 64 - 0.5) / 0.35) ** 2 + (((y + 0.5) / 48 - 0.5) / 0.265) ** 2) / 2) + 0.02
    expected = total**1.75 * centre
    np.testing.assert_allclose(gaze_map(ground()).map, expected / expected.sum(), rtol=1e-3)


def test_prominence_compares_with_an_even_share() -> None:
    values = np.zeros((2, 4), np.float32)
    values[0, 1] = 1.0
    found = GazeMap(values, {})
    assert found.prominence((0.0, 0.0, 1.0, 1.0)) == pytest.approx(1.0)
    assert found.prominence((0.25, 0.0, 0.25, 0.5)) == pytest.approx(8.0)
    assert found.prominence((0.0, 0.0, 0.5, 1.0)) == pytest.approx(2.0)
    # A box may cut through cells.
    assert found.prominence((0.375, 0.0, 0.25, 0.5)) == pytest.approx(4.0)
    assert found.prominence((0.5, 0.5, 0.5, 0.5)) == 0.0
    assert found.prominence((2.0, 2.0, 1.0, 1.0)) == 0.0


@pytest.mark.usefixtures("two_threads")
def test_threads_change_nothing() -> None:
    found = []
    for count in (1, 2, 5):
        cv2.setNumThreads(count)
        found.append(gaze_map(textured(3, 480, 640), motion=spot(36, 64, 3, 4, 5, 6)))
    assert all(np.array_equal(found[0].map, other.map) and found[0].heads == other.heads for other in found[1:])


def test_without_the_cascade_the_way_out_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    from vkeyframe.analysis import faces

    faces._load.cache_clear()
    monkeypatch.setattr(cv2.data, "haarcascades", "/nowhere/")
    with pytest.raises(MissingLibraryError, match=r"haarcascade_frontalface_default\.xml; install opencv-python"):
        faces.find_faces(ground()[..., 0])


def test_a_face_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    from vkeyframe.analysis import faces

    class OneFace:
        def detectMultiScale(self, *_: object, **__: object) -> tuple[tuple[int, ...], ...]:  # noqa: N802
            return ((50, 30, 20, 20), (10, 30, 40, 40))

    monkeypatch.setattr(faces, "_load", lambda _: OneFace())
    assert faces.find_faces(ground()[..., 0]) == (Face(30.0, 50.0, 40.0), Face(60.0, 40.0, 20.0))


def test_only_the_heads_that_are_named_look() -> None:
    picture = textured()
    assert gaze_map(picture, heads=("shape",)).heads == {**dict.fromkeys(HEADS, 0.0), "shape": 1.0}
    both = gaze_map(picture, heads=("shape", "texture")).heads
    assert both["shape"] + both["texture"] == pytest.approx(1.0)
    # Where nothing moves, the motion head alone sees nothing.
    assert np.ptp(gaze_map(picture, heads=("motion",)).map) == 0.0


def test_a_head_that_is_none_is_refused() -> None:
    with pytest.raises(UsageError, match="heads names 'taste', but must be some of texture, shape"):
        Settings.of(heads="face, taste")
    assert Settings.of(heads="face, motion").pictures.chosen_heads() == ("face", "motion")
