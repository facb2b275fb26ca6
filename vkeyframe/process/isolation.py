"""Work in a child process, so that a crash or a hang of the decoder is an error like any other."""

from __future__ import annotations

import math
import pickle
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from time import monotonic
from types import TracebackType
from typing import Any, TypeVar

from vkeyframe.errors import DecoderError, InternalError, MissingLibraryError, ResourceError, from_foreign
from vkeyframe.process.answers import error_of, read_message
from vkeyframe.process.child import STOP
from vkeyframe.process.spawn import Child, CrashError, signals_held
from vkeyframe.process.wire import to_record

Result = TypeVar("Result")
Progress = Callable[[float, float], None]
# Takes a mapping of plain values.
Tell = Callable[[Mapping[str, Any]], None]
# Seconds without a sign of life after which a call counts as hung. Set by eye; compiling kernels on a busy machine took as long.
PATIENCE = 60.0
# Longest wait in seconds between two looks at the clock; a longer pause means that this process itself was suspended.
LONGEST_WAIT = 1.0


class HangError(DecoderError):
    """The child gave no sign of life for longer than its owner's patience."""


class Isolation:
    """A child process that calls functions for its owner and ends with the `with`.

    It starts with the first call, and again after it had to be ended. It ends with its owner, however that ends.

    Parameters
    ----------
    timeout : float, optional
        Seconds that a call, or all within `one_deadline`, may take, starts of the child aside; without it, as many as needed.
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
        # Seconds that are left within `one_deadline`.
        self._left, self._counts_down = math.inf, False
        self._child: Child | None = None
        self._closed = False
        self._lock = threading.Lock()
        self.messages = 0

    def __enter__(self) -> Isolation:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._end()

    def start(self, module: str) -> None:
        """Start the child before the first call, which takes some time, and let it import a module that this will want.

        If it cannot be started, the call raises what is wrong.
        """
        with suppress(DecoderError, ResourceError, MissingLibraryError):
            self._living_child("vkeyframe", module)

    def stop(self) -> None:
        """Ask the call in progress, also from a handler of signals, to come to its end and to return what it has."""
        child = self._child
        if child is not None:
            with suppress(OSError):
                child.connection.send_bytes(STOP)

    def close(self) -> None:
        """End the child from another thread; a call in progress, and every later one, raises a DecoderError."""
        with self._lock:
            self._closed = True
            if self._child is not None:
                self._child.kill(LONGEST_WAIT)

    @contextmanager
    def one_deadline(self) -> Iterator[None]:
        """Let all calls within the `with` share the seconds that one may take; what the owner does in between does not count."""
        if self._counts_down:
            yield
            return
        self._left, self._counts_down = self._timeout, True
        try:
            yield
        finally:
            self._counts_down = False

    def call(
        self,
        subject: str,
        function: Callable[..., Result],
        *arguments: Any,
        answer: Any = Any,
        on_crash: Callable[..., Result] | None = None,
        progress: Progress | None = None,
        tell: Tell | None = None,
    ) -> Result:
        """Call a function in the child; what goes in must be picklable, and what comes out be records and plain values.

        Parameters
        ----------
        subject : str
            What the error message names, such as the video.
        function
            A function of a module.
        *arguments
        answer
            What it returns: a record or another type that `to_record` knows. Without it, plain values are given as they are.
        on_crash : callable, optional
            A function of a module. If the child crashes, a new child calls it with the same arguments instead.
        progress : callable, optional
            Called here with what the function passes to its own argument `progress`, up to ten times a second.
        tell : callable, optional
            Called here with each mapping of plain values that the function passes to its own argument `tell`.

        Raises
        ------
        MissingLibraryError
            If the child cannot be started.
        DecoderError
            If the child crashes and there is no `on_crash`, or that crashes too; if the child is killed, hangs or takes too
            long, or there is no memory for it.
        VkeyframeError
            What the function raises; what is none of ours becomes one, with its traceback as a note.
        """
        with self.one_deadline():
            try:
                found = self._ask(subject, function, arguments, progress, tell)
            except CrashError:
                if on_crash is None:
                    raise
                found = self._ask(subject, on_crash, arguments, progress, tell)
        try:
            result: Result = to_record(answer, found)
        except (ValueError, TypeError) as error:
            raise DecoderError(f"{subject}: the decoder's process gave no proper answer ({error}).") from None
        return result

    def _ask(
        self,
        subject: str,
        function: Callable[..., Any],
        arguments: tuple[Any, ...],
        progress: Progress | None,
        tell: Tell | None,
    ) -> Any:
        try:
            request = pickle.dumps((subject, function, arguments, progress is not None, tell is not None))
        except Exception as error:  # what is to be pickled may raise anything
            raise from_foreign(subject, error) from error
        child = self._living_child(subject)
        try:
            child.connection.send_bytes(request)
            kind, value = self._listen(subject, child, progress, tell)
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

    def _living_child(self, subject: str, module: str | None = None) -> Child:
        if self._child is not None and self._child.process.poll() is not None:
            self._end()
        with self._lock:
            if self._closed:
                raise DecoderError(f"{subject}: interrupted before it was decoded.")
            if self._child is None:
                try:
                    with signals_held():
                        self._child = Child(self._verbose, module)
                except OSError as error:
                    cause = from_foreign(subject, error)
                    if isinstance(cause, InternalError):
                        text = f"the process that decodes cannot be started ({error.strerror}: {error.filename})"
                        cause = MissingLibraryError(f"{subject}: {text}; the system or the installation is incomplete.")
                    raise cause from None
            return self._child

    def _listen(self, subject: str, child: Child, progress: Progress | None, tell: Tell | None) -> tuple[str, Any]:
        """Wait for the result or the error of a call.

        Time in which this process itself was suspended does not count. Most of the time that a busy machine gave to other
        processes does not count as time without a sign of life.
        """
        # The limits are for the call, not for the start of the child.
        begun, patience, quiet = False, PATIENCE, 0.0
        while self._left > 0 and quiet < patience:
            before = monotonic()
            arrived = child.connection.poll(min(LONGEST_WAIT, self._left if begun else math.inf, patience - quiet))
            passed = min(monotonic() - before, LONGEST_WAIT)
            self._left, quiet = self._left - passed * begun, quiet + passed
            if not arrived:
                continue
            kind, value = read_message(subject, child.connection.recv_bytes())
            quiet = quiet - value if kind == "starved" else 0.0
            if kind in ("result", "error"):
                return kind, value
            if kind == "begun":
                begun, patience = True, self._patience
            elif kind == "progress" and progress is not None:
                progress(*value)
            elif kind == "told" and tell is not None:
                tell(value)
        if self._left <= 0:
            raise DecoderError(f"{subject}: not done after {self._timeout:g} s; allow it more with timeout=….")
        raise HangError(f"{subject}: the decoder hung for {patience:g} s; convert it with another program first.")

    def _end(self) -> None:
        """Kill the child: whatever it holds, its owner cleans up."""
        with self._lock:
            child, self._child = self._child, None
        if child is not None:
            child.end()
