"""What a file may be before a decoder works on it: one that names no other files, with pictures that fit into memory."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import av
from av.container import InputContainer

from vkeyframe.errors import InputError
from vkeyframe.video.ffmpeg_log import unheard

# Playlists, scripts, descriptions of streams, numbered pictures and parts of files: formats that lead to other files or hosts,
# and drawings that may. What is none of a video's business, such as FFmpeg's devices, goes with them.
REACHING = {
    *("alsa", "avisynth", "bluray", "dvdvideo", "fbdev", "kmsgrab", "lavfi", "libcdio", "oss", "pulse", "v4l2", "vapoursynth"),
    *("applehttp", "concat", "dash", "hls", "image2", "imf", "mlv", "rtp", "rtsp", "sap", "sdp", "svg_pipe", "video4linux2"),
    *("vobsub", "webm_dash_manifest", "x11grab"),
}
# Other names are FFmpeg's own; what it knows under several stands there with commas and singly.
FORMATS = ",".join(sorted(name for name in av.formats_available if REACHING.isdisjoint(name.split(","))))
PROTOCOLS = "file"


# FFmpeg itself refuses pictures of more than 2³¹ bytes, which is no comfort; this lets 16K pass.
MAX_PIXELS = 150_000_000
# It counts lines as padded to a multiple of 64 pixels, of which a picture may have some ten thousand.
PADDING = 1 << 22


def open_container(path: Path, max_pixels: int, **options: str) -> InputContainer:
    """Open a file with PyAV; nothing that it says makes FFmpeg open another one, or a picture of more pixels.

    Raises
    ------
    av.FFmpegError, UnicodeError
        If it cannot be opened.
    """
    limits = {"protocol_whitelist": PROTOCOLS, "format_whitelist": FORMATS, **decoder_limits(max_pixels)}
    return av.open(str(path.absolute()), options=limits | options, metadata_errors="replace")


def decoder_limits(max_pixels: int) -> dict[str, str]:
    """Give the options by which FFmpeg's decoders refuse pictures that are much larger."""
    return {"max_pixels": str(max_pixels + PADDING)}


def picture_sizes(path: Path, max_pixels: int) -> list[tuple[int, int]]:
    """Tell width and height of the pictures of each video stream, 0 where unknown; nothing where there is no stream.

    Decoders take memory for them as soon as they open a file. So the size is first read from the header alone, then with
    the decoder, which refuses what its own data declare too large.

    Raises
    ------
    InputError
        If they have more pixels than allowed.
    """
    sizes: list[tuple[int, int]] = []
    for options in ({"codec_whitelist": "none"}, {}):
        # What PyAV cannot open has no known size either.
        with suppress(av.FFmpegError, UnicodeError), unheard(), open_container(path, max_pixels, **options) as container:
            contexts = [stream.codec_context for stream in container.streams.video]
            # A stream that FFmpeg has no decoder for has no context.
            sizes = [(context.width, context.height) for context in contexts if context is not None]
        for width, height in sizes:
            if width * height > max_pixels:
                told = f"its pictures have {width}×{height} pixels, more than {max_pixels}"
                raise InputError(f"{path}: {told}; allow them with --max-pixels.")
    return sizes
