"""Skimming: where nothing happens between two of the codec's key frames, only these are decoded."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, pairwise
from typing import cast

import av
import numpy as np
from av.codec.context import CodecContext
from av.packet import Packet
from av.video.codeccontext import VideoCodecContext
from numpy import ndarray

from vkeyframe.kernels.grid import CELL_COLUMNS, CELL_ROWS, LUMA_COLUMNS, LUMA_ROWS, cell_means, exposure_free_difference
from vkeyframe.video.container import decoder_limits


@dataclass(frozen=True, slots=True)
class SkimTuning:
    """When the frames between two key frames are left out; all set by eye, on a fixed camera with and without noise.

    Attributes
    ----------
    changed : float
        Grey levels by which a cell of the small picture differs when something in it does.
    fewest_cells : int
        How many cells must have changed for the two to differ.
    restless_share : float
        A cell that differs more often than this, while most of the picture rests, shows a person speaking or a waving tree,
        and is not counted.
    memory : int
        Number of comparisons over which that share is averaged.
    most_at_rest : float
        Most of the picture rests while fewer than this share of the cells has changed.
    unusual : float
        What happens shows in the size of the packets. This many times the usual number of bytes in a second is still nothing,
    little : float
        and this share of the key frame's bytes besides.
    usual_percentile : float
        Of the last seconds, the one that is usual: most seconds of a fixed camera are quiet.
    seconds_known : int
        Number of seconds among which it is found.
    longest_group : int
        Number of packets, 50 s at 30 a second: more without a key frame are not held back.
    """

    changed: float = 4.0
    fewest_cells: int = 3
    restless_share: float = 0.4
    memory: int = 8
    most_at_rest: float = 0.25
    unusual: float = 1.5
    little: float = 0.15
    usual_percentile: float = 25.0
    seconds_known: int = 120
    longest_group: int = 1500


TUNING = SkimTuning()


class SkimFilter:
    """Leaves out the packets between two key frames that show the same, unless their sizes tell of something between.

    Parameters
    ----------
    context : VideoCodecContext
        Of the stream.
    max_pixels : int
        Larger pictures are not decoded.
    """

    def __init__(self, context: VideoCodecContext, max_pixels: int) -> None:
        self._previews = _Previews(context, max_pixels)
        self._changes = _Changes()
        self._rate = _UsualRate()

    def __call__(self, packets: Iterator[Packet]) -> Iterator[Packet]:
        """Give the packets that are worth decoding."""
        before: ndarray | None = None
        cut = False
        for group, following in pairwise(chain(_groups(packets), [[]])):
            key = group[0]
            before = self._previews.decode(key) if before is None else before
            after = self._previews.decode(following[0]) if following else None
            usual, alike = self._rate.is_usual(group), self._changes.are_alike(before, after)
            quiet = usual and alike
            yield key
            for packet in group[1:]:
                # Frames that are shown before their key frame depend on the group before it. Empty packets end the video.
                if not packet.size or not (quiet or (cut and (packet.pts or 0) < (key.pts or 0))):
                    yield packet
            before, cut = after, quiet


class _Previews:
    """A second decoder, for single key frames at small size."""

    def __init__(self, context: VideoCodecContext, max_pixels: int) -> None:
        self._context = cast(VideoCodecContext, CodecContext.create(context.name, "r"))
        self._context.extradata = context.extradata
        self._context.options = decoder_limits(max_pixels)
        self._context.thread_count = 1

    def decode(self, packet: Packet) -> ndarray | None:
        """Decode a key frame by itself, as (36, 64) float32 luma; None if that fails or it is no key frame."""
        if not packet.is_keyframe:
            return None
        try:
            frames = [*self._context.decode(packet), *self._context.decode(None)]
        except av.FFmpegError:
            frames = []
        self._context.flush_buffers()
        if not frames:
            return None
        small = frames[0].reformat(LUMA_COLUMNS, LUMA_ROWS, "gray", interpolation="AREA")
        luma: ndarray = small.to_ndarray().astype(np.float32)
        return luma


class _Changes:
    """Compares previews, and learns which cells are always in motion."""

    def __init__(self) -> None:
        self._restless = np.zeros((CELL_ROWS, CELL_COLUMNS))
        self._seen = 0

    def are_alike(self, before: ndarray | None, after: ndarray | None) -> bool:
        """Whether two previews show the same, the exposure and what is always in motion aside; False if one is None."""
        if before is None or after is None:
            return False
        changed = cell_means(exposure_free_difference(before, after)) >= TUNING.changed
        news = int((changed & (self._restless < TUNING.restless_share)).sum())
        if changed.mean() < TUNING.most_at_rest:
            self._seen = min(self._seen + 1, TUNING.memory)
            self._restless += (changed - self._restless) / (self._seen + 2)
        return news < TUNING.fewest_cells


class _UsualRate:
    """Learns how many bytes a second a video usually takes."""

    def __init__(self) -> None:
        self._seconds: deque[int] = deque(maxlen=TUNING.seconds_known)

    def is_usual(self, group: list[Packet]) -> bool:
        """Whether no second of a group takes more bytes than is usual for the video."""
        step = 1.0 / float(group[0].time_base or 1)
        start = group[0].pts or 0
        seconds = np.zeros(1 + int(max((packet.pts or 0) - start for packet in group) / step))
        for packet in group[1:]:
            seconds[max(0, int(((packet.pts or 0) - start) / step))] += packet.size
        self._seconds.extend(seconds.astype(int).tolist())
        usual = np.percentile(self._seconds, TUNING.usual_percentile)
        return bool(seconds.max() <= TUNING.unusual * usual + TUNING.little * group[0].size)


def _groups(packets: Iterable[Packet]) -> Iterator[list[Packet]]:
    """Gather packets into groups that begin with a key frame."""
    group: list[Packet] = []
    for packet in packets:
        if group and (packet.is_keyframe or len(group) >= TUNING.longest_group):
            yield group
            group = []
        group.append(packet)
    if group:
        yield group
