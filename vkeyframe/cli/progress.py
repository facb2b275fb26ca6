"""The progress bar."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Progress = Callable[[float, float], None]


@contextmanager
def progress_bar(title: str, quiet: bool) -> Iterator[Progress | None]:
    """Show seconds of video done on standard error; nothing where that is no terminal."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from tqdm import tqdm

    layout = "{desc} {percentage:3.0f}%|{bar}| {n:.0f}/{total:.0f} s [{elapsed}<{remaining}]"
    with tqdm(total=1.0, desc=title[:40], bar_format=layout, leave=False, file=sys.stderr) as bar:

        def update(done: float, total: float) -> None:
            bar.total = max(total, done, 1e-3)
            bar.update(done - bar.n)

        yield update
