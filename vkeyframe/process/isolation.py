"""Work in a child process, so that a crash or a hang of the decoder is an error like any other."""

from __future__ import annotations

import math
import multiprocessing
import os
import pickle
import resource
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from time import monotonic
from types import TracebackType
from typing import Any, BinaryIO, TypeVar

from vkeyframe.errors import DecoderError, ResourceError, from_foreign
from vkeyframe.process.answers import error_of, read_message
from vkeyframe.process.output_file import open_output_file
from vkeyframe.process.wire import to_record

Result = TypeVar("Result")
Progress = Callable[[float, float], None]
# Seconds without a sign of life after which a call counts as hung. Set by eye; compiling kernels on a busy machine took as long.
PATIENCE = 60.0
# Longest wait in seconds between two looks at the clock; a longer pause means that this process itself was suspended.
LONGEST_WAIT = 1.0
# How much of the end of what a child wrote is looked at for the cause of its end, in bytes.
MOST_WORDS = 1 << 14
# Seconds to wait for the end of a child that was killed. Set by eye.
LAST_WAIT = 5.0
# A plain subprocess, not one of multiprocessing's: daemons such as Dask's workers may have it too, a script needs no
# `if __name__ == "__main__"`, and nothing is forked, which OpenCV's and FFmpeg's threads would not survive.
PROGRAM = (
    "import sys; from multiprocessing.connection import Connection; owner = Connection(int(sys.argv[1])); "
    "sys.path[:] = owner.recv(); from vkeyframe.process.child import serve; serve(owner)"
)


class _CrashError(DecoderError):
    """The child died, and nobody killed it."""


class HangError(DecoderError):
    """The child gave no sign of life for longer than its owner's patience."""


class Isolation:
    """A child process that calls functions for its owner and ends with the `with`.

    It starts with the first call, and again after it had to be ended. It ends with its owner, however that ends.

    Parameters
    ----------
    timeout : float, optional
        Seconds that a call may take, and once more for `on_crash`; without it, as many as it needs.
    patience : float
        Seconds that a call may go without a sign of life, which are `tick` and the call's progress.
    verbose : bool
        Whether what libraries write goes to this process's standard error; else it is only counted.

    Attributes
    ----------
    messages : int
        How many lines libraries wrote during the last call, 0 if `verbose`.
    """

    def __init__(self, timeout: float | None = None, patience: float = PATIENCE, verbose: bool = False) -> None:
        self._timeout, self._patience, self._verbose = timeout or math.inf, patience, verbose
        self._child: _Child | None = None
        self._closed = False
        self._lock = threading.Lock()
        self.messages = 0

    def __enter__(self) -> Isolation:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._end()

    def close(self) -> None:
        """End the child from another thread; a call in progress, and every later one, raises a DecoderError."""
        with self._lock:
            self._closed = True
            if self._child is not None:
                self._child.kill(LONGEST_WAIT)

    def call(
        self,
        subject: str,
        function: Callable[..., Result],
        *arguments: Any,
        answer: Any = Any,
        on_crash: Callable[..., Result] | None = None,
        progress: Progress | None = None,
    ) -> Result:
        """Call a function in the child; what goes in must be picklable, and what comes out be records and plain values.

        Parameters
        ----------
        subject : str
            What the error message names, such as the video.
        function
            A function of a module.
        *arguments
            Its arguments.
        answer
            What it returns: a record or another type that `to_record` knows. Without it, plain values are given as they are.
        on_crash : callable, optional
            A function of a module. If the child crashes, a new child calls it with the same arguments instead.
        progress : callable, optional
            Called here with what the function passes to its own argument `progress`, up to ten times a second.

        Raises
        ------
        DecoderError
            If the child crashes and there is no `on_crash`, or that crashes too; if the child is killed, hangs or takes too
            long, or there is no memory for it.
        VkeyframeError
            What the function raises; what is none of ours becomes one, with its traceback as a note.
        """
        try:
            found = self._ask(subject, function, arguments, progress)
        except _CrashError:
            if on_crash is None:
                raise
            found = self._ask(subject, on_crash, arguments, progress)
        try:
            result: Result = to_record(answer, found)
        except (ValueError, TypeError) as error:
            raise DecoderError(f"{subject}: the decoder's process gave no proper answer ({error}).") from None
        return result

    def _ask(self, subject: str, function: Callable[..., Any], arguments: tuple[Any, ...], progress: Progress | None) -> Any:
        try:
            request = pickle.dumps((subject, function, arguments, progress is not None))
        except Exception as error:  # what is to be pickled may raise anything
            raise from_foreign(subject, error) from error
        child = self._living_child(subject)
        try:
            child.connection.send_bytes(request)
            kind, value = self._listen(subject, child, progress)
        except (EOFError, ConnectionError):
            cause = child.cause_of_death(subject)
            self._end()
            raise cause from None
        except BaseException:
            # Interrupted, or out of time: nothing may go on writing what the owner is about to clean up.
            self._end()
            raise
        self.messages = child.count_messages()
        if kind == "error":
            raise error_of(value)
        return value

    def _living_child(self, subject: str) -> _Child:
        if self._child is not None and self._child.process.poll() is not None:
            self._end()
        with self._lock:
            if self._closed:
                raise DecoderError(f"{subject}: interrupted before it was decoded.")
            if self._child is None:
                try:
                    with _signals_held():
                        self._child = _Child(self._verbose)
                except OSError as error:
                    raise from_foreign(subject, error) from None
            return self._child

    def _listen(self, subject: str, child: _Child, progress: Progress | None) -> tuple[str, Any]:
        """Wait for the result or the error of a call.

        Time in which this process itself was suspended does not count. Most of the time that a busy machine gave to other
        processes does not count as time without a sign of life.
        """
        # The limits are for the call, not for the start of the child.
        timeout, patience = math.inf, PATIENCE
        spent = quiet = 0.0
        while spent < timeout and quiet < patience:
            before = monotonic()
            arrived = child.connection.poll(min(LONGEST_WAIT, timeout - spent, patience - quiet))
            passed = min(monotonic() - before, LONGEST_WAIT)
            spent, quiet = spent + passed, quiet + passed
            if not arrived:
                continue
            kind, value = read_message(subject, child.connection.recv_bytes())
            quiet = quiet - value if kind == "starved" else 0.0
            if kind in ("result", "error"):
                return kind, value
            if kind == "begun":
                timeout, patience, spent = self._timeout, self._patience, 0.0
            elif kind == "progress" and progress is not None:
                progress(*value)
        if spent >= timeout:
            raise DecoderError(f"{subject}: not done after {timeout:g} s; allow it more with timeout=….")
        raise HangError(f"{subject}: the decoder hung for {patience:g} s; convert it with another program first.")

    def _end(self) -> None:
        """Kill the child: whatever it holds, its owner cleans up."""
        with self._lock:
            child, self._child = self._child, None
        if child is not None:
            child.end()


class _Child:
    """The process, the connection to it, and the file that keeps what libraries write in it."""

    def __init__(self, verbose: bool) -> None:
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
                self.connection.send(sys.path)
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
        kind = _CrashError if code < 0 else DecoderError
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
def _signals_held() -> Iterator[None]:
    """Block the signals that end a command while the child starts: it inherits the mask, so that only its owner handles them."""
    held = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM, signal.SIGHUP})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, held)
