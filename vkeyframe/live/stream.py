"""Decoding a growing file or a stream, connected anew where it was lost; the work of a thread."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from time import monotonic

import av
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from vkeyframe.errors import InputError
from vkeyframe.live.connection import Place, failure, video_stream
from vkeyframe.live.options import LiveOptions
from vkeyframe.live.timeline import LiveTimeline
from vkeyframe.report.video_info import VideoInfo
from vkeyframe.timecode import exact_rate, rate_text
from vkeyframe.video.container import decoder_limits
from vkeyframe.video.frame import Frame, Planes
from vkeyframe.video.header import display_size, plausible_fps, usable_aspect_ratio, usable_fps
from vkeyframe.video.pyav_decoder import picture_of, rotation_of
from vkeyframe.video.sampling import Sampler

# Seconds before a stream is connected anew: at first, and at most; each time twice as long.
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 10.0
# Of so many of the latest samples it is remembered when they came.
MOST_ARRIVALS = 256
# Threads of the decoder; each of them keeps back a frame.
USUAL_THREADS = 2


class Stream:
    """Samples of what is followed.

    Parameters
    ----------
    place : Place
    options : LiveOptions
    note : callable
        Called with sentences for the user.

    Attributes
    ----------
    info : VideoInfo
        What is known of the video, as soon as the first sample has come.
    rate_known : bool
        Whether the stream says its frame rate.
    timeline : LiveTimeline
    decoded_frames, damaged_parts : int
    waits_for_data : bool
        Whether it waits for the file to grow, or for the network; else the decoder is at work.
    ended : str
        Why there are no more frames: ``end`` or ``lost``.
    warnings : list of str
        What the user should know in the end.
    """

    info: VideoInfo

    def __init__(self, place: Place, options: LiveOptions, note: Callable[[str], None]) -> None:
        self._place, self._options, self._note = place, options, note
        self._closed = threading.Event()
        self._arrivals: OrderedDict[int, float] = OrderedDict()
        self._size: tuple[int, int] | None = None
        self._last_data = monotonic()
        self.timeline = LiveTimeline(usable_fps(0.0))
        self._sampler = Sampler(self.timeline, lambda: False)
        self.rate_known = False
        self.decoded_frames = self.damaged_parts = 0
        self.waits_for_data = True
        self.ended = "end"
        self.warnings: list[str] = []

    def close(self) -> None:
        """Let it end as soon as it can."""
        self._closed.set()
        self._place.stop()

    @property
    def is_closed(self) -> bool:
        """Whether it was closed."""
        return self._closed.is_set()

    def arrival(self, index: int) -> float:
        """Return when a sample came, by the monotonic clock; of one that is long past, when the oldest known one came."""
        return next((when for number, when in list(self._arrivals.items()) if number >= index), monotonic())

    def frames(self) -> Iterator[Frame]:
        """Yield the samples until the end.

        Raises
        ------
        InputError
            If there never was a picture.
        """
        try:
            yield from self._all()
        finally:
            self._place.close()

    def _all(self) -> Iterator[Frame]:
        tries = 0
        while not self.is_closed:
            before, why = self.decoded_frames, ""
            try:
                yield from self._connected()
            except av.FFmpegError as error:
                why = failure(error, self._options.idle)
            if not self.decoded_frames:
                raise InputError(f"{self._place.shown}: cannot be followed ({why or 'no picture came before the end'}).")
            tries = 1 if self.decoded_frames > before else tries + 1
            if not self._place.may_be_lost or tries > self._options.tries:
                self.ended = "lost" if why or self._place.may_be_lost else "end"
                return
            self._lose(why or "it ended", tries)

    def _lose(self, why: str, tries: int) -> None:
        """Tell that a stream was lost, and wait before it is connected anew."""
        pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** (tries - 1))
        self._note(f"{self._place.shown}: lost ({why}); connecting again in {pause:g} s ({tries} of {self._options.tries})")
        if tries == 1:
            self.warnings.append(f"The stream was lost at {self.timeline.clock:.1f} s ({why}).")
        self._closed.wait(pause)

    def _connected(self) -> Iterator[Frame]:
        """Yield the samples of one connection."""
        self.waits_for_data = True
        container = self._place.open()
        try:
            stream = video_stream(container, self._place.shown)
            context = stream.codec_context
            context.options = decoder_limits(self._options.most_pixels)
            stream.thread_type = "AUTO"
            context.thread_count = self._options.threads or USUAL_THREADS
            if self.decoded_frames:
                self.timeline.begin_anew(monotonic() - self._last_data)
            else:
                rate = float(stream.average_rate or stream.guessed_rate or 0)
                self.rate_known = plausible_fps(rate)
                self.timeline.expect(usable_fps(rate))
            yield from self._decoded(container, stream)
        finally:
            container.close()

    def _decoded(self, container: InputContainer, stream: VideoStream) -> Iterator[Frame]:
        packets = container.demux(stream)
        while not self.is_closed:
            self.waits_for_data = True
            packet = next(packets, None)
            if packet is None:
                return
            self.waits_for_data = False
            self._last_data = monotonic()
            try:
                pictures = packet.decode()
            except av.error.InvalidDataError:
                self.damaged_parts += 1
                continue
            for picture in pictures:
                frame = self._sample(picture, stream)
                if frame is not None:
                    yield frame

    def _sample(self, picture: VideoFrame, stream: VideoStream) -> Frame | None:
        """Take a decoded picture; return it if it is a sample."""
        now = self.timeline.advance(float("nan") if picture.time is None else float(picture.time))
        self.decoded_frames += 1
        if not self._sampler.is_sample(now):
            self._sampler.skip(now.time)
            return None
        content = picture_of(picture)
        if content is None:
            self.damaged_parts += 1
            return None
        frame = Frame(now.index, now.time, content, self._sampler.take_skipped_times())
        self._look_at_size(frame, rotation_of(picture), stream)
        self._arrivals[now.index] = self._last_data
        while len(self._arrivals) > MOST_ARRIVALS:
            self._arrivals.popitem(last=False)
        return frame

    def _look_at_size(self, frame: Frame, rotation: int, stream: VideoStream) -> None:
        """Describe the video by its first picture; a picture of another size than the one before it is told."""
        ratio = usable_aspect_ratio(float(stream.sample_aspect_ratio or 1), rotation)
        content = frame.content
        height, width = content.luma.shape if isinstance(content, Planes) else content.shape[:2]
        size = display_size(content.width if isinstance(content, Planes) else width, height, ratio)
        earlier, self._size = self._size, size
        if earlier is None:
            fps = usable_fps(float(stream.average_rate or stream.guessed_rate or 0))
            self.info = VideoInfo(
                path=self._place.shown,
                name=self._place.name,
                width=size[0],
                height=size[1],
                fps=fps,
                duration=0.0,
                codec=stream.codec_context.name,
                rotation=rotation,
                sample_aspect_ratio=round(ratio, 6),
                size_bytes=0,
                rate=rate_text(exact_rate(fps)),
            )
        elif earlier != size:
            text = f"From {frame.time:.1f} s on the pictures are {size[0]}×{size[1]} instead of {earlier[0]}×{earlier[1]}."
            self.warnings.append(text)
            self._note(f"{self._place.shown}: {text}")
