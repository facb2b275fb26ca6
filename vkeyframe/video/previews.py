"""Small pictures of a video at even distances in time, decoded in one pass, and only where they are."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, suppress

import av
import numpy as np
from av.packet import Packet
from av.video.frame import VideoFrame
from numpy import ndarray

from vkeyframe.errors import InputError
from vkeyframe.process.heartbeat import tick
from vkeyframe.video.clip_file import Source, upright
from vkeyframe.video.clips import opened_source
from vkeyframe.video.container import decoder_limits, read_packets
from vkeyframe.video.file import VideoFile
from vkeyframe.video.packets import PacketIndex, PacketTable
from vkeyframe.video.timeline import SAME_TIME


def preview_pictures(file: VideoFile, interval: float, size: tuple[int, int], max_pixels: int) -> Iterator[ndarray]:
    """Yield the picture that is shown at time 0, and then one for each interval, up to the last frame.

    Between two of them the codec's groups of pictures that hold none are left out, and what follows the last one in its group.

    Parameters
    ----------
    file : VideoFile
    interval : float
        In seconds.
    size : (int, int)
        Width and height in pixels.
    max_pixels : int
        Larger pictures are refused.

    Yields
    ------
    (height, width, 3) uint8, BGR
        Where a frame is damaged, the next one that is not.

    Raises
    ------
    InputError
        If the times of the frames are not certain, or none can be decoded.
    """
    with closing(PacketIndex(file, max_pixels)) as packets:
        table = packets.scan().table
    if table is None:
        raise InputError(f"{file}: the times of its frames are not certain, so no previews can be made; convert it first.")
    times = interval * np.arange(int(float(table.times[-1]) / interval) + 1)
    places = [int(place) for place in np.searchsorted(table.times, times + SAME_TIME, side="right") - 1]
    with opened_source(file, max_pixels) as source:
        source.video.codec_context.options = decoder_limits(max_pixels)
        source.video.thread_type = "AUTO"
        done, picture = 0, None
        for place, frame in _frames(source, table, places):
            picture = None
            while done < len(places) and places[done] <= place:
                if picture is None:
                    small = upright(frame).reformat(*size, format="bgr24", interpolation="AREA")
                    picture = np.asarray(small.to_ndarray(), np.uint8)
                yield picture
                done += 1
        if picture is None and done == 0:
            raise InputError(f"{file}: no picture can be decoded.")


def _frames(source: Source, table: PacketTable, places: list[int]) -> Iterator[tuple[int, VideoFrame]]:
    """Yield the frames of some places, each with its place; for one that is missing, the next one decoded."""
    wanted = [(place, table.key_before(place)) for place in dict.fromkeys(places)][::-1]
    key = 0
    for packet in read_packets(source.container, source.video):
        tick()
        place = _place(packet, table)
        if packet.is_keyframe and place is not None:
            key = max(key, place)
        if not wanted:
            return
        if packet.size and wanted[-1][1] > key:
            continue
        # What no other frame depends on is not needed on the way.
        is_early = packet.size and place is not None and place < wanted[-1][0]
        source.video.codec_context.skip_frame = "NONREF" if is_early else "DEFAULT"
        with suppress(av.FFmpegError):
            for frame in packet.decode():
                shown = None if frame.time is None else table.place(float(frame.time) - table.start)
                if isinstance(frame, VideoFrame) and shown is not None and wanted and shown >= wanted[-1][0]:
                    yield shown, frame
                    while wanted and wanted[-1][0] <= shown:
                        wanted.pop()


def _place(packet: Packet, table: PacketTable) -> int | None:
    if packet.pts is None or packet.time_base is None:
        return None
    return table.place(float(packet.pts * packet.time_base) - table.start)
