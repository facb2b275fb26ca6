"""One forward pass over a video: its frames with their times, and what is learned about it on the way."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from dataclasses import replace
from types import TracebackType
from typing import Self

import numpy as np
from numpy import ndarray

from vkeyframe.errors import InputError, UsageError
from vkeyframe.process.heartbeat import tick
from vkeyframe.report.records import Decoding
from vkeyframe.report.video_info import VideoInfo
from vkeyframe.timecode import exact_rate, rate_text
from vkeyframe.video.completeness import Reach
from vkeyframe.video.cut_frames import Gap, narrow_gaps
from vkeyframe.video.damage import DamageCounter, DamageFoundError
from vkeyframe.video.decoder import Decoder
from vkeyframe.video.ffmpeg_log import DecoderErrors
from vkeyframe.video.file import VideoFile
from vkeyframe.video.frame import Frame, Planes
from vkeyframe.video.header import plausible_fps
from vkeyframe.video.options import ReadOptions
from vkeyframe.video.packets import PacketIndex
from vkeyframe.video.prefetch import run_ahead
from vkeyframe.video.sampling import TUNING as SAMPLING
from vkeyframe.video.sampling import Sampler, coded_with_care
from vkeyframe.video.timeline import CountedTimeline, PacketTimeline, Timeline, TimelineMismatchError
from vkeyframe.video.view import View, make_view

# Number of frames that wait for their analysis; each holds a picture. Set by eye.
FRAMES_AHEAD = 2
# By how many frames behind the last one that was decoded the video is taken up again where a decoder has stopped.
NEXT_FRAME = 0.75


class VideoReader:
    """Frames of one video in display order; nothing that a header says is trusted. `open_video` makes one.

    Parameters
    ----------
    file : VideoFile
    options : ReadOptions
    decoder : Decoder
        Is closed with the reader.
    packets : PacketIndex
        Is closed with the reader.
    packet_times : (n,) float64, optional
        Presentation times in seconds of all frames, from the first on. With them the decoder may leave out frames that no
        other depends on, about half of them in most videos; the others still get their true index.
    warnings : list of str
        Sentences for the user, to which the decoder may add.

    Attributes
    ----------
    info : VideoInfo
        What the header claims; width and height are those of the part that is looked at.
    view : View or None
        What is seen of the pictures; None for all.
    decoded_frames, damaged_frames, estimated_times : int
        How many frames were decoded, how often the decoder failed, how many frames had no usable time. This and what follows
        is true when all frames have been taken.
    last_frame, last_time : int, float
        Index and time in seconds of the last frame in the chosen range.
    stopped : bool
        Whether the pass ended before the video, at the end of the chosen range.

    Raises
    ------
    InputError
        If not one picture can be read.
    TimelineMismatchError
        On the way, if the video turns out to be other than `packet_times` say, or too much of it need not be decoded.
    DamageFoundError
        On the way, if it is damaged and is decoded by several threads, or only in part.
    """

    def __init__(
        self,
        file: VideoFile,
        options: ReadOptions,
        decoder: Decoder,
        packets: PacketIndex,
        packet_times: ndarray | None,
        warnings: list[str],
    ) -> None:
        self._file, self._options, self._decoder, self._packets = file, options, decoder, packets
        self.warnings = warnings
        self.decoded_frames = 0
        self.stopped = False
        self.last_frame, self.last_time = 0, 0.0
        self._whole: bool | None = None
        self._ahead: Generator[tuple[Frame, bool]] | None = None
        self._errors = DecoderErrors()
        self._damage = DamageCounter(decoder, self._errors.take)
        try:
            self._content = self._first_content()
        except BaseException:
            self._errors.close()
            raise
        self._origin = decoder.time()
        height, width = self._content.luma.shape if isinstance(self._content, Planes) else self._content.shape[:2]
        header = decoder.header()
        info = header.info(file, self._content.width if isinstance(self._content, Planes) else width, height)
        self._size = info.width, info.height
        self.view = self._make_view(options)
        if self.view is not None and self.view.crop is not None:
            info = replace(info, width=self.view.crop[2], height=self.view.crop[3], crop=self.view.crop)
        colour = None if packets.colour is None else packets.colour.described(header.tone_mapped)
        origin = packets.origin
        info = replace(info, colour=colour, make=origin.make, model=origin.model, created=origin.created)
        self.info = self._with_rate(replace(info, start_timecode=packets.start_timecode), info.fps)
        self._delay, self._rate_plausible = header.delay, plausible_fps(header.rate)
        self._packet_times = packet_times
        self._timeline = self._make_timeline()
        self._sampler = Sampler(self._timeline, self._must_sample())
        self._sharp = self._sharp_frames()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close the file, when the thread that decodes ahead has ended, also where its frames were not all taken."""
        if self._ahead is not None:
            self._ahead.close()
        self._decoder.close()
        self._packets.close()
        self._errors.close()

    @property
    def decode(self) -> str:
        """How the video is read, as in `ReadOptions`; ``sampled`` where it could not be skimmed."""
        return self._options.decode

    @property
    def damaged_frames(self) -> int:
        """How often the decoder failed, other than at the end."""
        return self._damage.failures

    @property
    def estimated_times(self) -> int:
        """How many frames had no usable time."""
        return self._timeline.estimated_times

    def frames(self) -> Iterator[tuple[Frame, bool]]:
        """Yield frames in display order, each with whether it is a sample, one of the about 8 a second that carry the analysis.

        With `decode` ``every`` these are all frames of the range, else samples, and frames between two that are likely sharper.
        A thread decodes a few frames ahead.
        """
        self._ahead = run_ahead(self._frames(), FRAMES_AHEAD)
        return self._ahead

    def narrow_cuts(self, gaps: list[Gap]) -> list[Gap | None]:
        """Find the very frames at which cuts lie, as `narrow_gaps`; to be asked when all frames have been taken.

        None where that is not known, as of a damaged video, or as near as it can be, as with `decode` ``every``.
        """
        readable = not self.damaged_frames and self.decode in ("sampled", "skim")
        table = self._packets.scan().table if readable else None
        if table is None:
            return [None] * len(gaps)
        return narrow_gaps(gaps, table, self._file, self._options.max_pixels, self.view)

    def complete(self) -> bool:
        """Whether the pass came to the end of the video, as far as the header lets one tell, without damage."""
        if self.damaged_frames or self.stopped or self.decode == "codec":
            return not self.damaged_frames
        if self._whole is None:
            self._whole = self._reach().is_whole(self.info, self._file, self._packets)
        return self._whole

    def measured_info(self) -> VideoInfo:
        """Describe the video after the pass: all of its picture, and rate and duration as measured, where all of it was seen."""
        info = replace(self.info, width=self._size[0], height=self._size[1])
        if self.stopped or self.decoded_frames < 2 or self._timeline.clock <= 0.0:
            return info
        frames, end = self._timeline.extent()
        fps = self.info.fps if self._rate_plausible else round((frames - 1) / end, 6)
        return self._with_rate(replace(info, duration=round(end + 1.0 / fps, 6)), fps)

    def _with_rate(self, info: VideoInfo, fps: float) -> VideoInfo:
        return replace(info, fps=fps, rate=rate_text(exact_rate(fps, self._packets.rate)))

    def _make_view(self, options: ReadOptions) -> View | None:
        try:
            return make_view(options, *self._size)
        except UsageError as error:
            self._errors.close()
            raise UsageError(f"{self._file}: {error}") from None

    def _first_content(self) -> ndarray | Planes:
        if not self._damage.grab():
            raise InputError(f"{self._file}: no picture can be decoded; the file is empty, encrypted or damaged.")
        content = self._damage.picture(0.0)
        if content is None:
            raise InputError(f"{self._file}: the first picture cannot be read; the format may not be supported.")
        return content

    def _make_timeline(self) -> Timeline:
        times = self._packet_times
        if times is None:
            return CountedTimeline(self.info.fps, key_frames_only=self.decode == "codec")
        return PacketTimeline(times, len(times) if self.decode == "skim" else SAMPLING.largest_step)

    def _sharp_frames(self) -> frozenset[int]:
        """Find the frames that are likely sharper than those beside them, where all frames are decoded but few looked at."""
        table = self._packets.scan().table if self.decode == "sampled" and self._packet_times is None else None
        if table is None or not table.sizes_tell:
            return frozenset()
        return frozenset(np.flatnonzero(coded_with_care(table.sizes)).tolist())

    def _must_sample(self) -> Callable[[], bool]:
        # What follows a key frame may be left out.
        return self._decoder.is_key_frame if self.decode == "skim" else lambda: self.decode == "codec"

    def _frames(self) -> Iterator[tuple[Frame, bool]]:
        start, end = self._options.start, self._options.end
        while True:
            now = self._timeline.advance(self._decoder.time() - self._origin)
            if end is not None and end.reached(now.index, now.time):
                self.stopped = True
                self._count_left_out(now.index)
                return
            if start is None or start.reached(now.index, now.time):
                self.last_frame, self.last_time = now.index, now.time
                is_sample = self._sampler.is_sample(now)
                looked_at = is_sample or self.decode == "every" or now.index in self._sharp
                if looked_at and self._read_content():
                    skipped, exact = self._sampler.take_skipped_times(), self.decode != "codec"
                    content, whole = (self._content, None) if self.view is None else self.view.apply(self._content)
                    yield Frame(now.index, now.time, content, skipped, exact, whole, self._decoder.correction()), is_sample
                else:
                    self._sampler.skip(now.time)
            self.decoded_frames += 1
            tick()
            goes_on = self._damage.grab() or self._go_on()
            if self.damaged_frames and (self._options.threads != 1 or self._packet_times is not None):
                raise DamageFoundError
            if not goes_on:
                # Asked for here, because later the file may be closed.
                if not self.complete() and self._packet_times is not None:
                    raise TimelineMismatchError
                self._count_left_out(None)
                return

    def _read_content(self) -> bool:
        """Convert the frame grabbed last; False if it is damaged."""
        if self.decoded_frames == 0:
            return True
        content = self._damage.picture(self._timeline.clock)
        if content is None:
            return False
        self._content = content
        return True

    def _go_on(self) -> bool:
        """Where the decoder has stopped, go on by other means, unless it is near the end."""
        if self.decode == "codec" or self._reach().near_declared_end(self.info):
            return False
        return self._damage.go_on(self._timeline.clock + NEXT_FRAME / self.info.fps)

    def _reach(self) -> Reach:
        # Some containers count their duration from zero, also where the video starts later.
        return Reach(self.decoded_frames, self._delay + self._timeline.clock)

    def _count_left_out(self, end: int | None) -> None:
        """Find the last frame of the range among those that the decoder left out, before the index `end`."""
        limit = self._options.end
        for frame in self._timeline.behind(self.last_frame, end):
            if limit is None or not limit.reached(frame.index, frame.time):
                self.last_frame, self.last_time = frame.index, round(frame.time, 6)


def describe_decoding(reader: VideoReader, analysed: int) -> Decoding:
    """Sum up what the decoder did, with a sentence for everything that a user must know."""
    declared, decoded, damaged = reader.info.declared_frames, reader.decoded_frames, reader.damaged_frames
    warnings = list(reader.warnings)
    if damaged:
        times = f"{damaged} time{'s' * (damaged != 1)}"
        warnings.append(f"The decoder failed {times} and {decoded} frames could be decoded; the video is damaged.")
    elif not reader.complete() and decoded >= declared:
        warnings.append(f"{decoded} frames could be decoded, but the file is shorter than it says; it was cut off.")
    elif not reader.complete():
        warnings.append(f"Only {decoded} of {declared} declared frames could be decoded; the video is cut off or damaged.")
    if reader.estimated_times:
        warnings.append(f"{reader.estimated_times} frames had no valid time; theirs is estimated.")
    return Decoding(reader.decode, declared, decoded, analysed, damaged, reader.complete(), tuple(warnings))
