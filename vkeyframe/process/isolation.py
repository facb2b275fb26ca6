"""Work in a child process, so that a crash or a hang of the decoder is an error like any other."""

from __future__ import annotations

import math
import multiprocessing
import os
import pickle
import signal
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from multiprocessing.connection import Connection
from queue import SimpleQueue
from tempfile import TemporaryFile
from time import monotonic, process_time, sleep
from types import TracebackType
from typing import Any, NoReturn, TypeVar

from vkeyframe.errors import DecoderError, VkeyframeError
from vkeyframe.process.heartbeat import Heartbeat, tick

Result = TypeVar("Result")
Progress = Callable[[float, float], None]
# Set in the environment by -v.
VERBOSE = "VKEYFRAME_VERBOSE"
# Set in the environment of the child that tries again what crashed; it leaves OpenCV's decoder alone.
CRASHED = "VKEYFRAME_DECODER_CRASHED"
PATIENCE = 60.0
# Seconds between two looks at the clock, two signs of life, two calls of `progress`.
SLICE, BEAT, SHOWN = 1.0, 1.0, 0.1
# On a machine with ten times as much to do as it can, kernels took a minute to compile. Who works for less than the first
# share of the time hangs; what others got counts as theirs up to the second, so that the patience grows tenfold at most.
IDLE, STARVED = 0.01, 0.9
# A plain subprocess, not one of multiprocessing's: daemons such as Dask's workers may have it too, a script needs no
# `if __name__ == "__main__"`, and nothing is forked, which OpenCV's and FFmpeg's threads would not survive.
PROGRAM = (
    "import sys; from multiprocessing.connection import Connection; owner = Connection(int(sys.argv[1])); "
    "sys.path[:] = owner.recv(); from vkeyframe.process.isolation import serve; serve(owner)"
)


class _CrashError(DecoderError):
    """The child died, and nobody killed it."""


class Isolation:
    """A child process that calls functions for its owner and ends with the `with`.

    It starts with the first call, and again after it had to be ended. It ends with its owner, however that ends.

    Parameters
    ----------
    timeout : float, optional
        Seconds that a call may take, and once more where it is tried again; without it, as many as it needs.
    patience : float
        Seconds that a call may go without a sign of life, which are `tick` and the call's progress.

    Attributes
    ----------
    messages : int
        How many lines libraries wrote during the last call, 0 where -v lets them through.
    """

    def __init__(self, timeout: float | None = None, patience: float = PATIENCE) -> None:
        self._timeout, self._patience = timeout or math.inf, patience
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
                self._child.process.kill()
                self._child.process.wait()

    def call(
        self, subject: str, function: Callable[..., Result], *arguments: Any, progress: Progress | None = None, **named: Any
    ) -> Result:
        """Call a function in the child; everything that goes in and comes out must be picklable.

        After a crash it is called once more, in a child that decodes without OpenCV.

        Parameters
        ----------
        subject : str
            What the error message names, the video.
        function
            A function of a module, with its arguments.
        progress : callable, optional
            Is called here with what the function hands to its own argument `progress`, up to ten times a second.

        Raises
        ------
        DecoderError
            If the child dies, or takes too long. What the function raises is raised here too.
        """
        request = pickle.dumps((function, arguments, named, progress is not None))
        try:
            result: Result = self._ask(subject, request, progress, {})
        except _CrashError:
            try:
                result = self._ask(subject, request, progress, {CRASHED: "1"})
            finally:
                # The next video may be one for OpenCV.
                self._end()
        return result

    def _ask(self, subject: str, request: bytes, progress: Progress | None, environment: dict[str, str]) -> Any:
        child = self._living_child(subject, environment)
        try:
            child.connection.send_bytes(request)
            kind, value = self._listen(subject, child, progress)
        except (EOFError, ConnectionError):
            error = child.cause_of_death(subject)
            self._end()
            raise error from None
        except BaseException:
            # Interrupted, or out of time: nothing may go on writing what the owner is about to clean up.
            self._end()
            raise
        self.messages = child.count_messages()
        if kind == "error":
            raise value
        return value

    def _living_child(self, subject: str, environment: dict[str, str]) -> _Child:
        if self._child is not None and self._child.process.poll() is not None:
            self._end()
        with self._lock:
            if self._closed:
                raise DecoderError(f"{subject}: interrupted before it was decoded.")
            if self._child is None:
                with _signals_held():
                    self._child = _Child(environment)
            return self._child

    def _listen(self, subject: str, child: _Child, progress: Progress | None) -> tuple[str, Any]:
        """Wait for the outcome of a call; time in which this process itself was suspended does not count.

        Nor does most of the time that a busy machine gave to others count as quiet.
        """
        # The limits are for the call, not for the start of the child.
        timeout, patience = math.inf, PATIENCE
        spent = quiet = 0.0
        while spent < timeout and quiet < patience:
            before = monotonic()
            arrived = child.connection.poll(min(SLICE, timeout - spent, patience - quiet))
            passed = min(monotonic() - before, SLICE)
            spent, quiet = spent + passed, quiet + passed
            if not arrived:
                continue
            kind, value = child.connection.recv()
            quiet = quiet - value if kind == "starved" else 0.0
            if kind in ("result", "error"):
                return kind, value
            if kind == "begun":
                timeout, patience, spent = self._timeout, self._patience, 0.0
            elif kind == "progress" and progress is not None:
                progress(*value)
        if spent >= timeout:
            raise DecoderError(f"{subject}: not done after {timeout:g} s; allow it more with --timeout.")
        raise DecoderError(f"{subject}: the decoder hung for {patience:g} s; convert it with another program first.")

    def _end(self) -> None:
        """Kill the child: whatever it holds, its owner cleans up."""
        with self._lock:
            child, self._child = self._child, None
        if child is not None:
            child.end()


class _Child:
    """The process and the connection to it."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.connection, theirs = multiprocessing.Pipe()
        # FFmpeg, OpenCV and the C library write to the file descriptors themselves; with -v the terminal is theirs.
        self._log = None if os.environ.get(VERBOSE) else TemporaryFile("a+b", buffering=0)  # noqa: SIM115  it lives as long as the process
        with theirs:
            told = 2 if self._log is None else self._log.fileno()
            self.process = subprocess.Popen(  # noqa: S603  this very interpreter
                [sys.executable, "-P", "-c", PROGRAM, str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=told,
                stderr=told,
                env=os.environ | environment,
                pass_fds=[theirs.fileno()],
            )
        self.connection.send(sys.path)

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
        """Tell why it is gone; the system takes memory back with a SIGKILL."""
        code = self.process.wait()
        if code == -signal.SIGKILL:
            return DecoderError(f"{subject}: the decoder was killed, maybe for want of memory; free some first.")
        kind = _CrashError if code < 0 else DecoderError
        return kind(f"{subject}: the decoder crashed on it; convert it with another program first.")

    def end(self) -> None:
        """Kill it."""
        self.process.kill()
        self.process.wait()
        self.connection.close()
        if self._log is not None:
            self._log.close()


@contextmanager
def _signals_held() -> Iterator[None]:
    """Let Ctrl-C and SIGTERM wait while the child starts, which inherits that they are held and leaves them to its owner."""
    held = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, held)


def serve(owner: Connection) -> NoReturn:
    """Be the child: call what the owner sends, one after another, and end when it does."""
    calls: SimpleQueue[bytes] = SimpleQueue()
    sending = threading.Lock()

    def receive() -> None:
        try:
            while True:
                calls.put(owner.recv_bytes())
        except (EOFError, OSError):
            os._exit(1)

    def tell(kind: str, value: Any) -> None:
        with sending:
            owner.send((kind, value))

    for work in (receive, lambda: _show_life(tell)):
        threading.Thread(target=work, daemon=True).start()
    while True:
        _answer(calls.get(), tell)


def _show_life(tell: Callable[[str, Any], None]) -> NoReturn:
    """Tell that the call gets on, or how much time it was not given."""
    seen, then, done = Heartbeat.ticks, monotonic(), process_time()
    while True:
        sleep(BEAT)
        passed, worked = monotonic() - then, process_time() - done
        then, done = then + passed, done + worked
        if Heartbeat.ticks != seen:
            seen = Heartbeat.ticks
            tell("alive", None)
        elif worked > IDLE * passed:
            tell("starved", min(max(0.0, passed - worked), STARVED * passed))


def _answer(call: bytes, tell: Callable[[str, Any], None]) -> None:
    """Make one call and tell its outcome."""
    shown = -math.inf

    def progress(done: float, total: float) -> None:
        nonlocal shown
        tick()
        if monotonic() - shown >= SHOWN:
            shown = monotonic()
            tell("progress", (done, total))

    try:
        from vkeyframe.video.ffmpeg_log import let_ffmpeg_speak

        let_ffmpeg_speak()
        function, arguments, named, watched = pickle.loads(call)  # noqa: S301  it comes from the owner
        tell("begun", None)
        tell("result", function(*arguments, **named, **({"progress": progress} if watched else {})))
    except BaseException as error:
        tell("error", _sendable(error))


def _sendable(error: BaseException) -> BaseException:
    """Give an error that survives the way to the owner; what nobody foresaw takes its traceback along."""
    if not isinstance(error, VkeyframeError):
        error.add_note(traceback.format_exc())
    try:
        pickle.loads(pickle.dumps(error))  # noqa: S301  it was made here
    except Exception:  # a foreign error's own constructor runs here and may raise anything; its text and traceback go on
        told = RuntimeError(f"{type(error).__name__}: {error}")
        for note in getattr(error, "__notes__", ()):
            told.add_note(note)
        return told
    return error
