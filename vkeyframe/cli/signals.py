"""Signals that end the command: the first one begins the clean-up, which further ones do not disturb."""

from __future__ import annotations

import signal
import sys
from time import monotonic
from types import FrameType

# Seconds in which a clean-up is not disturbed. It takes less than one; should it hang, the next signal ends it.
UNDISTURBED = 5.0
# A terminal that is closed sends a hang-up, where the system has that.
ENDING = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]


def end_on_signals() -> None:
    """Let Ctrl-C raise KeyboardInterrupt, and the other signals SystemExit; what the caller has ignored stays ignored."""
    begun: float | None = None

    def end(number: int, _frame: FrameType | None) -> None:
        nonlocal begun
        if begun is not None and monotonic() - begun < UNDISTURBED:
            return
        begun = monotonic()
        if number == signal.SIGINT:
            raise KeyboardInterrupt
        sys.exit(128 + number)

    for number in ENDING:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, end)


def ignore_signals() -> None:
    """Let the interpreter end as it was about to; without this a signal to its last steps would change the exit code."""
    for number in ENDING:
        signal.signal(number, signal.SIG_IGN)
