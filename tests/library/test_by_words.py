"""What a user's model makes of the keyframes of a library, and keyframes that words name."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy import ndarray

from tests import clips, nets
from vkeyframe import Settings, search
from vkeyframe.cli.main import run
from vkeyframe.library.store import Library
from vkeyframe.models.pictures import PictureModel
from vkeyframe.opencv import cv2

TINTS = {"red": (0.4, 0.4, 1), "green": (0.4, 1, 0.4)}


def tinted(frames: list[ndarray], tint: tuple[float, ...]) -> list[ndarray]:
    return [(frame.mean(axis=2, keepdims=True) * np.array(tint)).astype(np.uint8) for frame in frames]


@pytest.mark.usefixtures("childless")
def test_words_find_keyframes_of_videos_and_pictures(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("in").mkdir()
    frames = [*tinted(clips.scene(1, 25), TINTS["green"]), *tinted(clips.scene(2, 25), TINTS["red"])]
    clips.write_clip(Path("in/clip.mp4"), frames)
    cv2.imwrite("in/green.png", tinted(clips.scene(3, 1), TINTS["green"])[0])
    pictures, words = nets.colour(Path("model.onnx")), nets.words(Path("text.onnx"))
    command = ["index", "in", "--library", "lib", "--features", str(pictures)]
    assert run(command) == 0
    with Library.open("lib") as library:
        ids, vectors = library.vectors(PictureModel(pictures).name)
        assert len(ids) == len(vectors) == sum(video.keyframes for video in library.videos()) >= 3
        row = next(row for row in library.videos() if row.kind == "picture")
        (picture,) = library.entry(row).vectors
    seen = PictureModel(pictures).embed([cv2.imread("in/green.png")])
    np.testing.assert_allclose(picture.vectors, seen, atol=1e-3)
    red, green, other = (asked(capsys, pictures, words, name) for name in ("red", "green", "unheard of"))
    assert {Path(find["video"]).name for find in red["finds"]} == {"clip.mp4"}
    assert all(find["time"] >= 1.0 and find["similarity"] > 0.9 > red["threshold"] for find in red["finds"])
    assert {Path(find["video"]).name for find in green["finds"]} == {"clip.mp4", "green.png"}
    assert (other["found"], other["finds"], other["asked"]) == (False, [], "about")
    assert other["nearest"]["similarity"] < other["threshold"]
    found = search(library="lib", settings=Settings.of(features=str(pictures), text_model=str(words), about="red"))
    assert [find.time for find in found.finds] == [find["time"] for find in red["finds"]]
    capsys.readouterr()
    assert run(command) == 0
    assert capsys.readouterr().out.count('"skipped"') == 2
    pictures.with_suffix(".toml").write_text(nets.PLAIN + "size = 64")
    assert run(["search", "--about", "red", *both(pictures, words), "--library", "lib", "-q"]) == 2
    assert "index it with --features" in capsys.readouterr().err
    assert run(command) == 0
    assert capsys.readouterr().out.count('"done"') == 2


@pytest.mark.usefixtures("place")
def test_a_search_is_by_one_thing(capsys: pytest.CaptureFixture[str]) -> None:
    more = ["--about", "red", "--features", "a.onnx", "--text-model", "b.onnx"]
    for query in (["--text", "red", *more], ["picture.png", *more], []):
        assert run(["search", *query, "--library", "lib"]) == 2
        assert "--about WORDS" in capsys.readouterr().err
    assert run(["search", "--about", "red", "--library", "lib"]) == 2


def both(pictures: Path, words: Path) -> list[str]:
    return ["--features", str(pictures), "--text-model", str(words)]


def asked(capsys: pytest.CaptureFixture[str], pictures: Path, words: Path, about: str) -> dict[str, Any]:
    """Ask the library about words, from the command line."""
    capsys.readouterr()
    assert run(["search", "--about", about, *both(pictures, words), "--library", "lib", "--json", "-", "-q"]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found
