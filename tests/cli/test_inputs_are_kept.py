"""No output is ever an input: it is refused before anything is decoded, whatever the input is called there."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests import clips
from vkeyframe.cli.main import run
from vkeyframe.opencv import cv2

Capture = pytest.CaptureFixture[str]


def same(path: str) -> Path:
    return Path(path)


def link(path: str) -> Path:
    Path("link").symlink_to(path)
    return Path("link")


def hard_link(path: str) -> Path:
    os.link(path, "other")
    return Path("other")


def other_spelling(path: str) -> Path:
    Path("sub").mkdir()
    return Path("sub/../sub/..") / path


SPELLINGS = [same, link, hard_link, other_spelling]
Spelling = Callable[[str], Path]


@pytest.fixture
def own(video: Path, place: Path) -> Path:
    """Give a clip of the user's, which must stay."""
    shutil.copy(video, "own.mp4")
    return Path("own.mp4")


@pytest.fixture(autouse=True)
def nothing_is_decoded(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """Let decoding fail the tests of what is refused."""
    if "refused" in request.node.name:
        monkeypatch.setattr("vkeyframe.process.isolation.Isolation.call", lambda *_, **__: pytest.fail("it was decoded"))


def check_refused(capsys: Capture, code: int, *arguments: str | Path, words: str = "") -> None:
    """Check that a command ends with a code and one sentence, and that all files are as before."""
    before = {path: path.read_bytes() for path in Path().rglob("*") if path.is_file()}
    assert run([*map(str, arguments)]) == code
    output, told = capsys.readouterr()
    assert output == ""
    assert len(told.splitlines()) == 1, told
    assert words in told
    assert {path: path.read_bytes() for path in Path().rglob("*") if path.is_file()} == before


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_json_over_the_video_is_refused(spelling: Spelling, own: Path, capsys: Capture) -> None:
    output = spelling("own.mp4")
    for extra in ((), ("--overwrite",)):
        check_refused(capsys, 2, "extract", own, "--json", output, "--no-images", *extra, words="same file as the input own.mp4")
        check_refused(capsys, 2, "extract", own, "--json", output, "-o", "out", *extra, words="same file")
        check_refused(capsys, 2, "extract", "x.mp4", own, "--json", output, "--no-images", *extra, words="same file")
        check_refused(capsys, 2, "match", own, "--target", "0", "--json", output, *extra, words="same file")
        check_refused(
            capsys, 2, "extract", f"file://{own.absolute()}", "--json", output, "--no-images", *extra, words="same file"
        )


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_json_over_the_target_is_refused(spelling: Spelling, own: Path, capsys: Capture) -> None:
    cv2.imwrite("target.png", clips.scene(1, 1)[0])
    output = spelling("target.png")
    check_refused(capsys, 2, "match", own, "--target", "target.png", "--json", output, "--overwrite", words="same file")


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_an_output_folder_that_is_the_video_is_refused(spelling: Spelling, own: Path, capsys: Capture) -> None:
    check_refused(capsys, 2, "extract", own, "-o", spelling("own.mp4"), "--overwrite", words="same file as the input")


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_an_output_of_a_batch_that_is_the_list_is_refused(spelling: Spelling, own: Path, capsys: Capture) -> None:
    Path("list").write_text("own.mp4\n")
    check_refused(capsys, 2, "batch", "--from-file", "list", "-o", spelling("list"), words="same file as the input list")
    check_refused(capsys, 2, "batch", own, "-o", "own.mp4", words="same file as the input")
    Path("out").mkdir()
    os.link("list", "out/batch.jsonl")
    check_refused(capsys, 2, "batch", "--from-file", "list", "-o", "out", words="batch.jsonl: is the same file as the input")


def test_a_folder_that_is_input_and_output_is_refused(own: Path, capsys: Capture) -> None:
    Path("films").mkdir()
    check_refused(capsys, 2, "batch", "films", "-o", "films/", words="is an input and the output folder")


@pytest.fixture
def earlier(own: Path, place: Path) -> Path:
    """Give the output of an earlier run, with a picture in it that can be read like a video."""
    assert clips.call("extract", own, "-o", "out", "-q", "--format", "png").returncode == 0
    return next(Path("out").glob("*.png"))


def test_an_input_in_the_output_folder_is_refused(earlier: Path, own: Path, capsys: Capture) -> None:
    Path("side").symlink_to("out")
    for folder in ("out", "side", "./side/../out"):
        check_refused(capsys, 2, "extract", earlier, "-o", folder, "--overwrite", words="lies in the output folder")
        check_refused(
            capsys, 2, "extract", f"side/{earlier.name}", "-o", folder, "--overwrite", words="lies in the output folder"
        )
    shutil.move("out", "all/own")
    check_refused(
        capsys, 2, "extract", own, f"all/own/{earlier.name}", "-o", "all", "--overwrite", words="lies in the output folder"
    )


def test_a_video_of_a_batch_in_its_own_output_folder_fails_alone(own: Path, capsys: Capture) -> None:
    assert run(["batch", "own.mp4", "-o", ".", "--overwrite"]) == 2
    output, told = capsys.readouterr()
    assert json.loads(output)["status"] == "failed"
    assert "same file as the input" in told
    assert own.read_bytes()[4:8] == b"ftyp"


@pytest.mark.parametrize("content", ["my notes", '{"my": "notes"}', "[1]", "{", "\0" * 99, "{" * 100_000])
def test_a_file_that_is_no_json_of_ours_is_refused(content: str, own: Path, capsys: Capture) -> None:
    Path("notes").write_text(content)
    check_refused(capsys, 6, "extract", own, "--json", "notes", "--no-images", words="--overwrite")
    check_refused(capsys, 6, "match", own, "--target", "0", "--json", "notes", words="--overwrite")


def test_json_that_cannot_be_written_is_refused(own: Path, capsys: Capture) -> None:
    Path("folder").mkdir()
    check_refused(capsys, 6, "extract", own, "--json", "folder", "--no-images", words="is a folder")
    check_refused(capsys, 2, "extract", own, "--json", "out", "-o", "out", words="is the output folder")
    check_refused(capsys, 6, "match", own, "--target", "0", "--json", "no/file", words="no/file: cannot be written")
    check_refused(capsys, 2, "extract", own, "--json", "", "--no-images", words="empty name")
    check_refused(capsys, 2, "match", own, "--target", "0", "--json", "", words="empty name")


def test_json_of_ours_is_replaced_and_any_other_with_overwrite(own: Path, capsys: Capture) -> None:
    Path("empty").touch()
    Path("notes").write_text("my notes")
    for name in ("new", "new", "empty", "deep/out/report.json"):
        assert run(["extract", str(own), "--json", name, *(["-o", "deep/out"] if "/" in name else ["--no-images"])]) == 0
        assert json.loads(Path(name).read_text("utf-8"))["schema"] == "vkeyframe.report/2"
    for _ in range(2):
        assert run(["extract", str(own), str(own), "--json", "lines", "--no-images"]) == 0
        assert run(["match", str(own), "--target", "0", "--json", "found"]) == 0
    assert json.loads(Path("found").read_text("utf-8"))["target"] == "0"
    assert run(["match", str(own), "--target", "0", "--json", "notes", "--overwrite"]) == 0
    assert run(["extract", str(own), "--json", "notes", "--no-images"]) == 0


@pytest.mark.skipif(os.name == "nt", reason="needs devices")
def test_devices_and_standard_output_take_json(own: Path, place: Path) -> None:
    for name in ("/dev/null", "/dev/stdout"):
        done = clips.call("extract", own, "--json", name, "--no-images", "-q")
        assert (done.returncode, done.stderr) == (0, b"")
        assert bool(done.stdout) == (name == "/dev/stdout")
    with Path("log").open("a+b") as log:
        log.write(b"before\n")
        log.flush()
        assert clips.call("extract", own, "--json", "/dev/stdout", "--no-images", "-q", stdout=log).returncode == 0
    assert Path("log").read_bytes().startswith(b"before\n{")
    with Path("own.mp4").open("ab") as stream:
        assert clips.call("extract", own, "--json", "-", "--no-images", "-q", stdout=stream).returncode == 2
