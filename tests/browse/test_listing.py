"""The list of a library: its orders, and what is found in names."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.library.drawn import drawn_entry
from vkeyframe.browse.listing import Listing, plain, split_path
from vkeyframe.library.store import Library


def listing(path: Path, names: list[str]) -> Listing:
    with Library.open(path, create=True) as library:
        for number, name in enumerate(names):
            library.put(
                replace(drawn_entry(name, seed=number), duration=float(number % 3)), f"2026-01-0{number + 1}T00:00:00+00:00"
            )
        return Listing(library)


def test_numbers_count_as_numbers_and_equal_names_stand_by_folder(tmp_path: Path) -> None:
    names = ["/f/b/clip10.mp4", "/f/b/clip9.mp4", "/f/a/Clip10.mp4", "/f/2.mp4", "/f/Äpfel.mp4", "/f/zebra.mp4"]
    found = listing(tmp_path / "library.db", names)
    shown = [(each.folder, each.name) for each in found.find("", "name")]
    expected = [("", "2.mp4"), ("", "Äpfel.mp4"), ("b", "clip9.mp4"), ("a", "Clip10.mp4"), ("b", "clip10.mp4"), ("", "zebra.mp4")]
    assert shown == expected
    assert [each.video.path for each in found.find("", "newest")] == names[::-1]
    assert [each.video.duration for each in found.find("", "longest")] == [2.0, 2.0, 1.0, 1.0, 0.0, 0.0]
    assert [each.video.path for each in found.find("", "no such order")] == [each.video.path for each in found.by_name]


@pytest.mark.parametrize(
    ("words", "found"), [("apfel", 1), ("ÄPFEL", 1), ("clip 10", 2), ("b clip10", 1), ("f", 1), ("clip11", 0)]
)
def test_all_words_must_be_in_name_and_folder(tmp_path: Path, words: str, found: int) -> None:
    names = ["/x/b/clip10.mov", "/x/a/Clip10.mov", "/x/A\u0308pfel.mov"]
    assert len(listing(tmp_path / "library.db", names).find(words, "name")) == found


def test_urls_and_names_that_are_no_text_are_listed(tmp_path: Path) -> None:
    names = ["https://host/films/a.mp4", "/f/\udcff.mp4", "/b.mp4"]
    found = listing(tmp_path / "library.db", names)
    assert {each.video.path: (each.folder, each.name) for each in found.by_name} == {
        names[0]: ("https://host/films", "a.mp4"),
        names[1]: ("f", "\udcff.mp4"),
        names[2]: ("", "b.mp4"),
    }
    assert [each.video.path for each in found.find("host", "name")] == names[:1]


def test_an_empty_library_has_an_empty_list(tmp_path: Path) -> None:
    found = listing(tmp_path / "library.db", [])
    assert (found.find("", "name"), found.find("a", "name"), found.videos, found.pictures, found.keyframes) == ([], [], 0, 0, 0)


def test_parts_of_paths_and_plain_texts() -> None:
    assert [split_path(path) for path in ("/a/b.mp4", "b.mp4", "/b.mp4", "/a/b/", "/")] == [
        ("/a", "b.mp4"),
        ("", "b.mp4"),
        ("", "b.mp4"),
        ("/a", "b"),
        ("", "/"),
    ]
    assert plain("Straße CAFÉ") == "strasse cafe"
