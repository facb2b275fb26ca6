"""`vkeyframe search` and `duplicates`, `vkeyframe.search`, and the tool of the server, asked of a library of `index`."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import vkeyframe
from tests import clips
from tests.cli.test_batch import Done
from tests.library import shown
from vkeyframe.cli.main import run
from vkeyframe.errors import InputError, LibraryError, UsageError
from vkeyframe.library.entries import Line
from vkeyframe.library.store import Library
from vkeyframe.opencv import cv2


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Give a folder with two videos, a copy of one of them, a picture and a library of all."""
    folder = tmp_path_factory.mktemp("filled")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        # 24 moments of a quarter of a second, six frames each.
        for name, seed in (("film.mp4", 1), ("other.mp4", 2)):
            frames = [frame for frame in shown.moving(seed, 6.0) for _ in range(6)]
            clips.write_clip(folder / name, frames, 24.0)
        half = [np.ascontiguousarray(frame[::2, ::2]) for frame in shown.moving(1, 6.0) for _ in range(6)]
        clips.write_clip(folder / "copy.mp4", half, 24.0)
        cv2.imwrite("picture.png", shown.picture(50))
        cv2.imwrite("asked.jpg", shown.cropped(shown.picture(50))[:, ::-1])
        cv2.imwrite("absent.png", shown.picture(777))
        cv2.imwrite("black.png", np.zeros((90, 160, 3), np.uint8))
        assert run(["index", "film.mp4", "other.mp4", "copy.mp4", "picture.png", "--library", "l.db", "-q", "--jobs", "1"]) == 0
        with Library.open("l.db", writing=True) as library:
            said = shown.entry("/said.mp4", shown.moving(9, 2.0))
            library.put(replace(said, lines=(Line(1.0, 2.0, 'Où est "le" café?'),)))
        yield folder


@pytest.fixture
def search(filled: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Done]:
    """Give a function that runs a command in this process, in the folder."""
    monkeypatch.chdir(filled)
    capsys.readouterr()

    def run_inside(*arguments: str, command: str = "search") -> Done:
        return Done(run([command, "--library", "l.db", *arguments]), *capsys.readouterr())

    return run_inside


def test_a_picture_is_found(search: Callable[..., Done], filled: Path) -> None:
    done = search("asked.jpg", "--json", "-")
    answer = json.loads(done.stdout)
    assert (done.returncode, answer["asked"], answer["found"], answer["nearest"]) == (0, "picture", True, None)
    (found,) = answer["finds"]
    assert (found["video"], found["kind"], found["mirrored"]) == (str(filled / "picture.png"), "picture", True)
    assert answer["threshold"] <= found["similarity"] <= 1.0


def test_a_frame_and_a_clip_of_a_video_are_found_in_its_copy_too(search: Callable[..., Done], filled: Path) -> None:
    frame = json.loads(search("film.mp4@3.1", "--json", "-").stdout)
    assert {Path(find["video"]).name for find in frame["finds"]} == {"film.mp4", "copy.mp4"}
    clip = json.loads(search("film.mp4@2-4.5", "--json", "-").stdout)
    assert clip["asked"] == "clip"
    assert {Path(find["video"]).name for find in clip["finds"]} == {"film.mp4", "copy.mp4"}
    for find in clip["finds"]:
        assert find["offset"] == pytest.approx(2.0, abs=0.2)
        assert find["end_time"] == pytest.approx(4.3, abs=0.3)
    whole = json.loads(search("copy.mp4", "--json", "-", "--top", "1").stdout)
    assert (whole["asked"], whole["finds"][0]["offset"]) == ("clip", pytest.approx(0.0, abs=0.1))


def test_what_is_not_there_is_not_found(search: Callable[..., Done]) -> None:
    done = search("absent.png")
    assert done.returncode == 0
    assert done.stdout.startswith("absent.png: not found; the likest, ")
    answer = json.loads(search("absent.png", "--json", "-").stdout)
    assert (answer["found"], answer["finds"]) == (False, [])
    assert answer["nearest"]["similarity"] < answer["threshold"]
    assert json.loads(search("absent.png", "--json", "-", "--threshold", "0").stdout)["found"]


def test_a_flat_picture_says_why(search: Callable[..., Done]) -> None:
    done = search("black.png")
    assert (done.returncode, done.stdout) == (0, "black.png: not found.\n")
    assert "one colour" in done.stderr


def test_the_table_has_a_line_for_each_find(search: Callable[..., Done]) -> None:
    head, *lines = search("film.mp4@2-4").stdout.splitlines()
    assert head.split() == ["similarity", "mirrored", "time", "until", "video"]
    assert [line.split()[1] for line in lines] == ["no", "no"]


@pytest.mark.parametrize("words", ["cafe", "LE ou", 'le"'])
def test_words_are_found(search: Callable[..., Done], words: str) -> None:
    (found,) = json.loads(search("--text", words, "--json", "-").stdout)["finds"]
    assert (found["video"], found["time"], found["similarity"]) == ("/said.mp4", 1.0, None)
    assert "/said.mp4" in search("--text", words).stdout


@pytest.mark.parametrize(
    "words", ['"', "a AND", "NEAR(", "*", "c:d", "-", "'; DROP TABLE lines; --", "", " ", "(", "^x", "caf\0e"]
)
def test_no_words_end_in_an_error_of_sql(search: Callable[..., Done], words: str) -> None:
    done = search("--text", words)
    assert done.returncode == 0, done.stderr
    assert "not found" in done.stdout


def test_thumbnails_are_written(search: Callable[..., Done], filled: Path, tmp_path: Path) -> None:
    folder = tmp_path / "thumbnails"
    answer = json.loads(search("film.mp4@3", "--thumbnails", str(folder), "--json", "-").stdout)
    names = [f"{number:03d}.jpg" for number in range(1, len(answer["finds"]) + 1)]
    assert [find["thumbnail"] for find in answer["finds"]] == [str(folder / name) for name in names]
    assert clips.entries(folder) == names
    assert all(cv2.imread(find["thumbnail"]) is not None for find in answer["finds"])
    again = search("film.mp4@3", "--thumbnails", str(folder))
    assert (again.returncode, "exists already" in again.stderr) == (6, True)


@pytest.mark.parametrize(
    ("arguments", "code", "part"),
    [
        ([], 2, "--text WORDS"),
        (["asked.jpg", "--text", "a"], 2, "--text WORDS"),
        (["gone.png"], 3, "no such file"),
        (["film.mp4@99"], 2, "ends before"),
        (["asked.jpg", "--json", "l.db"], 2, "l.db"),
    ],
)
def test_what_is_wrong_is_said(search: Callable[..., Done], arguments: list[str], code: int, part: str) -> None:
    done = search(*arguments)
    assert (done.returncode, done.stdout) == (code, "")
    assert part in done.stderr


def test_the_copy_is_a_duplicate(search: Callable[..., Done], filled: Path) -> None:
    (pair,) = json.loads(search("--json", "-", command="duplicates").stdout)
    assert (Path(pair["one"]).name, Path(pair["other"]).name, pair["kind"]) == ("copy.mp4", "film.mp4", "copy")
    assert 0.9 < pair["similarity"] <= 1.0
    line = search(command="duplicates").stdout
    assert line.startswith(f"{pair['similarity']:.3f}  copy: {pair['one']} 00:00:00.000 to 00:00:05")


def test_python_asks_the_same(search: Callable[..., Done], filled: Path) -> None:
    answer = vkeyframe.search("asked.jpg", library="l.db", options=vkeyframe.SearchOptions(top=1))
    assert (answer.found, answer.finds[0].video) == (True, str(filled / "picture.png"))
    assert [find.video for find in vkeyframe.search(text="cafe", library="l.db").finds] == ["/said.mp4"]
    with pytest.raises(UsageError, match="query="):
        vkeyframe.search(library="l.db")
    with pytest.raises(LibraryError):
        vkeyframe.search("asked.jpg", library="film.mp4")
    with pytest.raises(InputError):
        vkeyframe.search("gone.jpg", library="l.db")


def test_the_server_searches_within_its_folder(filled: Path) -> None:
    pytest.importorskip("mcp")
    from mcp.server.mcpserver.exceptions import ToolError

    from vkeyframe.cli.mcp_server import Tools

    tools = Tools(filled, filled / "l.db")
    answer = tools.search("asked.jpg")
    assert [find["video"] for find in answer.structured_content["finds"]] == ["picture.png"]
    assert [each.type for each in answer.content] == ["text", "text", "image"]
    assert {find["video"] for find in tools.search("film.mp4", "2", "4").structured_content["finds"]} == {"film.mp4", "copy.mp4"}
    # It lies outside.
    assert tools.search(text="cafe").structured_content["finds"] == []
    assert str(filled) not in str(answer)
    for wrong in ({}, {"picture": "asked.jpg", "text": "a"}, {"picture": "../x.png"}, {"picture": "film.mp4", "end": "3"}):
        with pytest.raises(ToolError):
            tools.search(**wrong)
