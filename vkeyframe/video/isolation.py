"""Work in a child process, so that a crash of the decoder is an error like any other."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from types import TracebackType
from typing import ParamSpec, TypeVar

from vkeyframe.errors import DecoderError

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")
# Set in the environment by -v.
VERBOSE = "VKEYFRAME_VERBOSE"


class Isolation:
    """A child process that calls functions for its owner and ends with the `with`.

    It starts with the first call, and again after a crash.

    Spawned, not forked: OpenCV's and FFmpeg's threads do not survive a fork. The child ends with its owner, however that ends.
    """

    def __init__(self) -> None:
        self._pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> Isolation:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._end()

    def call(
        self, subject: str, function: Callable[Parameters, Result], *arguments: Parameters.args, **named: Parameters.kwargs
    ) -> Result:
        """Call a function in the child; everything that goes in and comes out must be picklable.

        Parameters
        ----------
        subject : str
            What the error message names, the video.
        function
            A function of a module, with its arguments.

        Raises
        ------
        DecoderError
            If the child dies. What the function raises is raised here too.
        """
        try:
            if self._pool is None:
                # This starts multiprocessing's own helper process, which lets held signals go.
                context = multiprocessing.get_context("spawn")
                self._pool = ProcessPoolExecutor(1, mp_context=context, initializer=_follow_owner)
            with _signals_held():
                future = self._pool.submit(function, *arguments, **named)
            try:
                return future.result()
            finally:
                # Interrupted: nothing may go on writing what the owner is about to clean up.
                if not future.done():
                    self._end()
        except BrokenProcessPool:
            self._end()
            raise DecoderError(f"{subject}: the decoder crashed on it; convert it with another program first.") from None

    def _end(self) -> None:
        """Kill the child: whatever it holds, its owner cleans up."""
        if self._pool is None:
            return
        for process in multiprocessing.active_children():
            process.kill()
        self._pool.shutdown(cancel_futures=True)
        self._pool = None


@contextmanager
def _signals_held() -> Iterator[None]:
    """Let Ctrl-C and SIGTERM wait while the child starts, which inherits that they are held and leaves them to its owner."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    held = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, held)


def _follow_owner() -> None:
    """Leave Ctrl-C to the owner, end when it does, and let only Python write to the terminal.

    FFmpeg, OpenCV and the C library write to the file descriptors themselves; with -v they go on doing so.
    """
    sys.stderr = os.fdopen(os.dup(2), "w", buffering=1, errors="backslashreplace")
    if not os.environ.get(VERBOSE):
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    os.dup2(2, 1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    owner = multiprocessing.parent_process()

    def watch() -> None:
        if owner is not None:
            owner.join()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
