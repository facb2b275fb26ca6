"""A file that is still written, read as it grows."""

from __future__ import annotations

import struct
from pathlib import Path
from time import monotonic, sleep

from vkeyframe.errors import InputError
from vkeyframe.video.file import VideoFile

# Seconds between two looks at a file that has not grown.
LOOK = 0.1
_BOX = struct.Struct(">I4s")
# Boxes with which an MP4 may begin. What is not among them is another format.
_LEADING = {b"ftyp", b"styp", b"free", b"skip", b"wide", b"uuid", b"sidx", b"pdin", b"mdat", b"moov"}


class GrowingFile:
    """A file that is read on when it grows; for PyAV, which takes it for a pipe, because it cannot seek.

    Parameters
    ----------
    path : Path
    idle : float
        Seconds without growth after which it has ended.

    Attributes
    ----------
    size : int
        Bytes read.
    """

    def __init__(self, path: Path, idle: float) -> None:
        self._file = path.open("rb", buffering=0)
        self._idle, self._ended = idle, False
        self.size = 0

    def read(self, count: int) -> bytes:
        """Read up to so many bytes; wait until there are some. Empty at the end."""
        since = monotonic()
        # Demuxers ask again where a file ends.
        while not self._ended:
            part = self._file.read(count) or b""
            if part:
                self.size += len(part)
                return part
            self._ended = self._ended or monotonic() - since >= self._idle
            sleep(min(LOOK, self._idle))
        return b""

    def stop(self) -> None:
        """Let it end here, from another thread."""
        self._ended = True

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def check_can_be_followed(file: VideoFile) -> None:
    """Refuse an MP4 whose index comes last: until that is written, nothing in it can be decoded.

    Raises
    ------
    InputError
        With what to record instead.
    """
    file.check_readable()
    for kind in _boxes(file.path):
        if kind == b"moov":
            return
        if kind == b"mdat":
            text = "is an MP4 that gets its index when it is finished; read it then without follow=…"
            raise InputError(f"{file}: {text}, or record as MPEG-TS, Matroska or fragmented MP4.")
        if kind not in _LEADING:
            return


def _boxes(path: Path) -> list[bytes]:
    """List the kinds of the first boxes of an MP4 up to the pictures or the index; nonsense for other formats."""
    kinds: list[bytes] = []
    with path.open("rb") as file:
        while len(kinds) < len(_LEADING) and len(head := file.read(_BOX.size)) == _BOX.size:
            size, kind = _BOX.unpack(head)
            kinds.append(kind)
            if kind in (b"mdat", b"moov") or kind not in _LEADING or size < _BOX.size:
                break
            file.seek(size - _BOX.size, 1)
    return kinds
