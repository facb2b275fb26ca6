"""What a user's model makes of the keyframes of a library, and keyframes that words name."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy import ndarray

from tests import clips, nets
from vkeyframe.cli.main import run
from vkeyframe.errors import UsageError
from vkeyframe.library.by_words import by_words
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
        hits = by_words(library, "red", pictures, words, top=2)
        assert (Path(hits[0].keyframe.path).name, hits[0].stands_out) == ("clip.mp4", True)
        assert hits[0].keyframe.time >= 1.0
        assert hits[0].relevance > 0.9
        assert {Path(hit.keyframe.path).name for hit in by_words(library, "green", pictures, words, top=2)} == {
            "clip.mp4",
            "green.png",
        }
        row = next(row for row in library.videos() if row.kind == "picture")
        (picture,) = library.entry(row).vectors
        seen = PictureModel(pictures).embed([cv2.imread("in/green.png")])
        np.testing.assert_allclose(picture.vectors, seen, atol=1e-3)
        assert not any(hit.stands_out for hit in by_words(library, "unheard of", pictures, words))
    capsys.readouterr()
    assert run(command) == 0
    assert capsys.readouterr().out.count('"skipped"') == 2
    pictures.with_suffix(".toml").write_text(nets.PLAIN + "size = 64")
    with Library.open("lib") as library, pytest.raises(UsageError, match="features=…"):
        by_words(library, "red", pictures, words)
    assert run(command) == 0
    assert capsys.readouterr().out.count('"done"') == 2
