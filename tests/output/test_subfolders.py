"""Pictures in subfolders: where they are, what the report says, and that nothing gets out of the output or is lost."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import pytest

from tests import clips
from vkeyframe import Settings, extract
from vkeyframe.cli.main import run
from vkeyframe.errors import OutputError, UsageError
from vkeyframe.output.folder import OutputFolder
from vkeyframe.output.options import PictureOptions


@pytest.fixture(autouse=True)
def here(place: Path, childless: None) -> Path:
    return place


@pytest.fixture
def film(place: Path) -> Path:
    return clips.write_clip(place / "film.mp4", clips.scenes(range(3), 20))


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_the_report_says_where_the_pictures_are(film: Path, place: Path) -> None:
    arguments = ["--pictures-in", "images", "--name", "shot{shot:03d}/{name}_{index:05d}", "--per-shot", "1"]
    arguments += ["--sheet", "--crops"]
    assert run(["extract", str(film), "-o", "out", "-q", *arguments]) == 0
    report = json.loads((place / "out" / "report.json").read_text())
    named = [keyframe["file"] for keyframe in report["keyframes"]]
    assert named == [f"images/shot00{index}/film_0000{index}.jpg" for index in range(3)]
    # A program that reads the folder of the pictures finds nothing else in it.
    assert files(place / "out" / "images") == [name.removeprefix("images/") for name in named]
    assert report["files"] == files(place / "out")
    assert "film_00000_crop1.jpg" in report["files"]
    for name in named:
        assert cv2.imread(str(place / "out" / name)) is not None
    assert report["settings"]["pictures_in"] == "images"
    before = clips.results(place / "out")
    assert run(["extract", str(film), "-o", "out", "-q", "--overwrite", *arguments]) == 0
    assert clips.results(place / "out") == before


def test_export_reads_them_and_leaves_them(film: Path, place: Path) -> None:
    assert run(["extract", str(film), "-o", "out", "-q", "--pictures-in", "a/b"]) == 0
    before = clips.results(place / "out" / "a" / "b")
    assert run(["export", "out", "--to", "collage", "-q"]) == 0
    assert run(["export", "out", "--to", "sheet", "-q", "-o", "else"]) == 0
    assert files(place / "else") == ["sheet.jpg"]
    assert clips.results(place / "out" / "a" / "b") == before
    assert json.loads((place / "out" / "report.json").read_text())["files"] == files(place / "out")


def test_a_batch_takes_up_again_what_is_whole(film: Path, place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["batch", str(film), "-o", "all", "--pictures-in", "images", "--resume"]
    assert run(arguments) == 0
    (report,) = place.joinpath("all").rglob("report.json")
    written = report.stat().st_mtime_ns
    assert run(arguments) == 0
    assert report.stat().st_mtime_ns == written
    next(report.parent.joinpath("images").iterdir()).unlink()
    assert run(arguments) == 0
    assert files(report.parent) == json.loads(report.read_text())["files"]


@pytest.mark.parametrize("stranger", ["images/mine.txt", "images/deeper/mine.txt", "images/film_000_00-00-00.000.jpg.bak"])
def test_what_is_not_ours_in_a_subfolder_keeps_the_output(stranger: str, film: Path, place: Path) -> None:
    extract(film, Settings.of(pictures_in="images"), output="out")
    path = place / "out" / stranger
    path.parent.mkdir(exist_ok=True)
    path.write_text("mine")
    with pytest.raises(OutputError, match=r"did not write.*move images/"):
        extract(film, output="out", overwrite=True)
    assert path.read_text() == "mine"
    path.unlink()
    extract(film, output="out", overwrite=True)
    assert not (place / "out" / "images").exists()


def test_a_link_in_the_place_of_a_subfolder_is_not_followed(film: Path, place: Path) -> None:
    extract(film, Settings.of(pictures_in="images"), output="out")
    (place / "out" / "images").rename(place / "elsewhere")
    (place / "out" / "images").symlink_to(place / "elsewhere")
    before = clips.results(place / "elsewhere")
    with pytest.raises(OutputError, match="did not write"), OutputFolder(place / "out", overwrite=True):
        pass
    assert clips.results(place / "elsewhere") == before


def test_an_output_that_is_filled_in_place_has_them_too(film: Path, place: Path) -> None:
    (place / "out").mkdir()
    report = extract(film, Settings.of(pictures_in="images"), output="out")
    assert list(report.files) == files(place / "out")


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "/tmp",
        "..",
        "a/..",
        "../a",
        "a//b",
        ".",
        "./a",
        "a/",
        "a\\b",
        "{shot}",
        " ",
        ".hidden",
        "x" * 101,
        "Report.json/a",
    ],
)
def test_a_subfolder_that_is_none_is_refused(path: str) -> None:
    with pytest.raises(UsageError, match="pictures_in"):
        PictureOptions(pictures_in=path)


def test_match_has_no_subfolders(film: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["match", str(film), "--target", "x.png", "-o", "hits", "--name", "a/{index}"]) == UsageError.exit_code
    assert "--name 'a/{index}' makes subfolders" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "size"),
    [
        ({"max_side": 32}, (32, 18)),
        ({"max_side": 64}, (64, 36)),
        ({"max_side": 100}, (64, 36)),
        ({"max_side": 32, "width": 16}, (16, 9)),
        ({"max_side": 16, "width": 32}, (16, 9)),
    ],
)
def test_the_smaller_of_width_and_longest_side_counts(options: dict[str, int], size: tuple[int, int]) -> None:
    assert PictureOptions(**options).size_of(64, 36) == size  # type: ignore[arg-type]
    if "width" not in options:
        assert PictureOptions(**options).size_of(36, 64) == size[::-1]  # type: ignore[arg-type]
