"""Finding where a clip comes from."""

from collections.abc import Callable, Iterator

import numpy as np
import pytest
from numpy import ndarray

from tests.library import shown
from vkeyframe.library.answers import CLIP_THRESHOLD
from vkeyframe.library.clips import Steps, best_fit, find_clip
from vkeyframe.library.entries import Moments
from vkeyframe.library.store import Library

FILMS = 8


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    """Give a library of films of 15 seconds."""
    path = tmp_path_factory.mktemp("clips") / "l.db"
    shown.filled(path, *(shown.entry(f"/{seed}.mp4", shown.moving(seed, 15.0)) for seed in range(FILMS)))
    with Library.open(path) as opened:
        yield opened


CHANGES: dict[str, Callable[[ndarray], ndarray]] = {
    "nothing": lambda picture: picture,
    "mirrored": lambda picture: np.ascontiguousarray(picture[:, ::-1]),
    "cropped": shown.cropped,
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("start", [0.0, 4.6, 9.9])
def test_a_clip_is_found_with_its_place(library: Library, change: str, start: float) -> None:
    pictures = [CHANGES[change](each) for each in shown.moving(5, 5.0, start)]
    hit = find_clip(shown.moments_of(pictures), library, 3)[0]
    assert hit.video.path == "/5.mp4"
    # What is cut off at one side, and a camera that turns, look alike.
    near = 0.5 if change == "cropped" else 0.2
    assert hit.offset == pytest.approx(start, abs=near)
    assert (hit.start_time, hit.end_time) == pytest.approx((start, start + 4.75), abs=near)
    assert hit.mirrored == (change == "mirrored")
    assert hit.similarity >= CLIP_THRESHOLD


def test_a_clip_of_another_rate_is_found(library: Library) -> None:
    """Of each second picture, and so half as dense."""
    hit = find_clip(shown.moments_of(shown.moving(3, 6.0, 6.0)[::2], step=0.5), library)[0]
    assert (hit.video.path, hit.offset) == ("/3.mp4", pytest.approx(6.0, abs=0.2))


def test_a_clip_that_begins_before_the_film_has_an_offset_below_0(library: Library) -> None:
    before = [np.zeros((90, 160, 3), np.uint8)] * 4
    hit = find_clip(shown.moments_of([*before, *shown.moving(2, 5.0)]), library)[0]
    assert (hit.video.path, hit.offset, hit.start_time) == ("/2.mp4", pytest.approx(-1.0, abs=0.2), 0.0)


def test_a_clip_that_is_not_there_is_not_found(library: Library) -> None:
    hits = find_clip(shown.moments_of(shown.moving(77, 5.0)), library)
    assert all(hit.similarity < CLIP_THRESHOLD for hit in hits)


def test_there_is_nothing_to_search_by_in_a_flat_clip(library: Library) -> None:
    assert find_clip(shown.moments_of([np.zeros((90, 160, 3), np.uint8)] * 9), library) == []
    assert find_clip(Moments.none(), library) == []


def test_what_is_seen_for_an_instant_is_not_enough(library: Library) -> None:
    dark = [np.zeros((90, 160, 3), np.uint8)] * 9
    film = shown.moving(5, 5.0)
    assert find_clip(shown.moments_of([*dark, *film[:3], *dark]), library) == []
    assert find_clip(shown.moments_of([*dark, *film[:4], *dark]), library)[0].video.path == "/5.mp4"
    assert find_clip(shown.moments_of(film[:2]), library)[0].video.path == "/5.mp4"


def test_a_still_scene_is_placed_by_the_little_that_changes() -> None:
    """A spot goes across a picture that stays: its way tells the time."""
    frames = []
    for step in range(40):
        frame = shown.picture(9).copy()
        frame[60:90, 5 * step : 5 * step + 30] = (20, 20, 240)
        frames.append(frame)
    film, clip = shown.moments_of(frames), shown.moments_of(frames[17:29])
    assert best_fit(Steps.of(clip.times, clip.descriptors), Steps.of(film.times, film.descriptors)).shift == 17


def test_steps_are_even_and_keep_the_true_times() -> None:
    times = np.array([0.0, 0.3, 0.5, 0.74, 2.0], np.float32)
    steps = Steps.of(times, np.eye(5, 147, dtype=np.int8))
    np.testing.assert_allclose(steps.times, [0.0, 0.3, 0.5, 0.74, 0.74, 0.74, 2.0, 2.0, 2.0], atol=1e-6)
    assert len(Steps.of(times[:1], np.eye(1, 147, dtype=np.int8)).times) == 1
