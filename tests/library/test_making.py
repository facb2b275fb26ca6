"""How an entry comes about: what the child hands on, what names a file, and what makes an entry old."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from tests import clips
from vkeyframe.errors import DecoderError, OutputError
from vkeyframe.library import entries, views
from vkeyframe.library.collected import Collector, collected, encode_thumbnail
from vkeyframe.library.entries import Moments
from vkeyframe.library.making import place_of, settings_text
from vkeyframe.opencv import cv2
from vkeyframe.settings import Settings


def test_the_sizes_are_those_of_what_makes_the_views() -> None:
    assert (entries.VIEWS, entries.VIEW_SIZE, entries.SMALL_SHAPE) == (views.VIEWS, views.VIEW_SIZE, views.SMALL_SHAPE)


def test_what_is_kept_is_read_again(tmp_path: Path) -> None:
    pictures = [clips.scene(1, 1)[0], None, clips.scene(2, 1, 500, 300)[0]]
    moments = Moments(np.array([0.0, 0.25], np.float32), np.arange(294, dtype=np.int16).reshape(2, 147).astype(np.int8))
    vectors = np.eye(3, 5, dtype=np.float32)
    Collector(tmp_path / "found").keep(moments, pictures, ("name", vectors))
    again, looks, (seen,) = collected(tmp_path / "found", "a.mp4", 3)
    assert (seen.model, seen.vectors.tolist()) == ("name", vectors.tolist())
    assert np.array_equal(again.times, moments.times)
    assert np.array_equal(again.descriptors, moments.descriptors)
    for picture, look in zip(pictures, looks, strict=True):
        if picture is None:
            assert (look.thumbnail, set(look.views), set(look.small)) == (b"", {0}, {0})
            continue
        packed = views.pack_views(picture)
        assert (look.views, look.small) == (packed.views.tobytes(), packed.small.tobytes())
        assert look.thumbnail == encode_thumbnail(picture)
    assert cv2.imdecode(np.frombuffer(looks[2].thumbnail, np.uint8), cv2.IMREAD_COLOR).shape == (144, 240, 3)


@pytest.mark.parametrize("damage", ["missing", "cut", "other", "count", "pickle", "vectors", "no numbers"])
def test_what_is_nothing_proper_is_a_sentence(tmp_path: Path, damage: str) -> None:
    """The process that writes it has decoded a file that may be harmful."""
    path = tmp_path / "found"
    Collector(path).keep(Moments.none(), [clips.scene(1, 1)[0]])
    if damage == "missing":
        path.unlink()
    elif damage == "cut":
        path.write_bytes(path.read_bytes()[:-200])
    elif damage == "other":
        with path.open("wb") as file:
            np.savez(file, views=np.zeros(3))
    elif damage == "pickle":
        with path.open("wb") as file:
            np.savez(file, views=np.array([{}], object))
    elif damage in ("vectors", "no numbers"):
        vectors = np.full((2 if damage == "vectors" else 1, 4), np.nan if damage == "no numbers" else 0.5)
        Collector(path).keep(Moments.none(), [clips.scene(1, 1)[0]], ("name", vectors))
    with pytest.raises(DecoderError, match=r"a\.mp4: the decoder's process left nothing proper for the library"):
        collected(path, "a.mp4", 2 if damage == "count" else 1)


def test_what_cannot_be_kept_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="give another folder in TMPDIR"):
        Collector(tmp_path / "none" / "found").keep(Moments.none(), [])


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("a.mp4", "/base/a.mp4"),
        ("../a.mp4", "/a.mp4"),
        ("./b/../a.mp4", "/base/a.mp4"),
        ("/x/a.mp4", "/x/a.mp4"),
        ("https://user:secret@host/a.mp4", "https://host/a.mp4"),
        (os.fsdecode(b"\xff.mp4"), os.fsdecode(b"/base/\xff.mp4")),
    ],
)
def test_a_file_has_one_name_without_a_password(path: str, place: str) -> None:
    assert place_of(path, "/base") == place


def test_an_entry_is_old_when_what_bears_on_it_changes() -> None:
    usual = settings_text(Settings())
    assert settings_text(Settings.of(threads=3, width=100, quality=10, format="png")) == usual
    others = [{"count": 3}, {"crop": "0,0,50%,50%"}, {"anonymise": True}, {"decode": "every"}, {"words": True}]
    assert len({usual, settings_text(Settings(), "etag"), *(settings_text(Settings.of(**other)) for other in others)}) == 7
