"""What libraries print while something runs."""

from __future__ import annotations

import ctypes
import os
from contextlib import ExitStack
from types import TracebackType

from vkeyframe.process.output_file import open_output_file

# File descriptors of standard output and standard error.
STANDARD = 1, 2


class CapturedOutput:
    """A `with` that keeps what libraries print, to the file descriptors themselves or through C's standard output.

    At its end all of it is printed after all, so that nothing is lost that another thread printed.
    """

    def __init__(self) -> None:
        self._flush = ctypes.CDLL(None).fflush
        self._stack = ExitStack()
        self._logs = tuple(self._stack.enter_context(open_output_file()) for _ in STANDARD)
        self._copies: tuple[int, ...] = ()
        self._printed = b""

    def close(self) -> None:
        """Close the files that it keeps."""
        self._stack.close()

    def __contains__(self, text: bytes) -> bool:
        """Whether a text was printed during the last `with`."""
        return text in self._printed

    def __enter__(self) -> None:
        self._flush(None)
        self._copies = tuple(os.dup(number) for number in STANDARD)
        for number, log in zip(STANDARD, self._logs, strict=True):
            os.dup2(log.fileno(), number)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._flush(None)
        self._printed = b""
        for number, copy, log in zip(STANDARD, self._copies, self._logs, strict=True):
            os.dup2(copy, number)
            os.close(copy)
            if length := os.lseek(log.fileno(), 0, os.SEEK_END):
                printed = os.pread(log.fileno(), length, 0)
                os.ftruncate(log.fileno(), 0)
                os.write(number, printed)
                self._printed += printed
