"""Curves over time: what changes, what is new, and which moments stand for the others."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from numpy import ndarray

from tests import clips
from tests.analysis.frames import features_of, sample_of
from vkeyframe.analysis.curves import MOST_MOMENTS, CurveFinder
from vkeyframe.analysis.sections import Moment


def curves_of(pictures: Sequence[ndarray]) -> tuple[Moment, ...]:
    finder = CurveFinder()
    for number, picture in enumerate(pictures):
        finder.push(sample_of(features_of(picture, number / 8)))
    return finder.finish()


@pytest.fixture(scope="module")
def scenes() -> dict[str, ndarray]:
    return {name: clips.scene(seed, 1)[0] for seed, name in enumerate("ab")}


def test_a_cut_changes_much_and_is_new_and_what_comes_back_is_not_new(scenes: dict[str, ndarray]) -> None:
    found = curves_of([scenes[name] for name in "aaaabbaaaa"])
    assert [moment.time for moment in found] == [number / 8 for number in range(10)]
    assert [number for number, moment in enumerate(found) if moment.change > 0] == [4, 6]
    expected = np.abs(features_of(scenes["a"]).small - features_of(scenes["b"]).small).mean()
    assert found[4].change == pytest.approx(expected, abs=0.01)
    assert found[0].novelty == 1.0
    assert [number for number, moment in enumerate(found) if moment.novelty > 0.01] == [0, 4]


def test_a_moment_that_others_look_like_gets_more_attention_than_one_between_them(scenes: dict[str, ndarray]) -> None:
    between = clips.cv2.addWeighted(scenes["a"], 0.5, scenes["b"], 0.5, 0)
    found = curves_of([*[scenes["a"]] * 8, between, *[scenes["b"]] * 8])
    assert found[0].attention > 1.0 > 1.2 * found[8].attention
    assert np.mean([moment.attention for moment in found]) == pytest.approx(1.0, abs=1e-3)


def test_a_blurred_picture_is_less_sharp(scenes: dict[str, ndarray]) -> None:
    sharp, blurred = curves_of([scenes["a"], clips.cv2.blur(scenes["a"], (9, 9))])
    assert sharp.sharpness > 2.0 * blurred.sharpness > 0.0


@pytest.mark.parametrize("count", [0, 1, MOST_MOMENTS - 1, MOST_MOMENTS, 2 * MOST_MOMENTS + 7])
def test_there_are_never_too_many_moments_and_no_peak_is_lost(count: int, scenes: dict[str, ndarray]) -> None:
    seen = {name: features_of(picture) for name, picture in scenes.items()}
    finder = CurveFinder()
    for number in range(count):
        finder.push(sample_of(seen["b" if number == 777 else "a"]))
    found = finder.finish()
    assert len(found) == count if count < MOST_MOMENTS else MOST_MOMENTS // 2 <= len(found) < MOST_MOMENTS
    assert sum(moment.change > 0 for moment in found) == (0 if count <= 777 else 1 if count > 2 * MOST_MOMENTS else 2)
