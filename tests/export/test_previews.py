"""Previews for players: the layout that Jellyfin reads, the list read by webvtt-py, and every picture the right one."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import webvtt
from PIL import Image

from tests import clips
from vkeyframe.cli.main import run
from vkeyframe.errors import UsageError
from vkeyframe.export.options import FormOptions
from vkeyframe.video.file import VideoFile
from vkeyframe.video.options import ReadOptions
from vkeyframe.video.previews import preview_pictures

MOST_PIXELS = ReadOptions().max_pixels
FRAMES = 200


@pytest.fixture(autouse=True)
def here(place: Path, childless: None) -> Path:
    return place


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give 8 s of numbered frames of 160×96."""
    folder = tmp_path_factory.mktemp("previews")
    return clips.encode(folder / "My film.mp4", clips.numbered(clips.scenes(range(4), 50)), "-bf", "2", "-g", "37")


def number_in(picture: Image.Image) -> int:
    return clips.number_of(np.asarray(picture.convert("RGB"))[..., ::-1])


@pytest.mark.parametrize("interval", [0.1, 0.5, 0.7, 2.0, 7.96, 100.0])
@pytest.mark.parametrize("options", [("-bf", "2", "-g", "37"), ("-g", "1"), ("-bf", "3", "-x264-params", "open-gop=1:keyint=20")])
def test_each_is_the_frame_that_is_shown_at_its_time(interval: float, options: tuple[str, ...], place: Path) -> None:
    path = clips.encode(place / "film.mkv", clips.numbered(clips.scenes(range(2), 100)), *options)
    shown = [clips.number_of(picture) for picture in preview_pictures(VideoFile.of(path), interval, (160, 96), MOST_PIXELS)]
    times = [frame["time"] for frame in clips.probe_frames(path)]
    wanted = [index * interval for index in range(1000) if index * interval <= times[-1]]
    # Matroska rounds times to milliseconds.
    assert shown == [max(index for index, time in enumerate(times) if time <= each + 1e-3) for each in wanted]


def test_jellyfin_finds_the_sheets_where_it_looks(film: Path, place: Path) -> None:
    arguments = ["--preview-interval", "0.5", "--preview-width", "160", "--preview-tiles", "3x2"]
    assert run(["extract", str(film), "-o", "out", "--trickplay", *arguments, "-q"]) == 0
    folder = place / "out" / "My film.trickplay" / "160 - 3x2"
    assert clips.entries(folder) == ["0.jpg", "1.jpg", "2.jpg"]
    found = []
    for number in range(3):
        with Image.open(folder / f"{number}.jpg") as sheet:
            # Also the last one is full, so that players find the height of a row.
            assert sheet.size == (3 * 160, 2 * 96)
            for index in range(6):
                left, top = index % 3 * 160, index // 3 * 96
                found.append(number_in(sheet.crop((left, top, left + 160, top + 96))))
    # A preview each half second is each 12.5 frames; what is left is black.
    assert found == [int(12.5 * index) for index in range(16)] + [0, 0]
    report = json.loads((place / "out" / "report.json").read_text())
    assert [name for name in report["files"] if "/" in name] == [
        f"My film.trickplay/160 - 3x2/{number}.jpg" for number in range(3)
    ]
    before = clips.results(place / "out")
    assert run(["extract", str(film), "-o", "out", "--trickplay", *arguments, "-q", "--overwrite"]) == 0
    assert clips.results(place / "out") == before


def test_the_usual_layout_is_jellyfins(film: Path, place: Path) -> None:
    assert run(["extract", str(film), "-o", "out", "-q"]) == 0
    assert run(["export", "out", "--to", "trickplay", "-q"]) == 0
    # As in its settings: 320 pixels at most, 10 × 10.
    assert clips.entries(place / "out" / "My film.trickplay" / "160 - 10x10") == ["0.jpg"]
    assert run(["export", "out", "--to", "trickplay", "-q"]) != 0
    assert run(["export", "out", "--to", "trickplay", "-q", "--overwrite", "--preview-tiles", "5x5"]) == 0
    assert clips.entries(place / "out" / "My film.trickplay") == ["160 - 5x5"]
    listed = json.loads((place / "out" / "report.json").read_text())["files"]
    assert sorted(listed) == listed
    assert [name for name in listed if "/" in name] == ["My film.trickplay/160 - 5x5/0.jpg"]
    # So a later run replaces it all.
    assert run(["extract", str(film), "-o", "out", "-q", "--overwrite"]) == 0
    assert not (place / "out" / "My film.trickplay").exists()


def test_the_list_names_the_right_part_of_a_sheet_for_each_time(film: Path, place: Path) -> None:
    arguments = ["--preview-interval", "0.5", "--preview-tiles", "3x2"]
    assert run(["extract", str(film), "-o", "out", "--vtt", *arguments, "-q"]) == 0
    cues = list(webvtt.read(str(place / "out" / "previews.vtt")))
    assert [(cue.start_in_seconds, cue.end_in_seconds) for cue in cues] == [(index // 2, (index + 1) // 2) for index in range(16)]
    assert [(cue.start, cue.end) for cue in cues[:2]] == [("00:00:00.000", "00:00:00.500"), ("00:00:00.500", "00:00:01.000")]
    for index, cue in enumerate(cues):
        name, _, part = cue.text.partition("#xywh=")
        left, top, width, height = map(int, part.split(","))
        with Image.open(place / "out" / name) as sheet:
            assert left + width <= sheet.width
            assert top + height <= sheet.height
            assert number_in(sheet.crop((left, top, left + width, top + height))) == int(12.5 * index)


@pytest.mark.parametrize("tiles", ["", "10", "0x5", "10x", "x3", "101x2", "1000x1", "-1x2", "3 x 4"])
def test_tiles_that_cannot_be_are_refused(tiles: str) -> None:
    with pytest.raises(UsageError, match="columns and rows such as 10x10"):
        FormOptions(preview_tiles=tiles)


def test_a_sheet_that_would_take_all_memory_is_refused(film: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["extract", str(film), "-o", "out", "-q"]) == 0
    assert run(["export", "out", "--to", "vtt", "--preview-tiles", "100x100"]) == UsageError.exit_code
    assert "use fewer --preview-tiles" in capsys.readouterr().err
