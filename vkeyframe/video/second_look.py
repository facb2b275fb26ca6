"""A second look at the pictures between two frames, to see where a cut lies."""

from __future__ import annotations

from contextlib import closing, suppress

import av
import numpy as np
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from numpy import ndarray

from vkeyframe.kernels.grid import COLOUR_COLUMNS, COLOUR_ROWS
from vkeyframe.opencv import cv2
from vkeyframe.process.heartbeat import tick
from vkeyframe.video.container import decoder_limits, main_stream, open_container
from vkeyframe.video.ffmpeg_log import silenced
from vkeyframe.video.file import VideoFile
from vkeyframe.video.packets import PacketTable
from vkeyframe.video.pyav_decoder import to_bgr
from vkeyframe.video.timeline import SAME_TIME
from vkeyframe.video.view import View

# So many frames more than it should need are decoded before a look is given up.
SPARE_FRAMES = 32
# By how many seconds earlier the way begins, one after the other: a transport stream, which has no index, is not moved exactly.
EARLIER = (0.0, 1.0)


class SecondLook:
    """Decodes a few frames of a video once more. To be used when nobody else decodes the video.

    Parameters
    ----------
    file : VideoFile
    max_pixels : int
        Larger pictures are not decoded.
    table : PacketTable
        The packets of the video.
    view : View, optional
        What is seen of the pictures.
    """

    def __init__(self, file: VideoFile, max_pixels: int, table: PacketTable, view: View | None = None) -> None:
        self._file, self._max_pixels, self._table, self._view = file, max_pixels, table, view

    def cost(self, last: int, first: int) -> int:
        """Return about how many frames must be decoded to see those from `last` to `first`, places in the table."""
        return int(self._table.in_order[self._table.key_before(last) : last].sum()) + first - last + 1

    def first_frames(self, gaps: list[tuple[int, int]]) -> list[int | None]:
        """Return for each gap between two frames the place of the frame at which the picture changes most; None if unseen."""
        found: list[int | None] = [None] * len(gaps)
        with (
            silenced(),
            suppress(av.FFmpegError, UnicodeError),
            closing(open_container(self._file.path, self._max_pixels)) as container,
        ):
            stream = main_stream(container)
            if stream is None:
                return found
            stream.codec_context.options = decoder_limits(self._max_pixels)
            stream.codec_context.thread_count = 1
            for number, (last, first) in enumerate(gaps):
                tick()
                with suppress(av.FFmpegError, IndexError, ValueError):
                    found[number] = self._first_frame(container, stream, last, first)
        return found

    def _first_frame(self, container: InputContainer, stream: VideoStream, last: int, first: int) -> int | None:
        """Look from the last key frame on, and where the container does not find that one, from earlier on."""
        key = self._table.key_before(last)
        for earlier in EARLIER:
            time = self._table.start + float(self._table.times[key]) - earlier
            container.seek(round(time / (stream.time_base or 1)), stream=stream)
            pictures = self._pictures(container, stream, range(last, first + 1), self.cost(last, first) + SPARE_FRAMES)
            if pictures is not None:
                jumps = np.abs(np.diff(pictures, axis=0)).mean(axis=(1, 2, 3))
                return last + 1 + int(np.argmax(jumps))
        return None

    def _pictures(self, container: InputContainer, stream: VideoStream, wanted: range, most: int) -> ndarray | None:
        """Return small pictures of some frames, (k, 18, 32, 3) float32; None where one of them is not among the next `most`."""
        pictures: list[ndarray] = []
        begin = self._table.start + float(self._table.times[wanted.start]) - SAME_TIME
        for packet in container.demux(stream):
            # What no other frame depends on is not needed on the way.
            early = packet.pts is not None and packet.time_base is not None and packet.pts * packet.time_base < begin
            stream.codec_context.skip_frame = "NONREF" if early else "DEFAULT"
            for frame in packet.decode():
                most -= 1
                place = None if frame.time is None else self._table.place(frame.time - self._table.start)
                if place is not None and place in wanted:
                    if place != wanted[len(pictures)]:
                        return None
                    pictures.append(self._small(frame))
                if place == wanted[-1]:
                    return np.stack(pictures)
                if most <= 0 or (place is not None and place > wanted[-1]):
                    return None
        return None

    def _small(self, frame: VideoFrame) -> ndarray:
        """Return what is seen of a frame at small size, (18, 32, 3) float32."""
        if self._view is None:
            return frame.reformat(COLOUR_COLUMNS, COLOUR_ROWS, "bgr24", interpolation="AREA").to_ndarray().astype(np.float32)
        seen, _ = self._view.apply(to_bgr(frame))
        small = cv2.resize(np.asarray(seen), (COLOUR_COLUMNS, COLOUR_ROWS), interpolation=cv2.INTER_AREA)
        return np.asarray(small, np.float32)
