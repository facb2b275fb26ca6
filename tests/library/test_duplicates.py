"""Copies, excerpts, and what is none though it looks like it for a while."""

from pathlib import Path

import numpy as np
import pytest

from tests.library import shown
from vkeyframe.library.duplicates import COPY, EXCERPT, Pair, find_duplicates
from vkeyframe.library.entries import Entry
from vkeyframe.library.store import Library

BLACK = np.zeros((shown.HEIGHT, shown.WIDTH, 3), np.uint8)


def pairs(tmp_path: Path, *entries: Entry) -> list[Pair]:
    told: list[tuple[float, float]] = []
    with Library.open(shown.filled(tmp_path / "l.db", *entries)) as library:
        found = find_duplicates(library, lambda done, total: told.append((done, total)))
    assert [done for done, _ in told] == list(range(1, len(told) + 1))
    return found


def test_a_copy_that_was_cropped_and_mirrored(tmp_path: Path) -> None:
    frames = shown.moving(1, 9.0)
    changed = [np.ascontiguousarray(shown.cropped(each)[:, ::-1]) for each in frames]
    (pair,) = pairs(
        tmp_path, shown.entry("/b.mp4", frames), shown.entry("/a.mp4", changed), shown.entry("/c.mp4", shown.moving(2, 9))
    )
    assert (pair.one, pair.other, pair.kind, pair.mirrored) == ("/a.mp4", "/b.mp4", COPY, True)
    assert pair.one_start == pair.other_start == pytest.approx(0.0, abs=0.6)
    assert pair.one_end == pair.other_end == pytest.approx(8.75, abs=0.3)


def test_an_excerpt_has_its_place(tmp_path: Path) -> None:
    film, part = shown.moving(1, 18.0), shown.moving(1, 5.0, 7.5)
    (pair,) = pairs(tmp_path, shown.entry("/film.mp4", film), shown.entry("/part.mp4", part))
    assert (pair.kind, pair.mirrored) == (EXCERPT, False)
    assert (pair.one_start, pair.one_end) == pytest.approx((7.5, 12.25), abs=0.3)
    assert (pair.other_start, pair.other_end) == pytest.approx((0.0, 4.75), abs=0.3)


def test_a_black_opening_is_no_copy(tmp_path: Path) -> None:
    films = [shown.entry(f"/{seed}.mp4", [*[BLACK] * 40, *shown.moving(seed, 8)]) for seed in (1, 2)]
    assert pairs(tmp_path, *films) == []


@pytest.mark.parametrize("place", ["opening", "ending"])
def test_a_logo_that_both_have_is_no_copy(tmp_path: Path, place: str) -> None:
    logo = [shown.picture(99)] * 24
    films = [(logo + shown.moving(seed, 15)) if place == "opening" else (shown.moving(seed, 15) + logo) for seed in (1, 2)]
    assert pairs(tmp_path, *(shown.entry(f"/{number}.mp4", film) for number, film in enumerate(films))) == []


def test_the_same_room_at_another_time_is_no_copy(tmp_path: Path) -> None:
    """The same picture stays, and something else moves in it."""
    films = []
    for seed in (1, 2):
        way = np.cumsum(np.random.default_rng(seed).integers(-14, 15, (48, 2)), axis=0)
        frames = []
        for x, y in way % (180, 90):
            frame = shown.picture(5).copy()
            frame[y : y + 45, x : x + 60] = (20, 30, 230)
            frames.append(frame)
        films.append(frames)
    assert pairs(tmp_path, *(shown.entry(f"/{number}.mp4", film) for number, film in enumerate(films))) == []
    again = shown.entry("/2.mp4", [shown.cropped(frame) for frame in films[0]])
    assert [pair.other for pair in pairs(tmp_path, again)] == ["/2.mp4"]


def test_pictures_and_a_frame_of_a_video(tmp_path: Path) -> None:
    film = shown.moving(3, 9.0)
    grey = np.repeat(film[6][..., 1:2], 3, axis=2)
    found = pairs(
        tmp_path,
        shown.entry("/film.mp4", film),
        shown.picture_entry("/one.png", film[6]),
        shown.picture_entry("/other.png", grey),
        shown.picture_entry("/rest.png", shown.picture(8)),
    )
    kinds = {(pair.one, pair.other): pair.kind for pair in found}
    assert kinds == {
        ("/film.mp4", "/one.png"): EXCERPT,
        ("/film.mp4", "/other.png"): EXCERPT,
        ("/one.png", "/other.png"): COPY,
    }
    assert all(pair.similarity > 0.65 for pair in found)
    assert {pair.one_start for pair in found if pair.one == "/film.mp4"} == {1.5}


def test_nothing_is_like_nothing(tmp_path: Path) -> None:
    assert pairs(tmp_path, shown.picture_entry("/a.png", BLACK), shown.picture_entry("/b.png", BLACK)) == []
