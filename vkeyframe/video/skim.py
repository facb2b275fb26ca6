"""Skimming: where nothing happens between two of the codec's key frames, only these are decoded."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from itertools import chain, pairwise
from pathlib import Path
from typing import cast

import av
import numpy as np
from av.codec.context import CodecContext
from av.packet import Packet
from av.video.codeccontext import VideoCodecContext
from numpy import ndarray

from vkeyframe.video.container import decoder_limits
from vkeyframe.video.pyav_decoder import PyAVReader

ROWS, COLUMNS = 9, 16
CELLS = 4
# Grey levels by which a block differs when something in it does, and how many blocks that takes.
CHANGED = 4.0
FEWEST_BLOCKS = 3
# A block that differs more often than this, while most of the picture rests, shows a person speaking or a waving tree, and
# tells nothing.
RESTLESS_SHARE = 0.4
MEMORY = 8
MOST_AT_REST = 0.25
# What happens shows in the size of the packets: how many times the usual number of bytes in a second, and what share of a
# key frame's bytes besides, is nothing yet.
UNUSUAL = 1.5
LITTLE = 0.15
SECONDS_KNOWN = 120
# More packets without a key frame are not held back.
LONGEST_GROUP = 1500


class SkimReader(PyAVReader):
    """Leaves out the frames between two key frames that show the same, unless their packets tell of something between."""

    def _open(self, path: Path, threads: int) -> None:
        super()._open(path, threads)
        self._longest_gap = len(self._times if self._times is not None else ())
        context = self._stream.codec_context
        self._previews = cast(VideoCodecContext, CodecContext.create(context.name, "r"))
        self._previews.extradata = context.extradata
        self._previews.options = decoder_limits(self._max_pixels)
        self._previews.thread_count = 1
        self._restless = np.zeros((ROWS, COLUMNS))
        self._seen = 0
        self._usual: deque[int] = deque(maxlen=SECONDS_KNOWN)
        self._packets = self._skim(self._packets)

    def _must_analyse(self) -> bool:
        # What follows a key frame may be left out.
        return self._frame is not None and bool(self._frame.key_frame)

    def _skim(self, packets: Iterator[Packet]) -> Iterator[Packet]:
        """Hand on the packets that are worth decoding."""
        before: ndarray | None = None
        cut = False
        for group, following in pairwise(chain(_groups(packets), [[]])):
            key = group[0]
            before = self._preview(key) if before is None else before
            after = self._preview(following[0]) if following and following[0].is_keyframe else None
            usual, alike = self._bytes_are_usual(group), self._alike(before, after)
            quiet = usual and alike
            yield key
            for packet in group[1:]:
                # Frames that are shown before their key frame depend on the group before it. Empty packets end the video.
                if not packet.size or not (quiet or (cut and (packet.pts or 0) < (key.pts or 0))):
                    yield packet
            before, cut = after, quiet

    def _preview(self, packet: Packet) -> ndarray | None:
        """Decode a key frame by itself, as (36, 64) luma; None if that fails or there is none."""
        if not packet.is_keyframe:
            return None
        try:
            frames = [*self._previews.decode(packet), *self._previews.decode(None)]
        except av.FFmpegError:
            frames = []
        self._previews.flush_buffers()
        if not frames:
            return None
        small = frames[0].reformat(CELLS * COLUMNS, CELLS * ROWS, "gray", interpolation="AREA")
        luma: ndarray = small.to_ndarray().astype(np.float32)
        return luma

    def _alike(self, before: ndarray | None, after: ndarray | None) -> bool:
        """Whether two pictures show the same, the exposure and what is always in motion aside."""
        if before is None or after is None:
            return False
        difference = after - before
        blocks = np.abs(difference - np.median(difference)).reshape(ROWS, CELLS, COLUMNS, CELLS).mean(axis=(1, 3))
        changed = blocks >= CHANGED
        news = int((changed & (self._restless < RESTLESS_SHARE)).sum())
        if changed.mean() < MOST_AT_REST:
            self._seen = min(self._seen + 1, MEMORY)
            self._restless += (changed - self._restless) / (self._seen + 2)
        return news < FEWEST_BLOCKS

    def _bytes_are_usual(self, group: list[Packet]) -> bool:
        """Whether no second of a group takes more bytes than is usual for the video."""
        step = 1.0 / float(group[0].time_base or 1)
        start = group[0].pts or 0
        seconds = np.zeros(1 + int(max((packet.pts or 0) - start for packet in group) / step))
        for packet in group[1:]:
            seconds[max(0, int(((packet.pts or 0) - start) / step))] += packet.size
        self._usual.extend(seconds.astype(int).tolist())
        return bool(seconds.max() <= UNUSUAL * np.percentile(self._usual, 25) + LITTLE * group[0].size)


def _groups(packets: Iterable[Packet]) -> Iterator[list[Packet]]:
    """Gather packets into groups that begin with a key frame."""
    group: list[Packet] = []
    for packet in packets:
        if group and (packet.is_keyframe or len(group) >= LONGEST_GROUP):
            yield group
            group = []
        group.append(packet)
    if group:
        yield group
