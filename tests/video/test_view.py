"""What is seen of pictures: the part that was asked for, and nothing of what is ignored."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy import ndarray

from tests import clips
from vkeyframe.analysis.features import extract_features
from vkeyframe.analysis.gaze import gaze_map
from vkeyframe.errors import UsageError
from vkeyframe.video.file import VideoFile
from vkeyframe.video.frame import Frame, Planes
from vkeyframe.video.open import open_video
from vkeyframe.video.options import ReadOptions
from vkeyframe.video.smooth_fill import SmoothFill
from vkeyframe.video.view import View, make_view

RNG = np.random.default_rng(8)


def picture(width: int = 160, height: int = 96) -> ndarray:
    """Draw smooth colours with a little noise."""
    return clips.scene(3, 1, width, height)[0]


def planes(width: int, height: int) -> Planes:
    """Draw planes whose lines are longer than the picture is wide, as decoders have them."""
    half = (width + 1) // 2, (height + 1) // 2
    luma = RNG.integers(0, 256, (height, width + 7), np.uint8)
    cb, cr = (RNG.integers(0, 256, (half[1], half[0] + 5), np.uint8) for _ in range(2))
    bgr = RNG.integers(0, 256, (height, width, 3), np.uint8)
    for plane in (luma, cb, cr):
        plane.flags.writeable = False
    return Planes(luma, cb, cr, width, np.ones((3, 4), np.float32), lambda: bgr)


def frames(path: Path, **options: object) -> list[Frame]:
    with open_video(VideoFile.of(path), ReadOptions(decode="every", **options)) as reader:  # type: ignore[arg-type]
        return [frame for frame, _ in reader.frames()]


def seen(view: View, content: ndarray | Planes) -> ndarray:
    part, _ = view.apply(content)
    assert not isinstance(part, Planes)
    return part


def test_without_either_there_is_no_view() -> None:
    assert make_view(ReadOptions(), 160, 96) is None


@pytest.mark.parametrize("crop", ["10,20,30,40", "0,0,160,96", "159,95,1,1", "11,21,31,41"])
def test_a_crop_is_that_part_of_the_picture(crop: str) -> None:
    view, whole = View(ReadOptions(crop=crop), 160, 96), picture()
    x, y, width, height = (int(part) for part in crop.split(","))
    part, original = view.apply(whole)
    assert original is None
    assert np.array_equal(part, whole[y : y + height, x : x + width])
    assert view.crop == (x, y, width, height)


@pytest.mark.parametrize(("width", "height"), [(64, 36), (63, 35), (1, 1), (2, 3)])
@pytest.mark.parametrize("crop", ["0%,0%,100%,100%", "50%,50%,50%,50%", "25%,0%,75%,50%"])
def test_planes_are_cropped_as_the_picture_is(width: int, height: int, crop: str) -> None:
    whole = planes(width, height)
    try:
        view = View(ReadOptions(crop=crop), width, height)
    except UsageError:
        assert min(width, height) < 3
        return
    part, _ = view.apply(whole)
    assert isinstance(part, Planes)
    assert view.crop is not None
    x, y, wide, high = view.crop
    assert part.width == wide
    assert np.array_equal(part.luma, whole.luma[y : y + high, x : x + wide])
    assert part.cb.shape == part.cr.shape == ((high + 1) // 2, (wide + 1) // 2)
    assert part.cb[0, 0] == whole.cb[y // 2, x // 2]
    assert np.array_equal(part.convert(), whole.convert()[y : y + high, x : x + wide])
    assert np.isfinite(extract_features(part, 0, 0.0).luma).all()


@pytest.mark.parametrize("area", ["100,10,40,20", "100,10 140,10 140,30 100,30"])
@pytest.mark.parametrize("crop", [None, "50,5,100,80"])
def test_nothing_of_what_is_ignored_is_seen_and_all_else_is_as_it_was(area: str, crop: str | None) -> None:
    view = View(ReadOptions(crop=crop, ignore=(area,)), 160, 96)
    one, other = picture(), picture()
    other[10:30, 100:140] = RNG.integers(0, 256, (20, 40, 3), np.uint8)
    before = other.copy()
    assert np.array_equal(seen(view, one), seen(view, other))
    # The decoder's own picture is left alone, and what is written is whole.
    assert np.array_equal(other, before)
    left, top = (0, 0) if crop is None else (50, 5)
    high, wide = seen(view, other).shape[:2]
    assert np.array_equal(view.apply(other)[1], other[top : top + high, left : left + wide])
    differs = (seen(view, one) != one[top : top + high, left : left + wide]).any(axis=2)
    assert not differs[:, : 99 - left].any()
    assert not differs[31 - top :].any()


def test_what_is_ignored_is_as_bright_as_its_surroundings_without_an_edge() -> None:
    slope = np.repeat(np.tile(np.linspace(40, 200, 160).astype(np.uint8), (96, 1))[..., None], 3, axis=2)
    covered = slope.copy()
    covered[30:60, 60:100] = 255
    painted = seen(View(ReadOptions(ignore=("60,30,40,30",)), 160, 96), covered)
    assert np.abs(painted.astype(int) - slope).max() < 25
    flat = np.full((96, 160, 3), 77, np.uint8)
    assert np.array_equal(seen(View(ReadOptions(ignore=("60,30,40,30", "0,0 9,0 0,9", "0,90,160,6")), 160, 96), flat), flat)


@pytest.mark.parametrize(("width", "height"), [(64, 36), (63, 35)])
def test_planes_are_painted_over_too(width: int, height: int) -> None:
    view = View(ReadOptions(ignore=("11,5,21,13",)), width, height)
    one = planes(width, height)
    luma, cb, cr = (plane.copy() for plane in (one.luma, one.cb, one.cr))
    luma[5:18, 11:32] = 0
    cb[2:9, 5:16] = cr[2:9, 5:16] = 255
    bgr = one.convert().copy()
    bgr[5:18, 11:32] = 0
    parts = [view.apply(each)[0] for each in (one, Planes(luma, cb, cr, width, one.to_bgr, lambda: bgr))]
    for plane in ("luma", "cb", "cr"):
        assert np.array_equal(*(getattr(part, plane) for part in parts))
    assert np.array_equal(*(part.convert() for part in parts if isinstance(part, Planes)))
    features = [extract_features(part, 0, 0.0) for part in parts]
    assert np.array_equal(features[0].luma, features[1].luma)


def test_an_area_within_others_and_one_around_almost_all_are_filled() -> None:
    hidden = np.ones((500, 700), bool)
    hidden[250, 350] = False
    painted = RNG.integers(0, 256, hidden.shape, np.uint8)
    painted[250, 350] = 90
    SmoothFill(hidden).paint(painted)
    # To a grey level, as means are rounded.
    assert np.abs(painted.astype(int) - 90).max() <= 1
    rings = np.zeros((60, 60), bool)
    rings[5:55, 5:55] = True
    rings[20:40, 20:40] = False
    rings[25:35, 25:35] = True
    filled = np.where(rings, 255, 60).astype(np.uint8)
    SmoothFill(rings).paint(filled)
    assert np.abs(filled.astype(int) - 60).max() <= 1


def test_to_ignore_all_is_refused() -> None:
    with pytest.raises(UsageError, match=r"ignore covers all of the picture, which is 160×96 pixels"):
        View(ReadOptions(ignore=("0,0,100%,50%", "0,50%,100%,50%")), 160, 96)
    with pytest.raises(UsageError, match="ignore covers all"):
        View(ReadOptions(crop="0,0,20,20", ignore=("0,0,30,30",)), 160, 96)


@pytest.mark.parametrize("size", [(301, 235), (352, 240), (97, 61)])
def test_the_shares_that_are_ignored_are_no_more_than_all(size: tuple[int, int]) -> None:
    ignored = View(ReadOptions(ignore=("0,70%,100%,30%",)), *size).ignored(36, 64)
    assert (float(ignored.min()), float(ignored.max())) == (0.0, 1.0)
    found = gaze_map(picture(*size), lasting=ignored)
    assert np.isfinite(found.map).all()
    assert float(found.map[-8:].sum()) < 1e-6


def test_an_area_beside_the_part_that_is_looked_at_changes_nothing() -> None:
    view = View(ReadOptions(crop="0,0,80,96", ignore=("90,0,20,20",)), 160, 96)
    part, original = view.apply(picture())
    assert original is None
    assert np.array_equal(part, picture()[:, :80])


def test_pixels_that_are_not_square_and_other_sizes_are_cropped_in_proportion() -> None:
    # As displayed it is 320 wide; the decoder gives 160, and later half of that.
    view = View(ReadOptions(crop="80,0,160,48", ignore=("100,10,20,20",)), 320, 96)
    assert seen(view, picture()).shape == (48, 80, 3)
    assert seen(view, picture(80, 48)).shape == (24, 40, 3)
    assert view.hide(picture(64, 20)).shape == (20, 64, 3)
    assert float(view.ignored(36, 64).mean()) == pytest.approx(400 / (160 * 48), rel=0.1)


@pytest.mark.parametrize("decoder", ["opencv", "pyav"])
def test_both_decoders_see_the_same_part(decoder: str, tmp_path: Path) -> None:
    path = clips.write_clip(tmp_path / "clip.mp4", clips.scene(5, 8))
    whole = frames(path, decoder=decoder)
    for crop in ("10,20,30,40", "11,21,31,41"):
        x, y, width, height = (int(part) for part in crop.split(","))
        parts = frames(path, decoder=decoder, crop=crop)
        assert [frame.index for frame in parts] == [frame.index for frame in whole]
        for part, frame in zip(parts, whole, strict=True):
            assert np.array_equal(part.picture, frame.picture[y : y + height, x : x + width])
    for part, frame in zip(frames(path, decoder=decoder, ignore=("0,0,50,50",)), whole, strict=True):
        assert np.array_equal(part.whole_picture, frame.picture)
        assert np.array_equal(part.picture[51:], frame.picture[51:])
        assert not np.array_equal(part.picture[:50, :50], frame.picture[:50, :50])


def corners_of(pictures: Sequence[ndarray]) -> set[tuple[int, ...]]:
    return {each.shape for each in pictures}


@pytest.mark.parametrize("degrees", [90, 180, 270])
@pytest.mark.parametrize("decoder", ["opencv", "pyav"])
def test_a_turned_video_is_cropped_as_it_is_shown(degrees: int, decoder: str, tmp_path: Path) -> None:
    path = clips.turned(clips.write_clip(tmp_path / "clip.mp4", clips.scene(5, 4)), degrees)
    whole = frames(path, decoder=decoder)
    parts = frames(path, decoder=decoder, crop="10,20,30,40")
    assert corners_of([part.picture for part in parts]) == {(40, 30, 3)}
    assert all(np.array_equal(part.picture, frame.picture[20:60, 10:40]) for part, frame in zip(parts, whole, strict=True))


def test_the_description_has_the_whole_picture_and_the_part(tmp_path: Path) -> None:
    path = clips.write_clip(tmp_path / "clip.mp4", clips.scene(5, 4))
    with open_video(VideoFile.of(path), ReadOptions(crop="10,20,30,40")) as reader:
        assert (reader.info.width, reader.info.height) == (30, 40)
        list(reader.frames())
        info = reader.measured_info()
    assert (info.width, info.height, info.crop) == (160, 96, (10, 20, 30, 40))
    with pytest.raises(UsageError, match=r"clip\.mp4: crop is 10,20,300,40, but the picture ends at 160,96"):
        open_video(VideoFile.of(path), ReadOptions(crop="10,20,300,40"))
