"""The progress bar."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import RLock
from typing import Any

from vkeyframe.cli.terminal import printable

_LOCK = RLock()


@dataclass
class ProgressBar:
    """Shows the seconds of video done on standard error."""

    title: str
    position: int | None = None
    _bar: Any = field(default=None, repr=False)

    def __call__(self, done: float, total: float) -> None:
        """Show how many seconds are done, of how many in all (0: not known)."""
        if self._bar is None:
            layout = "{desc} {percentage:3.0f}%|{bar}| {n:.0f}/{total:.0f} s [{elapsed}<{remaining}]"
            self._bar = _tqdm(total=1.0, desc=printable(self.title)[:40], bar_format=layout, position=self.position)
        self._bar.total = max(total, done, 1e-3)
        self._bar.update(done - self._bar.n)

    def close(self) -> None:
        """Take it off the terminal."""
        if self._bar is not None:
            self._bar.close()


class BatchBars:
    """One bar for all videos of a batch, and below it one for each that is being worked on.

    Parameters
    ----------
    total : int or None
        The number of videos, None where it is not known.
    """

    def __init__(self, total: int | None) -> None:
        self._all = _tqdm(total=total, desc="videos", unit="", position=0)
        self._running: dict[str, ProgressBar] = {}

    def show(self, job: int, video: str, done: float, total: float) -> None:
        """Show how many seconds of a job's video are done; jobs may do so from threads of their own."""
        with _LOCK:
            bar = self._running.setdefault(video, ProgressBar(Path(video).name, position=job + 1))
            bar(done, total)

    def count(self, video: str) -> None:
        """Count a video that is done, and take its bar away."""
        with _LOCK:
            if video in self._running:
                self._running.pop(video).close()
            self._all.update()

    @contextmanager
    def hidden(self) -> Iterator[None]:
        """Take the bars off the terminal while lines are written there; they come back below these."""
        with self._all.external_write_mode(file=sys.stderr):
            yield

    def close(self) -> None:
        """Take all bars off the terminal."""
        for bar in self._running.values():
            bar.close()
        self._all.close()


def _tqdm(**options: Any) -> Any:
    """Make a bar that is as wide as the terminal, and goes when it is done."""
    from tqdm import tqdm

    # Its own lock is one for several processes, and leaks when this one is ended.
    tqdm.set_lock(_LOCK)
    # A terminal that does not know its size says 0 × 0, and tqdm then shows nothing.
    width, height = os.get_terminal_size(sys.stderr.fileno()) if sys.stderr.isatty() else (0, 0)
    return tqdm(leave=False, file=sys.stderr, ncols=width or 80, nrows=height or 24, **options)


@contextmanager
def progress_bar(title: str, quiet: bool) -> Iterator[ProgressBar | None]:
    """Give a progress bar, or none where standard error is no terminal; it is gone when the work is done."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    bar = ProgressBar(title)
    try:
        yield bar
    finally:
        bar.close()
