"""The progress bar."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, field
from threading import RLock
from typing import Any


@dataclass
class ProgressBar:
    """Shows the seconds of video done on standard error."""

    title: str
    _bar: Any = field(default=None, repr=False)

    def __call__(self, done: float, total: float) -> None:
        """Show how many seconds are done, of how many in all (0: not known)."""
        if self._bar is None:
            from tqdm import tqdm

            # Its own lock is one for several processes, and leaks when this one is ended.
            tqdm.set_lock(RLock())
            layout = "{desc} {percentage:3.0f}%|{bar}| {n:.0f}/{total:.0f} s [{elapsed}<{remaining}]"
            # A terminal that does not know its size says 0 × 0, and tqdm then shows nothing.
            width, height = os.get_terminal_size(sys.stderr.fileno()) if sys.stderr.isatty() else (0, 0)
            self._bar = tqdm(
                total=1.0,
                desc=self.title[:40],
                bar_format=layout,
                leave=False,
                file=sys.stderr,
                ncols=width or 80,
                nrows=height or 24,
            )
        self._bar.total = max(total, done, 1e-3)
        self._bar.update(done - self._bar.n)


def progress_bar(title: str, quiet: bool) -> ProgressBar | None:
    """Make a progress bar, or none where standard error is no terminal."""
    return None if quiet or not sys.stderr.isatty() else ProgressBar(title)
