"""`vkeyframe frame`: one picture, exact to the frame."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from tests import clips, recordings
from tests.clips import call
from tests.output.test_metadata import tags


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return clips.with_b_frames(tmp_path_factory.mktemp("frame") / "clip.mp4", clips.numbered_scene(60))


@pytest.mark.parametrize(("time", "number"), [("0", 0), ("1.0", 25), ("1.03", 25), ("37f", 37), ("00:00:02.36", 59)])
def test_the_frame_that_is_shown_is_written(tmp_path: Path, clip: Path, time: str, number: int) -> None:
    done = call("frame", clip, time, "-o", tmp_path / "one.png")
    assert done.returncode == 0, done.stderr
    assert clips.number_of(cv2.imread(str(tmp_path / "one.png"))) == number


def test_a_part_of_it_smaller_goes_to_standard_output(clip: Path) -> None:
    done = call("frame", clip, "1", "--box", "0,0,64,48", "--width", "32", "-o", "-", "-q")
    assert done.returncode == 0
    picture = cv2.imdecode(np.frombuffer(done.stdout, np.uint8), cv2.IMREAD_COLOR)
    assert picture.shape == (24, 32, 3)
    assert not done.stderr


@pytest.fixture
def whole(clip: Path, tmp_path: Path) -> np.ndarray:
    """The frame at one second."""
    assert call("frame", clip, "1", "-o", tmp_path / "whole.png", "-q").returncode == 0
    return np.asarray(cv2.imread(str(tmp_path / "whole.png")))


def test_what_is_cropped_is_that_part_as_extract_has_it(clip: Path, whole: np.ndarray, tmp_path: Path) -> None:
    height, width = whole.shape[:2]
    for crop, more, part in (
        ("25%,50%,50%,25%", [], whole[height // 2 : height * 3 // 4, width // 4 : width * 3 // 4]),
        ("8,16,40,20", [], whole[16:36, 8:48]),
        # A box lies in what is left.
        ("8,16,40,20", ["--box", "4,5,10,6"], whole[21:27, 12:22]),
    ):
        done = call("frame", clip, "1", "--crop", crop, *more, "-o", tmp_path / "part.png", "--overwrite", "-q")
        assert done.returncode == 0, done.stderr
        assert np.array_equal(cv2.imread(str(tmp_path / "part.png")), part)
    # All frames of this clip are alike but for their numbers, so any keyframe has the size.
    assert call("extract", clip, "--crop", "8,16,40,20", "-o", tmp_path / "out", "-q").returncode == 0
    assert cv2.imread(str(next((tmp_path / "out").glob("*.jpg")))).shape == (20, 40, 3)


def test_pixels_of_a_crop_are_those_of_the_picture_as_shown(clip: Path, whole: np.ndarray, tmp_path: Path) -> None:
    # Each pixel is twice as wide as high.
    wide = clips.ffmpeg("-i", clip, "-c", "copy", "-aspect", f"{2 * whole.shape[1]}:{whole.shape[0]}", tmp_path / "wide.mp4")
    done = call("frame", tmp_path / "wide.mp4", "1", "--crop", "16,16,80,20", "-o", tmp_path / "part.png", "-q")
    assert done.returncode == 0, (done.stderr, wide)
    shown = cv2.resize(whole[16:36, 8:48], (80, 20), interpolation=cv2.INTER_CUBIC)
    assert np.array_equal(cv2.imread(str(tmp_path / "part.png")), shown)


def test_the_file_is_named_after_the_time_and_nothing_is_replaced_unasked(place: Path, clip: Path) -> None:
    assert call("frame", clip, "1").returncode == 0
    assert clips.entries(place) == ["clip_00-00-01.000.jpg"]
    again = call("frame", clip, "1")
    assert again.returncode == 6
    assert "exists already; replace it with --overwrite" in again.stderr.decode()
    assert call("frame", clip, "1", "--overwrite", "-q").returncode == 0
    assert call("frame", clip, "3f", "--format", "webp", "-q").returncode == 0
    assert "clip_3f.webp" in clips.entries(place)


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (("99",), 2, "ends before the time"),
        (("60f",), 2, "ends before the time"),
        (("soon",), 2, "soon"),
        (("1", "--box", "9000,0,5,5"), 2, "lies outside the picture"),
        (("1", "--box", "wide"), 2, "is no box"),
        (("1", "--crop", "0,0,9000,5"), 2, "but the picture ends at"),
        (("1", "--crop", "wide"), 2, "crop is 'wide', but must be"),
        (("1", "-o", "picture.tiff"), 2, "is no name of a picture"),
        (("1", "-o", "missing/picture.png"), 6, "cannot be written"),
        (("1", "-o", "."), 2, "is no name of a picture"),
    ],
)
def test_what_cannot_be_is_told_in_a_sentence(
    place: Path, clip: Path, arguments: tuple[str, ...], code: int, sentence: str
) -> None:
    done = call("frame", clip, *arguments)
    assert done.returncode == code
    assert sentence in done.stderr.decode()
    assert done.stderr.count(b"\n") == 1
    assert clips.entries(place) == []


def test_the_video_itself_is_never_written_to(clip: Path, tmp_path: Path) -> None:
    video = tmp_path / "video.jpg"
    video.write_bytes(clip.read_bytes())
    done = call("frame", video, "1", "-o", video, "--overwrite")
    assert done.returncode == 2
    assert video.read_bytes() == clip.read_bytes()


@pytest.mark.parametrize("where", ["1.03", "25f"])
def test_the_picture_says_when_it_was_taken_and_of_what(tmp_path: Path, where: str) -> None:
    made = {"com__apple__quicktime__creationdate": "2023-07-04T12:15:29+0200", "com__apple__quicktime__model": "iPhone 12"}
    video = recordings.phone(tmp_path / "phone.mov", **made)
    done = call("frame", video, where, "-o", tmp_path / "one.jpg")
    assert done.returncode == 0, done.stderr
    found = tags(tmp_path / "one.jpg")
    assert found["IFD0:ImageDescription"] == "Frame 25 of phone.mov at 00:00:01.000"
    assert (found["ExifIFD:DateTimeOriginal"], found["ExifIFD:OffsetTimeOriginal"]) == ("2023:07:04 12:15:30", "+02:00")
    assert (found["IFD0:Model"], found["XMP-vkeyframe:Frame"]) == ("iPhone 12", 25)
    assert not [name for name in found if "Shot" in name or "Rank" in name]


@pytest.mark.parametrize(("ratio", "size"), [("2/3", (107, 96)), ("2/1", (320, 96))])
def test_pixels_that_are_not_square_become_square_as_in_keyframes(tmp_path: Path, ratio: str, size: tuple[int, int]) -> None:
    video = clips.with_aspect(tmp_path / "wide.mkv", clips.numbered_scene(20), ratio)
    assert call("frame", video, "3f", "-o", tmp_path / "whole.png").returncode == 0
    assert call("frame", video, "3f", "-o", tmp_path / "part.png", "--box", "40,0,45,96").returncode == 0
    whole, part = (cv2.imread(str(tmp_path / f"{name}.png")) for name in ("whole", "part"))
    assert whole.shape[1::-1] == size
    assert np.array_equal(part, whole[:96, 40:85])


def test_without_metadata_the_picture_is_bare(tmp_path: Path, clip: Path) -> None:
    for name, flags in (("told", ()), ("bare", ("--no-metadata",))):
        assert call("frame", clip, "1", "-o", tmp_path / f"{name}.png", *flags).returncode == 0
    told, bare = ((tmp_path / f"{name}.png").read_bytes() for name in ("told", "bare"))
    assert b"vkeyframe" in told
    assert b"vkeyframe" not in bare
    assert np.array_equal(*(cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR) for data in (told, bare)))
