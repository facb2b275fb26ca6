"""Files without a name that take what is written to a file descriptor."""

from __future__ import annotations

import fcntl
import os
from tempfile import TemporaryFile
from typing import BinaryIO


def open_output_file() -> BinaryIO:
    """Open a file without a name, to which everything is appended; in memory where the system has such files.

    So that it needs neither a folder that can be written nor room on a disk.

    Raises
    ------
    OSError
        If there are too many open files, or no temporary folder where one is needed.
    """
    if hasattr(os, "memfd_create"):
        descriptor = os.memfd_create("vkeyframe")
        fcntl.fcntl(descriptor, fcntl.F_SETFL, os.O_APPEND)
        return os.fdopen(descriptor, "a+b", buffering=0)
    return TemporaryFile("a+b", buffering=0)
