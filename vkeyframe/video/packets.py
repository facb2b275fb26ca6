"""What a container holds, packet by packet, without decoding."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
from av.container import InputContainer
from av.packet import Packet
from av.video.stream import VideoStream
from numpy import ndarray

from vkeyframe.video.container import MAX_PIXELS, open_container
from vkeyframe.video.ffmpeg_log import unheard

# Codecs that mark the frames no other depends on, and of which each packet is one picture that is shown.
DIVISIBLE = {"h264", "hevc"}
# Pixels in all from which on it is worth it to look at the packets first: about a second of decoding on two cores.
WORTHWHILE = 2e9
# A file with a part missing gave 30 frames, nothing, and then 90 more; more than 2 in a row were never seen.
ENDS_BELIEVED = 8


def survey(path: Path) -> tuple[int, float]:
    """Count the pictures in a file without decoding them, and tell the second up to which it can be read.

    Where an index names more pictures than are there, those count.
    """
    pictures, end = 0, 0.0
    try:
        with unheard(), open_container(path, MAX_PIXELS) as container:
            main = main_stream(container)
            start = 0.0 if counts_from_zero(container) else (container.start_time or 0) / av.time_base
            for packet in packets(container):
                if packet.stream is main and packet.size:
                    pictures += 1
                if packet.pts is not None and packet.time_base is not None:
                    end = max(end, float((packet.pts + (packet.duration or 0)) * packet.time_base) - start)
            indexed = 0 if main is None else main.frames
    except (av.FFmpegError, UnicodeError):
        return pictures, 0.0
    return max(pictures, indexed), end


def frame_times(path: Path, least_pixels: float | None = None) -> ndarray | None:
    """Read the presentation times of all frames, in seconds from the first, without decoding.

    None where they are not certain, where the codec does not tell which frames no other depends on, and where it is not
    worth it: with fewer pixels in all frames together than `least_pixels`, by default `WORTHWHILE`.
    """
    try:
        with unheard(), open_container(path, MAX_PIXELS) as container:
            stream = main_stream(container)
            if stream is None or stream.codec_context.name not in DIVISIBLE or not stream.time_base:
                return None
            seconds = (container.duration or 0) / av.time_base
            least = WORTHWHILE if least_pixels is None else least_pixels
            if seconds * float(stream.average_rate or 0) * stream.width * stream.height < least:
                return None
            stamps = [packet.pts for packet in container.demux(stream) if packet.size and not packet.is_discard]
            if None in stamps:
                return None
            times = np.sort(np.array(stamps, float)) * float(stream.time_base)
    except (av.FFmpegError, UnicodeError, IndexError):
        return None
    return times - times[0] if len(times) and (np.diff(times) > 0).all() else None


def packets(container: InputContainer, *streams: VideoStream) -> Iterator[Packet]:
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


def main_stream(container: InputContainer) -> VideoStream | None:
    """Choose the video itself where a cover picture stands beside it; a stream that FFmpeg has no decoder for is none."""
    streams = [stream for stream in container.streams.video if stream.codec_context is not None]
    moving = [stream for stream in streams if not stream.disposition & stream.disposition.attached_pic]
    return next(iter(moving or streams), None)


def counts_from_zero(container: InputContainer) -> bool:
    """Whether the declared length begins at time zero, also where the video starts later."""
    return "matroska" in container.format.name
