"""The progress of a call, shown in a notebook or on a terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

Progress = Callable[[float, float], None]


@contextmanager
def shown(progress: Progress | bool | None, title: str) -> Iterator[Progress | None]:
    """Give what a call is to tell its progress: what the caller has for it, or with True a bar of tqdm's, gone when all is done.

    Parameters
    ----------
    progress : callable, bool or None
        A function that takes the seconds done and the seconds in all (0: unknown) is given as it is.
    title : str
        Stands before the bar.
    """
    if not isinstance(progress, bool):
        yield progress
        return
    if not progress:
        yield None
        return
    from tqdm.auto import tqdm

    layout = "{desc} {percentage:3.0f}%|{bar}| {n:.0f}/{total:.0f} s [{elapsed}<{remaining}]"
    with tqdm(total=1.0, desc=title, bar_format=layout, leave=False) as bar:

        def show(done: float, total: float) -> None:
            bar.total = max(total, done, 1e-3)
            bar.update(done - bar.n)

        yield show
