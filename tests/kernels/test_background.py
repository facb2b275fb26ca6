"""Background models: against NumPy, and on pictures of which the answer is known."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy import ndarray

from tests import reference
from tests.reference import forms, needs_compiler, plain_form
from vkeyframe.kernels.background import classify_pixels, measure_exposure

Kernel = Callable[..., Any]
GAINS = np.array([0.75, 1.3])


def grey(seed: int, rows: int = 36, columns: int = 64) -> ndarray:
    return np.random.default_rng(seed).uniform(20.0, 200.0, (rows, columns)).astype(np.float32)


def everywhere(picture: ndarray) -> ndarray:
    return np.ones(picture.shape, bool)


WALL = grey(0)
COVERED = np.where(np.arange(64) < 8, np.float32(160.0), (WALL * np.float32(0.9)).astype(np.float32))
EXPOSURES = {
    "seeded": (grey(0), grey(1), np.random.default_rng(2).random((36, 64)) < 0.6),
    "darker": (WALL * np.float32(0.8) - np.float32(4.0), WALL, everywhere(WALL)),
    "partly covered": (COVERED, WALL, everywhere(WALL)),
    "odd": (grey(3, 5, 7), grey(3, 5, 7), everywhere(grey(3, 5, 7))),
    "one place": (grey(3, 1, 1), grey(4, 1, 1), everywhere(grey(3, 1, 1))),
    "black and white": (np.zeros((4, 4), np.float32), np.full((4, 4), 255.0, np.float32), np.ones((4, 4), bool)),
    "nothing known": (WALL, WALL, np.zeros(WALL.shape, bool)),
}


@pytest.mark.parametrize("case", EXPOSURES)
@pytest.mark.parametrize("kernel", forms(measure_exposure))
def test_the_exposure_equals_the_reference(kernel: Kernel, case: str) -> None:
    found = kernel(*EXPOSURES[case], 3, GAINS, 25.0)
    assert found == pytest.approx(reference.measure_exposure(*EXPOSURES[case], 3, GAINS, 25.0), rel=1e-6, abs=1e-4)


def test_the_exposure_is_measured_beside_what_covers_the_picture() -> None:
    gain, offset = measure_exposure(*EXPOSURES["partly covered"], 3, GAINS, 25.0)
    assert gain == pytest.approx(1 / 0.9, abs=0.01)
    assert offset == pytest.approx(0.0, abs=0.5)
    assert measure_exposure(*EXPOSURES["nothing known"], 3, GAINS, 25.0) == (1.0, 0.0)
    # A flat picture has no contrast of which a gain could be measured.
    assert measure_exposure(*EXPOSURES["black and white"], 3, GAINS, 25.0) == (1.0, 255.0)


def colours(seed: int, height: int = 9, width: int = 11) -> ndarray:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)


def remembered(picture: ndarray, seed: int, spread: int = 20, values: int = 20) -> ndarray:
    """Values around those of a picture."""
    noise = np.random.default_rng(seed).integers(-spread, spread + 1, (*picture.shape[:2], values, 3))
    return np.clip(picture[:, :, None].astype(int) + noise, 0, 255).astype(np.uint8)


FRAMES = {
    "seeded": (colours(0), remembered(colours(0), 1, 40)),
    "half alike": (np.where(np.arange(11)[None, :, None] < 5, colours(0), colours(5)), remembered(colours(0), 1)),
    "odd": (colours(0, 3, 5), remembered(colours(0, 3, 5), 1, 40, 7)),
    "one pixel": (colours(0, 1, 1), remembered(colours(0, 1, 1), 1)),
    "black on white": (np.zeros((4, 6, 3), np.uint8), np.full((4, 6, 20, 3), 255, np.uint8)),
    "black": (np.zeros((4, 6, 3), np.uint8), np.zeros((4, 6, 20, 3), np.uint8)),
}


def classified(kernel: Kernel, case: str, rounds: int = 6) -> tuple[ndarray, ndarray, int]:
    picture, memory = FRAMES[case]
    memory, state, mask = memory.copy(), np.array([12345], np.uint32), np.empty(picture.shape[:2], np.uint8)
    for _ in range(rounds):
        kernel(picture, memory, state, 60, 2, mask)
    return mask, memory, int(state[0])


@pytest.mark.parametrize("case", FRAMES)
@pytest.mark.parametrize("kernel", forms(classify_pixels))
def test_masks_and_memory_equal_the_reference(kernel: Kernel, case: str) -> None:
    with np.errstate(over="ignore"):
        found = classified(kernel, case)
    expected = classified(reference.classify_pixels, case)
    np.testing.assert_array_equal(found[0], expected[0])
    np.testing.assert_array_equal(found[1], expected[1])
    assert found[2] == expected[2]


@needs_compiler
def test_masks_compiled_equal_python() -> None:
    with np.errstate(over="ignore"):
        compiled, python = classified(classify_pixels, "seeded"), classified(plain_form(classify_pixels), "seeded")
    np.testing.assert_array_equal(compiled[1], python[1])


def test_what_is_like_the_memory_is_background_and_comes_into_it() -> None:
    mask, memory, _ = classified(classify_pixels, "half alike", rounds=60)
    assert (mask[:, :4] == 0).all()
    assert (mask[:, 7:] == 255).mean() > 0.8
    picture, before = FRAMES["half alike"]
    same = (memory == picture[:, :, None]).all(axis=3).sum(axis=2)
    assert same[:, :4].mean() > 3 > (before == picture[:, :, None]).all(axis=3).sum(axis=2)[:, :4].mean()


def test_one_match_is_too_few() -> None:
    picture = np.full((1, 1, 3), 100, np.uint8)
    memory = np.zeros((1, 1, 20, 3), np.uint8)
    mask = np.empty((1, 1), np.uint8)
    for matching, value in ((0, 255), (1, 255), (2, 0), (20, 0)):
        memory[:] = 0
        memory[0, 0, :matching] = 119
        classify_pixels(picture, memory, np.array([1], np.uint32), 60, 2, mask)
        assert mask[0, 0] == value
    memory[:] = 120
    classify_pixels(picture, memory, np.array([1], np.uint32), 60, 2, mask)
    assert mask[0, 0] == 255
