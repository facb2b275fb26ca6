"""Cutting a video into its shots: by copying packets, or exactly by encoding anew."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field
from fractions import Fraction
from math import inf
from pathlib import Path, PurePath

import av
from av.packet import Packet
from av.video.frame import VideoFrame

from vkeyframe.errors import InputError, MissingLibraryError
from vkeyframe.process.heartbeat import tick
from vkeyframe.report.records import Shot
from vkeyframe.report.shot_list import ShotList
from vkeyframe.report.video_info import VideoInfo
from vkeyframe.timecode import Timecode
from vkeyframe.video.clip_file import ENCODER, OTHER_SUFFIX, SUFFIXES, Clip, ClipFile, Source
from vkeyframe.video.container import main_stream, open_container, read_packets
from vkeyframe.video.ffmpeg_log import silenced
from vkeyframe.video.file import VideoFile
from vkeyframe.video.packets import PacketIndex, PacketTable
from vkeyframe.video.timeline import SAME_TIME

Progress = Callable[[float, float], None]
# For how many seconds a file stays open for sound that comes late, or is opened for sound that comes early.
SOUND_APART = 2.0
# Containers that keep a timecode.
WITH_TIMECODE = (".mov", ".mp4", ".mkv")


@dataclass(slots=True)
class _Part:
    """A shot while it is written.

    `first` is the first frame to write and `stop` the first one not to write, 0-based; they are shown at `begin` and `end`, in
    seconds as the container counts. `written` frames between them were written, and `late` ones behind them. `held` has packets
    of frames behind them, which must be written if one of the shot follows.
    """

    shot: Shot
    path: Path
    timecode: str | None
    first: int
    stop: int
    begin: float
    end: float
    written: int = 0
    late: int = 0
    held: list[Packet] = field(default_factory=list)
    file: ClipFile | None = None

    def has_frame(self, place: int) -> bool:
        return self.first <= place < self.stop

    def is_over(self, time: float) -> bool:
        return self.written == self.stop - self.first and time > self.end + SOUND_APART


@dataclass(frozen=True, slots=True)
class ClipOptions:
    """How shots are cut out.

    Attributes
    ----------
    stem : str
        What the names of the files begin with.
    reencode : bool
        Whether to encode the frames anew, as H.264 in MP4, so that each file has exactly those of its shot. Else packets are
        copied, from the last key frame of the codec at or before the shot's first frame.
    max_pixels : int
        Larger pictures are refused.
    """

    stem: str
    reencode: bool
    max_pixels: int


def cut_clips(
    file: VideoFile, found: ShotList, folder: Path, options: ClipOptions, progress: Progress | None = None
) -> tuple[Clip, ...]:
    """Write each shot of a video into a file of its own, with the sound that belongs to it.

    Parameters
    ----------
    file : VideoFile
    found : ShotList
        The shots to cut out.
    folder : Path
        An existing folder, which takes the files.
    options : ClipOptions
    progress : callable, optional
        Called with the seconds of video done and the seconds in all.

    Raises
    ------
    InputError
        If the file cannot be cut.
    OutputError
        If a container cannot hold what is in the video.
    MissingLibraryError
        If PyAV came without the encoder.
    """
    with closing(PacketIndex(file, options.max_pixels)) as packets:
        table = packets.scan().table
    if table is None or not all(_is_placed(shot, table) for shot in found.shots):
        raise InputError(f"{file}: the times of its frames are not certain, so it cannot be cut into clips; convert it first.")
    suffix = PurePath(file.shown_as).suffix.lower()
    suffix = ".mp4" if options.reencode else suffix if suffix in SUFFIXES else OTHER_SUFFIX
    paths = [folder / f"{options.stem}_{shot.index:03d}{suffix}" for shot in found.shots]
    parts = [_part(table, found.video, shot, path, options.reencode) for shot, path in zip(found.shots, paths, strict=True)]
    if not options.reencode and not all(table.is_key[part.first] for part in parts):
        raise InputError(f"{file}: no key frame of the codec comes before its first shot; use reencode=….")
    work = _encode if options.reencode else _copy
    work(file, parts, table, options.max_pixels, progress or _say_nothing)
    return tuple(_clip(part, table) for part in parts)


def _say_nothing(_done: float, _total: float) -> None:
    pass


def _is_placed(shot: Shot, table: PacketTable) -> bool:
    """Whether a shot begins at the packet that its frame's number says, and ends before the packets do."""
    return shot.end_frame < len(table.times) and abs(float(table.times[shot.start_frame]) - shot.start_time) <= SAME_TIME


def _part(table: PacketTable, video: VideoInfo, shot: Shot, path: Path, exact: bool) -> _Part:
    first = shot.start_frame if exact else table.key_before(shot.start_frame)
    stop = shot.end_frame + 1
    begin = float(table.times[first])
    end = float(table.times[stop]) if stop < len(table.times) else inf
    timecode = _timecode(video, begin) if path.suffix in WITH_TIMECODE else None
    return _Part(shot, path, timecode, first, stop, table.start + begin, table.start + end)


def _timecode(video: VideoInfo, time: float) -> str | None:
    """Return the timecode at a time, None where the video has none."""
    if video.start_timecode is not None and video.rate is not None:
        rate = Fraction(video.rate)
        with suppress(ValueError):
            return str(Timecode.parse(video.start_timecode, rate) + round(time * rate))
    return None


def _clip(part: _Part, table: PacketTable) -> Clip:
    early = float(table.times[part.shot.start_frame] - table.times[part.first])
    return Clip(part.path.name, part.shot.index, part.shot.start_frame - part.first, round(early, 6), part.late)


@contextmanager
def opened_source(file: VideoFile, max_pixels: int) -> Iterator[Source]:
    """Open a video with its main video stream and the audio streams that can be decoded.

    Raises
    ------
    InputError
        If there is no video in it.
    """
    with silenced():
        try:
            container = open_container(file.path, max_pixels)
        except (av.FFmpegError, UnicodeError) as error:
            raise InputError(f"{file}: no video can be found in it ({file.name_in(str(error))}).") from None
        with container:
            video = main_stream(container)
            if video is None:
                raise InputError(f"{file}: no video can be found in it.")
            yield Source(container, video, [stream for stream in container.streams.audio if stream.codec_context is not None])


def _copy(file: VideoFile, parts: Sequence[_Part], table: PacketTable, max_pixels: int, progress: Progress) -> None:
    """Write the packets of all parts in one pass."""
    with opened_source(file, max_pixels) as source, ExitStack() as files:
        for packet, near in _packets(source, parts, files):
            progress(max(0.0, _time(packet) - table.start), float(table.times[-1]))
            if packet.stream.index != source.video.index:
                continue
            place = table.place(_time(packet) - table.start)
            for part in near if place is not None else ():
                _copy_to(part, packet, place or 0)


def _copy_to(part: _Part, packet: Packet, place: int) -> None:
    if place >= part.stop and part.written < part.stop - part.first:
        part.held.append(packet)
    elif part.has_frame(place) and part.file is not None:
        for held in part.held:
            part.file.copy(held)
        part.late += len(part.held)
        part.held = []
        part.file.copy(packet)
        part.written += 1


def _encode(file: VideoFile, parts: Sequence[_Part], table: PacketTable, max_pixels: int, progress: Progress) -> None:
    """Decode the video once, and encode the frames of all parts."""
    if ENCODER not in av.codecs_available:
        raise MissingLibraryError(f"PyAV came without the encoder {ENCODER}; install av from PyPI.")
    with opened_source(file, max_pixels) as source:
        like = next(_frames(source, read_packets(source.container, source.video)), None)
    if like is None:
        raise InputError(f"{file}: no picture can be decoded.")
    with opened_source(file, max_pixels) as source, ExitStack() as files:
        source.video.thread_type = "AUTO"
        for packet, near in _packets(source, parts, files, like):
            progress(max(0.0, _time(packet) - table.start), float(table.times[-1]))
            if packet.stream.index != source.video.index:
                continue
            for frame in _frames(source, [packet]):
                place = table.place(float(frame.time) - table.start) if frame.time is not None else None
                for part in near:
                    if place is not None and part.has_frame(place) and part.file is not None:
                        part.file.encode(frame)
                        part.written += 1


def _frames(source: Source, packets: Iterator[Packet] | Sequence[Packet]) -> Iterator[VideoFrame]:
    """Decode the packets of the video; what is damaged gives no frame."""
    for packet in packets:
        if packet.stream.index == source.video.index:
            with suppress(av.FFmpegError):
                yield from (frame for frame in packet.decode() if isinstance(frame, VideoFrame))


def _packets(
    source: Source, parts: Sequence[_Part], files: ExitStack, like: VideoFrame | None = None
) -> Iterator[tuple[Packet, list[_Part]]]:
    """Give all packets, each with the parts that are near it in time; open and close their files, and copy the sound."""
    sound = {stream.index for stream in source.audio}
    waiting, near = list(reversed(parts)), list[_Part]()
    time = -inf
    for packet in read_packets(source.container):
        tick()
        time = max(time, _time(packet)) if packet.size else inf
        while waiting and waiting[-1].begin <= time + SOUND_APART:
            part = waiting.pop()
            part.file = files.enter_context(ClipFile(part.path, source, part.begin, part.timecode, like))
            near.append(part)
        if packet.stream.index in sound and packet.size:
            for part in near:
                if part.file is not None and part.begin <= _time(packet) < part.end:
                    part.file.copy(packet)
        yield packet, near
        for part in [part for part in near if part.is_over(time)]:
            near.remove(part)
            if part.file is not None:
                part.file.close()


def _time(packet: Packet) -> float:
    """Return when a packet is shown, in seconds as the container counts."""
    return -inf if packet.pts is None or packet.time_base is None else float(packet.pts * packet.time_base)
