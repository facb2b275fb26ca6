"""A thread that keeps a library open, with what is made of all of it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from pathlib import Path
from queue import SimpleQueue
from typing import Any, Generic, TypeVar

from vkeyframe.library.store import Library

# Seconds to wait for the end of a thread. Set by eye: a search in a large library takes less than one.
LAST_WAIT = 2.0
Made = TypeVar("Made")
Answer = TypeVar("Answer")


class Keeper(Generic[Made]):
    """Answers questions, one after the other, about a library and what is made of it, which is made anew when it has changed.

    A library belongs to the thread that has opened it.

    Parameters
    ----------
    path : Path
        The library.
    make : callable
        Makes what takes long, such as a sorted list.
    """

    def __init__(self, path: Path, make: Callable[[Library], Made]) -> None:
        self._path, self._make = path, make
        self._questions: SimpleQueue[tuple[Callable[[Library, Made], Any], Future[Any]]] = SimpleQueue()
        self._closed = False
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None
        self._library: Library | None = None
        # What tells one file from another, and one state of it from the next.
        self._file: tuple[int, int] | None = None
        self._version: int | None = None
        # How often it was made.
        self.state = 0

    def ask(self, question: Callable[[Library, Made], Answer]) -> Answer:
        """Return what a question gives, or raise what it raises; it may be asked from any thread.

        Raises
        ------
        CancelledError
            If it is to end.
        """
        self.check()
        with self._starting:
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="keeper", daemon=True)
                self._thread.start()
        future: Future[Answer] = Future()
        self._questions.put((question, future))
        return future.result()

    def check(self, *_progress: float) -> None:
        """Give up, if it is to end; what takes long calls this as its progress.

        Raises
        ------
        CancelledError
            If it is to end.
        """
        if self._closed:
            raise CancelledError

    def close(self) -> None:
        """End the thread: an interpreter that ends while a thread is in a library of C++ may crash.

        Whoever has asked, or asks later, gets a CancelledError.
        """
        self._closed = True
        if self._thread is not None:
            # It waits for a question.
            self._questions.put((lambda *_: None, Future()))
            self._thread.join(LAST_WAIT)

    def _work(self) -> None:
        made: Made | None = None
        while not (self._closed and self._questions.empty()):
            question, future = self._questions.get()
            try:
                self.check()
                library = self._opened()
                version = library.version()
                if made is None or version != self._version:
                    made, self._version = self._make(library), version
                    self.state += 1
                future.set_result(question(library, made))
            except BaseException as error:
                future.set_exception(error)

        if self._library is not None:
            self._library.close()

    def _opened(self) -> Library:
        """Return the library, opened anew where another file has taken its place."""
        try:
            found = self._path.stat()
            file = found.st_dev, found.st_ino
        except OSError:
            # Opening it says what is wrong.
            file = None
        if self._library is None or file is None or file != self._file:
            self._version = None
            if self._library is not None:
                self._library.close()
            self._library = None
            self._library = Library.open(self._path)
            self._file = file
        return self._library
