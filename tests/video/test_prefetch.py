"""A thread that works ahead changes neither order nor errors, and ends when nobody listens any more."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from vkeyframe.video.prefetch import run_ahead


def counted(count: int, given: list[int]) -> Iterator[int]:
    for number in range(count):
        given.append(number)
        yield number


@pytest.mark.parametrize(("count", "room"), [(0, 1), (1, 3), (50, 1), (50, 4)])
def test_all_items_come_in_order(count: int, room: int) -> None:
    assert list(run_ahead(counted(count, []), room)) == list(range(count))


def test_no_more_than_the_room_is_worked_ahead() -> None:
    given: list[int] = []
    ahead = [len(given) - item for item in run_ahead(counted(40, given), 3)]
    assert max(ahead) <= 1 + 3


def test_an_error_comes_after_the_items_before_it() -> None:
    def failing() -> Iterator[int]:
        yield 1
        raise ValueError("broken")

    items = run_ahead(failing(), 2)
    assert next(items) == 1
    with pytest.raises(ValueError, match="broken"):
        next(items)


def test_the_thread_ends_when_the_caller_stops_early() -> None:
    before = threading.active_count()
    given: list[int] = []
    items = run_ahead(counted(1000, given), 2)
    assert next(items) == 0
    items.close()  # type: ignore[attr-defined]
    assert threading.active_count() == before
    assert len(given) <= 4
