"""What PyAV's FFmpeg writes: nothing by default; in a child process its errors, to file descriptor 2, like OpenCV's FFmpeg."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from av import logging

from vkeyframe.process.child import in_child

# OpenCV's level. Warnings are written for intact files too, for example that a duration was estimated.
LEVEL = logging.ERROR


def write_errors_in_child() -> None:
    """In the child of an `Isolation`, have errors written to file descriptor 2, where they are counted or shown.

    Not through Python's logging, which PyAV offers as well: FFmpeg's threads would wait for the interpreter's lock, maybe for
    ever (https://github.com/PyAV-Org/PyAV/issues/751).
    """
    if in_child():
        logging.set_libav_level(LEVEL)
        logging.restore_default_callback()


@contextmanager
def silenced() -> Iterator[None]:
    """Write nothing about a file that is only looked at: the decoder will write the same messages again."""
    logging.set_libav_level(logging.PANIC)
    try:
        yield
    finally:
        logging.set_libav_level(LEVEL)
