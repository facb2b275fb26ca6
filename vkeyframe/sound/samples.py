"""From packets of sound to samples of one rate and one channel, at known times."""

from __future__ import annotations

from collections.abc import Iterator

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.packet import Packet
from numpy import ndarray

# What everything that listens is made for, in samples a second.
RATE = 16000
# By how much in seconds a frame may come before or behind where the one before it ended; containers round their times.
SAME_TIME = 0.04
# A longer gap, or a longer overlap, is a wrong time, as where recordings were joined. Set by eye.
LONGEST_GAP, LONGEST_OVERLAP = 600.0, 1.0
# Silence in a gap is handed on in parts of so many samples.
PART = 60 * RATE


def sound_stream(container: InputContainer) -> AudioStream | None:
    """Choose the sound that players take: the default one where several can be decoded, else the first."""
    streams = [stream for stream in container.streams.audio if stream.codec_context is not None]
    marked = [stream for stream in streams if stream.disposition & stream.disposition.default]
    return next(iter(marked or streams), None)


class SampleStream:
    """Decodes packets in the order of the file, and mixes and resamples what they hold.

    A gap between their times is filled with silence, and what overlaps is left out, so that a sample's place tells its time.

    Parameters
    ----------
    stream : AudioStream

    Attributes
    ----------
    start : float or None
        Presentation time in seconds of the first sample, as the container counts; None before it.
    failures : int
        How many packets could not be decoded.
    """

    def __init__(self, stream: AudioStream) -> None:
        self._stream = stream
        self._resampler: av.AudioResampler | None = None
        self._form: tuple[str, str, int] | None = None
        self.start: float | None = None
        self.failures = 0
        # Where the last frame ended, and by how much the times are wrong.
        self._clock, self._shift = 0.0, 0.0

    def samples(self, packet: Packet | None) -> Iterator[ndarray]:
        """Yield the samples of the next packet, (n,) float32 from -1 to 1; with None those that are still held back."""
        try:
            frames = self._stream.codec_context.decode(packet)
        except (av.FFmpegError, ValueError):
            self.failures += 1
            return
        for frame in frames:
            yield from self._placed(frame)
        if packet is None:
            yield from self._resampled(None)

    def _placed(self, frame: AudioFrame) -> Iterator[ndarray]:
        if not frame.sample_rate or not frame.samples:
            return
        time = frame.time if frame.pts is not None else None
        if self.start is None:
            self.start = self._clock = time or 0.0
        gap = 0.0 if time is None else time + self._shift - self._clock
        if not -LONGEST_OVERLAP <= gap <= LONGEST_GAP:
            self._shift -= gap
            gap = 0.0
        if gap > SAME_TIME:
            yield from self._resampled(None)
            yield from _silence(round(gap * RATE))
            self._clock += gap
        elif gap >= -SAME_TIME:
            gap = 0.0
        self._clock += frame.samples / frame.sample_rate + min(gap, 0.0)
        overlap = round(-min(gap, 0.0) * RATE)
        for samples in self._resampled(frame):
            yield samples[overlap:]
            overlap = max(0, overlap - len(samples))

    def _resampled(self, frame: AudioFrame | None) -> Iterator[ndarray]:
        """Mix and resample a frame; None gives what the resampler holds back, and ends it."""
        form = None if frame is None else (frame.format.name, frame.layout.name, frame.sample_rate)
        if self._resampler is not None and form != self._form:
            yield from _arrays(self._resampler.resample(None))
            self._resampler = None
        if frame is None:
            return
        if self._resampler is None:
            self._resampler, self._form = av.AudioResampler(format="flt", layout="mono", rate=RATE), form
        # Times are kept here; the resampler would fill gaps in its own way.
        frame.pts = None
        yield from _arrays(self._resampler.resample(frame))


def _arrays(frames: list[AudioFrame]) -> Iterator[ndarray]:
    for frame in frames:
        # Sound in floating point may hold anything.
        yield np.clip(np.nan_to_num(frame.to_ndarray().ravel()), -1.0, 1.0)


def _silence(count: int) -> Iterator[ndarray]:
    for begin in range(0, count, PART):
        yield np.zeros(min(PART, count - begin), np.float32)
