"""Subtitle tracks of a container, and when its parts begin."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import av
from av.container import InputContainer
from av.stream import Discard, Stream

from vkeyframe.process.heartbeat import tick
from vkeyframe.video.container import main_stream, open_container
from vkeyframe.video.ffmpeg_log import silenced
from vkeyframe.video.file import VideoFile
from vkeyframe.words.cues import MOST_LINES, Cue, rows_of
from vkeyframe.words.files import text_of
from vkeyframe.words.languages import language

# So many packets of the video are looked at for the first that is shown; codecs reorder at most 16.
FIRST_PACKETS = 64
# Packets of other streams that are read meanwhile at most.
MOST_PACKETS = 20_000


@dataclass(frozen=True, slots=True)
class Track:
    """A subtitle track.

    Attributes
    ----------
    number : int
        From 1, among the subtitle tracks.
    codec : str or None
        FFmpeg's name; None where it has no decoder.
    language : str or None
        As `languages.language` names it.
    is_text : bool
        Whether it holds text and not pictures.
    default, forced, noises : bool
        Whether it is shown unless another one is chosen; whether it holds foreign words only; whether it tells noises too.
    """

    number: int
    codec: str | None
    language: str | None
    is_text: bool
    default: bool
    forced: bool
    noises: bool

    def __str__(self) -> str:
        return f"{self.number} ({', '.join(part for part in (self.language, self.codec or 'unknown') if part)})"


@dataclass(frozen=True, slots=True)
class Contents:
    """What a container says before its subtitles are read.

    Attributes
    ----------
    tracks : tuple of Track
    spoken : str or None
        The language of its main sound.
    first_frame, beginning, sound : float
        When the first frame, the container and its sound begin, in seconds as the container counts.
    """

    tracks: tuple[Track, ...] = ()
    spoken: str | None = None
    first_frame: float = 0.0
    beginning: float = 0.0
    sound: float = 0.0


def contents_of(file: VideoFile, max_pixels: int) -> Contents:
    """Look into a container; one that cannot be opened is empty here, and an error when its pictures are read."""
    with _opened(file, max_pixels) as container:
        if container is None:
            return Contents()
        beginning = (container.start_time or 0) / av.time_base
        sounds = container.streams.audio
        sound = next((stream for stream in sounds if stream.disposition & stream.disposition.default), next(iter(sounds), None))
        first = _first_frame(container)
        first = beginning if first is None else first
        begins = beginning if sound is None or sound.start_time is None else float(sound.start_time * (sound.time_base or 0))
        spoken = None if sound is None else language(sound.language)
        tracks = tuple(_described(number, stream) for number, stream in enumerate(container.streams.subtitles, 1))
        return Contents(tracks, spoken, first, beginning, begins)


def read_track(file: VideoFile, max_pixels: int, number: int) -> tuple[list[Cue], bool]:
    """Read a subtitle track; its times are those of the container.

    Returns
    -------
    cues : list of Cue
        Damage in the middle leaves what could be read.
    whole : bool
        Whether all of it could be read.
    """
    cues: list[Cue] = []
    with _opened(file, max_pixels) as container:
        if container is None:
            return cues, False
        wanted = container.streams.subtitles[number - 1]
        for stream in container.streams:
            stream.discard = Discard.default if stream is wanted else Discard.all
        try:
            for packet in container.demux(wanted):
                tick()
                if packet.size and packet.pts is not None and packet.time_base is not None:
                    start = float(packet.pts * packet.time_base)
                    end = start + float(packet.duration * packet.time_base) if packet.duration else math.nan
                    with suppress(av.FFmpegError, UnicodeError):
                        rows = tuple(row for subtitle in packet.decode() for row in rows_of(text_of(subtitle)))
                        cues.append(Cue(start, end, rows))
                if len(cues) >= MOST_LINES:
                    break
        except (av.FFmpegError, UnicodeError, IndexError):
            return cues, False
    return cues, True


@contextmanager
def _opened(file: VideoFile, max_pixels: int) -> Iterator[InputContainer | None]:
    """Open a container; None where that fails."""
    with silenced():
        try:
            container = open_container(file.path, max_pixels)
        except (av.FFmpegError, UnicodeError):
            yield None
            return
        with container:
            yield container


def _described(number: int, stream: Stream) -> Track:
    context, flags = stream.codec_context, stream.disposition
    # A stream that FFmpeg has no decoder for has no context.
    codec = None if context is None else context.codec.canonical_name
    is_text = context is not None and context.codec.text_sub
    return Track(
        number,
        codec,
        language(stream.language),
        is_text,
        bool(flags & flags.default),
        bool(flags & flags.forced),
        bool(flags & flags.hearing_impaired),
    )


def _first_frame(container: InputContainer) -> float | None:
    """Return when the first frame is shown, in seconds as the container counts; None where its packets do not tell."""
    main = main_stream(container)
    if main is None or not main.time_base:
        return None
    stamps: list[int] = []
    seen = 0
    with suppress(av.FFmpegError, UnicodeError, IndexError):
        for packet in container.demux():
            tick()
            seen += 1
            # What lies before the first key frame cannot be decoded.
            usable = packet.stream is main and packet.size and not packet.is_discard and (stamps or packet.is_keyframe)
            if usable and packet.pts is not None:
                stamps.append(packet.pts)
            if len(stamps) >= FIRST_PACKETS or seen >= MOST_PACKETS:
                break
    return float(min(stamps) * main.time_base) if stamps else None
