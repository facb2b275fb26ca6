"""The journal of a batch: one line for each outcome, and the lock that keeps a second batch out of the same folder."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from stat import S_ISREG
from time import monotonic

from vkeyframe.batch.plan import Outcome
from vkeyframe.batch.storage import local_path, scratch_folder, upload
from vkeyframe.errors import OutputError, VkeyframeError
from vkeyframe.output.folder import file_errors

JOURNAL_NAME = "batch.jsonl"
# The page that --html adds.
INDEX_NAME = "index.html"
# What every journal begins with.
BEGINNING = b'{"path": '
# Seconds between two uploads of a remote one. Set by eye: an upload takes some seconds at most, in which no task is handed out.
DELIVERY = 60.0


class Journal:
    """A file of one line for each outcome, written at once; while it is open, no other batch can open it.

    The lock is the system's and ends with the process, however that ends. On a network disk it holds between machines if the
    disk can do that; a disk without locks, and a remote folder, keep nobody out.

    Parameters
    ----------
    path : Path

    Raises
    ------
    OutputError
        If another batch has it open, something else is in its place, or the file system refuses.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            # Neither through a link, which leads elsewhere, nor waiting for the reader of a pipe.
            flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
            self._descriptor = os.open(path, flags, 0o666)
        except OSError as error:
            if error.errno in (errno.ELOOP, errno.EMLINK, errno.EISDIR, errno.ENXIO):
                raise self._taken() from None
            raise OutputError(f"{path}: cannot be written ({error.strerror}).") from None
        try:
            with file_errors(path):
                self._begin()
        except BaseException:
            self.close()
            raise

    def _begin(self) -> None:
        status = os.fstat(self._descriptor)
        if not S_ISREG(status.st_mode) or status.st_nlink > 1:
            raise self._taken()
        if not _lock(self._descriptor):
            raise OutputError(f"{self._path.parent}: another batch is writing there; wait for its end or use another output=….")
        found = os.read(self._descriptor, len(BEGINNING))
        if found and found != BEGINNING:
            raise self._taken()
        os.ftruncate(self._descriptor, 0)
        os.lseek(self._descriptor, 0, os.SEEK_SET)

    def _taken(self) -> OutputError:
        return OutputError(
            f"{self._path}: is not the record of a batch, which is to be written there; move it or use another output=…."
        )

    def write(self, outcome: Outcome) -> None:
        """Add a line.

        Raises
        ------
        OutputError
            If it cannot be written whole, or the file was removed.
        """
        line = (outcome.to_json() + "\n").encode()
        with file_errors(self._path):
            if os.fstat(self._descriptor).st_nlink == 0:
                raise OutputError(f"{self._path}: was removed while the batch was at work.")
            written = os.write(self._descriptor, line)
        if written < len(line):
            with suppress(OSError):
                os.ftruncate(self._descriptor, os.fstat(self._descriptor).st_size - written)
            raise OutputError(f"{self._path}: cannot be written (the disk is full).")

    def close(self) -> None:
        """Close the file."""
        os.close(self._descriptor)


class _DeliveredJournal(Journal):
    """A journal that is uploaded now and then, so that not all is lost with a machine that dies, and in the end."""

    def __init__(self, path: Path, url: str) -> None:
        super().__init__(path)
        self._url, self._delivered = url, monotonic()

    def write(self, outcome: Outcome) -> None:
        super().write(outcome)
        if monotonic() - self._delivered >= DELIVERY:
            # If it fails in the end too, that is told.
            with suppress(VkeyframeError):
                self.deliver()
            self._delivered = monotonic()

    def deliver(self) -> None:
        """Upload it as it is."""
        upload(self._path, self._url)


@contextmanager
def open_journal(output: str) -> Iterator[Journal]:
    """Open the journal in a local output folder, which is made; that of a remote one is uploaded each minute and in the end.

    Raises
    ------
    OutputError
        As `Journal`, or if it cannot be uploaded in the end.
    """
    folder = local_path(output)
    if folder is None:
        with (
            scratch_folder() as scratch,
            closing(_DeliveredJournal(scratch / JOURNAL_NAME, f"{output.rstrip('/')}/{JOURNAL_NAME}")) as away,
        ):
            yield away
            away.deliver()
        return
    with file_errors(folder / JOURNAL_NAME):
        folder.mkdir(parents=True, exist_ok=True)
    with closing(Journal(folder / JOURNAL_NAME)) as journal:
        yield journal


def _lock(descriptor: int) -> bool:
    """Lock an open file until it is closed; return False if another process has locked it.

    Where the system or the disk knows no locks, nothing is locked.
    """
    try:
        import fcntl
    except ImportError:
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        # Some network disks answer so where a lock is held.
        return error.errno != errno.EACCES
    return True
