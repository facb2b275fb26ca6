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
from vkeyframe.video.container import counts_from_zero, decoder_limits, main_stream, open_container, read_packets
from vkeyframe.video.decoder import Discard
from vkeyframe.video.file import VideoFile
from vkeyframe.video.frame import Planes
from vkeyframe.video.header import Header
from vkeyframe.video.options import ReadOptions

# Leaves packets out before they are decoded.
PacketFilter = Callable[[Iterator[Packet]], Iterator[Packet]]
# By FFmpeg's number of the colour space, how much of red and of blue makes luma: ITU-R BT.709, else BT.601.
WEIGHTS = {1: (0.2126, 0.0722), 2: (0.299, 0.114), 5: (0.299, 0.114), 6: (0.299, 0.114)}
FULL_RANGE = 2
SKIPPED: dict[Discard, Literal["DEFAULT", "NONREF", "NONKEY"]] = {
    Discard.NONE: "DEFAULT",
    Discard.NONREF: "NONREF",
    Discard.NONKEY: "NONKEY",
}


class PyAVDecoder:
    """Frames of one video through PyAV, neither deinterlaced nor otherwise improved.

    Parameters
    ----------
    file : VideoFile
    options : ReadOptions
        Of which `max_pixels` and `threads` are used.
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
                self._ready.extend(next(self._packets).decode())
        except av.error.BlockingIOError as error:
            raise from_foreign(str(self._file), error) from None
        except (av.FFmpegError, StopIteration):
            return False
        self._frame = self._ready.popleft()
        return True

    def time(self) -> float:
        """Return the presentation time in seconds of the frame grabbed last; NaN where it has none."""
        time = None if self._frame is None else self._frame.time
        return float("nan") if time is None else float(time)

    def picture(self) -> ndarray | Planes | None:
        """Return the frame grabbed last, as planes if it has 8 bits, halved colours and is upright, else as BGR."""
        return None if self._frame is None else picture_of(self._frame)

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
        )


def picture_of(frame: VideoFrame) -> ndarray | Planes | None:
    """Return a frame as planes if it has 8 bits, halved colours and is upright, else as BGR; None if it cannot be converted."""
    planes = _planes(frame)
    if planes is not None:
        return planes
    try:
        return to_bgr(frame)
    except (av.FFmpegError, ValueError):
        return None


def rotation_of(frame: VideoFrame) -> int:
    """By how many degrees a picture must be turned clockwise."""
    return -int(getattr(frame, "rotation", 0)) % 360


def to_bgr(frame: VideoFrame) -> ndarray:
    """Convert a decoded frame to (height, width, 3) uint8 BGR, turned as it is to be shown."""
    picture = frame.to_ndarray(format="bgr24")
    return np.ascontiguousarray(np.rot90(picture, rotation_of(frame) // -90))


def _planes(frame: VideoFrame) -> Planes | None:
    """Return the planes of a frame as they are; None if it has more than 8 bits or other colours than halved, or is turned."""
    weights = WEIGHTS.get(frame.colorspace)
    if weights is None or frame.format.name not in ("yuv420p", "yuvj420p") or rotation_of(frame):
        return None
    full = frame.format.name == "yuvj420p" or frame.color_range == FULL_RANGE
    luma, cb, cr = (_lines(plane) for plane in frame.planes)
    return Planes(luma, cb, cr, frame.width, _to_bgr_matrix(*weights, full), lambda: to_bgr(frame))


def _lines(plane: VideoPlane) -> ndarray:
    # A plane has the buffer protocol, which its type does not say.
    lines: ndarray = np.frombuffer(cast(bytes, plane), np.uint8)
    return lines[: plane.height * plane.line_size].reshape(plane.height, plane.line_size)


def _to_bgr_matrix(red: float, blue: float, full: bool) -> ndarray:
    """Coefficients of ITU-R BT.601 and BT.709: luma, both colour differences, 1 → blue, green, red, all 0 to 255."""
    luma, chroma, black = (1.0, 1.0, 0.0) if full else (255 / 219, 255 / 224, 16.0)
    green = 1.0 - red - blue
    of_blue, of_red = 2 * (1 - blue) * chroma, 2 * (1 - red) * chroma
    colours = [(of_blue, 0.0), (-of_blue * blue / green, -of_red * red / green), (0.0, of_red)]
    return np.array([(luma, u, v, -luma * black - 128 * (u + v)) for u, v in colours], np.float32)
