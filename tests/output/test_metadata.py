"""Metadata in pictures: read back with exiftool; the picture itself stays as it is."""

import json
import os
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from tests import recordings
from vkeyframe import Settings, extract
from vkeyframe.errors import OutputError
from vkeyframe.output.embedding import embed
from vkeyframe.output.facts import PictureFacts, time_taken
from vkeyframe.output.metadata import metadata_of, write_facts
from vkeyframe.report.location import Location
from vkeyframe.report.video_info import VideoInfo

FACTS = PictureFacts(
    software="vkeyframe 1",
    source="Ärger & <so>.mp4",
    time=1.25,
    timecode="00:00:01.250",
    frame=31,
    shot=2,
    rank=3,
    make="Apple",
    model="iPhone 12",
    taken=None,
    location=Location(*recordings.PLACE, "2023-07-04T10:15:30.250000+00:00"),
)
FORMS = {"jpg": [], "png": [], "webp": [cv2.IMWRITE_WEBP_QUALITY, 80], "lossless.webp": [cv2.IMWRITE_WEBP_QUALITY, 101]}


def tags(path: Path) -> dict[str, Any]:
    """Read a picture with exiftool; what it complains of is among the tags."""
    program = shutil.which("exiftool")
    if program is None and os.environ.get("CI") != "true":
        pytest.skip("exiftool is missing")
    done = subprocess.run([str(program), "-j", "-G1", "-a", "-n", path], check=True, capture_output=True)
    found: dict[str, Any] = json.loads(done.stdout)[0]
    return found


def encoded(form: str, channels: int = 3) -> bytes:
    picture = np.random.default_rng(1).integers(0, 255, (33, 50, channels), np.uint8)
    return bytes(cv2.imencode(f".{form.rpartition('.')[2]}", picture, FORMS[form])[1])


def with_facts(tmp_path: Path, form: str, facts: PictureFacts, channels: int = 3) -> Path:
    path = tmp_path / f"picture.{form}"
    path.write_bytes(encoded(form, channels))
    write_facts(path, facts)
    return path


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("channels", [3, 4])
def test_exiftool_reads_all(tmp_path: Path, form: str, channels: int) -> None:
    video = VideoInfo("a", "a", 64, 36, 25.0, 2.0, "h264", 0, 1.0, 1000, created="2023-07-04T23:59:59.500000+05:30")
    facts = replace(FACTS, taken=time_taken(video.created, 1.2504))
    path = with_facts(tmp_path, form, facts, channels)
    found = tags(path)
    assert not [name for name in found if "Warning" in name or "Error" in name]
    text = "Frame 31 of Ärger & <so>.mp4 at 00:00:01.250, shot 2, rank 3"
    expected = {
        "IFD0:ImageDescription": text,
        "IFD0:Make": "Apple",
        "IFD0:Model": "iPhone 12",
        "IFD0:Software": "vkeyframe 1",
        "ExifIFD:DateTimeOriginal": "2023:07:05 00:00:00",
        "ExifIFD:OffsetTimeOriginal": "+05:30",
        "ExifIFD:SubSecTimeOriginal": 750,
        "XMP-exif:DateTimeOriginal": "2023:07:05 00:00:00.750+05:30",
        "GPS:GPSDateStamp": "2023:07:04",
        "GPS:GPSTimeStamp": "10:15:30.25",
        "GPS:GPSAltitude": 12.5,
        "GPS:GPSAltitudeRef": 1,
        "XMP-dc:Source": "Ärger & <so>.mp4",
        "XMP-dc:Description": text,
        "XMP-xmp:CreatorTool": "vkeyframe 1",
        "XMP-tiff:Model": "iPhone 12",
        "XMP-vkeyframe:Time": 1.25,
        "XMP-vkeyframe:Timecode": "00:00:01.250",
        "XMP-vkeyframe:Frame": 31,
        "XMP-vkeyframe:Shot": 2,
        "XMP-vkeyframe:Rank": 3,
    }
    if form == "png":
        expected |= {"PNG:Software": "vkeyframe 1", "PNG:Video": "Ärger & <so>.mp4", "PNG:Frame": 31, "PNG:Rank": 3}
    assert {name: found.get(name) for name in expected} == expected
    assert (found["Composite:GPSLatitude"], found["Composite:GPSLongitude"]) == pytest.approx(recordings.PLACE[:2], abs=1e-7)
    assert (found["XMP-exif:GPSLatitude"], found["XMP-exif:GPSLongitude"]) == pytest.approx(recordings.PLACE[:2], abs=1e-7)
    assert found["Composite:ImageSize"] == "50 33"


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_the_picture_stays_as_it_is(form: str, channels: int) -> None:
    before = encoded(form, channels)
    after = embed(before, metadata_of(FACTS))
    assert after == embed(before, metadata_of(FACTS))
    shown = [cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED) for data in (before, after)]
    np.testing.assert_array_equal(*shown)
    # What holds the picture is in it as it was.
    assert before[-20:-12] in after


def test_what_is_not_known_is_not_written(tmp_path: Path) -> None:
    found = tags(with_facts(tmp_path, "jpg", PictureFacts("vkeyframe 1", "film.mp4")))
    assert found["IFD0:ImageDescription"] == "Keyframes of film.mp4"
    words = "GPS", "Original", "Digitized"
    assert not [name for name in found if any(word in name for word in words)]
    assert not [name for name in found if "Make" in name or "vkeyframe:" in name]


@pytest.mark.parametrize("data", [b"", b"GIF89a", b"\x89PNG\r\n\x1a\n", b"RIFF\0\0\0\0WEBPVP8Z\0\0\0\0"])
def test_what_is_no_picture_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="it is"):
        embed(data, metadata_of(FACTS))


def test_a_picture_that_is_gone_is_an_output_error(tmp_path: Path) -> None:
    with pytest.raises(OutputError):
        write_facts(tmp_path / "gone.jpg", FACTS)


@pytest.fixture
def film(tmp_path: Path) -> Path:
    apple = "com__apple__quicktime__"
    given = {"make": "Apple", "model": "iPhone 12", "creationdate": "2023-07-04T12:15:30+0200"}
    private = {f"{apple}location__ISO6709": recordings.ISO_6709, "location": recordings.ISO_6709}
    return recordings.phone(tmp_path / "film.mov", **{f"{apple}{name}": text for name, text in given.items()}, **private)


def test_pictures_say_where_they_come_from(tmp_path: Path, film: Path) -> None:
    report = extract(film, Settings.of(count=2, format="png"), output=tmp_path / "out", exports=("crops", "sheet"))
    keyframe = report.keyframes[1]
    found = tags(tmp_path / "out" / str(keyframe.file))
    seconds = 30 + keyframe.time
    expected = {
        "XMP-vkeyframe:Frame": keyframe.frame,
        "XMP-vkeyframe:Shot": keyframe.shot,
        "XMP-vkeyframe:Rank": keyframe.rank,
        "XMP-vkeyframe:Time": keyframe.time,
        "IFD0:Model": "iPhone 12",
        "ExifIFD:DateTimeOriginal": f"2023:07:04 12:15:{int(seconds):02d}",
        "ExifIFD:SubSecTimeOriginal": round(seconds % 1 * 1000),
        "ExifIFD:OffsetTimeOriginal": "+02:00",
    }
    assert {name: found.get(name) for name in expected} == expected
    assert keyframe.location is None
    crop = tags(tmp_path / "out" / f"{Path(str(keyframe.file)).stem}_crop1.jpg")
    assert crop["XMP-vkeyframe:Rank"] == keyframe.rank
    assert tags(tmp_path / "out" / "sheet.jpg")["XMP-dc:Source"] == "film.mov"
    for path in (tmp_path / "out").iterdir():
        # Neither the place nor the path, which names people.
        private = () if path.suffix == ".json" else (b"33.5", b"GPS", os.fsencode(tmp_path))
        assert not any(word in path.read_bytes() for word in private)
        assert not [name for name in tags(path) if "GPS" in name]


def test_the_place_is_written_where_it_is_asked_for(tmp_path: Path, film: Path) -> None:
    report = extract(film, Settings.of(count=1, with_location=True), output=tmp_path / "out")
    assert report.keyframes[0].location == Location(-33.5, -70.25, -12.5)
    found = tags(tmp_path / "out" / str(report.keyframes[0].file))
    assert (found["Composite:GPSLatitude"], found["Composite:GPSLongitude"]) == (-33.5, -70.25)


def test_without_metadata_the_bytes_are_those_of_the_encoder(tmp_path: Path, film: Path) -> None:
    for form in ("jpg", "png", "webp"):
        settings = Settings.of(count=1, format=form, no_metadata=True, with_location=True)
        report = extract(film, settings, output=tmp_path / form, exports=("sheet",))
        name = str(report.keyframes[0].file)
        for path in (tmp_path / form / name, tmp_path / form / "sheet.jpg"):
            assert not any(word in path.read_bytes() for word in (b"Exif", b"eXIf", b"EXIF", b"xmp", b"tEXt"))
