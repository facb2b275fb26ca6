"""What the packets of a video tell without decoding: sizes of pictures, times and number of frames, the end of the file."""

from __future__ import annotations

from array import array
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from math import inf, isfinite
from typing import Protocol

import av
import numpy as np
from av.container import InputContainer
from av.packet import Packet
from numpy import ndarray

from vkeyframe.errors import InputError
from vkeyframe.process.heartbeat import tick
from vkeyframe.video.colour import ColourTags
from vkeyframe.video.container import counts_from_zero, main_stream, open_container, picture_sizes, read_packets
from vkeyframe.video.ffmpeg_log import silenced
from vkeyframe.video.file import VideoFile
from vkeyframe.video.origin import Origin
from vkeyframe.video.stream_facts import StreamFacts, stream_facts
from vkeyframe.video.timeline import SAME_TIME

# Codecs that mark the frames no other depends on, and of which each packet is one picture that is shown.
DIVISIBLE = {"h264", "hevc"}
# Codecs with frames that are not shown and lie in the packet of another frame, mostly an earlier one: of 259 gaps in AV1 the
# sizes told 25 % right. VP8 and VP9 have such frames too, and still 78 to 97 % were right.
HIDING = {"av1"}
# Pixels in all frames together from which on it saves time to look at the packets first: about a second of decoding on two
# cores.
WORTHWHILE_PX = 2e9
# FFmpeg's option by which a container is opened without any decoder.
NO_DECODER = {"codec_whitelist": "none"}


@dataclass(frozen=True, slots=True)
class PacketTable:
    """The packets of the main video stream in the order in which their frames are shown.

    Attributes
    ----------
    times : (n,) float64
        Presentation times in seconds, from the first on, increasing.
    start : float
        Presentation time in seconds of the first, as the container counts.
    sizes : (n,) int64
        In bytes.
    in_order : (n,) bool
        Whether all frames that are shown later are decoded later, too; not so B-frames, of which a frame shown later is known.
    is_key : (n,) bool
        Whether decoding can begin with it.
    sizes_tell : bool
        Whether a packet has the size of the frame that it shows, and no hidden frame lies in it.
    """

    times: ndarray
    start: float
    sizes: ndarray
    in_order: ndarray
    is_key: ndarray
    sizes_tell: bool

    def place(self, time: float) -> int | None:
        """Find the frame of a time in seconds from the first one; None where there is none."""
        found = int(np.searchsorted(self.times, time - SAME_TIME))
        return found if found < len(self.times) and self.times[found] <= time + SAME_TIME else None

    def key_before(self, place: int) -> int:
        """Find the last key frame that is shown not later than a frame; 0 where there is none."""
        keys = np.flatnonzero(self.is_key[: place + 1])
        return int(keys[-1]) if keys.size else 0


@dataclass(frozen=True, slots=True)
class PacketScan:
    """What one reading of all packets gave.

    Attributes
    ----------
    table : PacketTable or None
        All frames of the video; None where their times are not certain.
    frames : int
        How many frames the file holds; where its index names more, as many as that.
    end : float
        Second up to which the file can be read, counted as its duration is; 0 where it cannot be read.
    """

    table: PacketTable | None = None
    frames: int = 0
    end: float = 0.0


class _Seen:
    """The packets of the main stream in the order of the file, in little memory."""

    def __init__(self) -> None:
        self.stamps, self.sizes, self.is_key = array("q"), array("q"), array("b")
        self.has_all_stamps = True
        # When the first frame is shown, in seconds.
        self.earliest = inf

    def add(self, packet: Packet) -> None:
        self.has_all_stamps &= packet.pts is not None
        stamp = packet.dts if packet.pts is None else packet.pts
        if stamp is not None and packet.time_base is not None:
            self.earliest = min(self.earliest, float(stamp * packet.time_base))
        self.stamps.append(packet.pts or 0)
        self.sizes.append(packet.size)
        self.is_key.append(packet.is_keyframe)

    def table(self, facts: StreamFacts) -> PacketTable | None:
        """Sort by presentation time; None where a time is missing or two are equal."""
        if not self.stamps or not self.has_all_stamps or not facts.time_base:
            return None
        stamps = np.array(self.stamps)
        order = np.argsort(stamps, kind="stable")
        times = stamps[order] * float(facts.time_base)
        if not (np.diff(times) > 0).all():
            return None
        later = np.minimum.accumulate(order[::-1])[::-1]
        in_order = np.append(order[:-1] < later[1:], True)
        sizes, is_key = np.array(self.sizes)[order], np.array(self.is_key, bool)[order]
        return PacketTable(times - times[0], float(times[0]), sizes, in_order, is_key, facts.codec not in HIDING)


class PacketListener(Protocol):
    """What takes all packets while they are read, such as what listens to the sound."""

    def begin(self, container: InputContainer) -> None:
        """Take note of the container before its first packet."""

    def take(self, packet: Packet) -> None:
        """Take the next packet of any stream, in the order of the file."""

    def end(self, video_start: float) -> None:
        """Take note that all packets were read, and when the first frame is shown, in seconds as the container counts."""


class _Nobody:
    """Listens to nothing."""

    def begin(self, container: InputContainer) -> None:
        """Do nothing."""

    def take(self, packet: Packet) -> None:
        """Do nothing."""

    def end(self, video_start: float) -> None:
        """Do nothing."""


class PacketIndex:
    """Opens a container and reads its packets at most once; decodes no pictures.

    Decoders take memory for pictures as soon as they open a file. So the size of the pictures is first read from the header
    alone, without any decoder, and then with the decoder, which refuses what its own data declare too large.

    Parameters
    ----------
    file : VideoFile
    max_pixels : int
        Larger pictures are refused.
    listener : PacketListener, optional
        Takes the packets, too, when they are read.

    Attributes
    ----------
    sizes : list of (int, int)
        Width and height in pixels of the pictures of each video stream, 0 where unknown; empty without a video stream.

    Raises
    ------
    InputError
        If the pictures have more pixels than allowed.
    """

    def __init__(self, file: VideoFile, max_pixels: int, listener: PacketListener | None = None) -> None:
        self._listener = listener or _Nobody()
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
            self._facts = stream_facts(self._container)
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

    @property
    def rate(self) -> Fraction | None:
        """Frames a second as the container declares them; None where it does not."""
        return None if self._facts is None else self._facts.rate

    @property
    def start_timecode(self) -> str | None:
        """SMPTE timecode of the first frame; None where the file has none."""
        return None if self._facts is None else self._facts.start_timecode

    @property
    def colour(self) -> ColourTags | None:
        """What the main stream says of its colours; None where nothing is known."""
        return None if self._facts is None else self._facts.colour

    @property
    def origin(self) -> Origin:
        """What the file says of its recording."""
        return Origin() if self._facts is None else self._facts.origin

    def packet_times(self, least_pixels: float | None = None) -> ndarray | None:
        """Return the presentation times of all frames, in seconds from the first, (n,) float64.

        None where they are not certain, where the codec does not mark the frames that no other depends on, and where reading
        the packets is not worth it: with fewer pixels in all frames together than `least_pixels`, by default `WORTHWHILE_PX`.
        """
        least = WORTHWHILE_PX if least_pixels is None else least_pixels
        facts = self._facts
        if facts is None or facts.codec not in DIVISIBLE or not facts.time_base or facts.pixels < least:
            return None
        table = self.scan().table
        return None if table is None else table.times

    def scan(self) -> PacketScan:
        """Read all packets, if that was not done before."""
        if self._scan is None:
            self._scan = PacketScan()
            if self._container is not None:
                with silenced():
                    self._scan = _scan(self._container, self._facts, self._listener)
                self.close()
        return self._scan


def _check_sizes(file: VideoFile, sizes: list[tuple[int, int]], max_pixels: int) -> None:
    for width, height in sizes:
        if width * height > max_pixels:
            text = f"its pictures have {width}×{height} pixels, more than {max_pixels}"
            raise InputError(f"{file}: {text}; allow them with max_pixels=….")


def _scan(container: InputContainer, facts: StreamFacts | None, listener: PacketListener) -> PacketScan:
    main = main_stream(container)
    start = 0.0 if counts_from_zero(container) else (container.start_time or 0) / av.time_base
    seen = _Seen()
    frames, end = 0, 0.0

    def count(packet: Packet) -> None:
        nonlocal frames, end
        tick()
        listener.take(packet)
        frames += packet.stream is main and packet.size > 0
        if packet.pts is not None and packet.time_base is not None:
            end = max(end, float((packet.pts + (packet.duration or 0)) * packet.time_base) - start)

    listener.begin(container)
    whole = True
    try:
        for packet in container.demux():
            count(packet)
            if packet.stream is main and packet.size and not packet.is_discard:
                seen.add(packet)
    except (av.FFmpegError, UnicodeError, IndexError):
        # See `read_packets`, which goes on behind errors.
        whole = False
    try:
        for packet in read_packets(container):
            count(packet)
    except UnicodeError:
        return PacketScan(frames=frames)
    finally:
        listener.end(seen.earliest if isfinite(seen.earliest) else start)
    table = seen.table(facts) if whole and facts is not None else None
    return PacketScan(table, max(frames, facts.indexed_frames if facts else 0), end)
