"""Searching a library by a picture: what shows it is found however it was changed, and nothing else."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy import ndarray

from tests import reference
from tests.library import shown
from vkeyframe.analysis.descriptor import EVEN_FIRST
from vkeyframe.library import search
from vkeyframe.library.answers import PICTURE_THRESHOLD
from vkeyframe.library.likeness import Look
from vkeyframe.library.search import Searcher, dots, largest
from vkeyframe.library.store import Library
from vkeyframe.opencv import cv2


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    """Give a library of 60 pictures."""
    path = tmp_path_factory.mktemp("search") / "l.db"
    shown.filled(path, *(shown.picture_entry(f"/{seed}.png", shown.picture(seed)) for seed in range(60)))
    with Library.open(path) as opened:
        yield opened


def captioned(picture: ndarray) -> ndarray:
    picture = picture.copy()
    picture[-24:-4] = picture[-24:-4] // 5
    cv2.putText(picture, "a caption", (20, shown.HEIGHT - 10), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (240, 240, 240), 1)
    return picture


def letter_boxed(picture: ndarray) -> ndarray:
    return np.asarray(cv2.copyMakeBorder(picture, 20, 20, 0, 0, cv2.BORDER_CONSTANT))


CHANGES: dict[str, Callable[[ndarray], ndarray]] = {
    "nothing": lambda picture: picture,
    "mirrored": lambda picture: np.ascontiguousarray(picture[:, ::-1]),
    "cropped": shown.cropped,
    "cropped and mirrored": lambda picture: np.ascontiguousarray(shown.cropped(picture)[:, ::-1]),
    "brighter": lambda picture: np.clip(picture.astype(int) + 30, 0, 255).astype(np.uint8),
    "grey": lambda picture: np.repeat(picture[..., 1:2], 3, axis=2),
    "small": lambda picture: np.asarray(cv2.resize(picture, (60, 34), interpolation=cv2.INTER_AREA)),
    "stretched": lambda picture: np.asarray(cv2.resize(picture, (128, 128), interpolation=cv2.INTER_AREA)),
    "captioned": captioned,
    "letter-boxed": letter_boxed,
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_picture_is_found(library: Library, change: str) -> None:
    searcher = Searcher(library)
    for seed in (3, 31):
        hits = searcher.by_picture(CHANGES[change](shown.picture(seed)), 3)
        assert hits[0].keyframe.path == f"/{seed}.png"
        assert hits[0].likeness.similarity >= PICTURE_THRESHOLD
        assert hits[0].likeness.mirrored == ("mirrored" in change)
        assert all(hit.likeness.similarity < PICTURE_THRESHOLD for hit in hits[1:])


def test_the_same_picture_has_a_similarity_of_almost_1(library: Library) -> None:
    (hit,) = Searcher(library).by_picture(shown.picture(7), 1)
    assert 0.98 < hit.likeness.similarity <= 1.0


def test_a_picture_that_is_not_there_is_not_found(library: Library) -> None:
    searcher = Searcher(library)
    likest = [searcher.by_picture(shown.picture(seed), 1)[0].likeness.similarity for seed in range(1000, 1020)]
    assert max(likest) < PICTURE_THRESHOLD


def in_the_sky(seed: int) -> ndarray:
    """Draw something small before a ground that is almost plain."""
    source = np.random.default_rng(seed)
    sky = np.repeat(np.linspace(215, 190, shown.HEIGHT)[:, None, None], shown.WIDTH, axis=1).astype(np.uint8).repeat(3, axis=2)
    x, y = int(source.integers(40, 180)), int(source.integers(25, 70))
    sky[y : y + 14, x : x + 30] = cv2.resize(shown.picture(seed), (30, 14))
    return sky


@pytest.mark.parametrize("upright", [True, False])
def test_a_caption_does_not_outweigh_a_picture_with_little_in_it(tmp_path: Path, upright: bool) -> None:
    drawn = [in_the_sky(seed) for seed in range(4)]
    entries = [shown.picture_entry(f"/{seed}.png", picture if upright else picture[::-1]) for seed, picture in enumerate(drawn)]
    with Library.open(shown.filled(tmp_path / "l.db", *entries)) as library:
        searcher = Searcher(library)
        for seed, picture in enumerate(drawn):
            (hit,) = searcher.by_picture(captioned(picture) if upright else captioned(picture)[::-1], 1)
            assert hit.keyframe.path == f"/{seed}.png"
            assert hit.likeness.similarity >= 0.9


def test_two_titles_before_black_are_not_alike(tmp_path: Path) -> None:
    titles = []
    for words, place in (("words", (20, 40)), ("else", (120, 100))):
        title = np.full((shown.HEIGHT, shown.WIDTH, 3), 16, np.uint8)
        titles.append(cv2.putText(title, words, place, cv2.FONT_HERSHEY_SIMPLEX, 0.5, (240, 240, 240), 1))
    with Library.open(shown.filled(tmp_path / "l.db", shown.picture_entry("/a.png", titles[0]))) as library:
        searcher = Searcher(library)
        assert searcher.by_picture(titles[0])[0].likeness.similarity > 0.95
        assert searcher.by_picture(titles[1])[0].likeness.similarity < PICTURE_THRESHOLD


def test_without_a_bar_there_is_nothing_to_uncover() -> None:
    assert Look(shown.picture(3)).uncovered is None
    assert Look(in_the_sky(3)).uncovered is None
    bare = Look(captioned(in_the_sky(3))).uncovered
    assert bare is not None
    assert bare.uncovered is None


def test_there_is_nothing_to_search_by_in_a_flat_picture(library: Library, tmp_path: Path) -> None:
    flat = np.full((90, 160, 3), 12, np.uint8)
    assert Look(flat).is_flat
    assert Searcher(library).by_picture(flat) == []
    with Library.open(shown.filled(tmp_path / "empty.db")) as empty:
        assert Searcher(empty).by_picture(shown.picture(1)) == []


def test_as_many_are_given_as_are_asked_for(library: Library) -> None:
    searcher = Searcher(library)
    hits = searcher.by_picture(shown.picture(5), 45)
    assert len({hit.keyframe.id for hit in hits}) == len(hits) == 45
    assert hits[0].keyframe == searcher.by_picture(shown.picture(5), 1)[0].keyframe


def test_what_was_removed_meanwhile_is_left_out(tmp_path: Path) -> None:
    path = shown.filled(tmp_path / "l.db", *(shown.picture_entry(f"/{seed}.png", shown.picture(seed)) for seed in range(3)))
    with Library.open(path) as library, Library.open(path, writing=True) as writer:
        searcher = Searcher(library)
        writer.remove(["/1.png"])
        assert {hit.keyframe.path for hit in searcher.by_picture(shown.picture(1))} == {"/0.png", "/2.png"}


def test_threads_give_what_one_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    source = np.random.default_rng(4)
    stored, queries = source.integers(-127, 128, (70, 147)), source.integers(-127, 128, (3, 147))
    monkeypatch.setattr(search, "TUNING", replace(search.TUNING, at_a_time=7))
    monkeypatch.setattr(search, "cores", lambda: 4)
    found = dots(stored.astype(np.int8), queries.astype(np.int16))
    np.testing.assert_array_equal(found, reference.best_dots(stored, queries))


@pytest.mark.parametrize("count", [1, 3, 4, 9])
def test_of_equal_ones_the_first_is_taken(count: int) -> None:
    values = np.array([5, 9, 5, 5, -3, 9, 5], np.int32)
    assert largest(values, count).tolist() == [1, 5, 0, 2, 3, 6, 4][:count]


def test_the_queries_have_what_is_the_same_for_the_mirror_image_first() -> None:
    one, other = Look(shown.picture(1)).queries[0], Look(np.ascontiguousarray(shown.picture(1)[:, ::-1])).queries[0]
    np.testing.assert_allclose(one[:75], other[:75], atol=2)
    np.testing.assert_allclose(one[75:], -other[75:], atol=2)
    assert sorted(EVEN_FIRST) == list(range(147))
