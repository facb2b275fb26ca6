"""Files with a part of a video: what is said of one, and writing it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self, cast

import av
import numpy as np
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.packet import Packet
from av.stream import Stream
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from vkeyframe.errors import OutputError

# Containers that hold what they held before; what has another suffix becomes Matroska, which holds any codec.
SUFFIXES = (".mp4", ".m4v", ".mov", ".mkv", ".webm", ".ts", ".mts", ".m2ts", ".avi", ".wmv", ".asf", ".flv")
OTHER_SUFFIX = ".mkv"
# Pixels that players of H.264 know; others are converted.
PIXELS = ("yuv420p", "yuvj420p", "yuv422p", "yuv444p", "yuv420p10le", "yuv422p10le")
ENCODER = "libx264"
# A constant quality at which the eye sees no difference. With its macroblock tree x264 gives other bytes in each run.
ENCODING = {"crf": "16", "x264-params": "mbtree=0"}
# The bytes depend on the number of threads.
THREADS = 4


@dataclass(frozen=True, slots=True)
class Clip:
    """A file with a shot in it.

    Attributes
    ----------
    file : str
        Name of the file.
    shot : int
        Index of the shot.
    early_frames, early_seconds : int, float
        How many frames it has before the shot, because decoding can begin only at a key frame of the codec, and for how long
        these are shown.
    late_frames : int
        How many frames it has behind the shot, because frames of the shot need them.
    """

    file: str
    shot: int
    early_frames: int = 0
    early_seconds: float = 0.0
    late_frames: int = 0


@dataclass(frozen=True, slots=True)
class Source:
    """What clips are made of: an open container, its video stream, and its audio streams."""

    container: InputContainer
    video: VideoStream
    audio: Sequence[AudioStream]


class ClipFile:
    """A file that is being written; its times begin anew.

    Parameters
    ----------
    path : Path
    source : Source
    begin : float
        Time in seconds of its beginning, as the source counts.
    timecode : str or None
        SMPTE timecode of its first frame.
    like : VideoFrame, optional
        A frame like those that `encode` will get. Without it packets are copied.

    Raises
    ------
    OutputError
        If the container cannot hold the streams, or later a packet.
    """

    def __init__(self, path: Path, source: Source, begin: float, timecode: str | None, like: VideoFrame | None = None) -> None:
        self._path, self._begin, self._is_closed = path, begin, False
        self._container = av.open(str(path), "w")
        if timecode is not None:
            self._container.metadata["timecode"] = timecode
        self._encoder: VideoStream | None = None
        try:
            self._streams: dict[int, Stream] = {}
            if like is None:
                self._streams[source.video.index] = self._container.add_stream_from_template(source.video, opaque=True)
            else:
                self._encoder = cast(VideoStream, self._container.add_stream(ENCODER, source.video.average_rate or 25))
                set_up_encoder(self._encoder, source, like)
            for stream in source.audio:
                self._streams[stream.index] = self._container.add_stream_from_template(stream, opaque=True)
        except (av.FFmpegError, ValueError) as error:
            self._container.close()
            raise OutputError(f"{path}: cannot hold what is in the video ({error}); use reencode=….") from None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Write what the encoder still holds, and the end of the file; a second time nothing happens."""
        if self._is_closed:
            return
        self._is_closed = True
        if self._encoder is not None:
            self._container.mux(self._encoder.encode(None))
        self._container.close()

    def copy(self, packet: Packet) -> None:
        """Write a packet of the video or of an audio stream of the source."""
        shift = round(self._begin / packet.time_base)
        copied = Packet(bytes(packet))
        copied.time_base = packet.time_base
        copied.pts = None if packet.pts is None else packet.pts - shift
        copied.dts = None if packet.dts is None else packet.dts - shift
        copied.duration = packet.duration
        copied.is_keyframe = packet.is_keyframe
        copied.stream = self._streams[packet.stream.index]
        try:
            self._container.mux_one(copied)
        except (av.error.ArgumentError, av.error.InvalidDataError) as error:
            raise OutputError(f"{self._path}: cannot hold what is in the video ({error.strerror}); use reencode=….") from None

    def encode(self, frame: VideoFrame) -> None:
        """Encode a frame."""
        if self._encoder is None or frame.pts is None or frame.time_base is None:
            return
        context = self._encoder.codec_context
        turned = upright(frame)
        # What was turned is RGB, and gets the matrix and the range that the file is tagged with.
        tags = {"dst_colorspace": int(frame.colorspace), "dst_color_range": int(frame.color_range)} if turned is not frame else {}
        shown = turned.reformat(width=context.width, height=context.height, format=context.pix_fmt, **tags)
        shown.time_base, shown.pts = frame.time_base, frame.pts - round(self._begin / frame.time_base)
        # The encoder is to choose the kind of each frame itself.
        shown.pict_type = 0
        self._container.mux(self._encoder.encode(shown))


def upright(frame: VideoFrame) -> VideoFrame:
    """Return a frame as it is to be shown; only one that is turned is converted."""
    turns = int(frame.rotation) // 90 % 4
    if not turns:
        return frame
    picture = np.rot90(frame.to_ndarray(format="bgr24"), turns).astype(np.uint8, order="C")
    return VideoFrame.from_ndarray(picture, format="bgr24")


def set_up_encoder(stream: VideoStream, source: Source, like: VideoFrame) -> None:
    """Have an encoder write frames as they are to be shown, with the size, colours and time base of the source."""
    shown, context = upright(like), stream.codec_context
    context.width, context.height = shown.width, shown.height
    context.pix_fmt = like.format.name if like.format.name in PIXELS else PIXELS[0]
    if shown.width % 2 or shown.height % 2:
        context.pix_fmt = "yuv444p"
    if source.video.time_base is not None:
        context.time_base = source.video.time_base
    given = source.video.codec_context
    ratio = given.sample_aspect_ratio
    if ratio:
        context.sample_aspect_ratio = 1 / ratio if (shown.width, shown.height) != (like.width, like.height) else ratio
    context.color_range, context.colorspace = given.color_range, given.colorspace
    context.color_primaries, context.color_trc = given.color_primaries, given.color_trc
    context.options = ENCODING
    context.thread_count = THREADS
