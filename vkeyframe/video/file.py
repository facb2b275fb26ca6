"""A video file and what messages call it."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path, PurePath
from stat import S_ISDIR, S_ISREG
from typing import Self
from urllib.parse import unquote

from vkeyframe.errors import InputError

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")
_USER = re.compile(r"^([A-Za-z][A-Za-z0-9+.-]+://)[^/?#]*@")

# Files with these suffixes are pictures; a GIF may be a video, and is taken for one.
_PICTURES = frozenset((".avif", ".bmp", ".jp2", ".jpe", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"))


def is_url(place: str) -> bool:
    """Whether a place is a URL, also one of a local file."""
    return _URL.match(place) is not None


def without_password(place: str) -> str:
    """Return a URL without user name and password; a path stays as it is."""
    return _USER.sub(r"\1", place)


def is_picture(place: str) -> bool:
    """Whether a file is a picture, by its name."""
    return PurePath(file_name(place)).suffix.lower() in _PICTURES


def file_name(place: str) -> str:
    """Return the last part of a path, or of the path in a URL, which is read as people write it."""
    if not is_url(place):
        return Path(place).name
    path = without_password(place).partition("://")[2].partition("?")[0].partition("#")[0]
    return unquote(path.rpartition("/")[2])


@dataclass(frozen=True, slots=True)
class VideoFile:
    """A local video file.

    Attributes
    ----------
    path : Path
        Where it is.
    shown_as : str
        What messages and reports call it: its path as the user wrote it, or the name of what was copied to `path`.
    """

    path: Path
    shown_as: str

    @classmethod
    def of(cls, path: str | os.PathLike[str], shown_as: str | None = None) -> Self:
        """Make one from a path; without another name it is shown as its path."""
        plain = os.fspath(path) if is_url(os.fspath(path)) else str(Path(path))
        return cls(Path(path), plain if shown_as is None else shown_as)

    def __str__(self) -> str:
        return self.shown_as

    @property
    def name(self) -> str:
        """The last part of what it is shown as."""
        return file_name(self.shown_as)

    def name_in(self, text: str) -> str:
        """Return what a library says of it, with the name that is shown instead of the path."""
        return text.replace(str(self.path), self.shown_as)

    def check_readable(self) -> None:
        """Check that it is a file that may be read.

        Raises
        ------
        InputError
            With the cause if it is not.
        """
        try:
            mode = self.path.stat().st_mode
        except FileNotFoundError:
            why = "is a URL, which only the command line fetches; download it first" if is_url(self.shown_as) else "no such file"
            raise InputError(f"{self}: {why}.") from None
        except (OSError, ValueError) as error:
            raise InputError(f"{self}: cannot be opened ({getattr(error, 'strerror', None) or error}).") from None
        if S_ISDIR(mode):
            raise InputError(f"{self}: is a folder; for all videos in it use vkeyframe batch.")
        if not S_ISREG(mode):
            raise InputError(f"{self}: not a file; what comes through a pipe is read with - as the name.")
        if not os.access(self.path, os.R_OK):
            raise InputError(f"{self}: no permission to read it.")
