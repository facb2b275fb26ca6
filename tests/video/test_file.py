"""A video file goes by the name that the user knows."""

import pickle
from pathlib import Path

import pytest

from tests import clips
from vkeyframe.errors import InputError
from vkeyframe.video.file import VideoFile
from vkeyframe.video.open import open_video
from vkeyframe.video.options import ReadOptions


def test_without_a_name_it_is_shown_as_its_path() -> None:
    file = VideoFile.of("folder/clip.mp4")
    assert (file.path, str(file), file.name) == (Path("folder/clip.mp4"), "folder/clip.mp4", "clip.mp4")
    assert pickle.loads(pickle.dumps(file)) == file


def test_messages_and_the_report_show_its_name(tmp_path: Path) -> None:
    path = clips.write_clip(tmp_path / "copy.mp4", clips.scene(1, 5))
    with open_video(VideoFile.of(path, "s3://bucket/clip.mp4"), ReadOptions()) as reader:
        assert (reader.info.path, reader.info.name) == ("s3://bucket/clip.mp4", "clip.mp4")
    path.write_bytes(b"no video" * 100)
    for file in (VideoFile.of(path, "stdin"), VideoFile.of(tmp_path / "missing.mp4", "stdin"), VideoFile.of(tmp_path, "stdin")):
        for decoder in ("opencv", "pyav"):
            with pytest.raises(InputError, match=r"^stdin: ") as caught:
                open_video(file, ReadOptions(decoder=decoder))
            assert str(tmp_path) not in str(caught.value)


@pytest.mark.parametrize(
    ("place", "name"),
    [
        ("in/clip.mp4", "clip.mp4"),
        ("in/50%20.mp4", "50%20.mp4"),
        ("https://host/in/film%20a.mp4?file=/x/y.z#part", "film a.mp4"),
        ("s3://bucket/clip.mp4", "clip.mp4"),
        ("http://[/clip.mp4", "clip.mp4"),
        ("https://host", "host"),
        ("stdin", "stdin"),
    ],
)
def test_the_name_is_the_last_part_of_a_path_or_an_address(place: str, name: str) -> None:
    assert VideoFile.of("copy", place).name == name


def test_a_url_is_named_as_it_is_and_not_taken_for_a_path() -> None:
    with pytest.raises(InputError, match=r"^https://example\.com/a\.mp4: is a URL, which only the command line fetches; "):
        VideoFile.of("https://example.com/a.mp4").check_readable()
