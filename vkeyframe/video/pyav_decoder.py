"""Reading a video through PyAV, a second binding of FFmpeg: planes without conversion, and what OpenCV cannot read."""

from __future__ import annotations

from collections import deque
from pathlib import Path
from typing import cast

import av
import numpy as np
from av.video.frame import VideoFrame
from av.video.plane import VideoPlane
from numpy import ndarray

from vkeyframe.errors import InputError
from vkeyframe.report.records import VideoInfo
from vkeyframe.video.container import decoder_limits, open_container
from vkeyframe.video.frame import Planes
from vkeyframe.video.packets import counts_from_zero, main_stream, packets
from vkeyframe.video.reader import VideoReader, display_size, usable_aspect_ratio, usable_fps

# By FFmpeg's number of the colour space, how much of red and of blue makes luma: ITU-R BT.709, else BT.601.
WEIGHTS = {1: (0.2126, 0.0722), 2: (0.299, 0.114), 5: (0.299, 0.114), 6: (0.299, 0.114)}
FULL_RANGE = 2


class PyAVReader(VideoReader):
    """Frames of one video through PyAV, neither deinterlaced nor otherwise improved."""

    def _open(self, path: Path, threads: int) -> None:
        try:
            self._container = open_container(path, self._max_pixels)
        except (av.FFmpegError, UnicodeError) as error:
            raise InputError(f"{path}: no video can be found in it ({error}).") from None
        stream = main_stream(self._container)
        if stream is None:
            self._container.close()
            raise InputError(f"{path}: no video can be found in it.")
        self._stream = stream
        # Pictures may still grow in mid-stream.
        self._stream.codec_context.options = decoder_limits(self._max_pixels)
        self._stream.thread_type = "AUTO"
        self._stream.codec_context.thread_count = threads
        if self.decode == "codec":
            self._stream.codec_context.skip_frame = "NONKEY"
        elif self._times is not None:
            self._stream.codec_context.skip_frame = "NONREF"
        self._packets = packets(self._container, self._stream)
        self._ready: deque[VideoFrame] = deque()
        self._frame: VideoFrame | None = None

    def _close(self) -> None:
        self._container.close()

    def _grab(self) -> bool:
        try:
            while not self._ready:
                self._ready.extend(next(self._packets).decode())
        except (av.FFmpegError, StopIteration):
            return False
        self._frame = self._ready.popleft()
        return True

    def _raw_time(self) -> float:
        time = None if self._frame is None else self._frame.time
        return float("nan") if time is None else float(time)

    def _convert(self) -> ndarray | Planes | None:
        frame = self._frame
        if frame is None:
            return None
        planes = _planes(frame)
        if planes is not None:
            return planes
        try:
            return _to_bgr(frame)
        except (av.FFmpegError, ValueError):
            return None

    def _rate(self) -> float:
        return float(self._stream.average_rate or 0)

    def _delay(self) -> float:
        return self._raw_time() if counts_from_zero(self._container) else 0.0

    def _describe(self, path: Path, width: int, height: int) -> VideoInfo:
        rotation = 0 if self._frame is None else _rotation(self._frame)
        ratio = usable_aspect_ratio(float(self._stream.sample_aspect_ratio or 1), rotation)
        width, height = display_size(width, height, ratio)
        seconds = float((self._stream.duration or 0) * (self._stream.time_base or 0))
        seconds = seconds or (self._container.duration or 0) / av.time_base
        return VideoInfo(
            path=str(path),
            name=path.name,
            width=width,
            height=height,
            fps=round(usable_fps(self._rate()), 6),
            duration=round(seconds, 6),
            codec=self._stream.codec_context.name,
            rotation=rotation,
            sample_aspect_ratio=round(ratio, 6),
            size_bytes=path.stat().st_size,
            declared_frames=self._stream.frames or round(seconds * self._rate()),
        )


def _rotation(frame: VideoFrame) -> int:
    """By how much a picture must be turned clockwise."""
    return -int(getattr(frame, "rotation", 0)) % 360


def _to_bgr(frame: VideoFrame) -> ndarray:
    picture = frame.to_ndarray(format="bgr24")
    return np.ascontiguousarray(np.rot90(picture, _rotation(frame) // -90))


def _planes(frame: VideoFrame) -> Planes | None:
    """Lay the planes of a frame open as they are; None where it keeps something else than 8 bits with halved colours upright."""
    weights = WEIGHTS.get(frame.colorspace)
    if weights is None or frame.format.name not in ("yuv420p", "yuvj420p") or _rotation(frame):
        return None
    full = frame.format.name == "yuvj420p" or frame.color_range == FULL_RANGE
    luma, blue, red = (_lines(plane) for plane in frame.planes)
    return Planes(luma, blue, red, frame.width, _to_bgr_matrix(*weights, full), lambda: _to_bgr(frame))


def _lines(plane: VideoPlane) -> ndarray:
    # A plane has the buffer protocol, which its type does not tell.
    lines: ndarray = np.frombuffer(cast(bytes, plane), np.uint8)
    return lines[: plane.height * plane.line_size].reshape(plane.height, plane.line_size)


def _to_bgr_matrix(red: float, blue: float, full: bool) -> ndarray:
    """Coefficients of ITU-R BT.601 and BT.709: luma, both colour differences, 1 → blue, green, red, all 0 to 255."""
    luma, chroma, black = (1.0, 1.0, 0.0) if full else (255 / 219, 255 / 224, 16.0)
    green = 1.0 - red - blue
    of_blue, of_red = 2 * (1 - blue) * chroma, 2 * (1 - red) * chroma
    colours = [(of_blue, 0.0), (-of_blue * blue / green, -of_red * red / green), (0.0, of_red)]
    return np.array([(luma, u, v, -luma * black - 128 * (u + v)) for u, v in colours], np.float32)
