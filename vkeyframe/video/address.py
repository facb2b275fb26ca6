"""Addresses of videos on other machines: which of them are streams, and how they are shown without passwords."""

from __future__ import annotations

import re
from pathlib import PurePath
from urllib.parse import urlsplit

from vkeyframe.errors import UsageError
from vkeyframe.video.file import file_name, is_url

# What is always a stream. What http and https lead to may also be a file.
STREAMS = ("rtsp", "rtsps", "rtmp", "rtmps", "udp", "tcp", "srt", "rtp")
WEB = ("http", "https")
_PORT = re.compile(r":\d+$")
_PLAYLIST = re.compile(r"\.m3u8?$", re.IGNORECASE)


def scheme_of(place: str) -> str:
    """Return the scheme of a URL in small letters; empty for a path."""
    return place.partition("://")[0].lower() if is_url(place) else ""


def is_stream(place: str) -> bool:
    """Whether a place is the URL of something that is no file, whatever it leads to."""
    return scheme_of(place) in STREAMS


def is_playlist(place: str) -> bool:
    """Whether a URL of the web has the usual suffix of a playlist of HLS."""
    return scheme_of(place) in WEB and _PLAYLIST.search(file_name(place)) is not None


def shown_address(place: str) -> str:
    """Return a URL without user name, password, query and fragment, which may hold secrets; a path stays as it is.

    Raises
    ------
    UsageError
        If it looks like a URL, but is none.
    """
    if not is_url(place):
        return place
    try:
        parts = urlsplit(place)
        port = f":{parts.port}" if parts.port else ""
        host = parts.hostname or ""
    except ValueError:
        # What is wrong with it may be the password.
        raise UsageError("The address of the video is no URL; write it as scheme://host/path.") from None
    host = f"[{host}]" if ":" in host else host
    return f"{parts.scheme.lower()}://{host}{port}{parts.path}"


def stem_of(place: str) -> str:
    """Return what the output is named after: the stem of the last part of the path, of a URL without one the host."""
    shown = shown_address(place)
    if not is_url(place):
        return PurePath(place).stem
    host, _, path = shown.partition("://")[2].partition("/")
    name = path.rstrip("/").rpartition("/")[2]
    return name.rpartition(".")[0] or name or _PORT.sub("", host) or "stream"
