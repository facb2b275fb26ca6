"""The child process itself: how it is started and killed, what it wrote, and why it died."""

from __future__ import annotations

import multiprocessing
import os
import resource
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import BinaryIO

from vkeyframe.errors import DecoderError, ResourceError, from_foreign
from vkeyframe.process.output_file import open_output_file

# How much of the end of what a child wrote is looked at for the cause of its end, in bytes.
MOST_WORDS = 1 << 14
# Seconds to wait for the end of a child that was killed. Set by eye.
LAST_WAIT = 5.0
# A plain subprocess, not one of multiprocessing's: daemons such as Dask's workers may have it too, a script needs no
# `if __name__ == "__main__"`, and nothing is forked, which OpenCV's and FFmpeg's threads would not survive.
PROGRAM = (
    "import sys; from multiprocessing.connection import Connection; owner = Connection(int(sys.argv[1])); "
    "sys.path[:], module = owner.recv(); from vkeyframe.process.child import serve; serve(owner, module)"
)


class CrashError(DecoderError):
    """The child died, and nobody killed it."""


class Child:
    """The process, the connection to it, and the file that keeps what libraries write in it.

    It imports `module`, if one is named, before it waits for calls.
    """

    def __init__(self, verbose: bool, module: str | None = None) -> None:
        self.connection, theirs = multiprocessing.Pipe()
        # FFmpeg, OpenCV and the C library write to the file descriptors themselves.
        self._log: BinaryIO | None = None
        try:
            with theirs:
                self._log = None if verbose else open_output_file()
                output = 2 if self._log is None else self._log.fileno()
                self.process = subprocess.Popen(  # noqa: S603  this very interpreter
                    [sys.executable, "-P", "-c", PROGRAM, str(theirs.fileno())],
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    pass_fds=[theirs.fileno()],
                )
            # One that could not even begin is noticed where its answer is waited for.
            with suppress(ConnectionError):
                self.connection.send((sys.path, module))
        except BaseException:
            self.connection.close()
            if self._log is not None:
                self._log.close()
            raise

    def count_messages(self) -> int:
        """Count the lines that were written since the last time, and forget them."""
        if self._log is None:
            return 0
        self._log.seek(0)
        lines = sum(block.count(b"\n") for block in iter(partial(self._log.read, 1 << 20), b""))
        # What is written later is appended.
        self._log.truncate(0)
        return lines

    def cause_of_death(self, subject: str) -> DecoderError:
        """Return the error that says why it ended; the system sends a SIGKILL when memory runs out."""
        code = self.process.wait()
        if code == -signal.SIGKILL:
            return DecoderError(f"{subject}: the decoder was killed, maybe for want of memory; free some first.")
        if code > 0 and (cause := from_foreign(subject, OSError(self._last_words()))).exit_code == DecoderError.exit_code:
            return ResourceError(str(cause))
        if any(resource.getrlimit(limit)[0] != resource.RLIM_INFINITY for limit in (resource.RLIMIT_AS, resource.RLIMIT_DATA)):
            text = "the decoder crashed on it, maybe because memory is limited (ulimit -v); allow more"
            return ResourceError(f"{subject}: {text}, or convert it with another program first.")
        kind = CrashError if code < 0 else DecoderError
        return kind(f"{subject}: the decoder crashed on it; convert it with another program first.")

    def _last_words(self) -> str:
        """Return the end of what it wrote."""
        if self._log is None:
            return ""
        self._log.seek(max(0, self._log.seek(0, os.SEEK_END) - MOST_WORDS))
        return self._log.read(MOST_WORDS).decode("utf-8", "replace")

    def kill(self, wait: float) -> None:
        """Kill it; one that waits for a disk that does not answer ends only when that does, and is waited for some seconds."""
        self.process.kill()
        try:
            self.process.wait(wait)
        except subprocess.TimeoutExpired:
            threading.Thread(target=self.process.wait, daemon=True).start()

    def end(self) -> None:
        """Kill it and close what belongs to it."""
        self.kill(LAST_WAIT)
        self.connection.close()
        if self._log is not None:
            self._log.close()


@contextmanager
def signals_held() -> Iterator[None]:
    """Block the signals that end a command while the child starts: it inherits the mask, so that only its owner handles them."""
    held = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM, signal.SIGHUP})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, held)
