"""Reading a video through PyAV, a second binding of FFmpeg, for what OpenCV cannot convert."""

from __future__ import annotations

from collections import deque
from pathlib import Path

import av
import numpy as np
from av.video.frame import VideoFrame
from numpy import ndarray

from vkeyframe.errors import InputError
from vkeyframe.models import VideoInfo
from vkeyframe.video.source import VideoReader, display_size, usable_aspect_ratio, usable_fps


class PyAVReader(VideoReader):
    """Frames of one video through PyAV, neither deinterlaced nor otherwise improved."""

    def _open(self, path: Path, threads: int) -> None:
        try:
            self._container = av.open(str(path.absolute()), options={"protocol_whitelist": "file"})
        except (av.FFmpegError, UnicodeError) as error:
            raise InputError(f"{path}: no video can be found in it ({error}).") from None
        if not self._container.streams.video:
            self._container.close()
            raise InputError(f"{path}: no video can be found in it.")
        self._stream = self._container.streams.video[0]
        self._stream.thread_type = "AUTO"
        if threads:
            self._stream.codec_context.thread_count = threads
        if self._decode == "codec":
            self._stream.codec_context.skip_frame = "NONKEY"
        self._packets = self._container.demux(self._stream)
        self._ready: deque[VideoFrame] = deque()
        self._frame: VideoFrame | None = None
        self.warnings.append("Decoded with PyAV, because OpenCV cannot convert this interlaced video.")

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

    def _convert(self) -> ndarray | None:
        if self._frame is None:
            return None
        try:
            picture = self._frame.to_ndarray(format="bgr24")
        except (av.FFmpegError, ValueError):
            return None
        return np.ascontiguousarray(np.rot90(picture, self._rotation() // -90))

    def _rotation(self) -> int:
        """Return by how much the picture must be turned clockwise."""
        return -int(getattr(self._frame, "rotation", 0)) % 360

    def _rate(self) -> float:
        return float(self._stream.average_rate or 0)

    def _describe(self, path: Path, picture: ndarray) -> VideoInfo:
        rotation = self._rotation()
        ratio = usable_aspect_ratio(float(self._stream.sample_aspect_ratio or 1), rotation)
        width, height = display_size(picture.shape[1], picture.shape[0], ratio)
        seconds = (self._container.duration or 0) / av.time_base
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
