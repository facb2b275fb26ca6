"""Working ahead in a thread."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")


def run_ahead(items: Iterator[Item], room: int) -> Generator[Item]:
    """Yield the items of an iterator, of which a thread gets up to `room` before they are asked for.

    When the caller stops before the end, the thread ends with the item that it is at.
    """
    end = object()
    worker = ThreadPoolExecutor(1, thread_name_prefix="prefetch")
    try:
        coming = deque(worker.submit(next, items, end) for _ in range(room))
        while (item := coming.popleft().result()) is not end:
            coming.append(worker.submit(next, items, end))
            yield item  # type: ignore[misc]
    finally:
        worker.shutdown(cancel_futures=True)
