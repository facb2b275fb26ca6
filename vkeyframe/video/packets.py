"""What the packets of a video tell without decoding: sizes of pictures, times and number of frames, the end of the file."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction

import av
import numpy as np
from av.container import InputContainer
from av.packet import Packet
from numpy import ndarray

from vkeyframe.errors import InputError
from vkeyframe.video.container import counts_from_zero, main_stream, open_container, picture_sizes, read_packets
from vkeyframe.video.ffmpeg_log import silenced
from vkeyframe.video.file import VideoFile

# Codecs that mark the frames no other depends on, and of which each packet is one picture that is shown.
DIVISIBLE = {"h264", "hevc"}
# Pixels in all frames together from which on it saves time to look at the packets first: about a second of decoding on two
# cores.
WORTHWHILE_PX = 2e9
# FFmpeg's option by which a container is opened without any decoder.
NO_DECODER = {"codec_whitelist": "none"}


@dataclass(frozen=True, slots=True)
class StreamFacts:
    """What opening a container tells of its main video stream.

    Attributes
    ----------
    codec : str
        FFmpeg's name of it.
    time_base : Fraction or None
        Seconds of one unit of the packets' times.
    pixels : float
        Declared pixels of all frames together, 0 where unknown.
    indexed_frames : int
        How many frames the container's index names, 0 where it has none.
    """

    codec: str
    time_base: Fraction | None
    pixels: float
    indexed_frames: int


@dataclass(frozen=True, slots=True)
class PacketScan:
    """What one reading of all packets gave.

    Attributes
    ----------
    times : (n,) float64 or None
        Presentation times in seconds of all frames, from the first on, increasing; None where they are not certain.
    frames : int
        How many frames the file holds; where its index names more, as many as that.
    end : float
        Second up to which the file can be read, counted as its duration is; 0 where it cannot be read.
    """

    times: ndarray | None = None
    frames: int = 0
    end: float = 0.0


class PacketIndex:
    """Opens a container and reads its packets at most once; decodes nothing.

    Decoders take memory for pictures as soon as they open a file. So the size of the pictures is first read from the header
    alone, without any decoder, and then with the decoder, which refuses what its own data declare too large.

    Parameters
    ----------
    file : VideoFile
    max_pixels : int
        Larger pictures are refused.

    Attributes
    ----------
    sizes : list of (int, int)
        Width and height in pixels of the pictures of each video stream, 0 where unknown; empty without a video stream.

    Raises
    ------
    InputError
        If the pictures have more pixels than allowed.
    """

    def __init__(self, file: VideoFile, max_pixels: int) -> None:
        self._container: InputContainer | None = None
        self._facts: StreamFacts | None = None
        self._scan: PacketScan | None = None
        self.sizes: list[tuple[int, int]] = []
        # What PyAV cannot open has no known size.
        with silenced(), suppress(av.FFmpegError, UnicodeError), open_container(file.path, max_pixels, **NO_DECODER) as container:
            self.sizes = picture_sizes(container)
        _check_sizes(file, self.sizes, max_pixels)
        with silenced(), suppress(av.FFmpegError, UnicodeError):
            self._container = open_container(file.path, max_pixels)
            self.sizes = picture_sizes(self._container)
            self._facts = _stream_facts(self._container)
        try:
            _check_sizes(file, self.sizes, max_pixels)
        except InputError:
            self.close()
            raise

    def close(self) -> None:
        """Close the container; what was not read until then counts as unreadable."""
        if self._container is not None:
            self._container.close()
            self._container = None

    def packet_times(self, least_pixels: float | None = None) -> ndarray | None:
        """Return the presentation times of all frames, in seconds from the first, (n,) float64.

        None where they are not certain, where the codec does not mark the frames that no other depends on, and where reading
        the packets is not worth it: with fewer pixels in all frames together than `least_pixels`, by default `WORTHWHILE_PX`.
        """
        least = WORTHWHILE_PX if least_pixels is None else least_pixels
        facts = self._facts
        if facts is None or facts.codec not in DIVISIBLE or not facts.time_base or facts.pixels < least:
            return None
        return self.scan().times

    def scan(self) -> PacketScan:
        """Read all packets, if that was not done before."""
        if self._scan is None:
            self._scan = PacketScan()
            if self._container is not None:
                with silenced():
                    self._scan = _scan(self._container, self._facts)
                self.close()
        return self._scan


def _check_sizes(file: VideoFile, sizes: list[tuple[int, int]], max_pixels: int) -> None:
    for width, height in sizes:
        if width * height > max_pixels:
            text = f"its pictures have {width}×{height} pixels, more than {max_pixels}"
            raise InputError(f"{file}: {text}; allow them with max_pixels=….")


def _stream_facts(container: InputContainer) -> StreamFacts | None:
    stream = main_stream(container)
    if stream is None:
        return None
    seconds = (container.duration or 0) / av.time_base
    pixels = seconds * float(stream.average_rate or 0) * stream.width * stream.height
    return StreamFacts(stream.codec_context.name, stream.time_base, pixels, stream.frames)


def _scan(container: InputContainer, facts: StreamFacts | None) -> PacketScan:
    main = main_stream(container)
    start = 0.0 if counts_from_zero(container) else (container.start_time or 0) / av.time_base
    stamps: list[int | None] = []
    frames, end = 0, 0.0

    def count(packet: Packet) -> None:
        nonlocal frames, end
        frames += packet.stream is main and packet.size > 0
        if packet.pts is not None and packet.time_base is not None:
            end = max(end, float((packet.pts + (packet.duration or 0)) * packet.time_base) - start)

    whole = True
    try:
        for packet in container.demux():
            count(packet)
            if packet.stream is main and packet.size and not packet.is_discard:
                stamps.append(packet.pts)
    except (av.FFmpegError, UnicodeError, IndexError):
        # See `read_packets`, which goes on behind errors.
        whole = False
    try:
        for packet in read_packets(container):
            count(packet)
    except UnicodeError:
        return PacketScan(frames=frames)
    times = _increasing_times(stamps, facts.time_base) if whole and facts is not None else None
    return PacketScan(times, max(frames, facts.indexed_frames if facts else 0), end)


def _increasing_times(stamps: list[int | None], time_base: Fraction | None) -> ndarray | None:
    """Sort presentation times into seconds from the first; None where one is missing or two are equal."""
    if None in stamps or not stamps or not time_base:
        return None
    times = np.sort(np.array(stamps, float)) * float(time_base)
    return times - times[0] if (np.diff(times) > 0).all() else None
