"""Decoding through PyAV, a second binding of FFmpeg: planes without conversion, and what OpenCV cannot read."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from typing import Literal, cast

import av
import numpy as np
from av.packet import Packet
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.plane import VideoPlane
from numpy import ndarray

from vkeyframe.errors import InputError, from_foreign
from vkeyframe.video.colour import FULL, UNKNOWN, WEIGHTS, ColourTags, tags_of, to_bgr_coefficients
from vkeyframe.video.container import counts_from_zero, decoder_limits, main_stream, open_container, read_packets
from vkeyframe.video.decoder import Discard
from vkeyframe.video.deinterlace import Deinterlacer
from vkeyframe.video.file import VideoFile
from vkeyframe.video.frame import Planes
from vkeyframe.video.header import Header
from vkeyframe.video.options import ReadOptions
from vkeyframe.video.tone_map import ToneMap

# Leaves packets out before they are decoded.
PacketFilter = Callable[[Iterator[Packet]], Iterator[Packet]]
SKIPPED: dict[Discard, Literal["DEFAULT", "NONREF", "NONKEY"]] = {
    Discard.NONE: "DEFAULT",
    Discard.NONREF: "NONREF",
    Discard.NONKEY: "NONKEY",
}


class PyAVDecoder:
    """Frames of one video through PyAV; as the options ask deinterlaced, and converted to the colours of an ordinary screen.

    Parameters
    ----------
    file : VideoFile
    options : ReadOptions
        Of which `max_pixels`, `threads`, `hdr` and `deinterlace` are used.
    discard : Discard
    make_filter : callable, optional
        Makes of the codec's context what chooses the packets to decode.

    Raises
    ------
    InputError
        If the file cannot be opened.
    """

    def __init__(
        self,
        file: VideoFile,
        options: ReadOptions,
        discard: Discard = Discard.NONE,
        make_filter: Callable[[VideoCodecContext], PacketFilter] | None = None,
    ) -> None:
        self._file = file
        try:
            self._container = open_container(file.path, options.max_pixels)
        except (av.FFmpegError, UnicodeError) as error:
            raise InputError(f"{file}: no video can be found in it ({file.name_in(str(error))}).") from None
        stream = main_stream(self._container)
        if stream is None:
            self._container.close()
            raise InputError(f"{file}: no video can be found in it.")
        self._stream = stream
        context = stream.codec_context
        # Pictures may still grow in mid-stream.
        context.options = decoder_limits(options.max_pixels)
        stream.thread_type = "AUTO"
        context.thread_count = options.threads
        context.skip_frame = SKIPPED[discard]
        packets = read_packets(self._container, stream)
        self._packets = make_filter(context)(packets) if make_filter else packets
        self._deinterlacer = Deinterlacer(options.deinterlace)
        self._converts = options.hdr == "sdr"
        self._tone_map: ToneMap | None = None
        self._ready: deque[VideoFrame] = deque()
        self._frame: VideoFrame | None = None

    def close(self) -> None:
        """Close the file."""
        self._container.close()

    def grab(self) -> bool:
        """Decode the next frame; False at the end and where one is damaged.

        Raises
        ------
        ResourceError
            If the codec cannot be opened for want of threads.
        """
        try:
            while not self._ready:
                for frame in next(self._packets).decode():
                    self._ready.extend(self._deinterlacer.push(frame))
        except av.error.BlockingIOError as error:
            raise from_foreign(str(self._file), error) from None
        except av.FFmpegError:
            return False
        except StopIteration:
            self._ready.extend(self._deinterlacer.finish())
            if not self._ready:
                return False
        self._frame = self._ready.popleft()
        return True

    def time(self) -> float:
        """Return the presentation time in seconds of the frame grabbed last; NaN where it has none."""
        time = None if self._frame is None else self._frame.time
        return float("nan") if time is None else float(time)

    def picture(self) -> ndarray | Planes | None:
        """Return the frame grabbed last, as planes if it has 8 bits, halved colours and is upright, else as BGR.

        One of high dynamic range or wide gamut comes as planes, of which the conversion to BGR is more exact.
        """
        frame = self._frame
        if frame is None:
            return None
        tags = tags_of(frame)
        if not (self._converts and tags.is_beyond_sdr):
            return picture_of(frame)
        try:
            if self._tone_map is None or self._tone_map.tags != tags:
                self._tone_map = ToneMap.of(frame, tags)
            return _mapped_planes(frame, self._tone_map)
        except (av.FFmpegError, ValueError):
            return None

    def correction(self) -> ndarray | None:
        """Return None: colours are as they should be."""
        return None

    def is_key_frame(self) -> bool:
        """Whether the frame grabbed last is a key frame of the codec."""
        return self._frame is not None and bool(self._frame.key_frame)

    def go_on(self, _time: float) -> bool:
        """Return False: there are no other means."""
        return False

    def header(self) -> Header:
        """Return what the header claims."""
        stream, rate = self._stream, float(self._stream.average_rate or 0)
        seconds = float((stream.duration or 0) * (stream.time_base or 0)) or (self._container.duration or 0) / av.time_base
        return Header(
            rate=rate,
            duration=seconds,
            declared_frames=stream.frames or round(seconds * rate),
            delay=self.time() if counts_from_zero(self._container) else 0.0,
            codec=stream.codec_context.name,
            rotation=0 if self._frame is None else rotation_of(self._frame),
            sample_aspect_ratio=float(stream.sample_aspect_ratio or 1),
            tone_mapped=self._tone_map is not None,
        )


def picture_of(frame: VideoFrame) -> ndarray | Planes | None:
    """Return a frame as planes if it has 8 bits, halved colours and is upright, else as BGR; None if it cannot be converted."""
    tags = tags_of(frame)
    try:
        return _planes(frame, tags) or _to_bgr(frame, tags)
    except (av.FFmpegError, ValueError):
        return None


def rotation_of(frame: VideoFrame) -> int:
    """By how many degrees a picture must be turned clockwise."""
    return -int(getattr(frame, "rotation", 0)) % 360


def to_bgr(frame: VideoFrame) -> ndarray:
    """Convert a decoded frame to (height, width, 3) uint8 BGR, turned as it is to be shown."""
    return _to_bgr(frame, tags_of(frame))


def true_picture(frame: VideoFrame) -> ndarray:
    """Convert a decoded frame as `to_bgr` does, and one of high dynamic range or wide gamut to the colours of a screen."""
    tags = tags_of(frame)
    return _upright(ToneMap.of(frame, tags).picture(frame), frame) if tags.is_beyond_sdr else _to_bgr(frame, tags)


def _upright(picture: ndarray, frame: VideoFrame) -> ndarray:
    return np.ascontiguousarray(np.rot90(picture, rotation_of(frame) // -90))


def _to_bgr(frame: VideoFrame, tags: ColourTags) -> ndarray:
    guessed = tags.guessed_matrix if tags.matrix == UNKNOWN else None
    return _upright(frame.to_ndarray(format="bgr24", src_colorspace=guessed), frame)


def _planes(frame: VideoFrame, tags: ColourTags) -> Planes | None:
    """Return the planes of a frame as they are; None if it has more than 8 bits or other colours than halved, or is turned."""
    if tags.guessed_matrix not in WEIGHTS or frame.format.name not in ("yuv420p", "yuvj420p") or rotation_of(frame):
        return None
    luma, cb, cr = (_lines(plane) for plane in frame.planes)
    to_bgr = to_bgr_coefficients(tags.guessed_matrix, tags.range == FULL)
    return Planes(luma, cb, cr, frame.width, to_bgr, lambda: _to_bgr(frame, tags))


def _mapped_planes(frame: VideoFrame, tone_map: ToneMap) -> Planes:
    luma, colours = tone_map.planes(frame)
    luma, cb, cr = (_upright(plane, frame) for plane in (luma, *colours))
    return Planes(luma, cb, cr, luma.shape[1], tone_map.to_bgr, lambda: _upright(tone_map.picture(frame), frame))


def _lines(plane: VideoPlane) -> ndarray:
    # A plane has the buffer protocol, which its type does not say.
    lines: ndarray = np.frombuffer(cast(bytes, plane), np.uint8)
    return lines[: plane.height * plane.line_size].reshape(plane.height, plane.line_size)
