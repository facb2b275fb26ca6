"""What tags say of a recording, and which dates are believed."""

from pathlib import Path

import pytest

from tests import recordings
from vkeyframe.video.file import VideoFile
from vkeyframe.video.open import open_video
from vkeyframe.video.options import ReadOptions
from vkeyframe.video.origin import parse_date

UTC = "2023-07-04T10:15:30+00:00"
APPLE = "com__apple__quicktime__"


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ({}, (None, None, None)),
        ({"creation_time": "2023-07-04T10:15:30.000000Z"}, (None, None, "2023-07-04T10:15:30+00:00")),
        # The clock of the place goes before the one of Greenwich.
        (
            {
                "creation_time": "2023-07-04T10:15:30.000000Z",
                f"{APPLE}creationdate": "2023-07-04T12:15:30+0200",
                f"{APPLE}make": "Apple",
                f"{APPLE}model": "iPhone 12",
            },
            ("Apple", "iPhone 12", "2023-07-04T12:15:30+02:00"),
        ),
        ({"com__android__manufacturer": "Google", "com__android__model": "Pixel 7"}, ("Google", "Pixel 7", None)),
        # A clock that was never set.
        ({"creation_time": "1970-01-01T00:00:00.000000Z"}, (None, None, None)),
        (
            {f"{APPLE}creationdate": "yesterday", "creation_time": "2023-07-04T10:15:30Z"},
            (None, None, "2023-07-04T10:15:30+00:00"),
        ),
    ],
)
def test_the_tags_of_a_recording(
    tmp_path: Path, tags: dict[str, str], expected: tuple[str | None, str | None, str | None]
) -> None:
    path = recordings.phone(tmp_path / "film.mov", **tags)
    with open_video(VideoFile.of(path), ReadOptions(threads=1)) as reader:
        info = reader.measured_info()
    assert (info.make, info.model, info.created) == expected


@pytest.mark.parametrize("text", ["", "1601-01-01 00:00:00", "1904-01-01T00:00:00Z", "0001-01-01T00:00:00+23:00", "2023-13-01"])
def test_dates_that_are_none(text: str) -> None:
    assert parse_date(text) is None


def test_a_gopro_is_known_by_its_track(tmp_path: Path) -> None:
    path = recordings.gopro(tmp_path / "film.mp4", [recordings.gps5(recordings.PLACE)])
    with open_video(VideoFile.of(path), ReadOptions(threads=1)) as reader:
        assert reader.info.make == "GoPro"
