"""Opening containers so that they lead to no other files, and reading their packets."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from io import BytesIO
from pathlib import Path

import av
from av.container import InputContainer
from av.packet import Packet
from av.video.stream import VideoStream

from vkeyframe.timecode import standard_timecode
from vkeyframe.video.ffmpeg_log import silenced

# Playlists, scripts, descriptions of streams, numbered pictures and parts of files: formats that lead to other files or hosts,
# and drawings that may. What is not a video file, such as FFmpeg's devices, is refused with them.
REACHING = {
    *("alsa", "avisynth", "bluray", "dvdvideo", "fbdev", "kmsgrab", "lavfi", "libcdio", "oss", "pulse", "v4l2", "vapoursynth"),
    *("applehttp", "concat", "dash", "hls", "image2", "imf", "mlv", "rtp", "rtsp", "sap", "sdp", "svg_pipe", "video4linux2"),
    *("vobsub", "webm_dash_manifest", "x11grab"),
}
# Other names are FFmpeg's own; what it knows under several names is listed there with commas and singly.
FORMATS = ",".join(sorted(name for name in av.formats_available if REACHING.isdisjoint(name.split(","))))
PROTOCOLS = "file"
# FFmpeg counts lines as padded to a multiple of 64 pixels; a picture may have some ten thousand lines.
PADDING_PX = 1 << 22
# How many ends of a file in a row are believed. A file with a part missing gave 30 frames, nothing, and then 90 more; more than
# 2 ends in a row with packets behind them were never seen.
ENDS_BELIEVED = 8


def open_container(path: Path, max_pixels: int, **options: str) -> InputContainer:
    """Open a file with PyAV; nothing in it makes FFmpeg open another file, or decode a picture of more pixels.

    Raises
    ------
    av.FFmpegError, UnicodeError
        If it cannot be opened.
    """
    limits = {"protocol_whitelist": PROTOCOLS, "format_whitelist": FORMATS, **decoder_limits(max_pixels)}
    return av.open(str(path.absolute()), options=limits | options, metadata_errors="replace")


def decoder_limits(max_pixels: int) -> dict[str, str]:
    """Give the options by which FFmpeg's decoders refuse pictures that are much larger."""
    return {"max_pixels": str(max_pixels + PADDING_PX)}


def picture_sizes(container: InputContainer) -> list[tuple[int, int]]:
    """List width and height in pixels of the pictures of each video stream, 0 where unknown."""
    contexts = [stream.codec_context for stream in container.streams.video]
    # A stream that FFmpeg has no decoder for has no context.
    return [(context.width, context.height) for context in contexts if context is not None]


def size_of_picture(data: bytes, max_pixels: int) -> tuple[int, int] | None:
    """Read width and height in pixels from the bytes of a picture file; None where FFmpeg finds none, or more pixels.

    The content tells the format, not the name: by their names FFmpeg takes some pictures for the first of a numbered series.
    """
    limits = {"format_whitelist": FORMATS, **decoder_limits(max_pixels)}
    with silenced(), suppress(av.FFmpegError), av.open(BytesIO(data), "r", options=limits) as container:
        sizes = [size for size in picture_sizes(container) if all(size)]
        return sizes[0] if sizes else None
    return None


def main_stream(container: InputContainer) -> VideoStream | None:
    """Choose the video itself where a cover picture stands beside it; a stream that FFmpeg has no decoder for is none."""
    streams = [stream for stream in container.streams.video if stream.codec_context is not None]
    moving = [stream for stream in streams if not stream.disposition & stream.disposition.attached_pic]
    return next(iter(moving or streams), None)


def start_timecode(container: InputContainer) -> str | None:
    """Return the timecode of the first frame as a tag or a timecode track has it, None where there is none."""
    main = main_stream(container)
    places = [stream.metadata for stream in container.streams if stream is not main]
    for tags in ([main.metadata] if main is not None else []) + [container.metadata, *places]:
        for name, text in tags.items():
            found = standard_timecode(text) if name.lower() == "timecode" else None
            if found is not None:
                return found
    return None


def counts_from_zero(container: InputContainer) -> bool:
    """Whether the declared length begins at time zero, also where the video starts later."""
    return "matroska" in container.format.name


def read_packets(container: InputContainer, *streams: VideoStream) -> Iterator[Packet]:
    """Read packets, also behind what seems to be the end: where a part of a file is missing, more may follow.

    Empty packets come last: they make a decoder hand out what it still holds, and take no more after them.
    """
    attempts = 0
    empty: list[Packet] = []
    while attempts < ENDS_BELIEVED:
        attempts += 1
        empty = []
        try:
            for packet in container.demux(*streams):
                if packet.size:
                    attempts = 0
                    yield packet
                else:
                    empty.append(packet)
        except av.FFmpegError:
            continue
        except IndexError:
            # A packet of a stream that PyAV does not know: damage to MPEG brings forth new ones in mid-file.
            attempts = 0
    yield from empty
