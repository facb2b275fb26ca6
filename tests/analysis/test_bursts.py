"""Bursts: by two thresholds, joined where they are near, and none where nothing rises above the usual."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from vkeyframe.analysis.bursts import find_bursts


def bursts(energies: Sequence[float], rate: float = 8.0) -> list[tuple[int, int]]:
    return find_bursts(np.arange(len(energies)) / rate, np.array(energies, float))


def test_a_burst_is_found_with_its_ends() -> None:
    ((first, last),) = bursts([0.1] * 20 + [5.0] * 10 + [0.1] * 20)
    assert first == pytest.approx(19, abs=1)
    assert last == pytest.approx(30, abs=1)


@pytest.mark.parametrize(("pause", "count"), [(3, 1), (12, 2)])
def test_bursts_with_a_short_pause_are_one(pause: int, count: int) -> None:
    assert len(bursts([0.1] * 20 + [5.0] * 8 + [0.1] * pause + [5.0] * 8 + [0.1] * 20)) == count


@pytest.mark.parametrize(("peak", "count"), [(0.7, 0), (0.9, 1)])
def test_what_stays_low_is_none(peak: float, count: int) -> None:
    assert len(bursts([0.1] * 20 + [peak] * 20 + [0.1] * 20)) == count


@pytest.mark.parametrize(("peak", "count"), [(3.6, 0), (4.4, 1)])
def test_a_burst_rises_to_twice_the_usual(peak: float, count: int) -> None:
    assert len(bursts([2.0] * 20 + [peak] * 20 + [2.0] * 20)) == count


def test_a_burst_may_begin_and_end_with_the_signal() -> None:
    assert bursts([0.0] * 10 + [5.0] * 10)[0][1] == 19
    assert bursts([5.0] * 10 + [0.0] * 10)[0][0] == 0


def test_a_short_burst_and_an_empty_signal_are_none() -> None:
    assert bursts([0.0] * 20 + [2.0] + [0.0] * 20) == []
    assert bursts([]) == []
    assert bursts([9.0]) == []
