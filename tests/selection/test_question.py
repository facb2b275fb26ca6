"""What stands out among cosines: noise does not, and a group that lies apart does."""

import numpy as np
import pytest

from vkeyframe.selection.question import TUNING, weigh

LEAST, ENOUGH = LIMITS = 0.04, 0.2


def found(cosines: np.ndarray) -> bool:
    return bool((weigh(cosines, cosines, LIMITS) >= 0.5).any())


def test_the_weights_are_a_curve_from_the_middle_of_the_lower_half_to_the_best() -> None:
    cosines = np.array([0.1, 0.1, 0.1, 0.2, 0.3])
    weights = weigh(cosines, cosines, LIMITS)
    np.testing.assert_allclose(weights, 1 / (1 + np.exp(-8 * np.array([-0.5, -0.5, -0.5, 0.0, 0.5]))))
    assert np.isclose(weights[0], 0.018, atol=1e-3)


def test_others_may_be_known_besides() -> None:
    among = np.array([0.1, 0.1, 0.1, 0.1, 0.9])
    assert weigh(np.array([0.1, 0.3]), among, LIMITS).max() < 0.5


@pytest.mark.parametrize("count", [20, 50, 100, 400])
def test_noise_does_not_stand_out(count: int) -> None:
    source = np.random.default_rng(count)
    draws = 0.2 + 0.03 * source.standard_normal((500, count))
    assert np.mean([found(draw) for draw in draws]) <= 0.08


@pytest.mark.parametrize("share", [0.1, 0.25, 0.4])
def test_a_group_apart_stands_out(share: float) -> None:
    source = np.random.default_rng(1)
    apart = round(100 * share)
    hits = []
    for _ in range(200):
        cosines = 0.2 + 0.015 * source.standard_normal(100)
        cosines[:apart] += 8 * 0.015
        weights = weigh(cosines, cosines, LIMITS)
        hits.append((weights[:apart] >= 0.5).mean() > 0.9 and (weights[apart:] >= 0.5).mean() < 0.1)
    assert np.mean(hits) >= 0.9


def test_little_noise_does_not_stand_out_however_even_the_rest_is() -> None:
    cosines = np.array([0.2] * 20 + [0.2 + 0.9 * LEAST])
    assert not found(cosines)
    assert found(np.array([0.2] * 20 + [0.2 + 1.1 * LEAST]))


def test_much_is_enough_however_different_the_rest_is() -> None:
    others = [0.0, 0.1, 0.11, 0.12]
    assert TUNING.deviations * np.std(others[:3]) > 1.1 * ENOUGH
    assert not found(np.array([*others, 0.1 + 0.9 * ENOUGH]))
    assert found(np.array([*others, 0.1 + 1.1 * ENOUGH]))


@pytest.mark.parametrize("cosines", [[], [0.3], [0.3, 0.3], [-1.0, -1.0, -1.0]])
def test_where_all_is_the_same_nothing_stands_out(cosines: list[float]) -> None:
    assert not weigh(np.array(cosines), np.array(cosines), LIMITS).any()


def test_of_two_the_one_that_is_another_stands_out() -> None:
    assert weigh(np.array([0.0, 0.9]), np.array([0.0, 0.9]), LIMITS).round().tolist() == [0, 1]


def test_the_tuning_is_what_was_measured() -> None:
    assert (TUNING.deviations, TUNING.sharpness) == (8.0, 8.0)
