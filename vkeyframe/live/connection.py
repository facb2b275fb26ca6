"""Opening a growing file or a stream, so that nothing but what was asked for is read."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Protocol

import av
from av.container import InputContainer

from vkeyframe.errors import InputError
from vkeyframe.live.growing import GrowingFile, check_can_be_followed
from vkeyframe.live.options import LiveOptions
from vkeyframe.video.address import scheme_of, shown_address
from vkeyframe.video.container import FORMATS, decoder_limits, main_stream
from vkeyframe.video.file import VideoFile, file_name, is_url

# What each kind of address may reach: nothing on this machine, and no other kind of network but what its own kind needs.
_WEB = "http,https,tcp,tls,crypto,httpproxy"
_REACH = {
    "http": _WEB,
    "https": _WEB,
    "rtsp": "rtsp,rtp,udp,tcp",
    "rtsps": "rtsp,rtsps,rtp,srtp,udp,tcp,tls",
    "rtmp": "rtmp,tcp",
    "rtmps": "rtmps,rtmp,tcp,tls",
    "rtp": "rtp,udp",
}
# The formats that lead on, each for the addresses that it is for.
_LEADING = {
    "http": ("hls",),
    "https": ("hls",),
    "rtsp": ("rtsp", "sdp", "rtp"),
    "rtsps": ("rtsp", "sdp", "rtp"),
    "rtp": ("rtp", "sdp"),
}
# Ways to connect, of which the next is tried where a server does not understand one. TCP loses nothing, but not every server of
# RTSP has it. A UDP stream that is read too slowly loses packets instead of ending.
_WAYS: dict[str, tuple[dict[str, str], ...]] = {
    "rtsp": ({"rtsp_flags": "prefer_tcp"}, {}),
    "rtsps": ({"rtsp_flags": "prefer_tcp"}, {}),
    "udp": ({"overrun_nonfatal": "1"},),
}
# Greater numbers of errors are FFmpeg's own.
_FIRST_OF_FFMPEG = 1000
_CAUSES: dict[tuple[type[BaseException], ...], str] = {
    (av.error.HTTPUnauthorizedError, av.error.HTTPForbiddenError): "the user name or the password is wrong or missing",
    (av.error.HTTPNotFoundError, av.error.HTTPError): "the server does not have it",
    (av.error.InvalidDataError, av.error.EOFError): "no video can be found in it",
    (av.error.ProtocolNotFoundError, av.error.DemuxerNotFoundError): "it is of a kind that cannot be read, or leads elsewhere",
}


class Place(Protocol):
    """What is followed.

    Attributes
    ----------
    shown : str
        What messages and the report call it, without passwords.
    name : str
        Its file name, or the host.
    may_be_lost : bool
        Whether its end may be a failure, so that it is worth while to open it once more.
    """

    shown: str
    name: str
    may_be_lost: bool

    def open(self) -> InputContainer:
        """Open it.

        Raises
        ------
        av.FFmpegError
            If that fails.
        """
        ...

    def bytes_read(self) -> int:
        """Return how many bytes of a file were read, 0 where that is not known."""
        ...

    def stop(self) -> None:
        """Wait for no more data, from another thread."""
        ...

    def close(self) -> None:
        """Close what stays open from one `open` to the next."""
        ...


class GrowingPlace:
    """A local file that may still be written; see `Place`.

    Raises
    ------
    InputError
        If there is no such file, or it cannot be read before it is finished.
    """

    def __init__(self, path: str, options: LiveOptions) -> None:
        file = VideoFile.of(path)
        check_can_be_followed(file)
        self.shown, self.name, self.may_be_lost = str(file), file.name, False
        self._options = options
        self._growing = GrowingFile(Path(path), options.idle)

    def open(self) -> InputContainer:
        """Open it as a pipe: formats that lead to other files are refused, as in other files."""
        limits = {"protocol_whitelist": "", "format_whitelist": FORMATS, **decoder_limits(self._options.most_pixels)}
        return av.open(self._growing, "r", options=limits, metadata_errors="replace")

    def bytes_read(self) -> int:
        """Return how many bytes were read."""
        return self._growing.size

    def stop(self) -> None:
        """Wait for no more growth."""
        self._growing.stop()

    def close(self) -> None:
        """Close the file."""
        self._growing.close()


class StreamPlace:
    """A stream, by its URL; see `Place`."""

    may_be_lost = True

    def __init__(self, url: str, options: LiveOptions) -> None:
        self._url, self._options = url, options
        self.shown = shown_address(url)
        self.name = file_name(self.shown) or self.shown

    def open(self) -> InputContainer:
        """Connect; whatever the server sends, FFmpeg opens no file for it."""
        scheme = scheme_of(self._url)
        formats = ",".join((FORMATS, *_LEADING.get(scheme, ())))
        reach = _REACH.get(scheme, scheme)
        limits = {"protocol_whitelist": reach, "format_whitelist": formats, **decoder_limits(self._options.most_pixels)}
        *others, last = _WAYS.get(scheme, ({},))
        for way in others:
            with suppress(av.error.HTTPBadRequestError, av.error.HTTPOtherClientError):
                return self._connect(limits | way)
        return self._connect(limits | last)

    def _connect(self, options: dict[str, str]) -> InputContainer:
        timeout = self._options.idle, self._options.idle
        container = av.open(self._url, "r", options=options, metadata_errors="replace", timeout=timeout)
        # A playlist that is complete has a true end, and so has a file of the web.
        self.may_be_lost = "hls" not in container.format.name.split(",") and container.size <= 0
        return container

    def bytes_read(self) -> int:
        """Return 0."""
        return 0

    def stop(self) -> None:
        """Do nothing: FFmpeg ends when the time for a read is over, and is not waited for."""

    def close(self) -> None:
        """Do nothing: each connection is closed by itself."""


def place_of(place: str, options: LiveOptions) -> Place:
    """Return what is followed, by its path or URL.

    Raises
    ------
    InputError, UsageError
        If it is a file that cannot be followed, or no URL.
    """
    return StreamPlace(place, options) if is_url(place) else GrowingPlace(place, options)


def failure(error: BaseException, idle: float) -> str:
    """Say why what is followed cannot be read, in words without its address, which may hold a password."""
    if isinstance(error, av.error.ExitError | av.error.TimeoutError):
        return f"nothing came for {idle:g} s"
    for kinds, text in _CAUSES.items():
        if isinstance(error, kinds):
            return text
    number = getattr(error, "errno", None)
    return os.strerror(number) if isinstance(number, int) and 0 < number < _FIRST_OF_FFMPEG else type(error).__name__


def video_stream(container: InputContainer, shown: str) -> av.VideoStream:
    """Return the video.

    Raises
    ------
    InputError
        If there is none.
    """
    stream = main_stream(container)
    if stream is None:
        raise InputError(f"{shown}: no video can be found in it.")
    return stream
