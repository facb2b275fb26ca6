"""Stretches of a video joined into one file, encoded anew, with their sound."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import cast

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from numpy import ndarray

from vkeyframe.errors import InputError, MissingLibraryError
from vkeyframe.process.heartbeat import tick
from vkeyframe.video.clip_file import ENCODER, Source, set_up_encoder, upright
from vkeyframe.video.clips import opened_source
from vkeyframe.video.file import VideoFile
from vkeyframe.video.packets import PacketIndex, PacketTable

SOUND_ENCODER, SOUND_RATE, SOUND_BITS = "aac", 48000, 192_000
# How much earlier the sound is read: its decoder begins with a frame or two of silence.
SOUND_BEFORE = 0.5
# Sound that is this much off its time is put where it belongs; less is rounding.
SOUND_APART = 0.01
# So long the sound rises and falls at the ends of a stretch, so that nothing clicks.
RAMP = 0.005


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of a video: from `start` up to `end`, in seconds from its first frame; a frame that begins at `end` is not in it."""

    start: float
    end: float


@dataclass(frozen=True, slots=True)
class _Part:
    """A stretch in frames of the table, in seconds as the container counts, and where in the reel it begins."""

    first: int
    stop: int
    begin: float
    end: float
    at: float


def write_reel(file: VideoFile, stretches: Sequence[Stretch], path: Path, max_pixels: int) -> None:
    """Write stretches of a video one after another into an MP4 file, as H.264 and, where there is sound, AAC.

    Parameters
    ----------
    file : VideoFile
    stretches : sequence of Stretch
        In order of time, at least one, apart from each other.
    path : Path
        The file to write.
    max_pixels : int
        Larger pictures are refused.

    Raises
    ------
    InputError
        If the times of the video's frames are not certain, or a stretch cannot be decoded.
    MissingLibraryError
        If PyAV came without an encoder.
    """
    for needed in (ENCODER, SOUND_ENCODER):
        if needed not in av.codecs_available:
            raise MissingLibraryError(f"PyAV came without the encoder {needed}; install av from PyPI.")
    with closing(PacketIndex(file, max_pixels)) as packets:
        table = packets.scan().table
    if table is None:
        raise InputError(f"{file}: the times of its frames are not certain, so no reel can be cut from it; convert it first.")
    with opened_source(file, max_pixels) as source:
        rate = source.video.average_rate or Fraction(25)
    parts = _parts(stretches, table, float(1 / rate))
    with opened_source(file, max_pixels) as source:
        like = next((frame for part in parts for frame in _frames(source, table, part)), None)
        if like is None:
            raise InputError(f"{file}: no picture of its best stretches can be decoded.")
        reel = _ReelFile(path, source, like)
    with closing(reel):
        for part in parts:
            with opened_source(file, max_pixels) as source:
                for frame in _frames(source, table, part):
                    reel.show(frame, part)
            if reel.has_sound:
                with opened_source(file, max_pixels) as source:
                    reel.play(_sound(source.audio[0], source, part))


def _parts(stretches: Sequence[Stretch], table: PacketTable, frame_length: float) -> list[_Part]:
    ends = np.append(table.times, table.times[-1] + frame_length)
    parts: list[_Part] = []
    at = 0.0
    for stretch in stretches:
        # The first frame that begins in it, and the first one behind it; times in a report have six digits.
        first, stop = (int(np.searchsorted(table.times, time - 1e-5)) for time in (stretch.start, stretch.end))
        if first < stop:
            begin, end = float(ends[first]), float(ends[stop])
            parts.append(_Part(first, stop, table.start + begin, table.start + end, at))
            at += end - begin
    return parts


def _frames(source: Source, table: PacketTable, part: _Part) -> Iterator[VideoFrame]:
    """Decode the frames of a part; where the container does not find its first frame, from the beginning of the video."""
    source.video.thread_type = "AUTO"
    key = float(table.times[table.key_before(part.first)])
    for start in (table.start + key, None):
        if start is not None:
            with suppress(av.FFmpegError):
                source.container.seek(round(start / (source.video.time_base or 1)), stream=source.video)
        else:
            source.container.seek(0, any_frame=True)
        is_found = False
        for frame in _decoded(source):
            place = None if frame.time is None else table.place(float(frame.time) - table.start)
            if place is None:
                continue
            if place > part.first and not is_found and start is not None:
                break
            is_found |= place >= part.first
            if part.first <= place < part.stop:
                yield frame
            if place >= part.stop - 1:
                return
        if is_found:
            return


def _decoded(source: Source) -> Iterator[VideoFrame]:
    """Decode frames from where the container stands; what is damaged gives none."""
    for packet in source.container.demux(source.video):
        tick()
        with suppress(av.FFmpegError):
            yield from (frame for frame in packet.decode() if isinstance(frame, VideoFrame))


def _sound(stream: AudioStream, source: Source, part: _Part) -> ndarray:
    """Decode the sound of a part, with silence where there is none.

    Returns
    -------
    (2, n) float32
        At `SOUND_RATE`, from the beginning of the part on.
    """
    length = round((part.at + part.end - part.begin) * SOUND_RATE) - round(part.at * SOUND_RATE)
    sound = np.zeros((2, length), np.float32)
    resampler = AudioResampler("fltp", "stereo", SOUND_RATE)
    source.container.seek(round((part.begin - SOUND_BEFORE) / (stream.time_base or 1)), stream=stream)
    place: int | None = None
    for packet in source.container.demux(stream):
        tick()
        with suppress(av.FFmpegError):
            for frame in packet.decode():
                if not isinstance(frame, AudioFrame) or frame.time is None:
                    continue
                should = round((float(frame.time) - part.begin) * SOUND_RATE)
                if place is None or abs(place - should) > SOUND_APART * SOUND_RATE:
                    place = should
                for piece in resampler.resample(frame):
                    samples = piece.to_ndarray()
                    start, stop = max(0, place), min(length, place + samples.shape[1])
                    if start < stop:
                        sound[:, start:stop] = samples[:, start - place : stop - place]
                    place += samples.shape[1]
        if place is not None and place >= length:
            break
    ramp = np.minimum(1.0, np.arange(length) / (RAMP * SOUND_RATE)).astype(np.float32)
    return np.asarray(sound * ramp * ramp[::-1], np.float32)


class _ReelFile:
    """The file that is being written."""

    def __init__(self, path: Path, source: Source, like: VideoFrame) -> None:
        self._container: OutputContainer = av.open(str(path), "w")
        self._video = cast(VideoStream, self._container.add_stream(ENCODER, source.video.average_rate or 25))
        set_up_encoder(self._video, source, like)
        self._sound: AudioStream | None = None
        if source.audio:
            self._sound = cast(AudioStream, self._container.add_stream(SOUND_ENCODER, SOUND_RATE))
            self._sound.codec_context.layout = "stereo"
            self._sound.codec_context.bit_rate = SOUND_BITS
        self._rest = np.zeros((2, 0), np.float32)
        self._played = 0
        self._last = -1

    @property
    def has_sound(self) -> bool:
        return self._sound is not None

    def show(self, frame: VideoFrame, part: _Part) -> None:
        """Encode a frame of a part."""
        context, base = self._video.codec_context, self._video.codec_context.time_base
        shown = upright(frame).reformat(width=context.width, height=context.height, format=context.pix_fmt)
        time = part.at + float(frame.time or 0.0) - part.begin
        self._last = max(self._last + 1, round(time / base))
        shown.time_base, shown.pts, shown.pict_type = base, self._last, 0
        self._container.mux(self._video.encode(shown))

    def play(self, sound: ndarray) -> None:
        """Encode sound that follows upon what came before."""
        self._rest = np.concatenate([self._rest, sound], axis=1)
        self._encode_sound(1024)

    def _encode_sound(self, least: int) -> None:
        while self._sound is not None and self._rest.shape[1] >= least:
            piece, self._rest = self._rest[:, :1024], self._rest[:, 1024:]
            frame = AudioFrame.from_ndarray(np.ascontiguousarray(piece), "fltp", "stereo")
            frame.sample_rate, frame.time_base, frame.pts = SOUND_RATE, Fraction(1, SOUND_RATE), self._played
            self._played += piece.shape[1]
            self._container.mux(self._sound.encode(frame))

    def close(self) -> None:
        """Write what the encoders still hold, and the end of the file."""
        self._encode_sound(1)
        self._container.mux(self._video.encode(None))
        if self._sound is not None:
            self._container.mux(self._sound.encode(None))
        self._container.close()
