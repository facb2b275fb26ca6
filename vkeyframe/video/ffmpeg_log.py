"""What FFmpeg's decoders write: errors, to file descriptor 2, and nowhere else can OpenCV's be learned of."""

from __future__ import annotations

import fcntl
import os
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from av import logging
from av.codec import codecs_available

from vkeyframe.process.child import in_child
from vkeyframe.process.output_file import open_output_file

# OpenCV's level. Warnings are written for intact files too, for example that a duration was estimated.
LEVEL = logging.ERROR
STANDARD_ERROR = 2
# A line of FFmpeg: who writes it, with its address, and what. Colours may stand between.
LINE = re.compile(rb"(?:\x1b\[[0-9;]*m)*\[([\w,.-]+) @ (?:0x)?[0-9a-f]+\]([^\n]*)\n?")
DECODERS = {name.encode() for name in codecs_available}
# What decoders write as errors although no picture suffers: remarks on what accompanies the pictures, such as captions, and on
# frames to be forgotten that were left out on purpose.
HARMLESS = re.compile(rb"SEI|A53|A/53|[Cc]aption|ICC|EXIF|Exif|COM segment|side data|mmco: unref short failure")
# More text than this is forgotten when it has been read, in bytes.
MOST_KEPT = 1 << 20


class DecoderErrors:
    """Counts the errors that decoders write while it is open.

    File descriptor 2 belongs to the whole process: while one of these is open, what is written there goes to a file in memory
    and is passed on at the next look, all in a child process, all but FFmpeg's lines elsewhere. Two videos that are decoded in
    one process at the same time would hear each other's errors, which the Python interface prevents.

    Not through callbacks in Python, which PyAV offers: FFmpeg's threads would wait for the interpreter's lock, maybe for ever
    (https://github.com/PyAV-Org/PyAV/issues/751).
    """

    def __init__(self) -> None:
        self._closed = False
        self._seen = _Ear.open()

    def close(self) -> None:
        """Stop listening."""
        if not self._closed:
            self._closed = True
            _Ear.close()

    def take(self) -> int:
        """Return how many errors were written since the last time."""
        total = _Ear.listen()
        new, self._seen = total - self._seen, total
        return new


class _Ear:
    """The one place of the process that listens at file descriptor 2."""

    lock = threading.Lock()
    users = 0
    # Where it goes meanwhile, and where it went before.
    log = original = -1
    read = 0
    errors = 0
    rest = b""

    @classmethod
    def open(cls) -> int:
        """Begin to listen if nobody did, and return how many errors have been heard."""
        with cls.lock:
            if cls.users == 0:
                with open_output_file() as file:
                    cls.original = fcntl.fcntl(STANDARD_ERROR, fcntl.F_DUPFD_CLOEXEC, 3)
                    cls.log = fcntl.fcntl(file.fileno(), fcntl.F_DUPFD_CLOEXEC, 3)
                os.dup2(cls.log, STANDARD_ERROR)
                cls.read, cls.rest = 0, b""
                write_errors()
            cls.users += 1
            return cls.errors

    @classmethod
    def close(cls) -> None:
        """Stop if nobody else listens."""
        with cls.lock:
            cls.users -= 1
            if cls.users == 0:
                os.dup2(cls.original, STANDARD_ERROR)
                cls._drain(last=True)
                os.close(cls.original)
                os.close(cls.log)
                if not in_child():
                    logging.set_level(logging.get_level())

    @classmethod
    def listen(cls) -> int:
        """Read what was written, pass it on, and return how many errors have been heard."""
        # What two threads see here at the same time differs by what was written in between.
        if os.lseek(cls.log, 0, os.SEEK_END) != cls.read:
            with cls.lock:
                cls._drain()
        return cls.errors

    @classmethod
    def _drain(cls, last: bool = False) -> None:
        size = os.lseek(cls.log, 0, os.SEEK_END)
        text = cls.rest + os.pread(cls.log, size - cls.read, cls.read)
        cls.read = size
        # A line is written in several pieces.
        whole = len(text) if last else text.rfind(b"\n") + 1
        text, cls.rest = text[:whole], text[whole:]
        cls.errors += count_errors(text)
        text = text if in_child() else LINE.sub(b"", text)
        if text:
            os.write(cls.original, text)
        if size > MOST_KEPT:
            os.ftruncate(cls.log, 0)
            cls.read = 0


def count_errors(text: bytes) -> int:
    """Count the lines that tell of an error in the pictures; what containers write is judged by how far they can be read."""
    return sum(name in DECODERS and not HARMLESS.search(what) for name, what in LINE.findall(text))


def write_errors() -> None:
    """Have PyAV's FFmpeg write errors to file descriptor 2, as OpenCV's does."""
    logging.set_libav_level(LEVEL)
    logging.restore_default_callback()


def write_errors_in_child() -> None:
    """Have them written in the child of an `Isolation`, where they are counted or shown, while no decoder is open too."""
    if in_child():
        write_errors()


@contextmanager
def silenced() -> Iterator[None]:
    """Write nothing about a file that is only looked at: the decoder will write the same messages again."""
    logging.set_libav_level(logging.PANIC)
    try:
        yield
    finally:
        logging.set_libav_level(LEVEL)
