"""What PyAV's FFmpeg says: nothing by default, in a child process its errors on file descriptor 2, like OpenCV's FFmpeg."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from av import logging

# OpenCV's level. Warnings there are of intact files too, such as that a duration was estimated.
LEVEL = logging.ERROR


def let_ffmpeg_speak() -> None:
    """Have errors written to the file descriptor.

    Not through Python's logging, which PyAV offers as well: FFmpeg's threads would wait for the interpreter's lock, maybe for
    ever (https://github.com/PyAV-Org/PyAV/issues/751).
    """
    logging.set_libav_level(LEVEL)
    logging.restore_default_callback()


@contextmanager
def unheard() -> Iterator[None]:
    """Leave unsaid what there is to say of a file that is only looked at; whoever decodes it hears the same."""
    logging.set_libav_level(logging.PANIC)
    try:
        yield
    finally:
        logging.set_libav_level(LEVEL)
