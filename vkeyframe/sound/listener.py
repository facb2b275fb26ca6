"""Listening to a video while its packets are read, and what that gives for the report."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from math import ceil
from typing import Any

import numpy as np
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.packet import Packet
from numpy import ndarray

from vkeyframe.errors import MissingLibraryError
from vkeyframe.sound.features import Features, FeatureStream
from vkeyframe.sound.kinds import kinds_of_sound
from vkeyframe.sound.onsets import find_onsets
from vkeyframe.sound.samples import SampleStream, sound_stream
from vkeyframe.sound.sections import SOUND_SECTIONS, Loudness, Onset, Sound, Speech
from vkeyframe.sound.voice import BLOCK_SECONDS, VoiceDetector, speech_stretches

# The curve of the loudness has at most so many points, as many as a wide window has pixels.
MOST_POINTS = 1200
# A point of it stands for at least so many blocks, an eighth of a second.
LEAST_BLOCKS = 4
QUIETEST_DB = -100.0


@dataclass(frozen=True, slots=True)
class Heard:
    """What was heard; times are seconds from the first frame of the video.

    Attributes
    ----------
    sections : dict of str to tuple
        Of the report, all empty where nothing could be heard.
    start : float
        When the first value of `rise` is measured.
    rise : (n,) float64
        By how many dB the sound rises, of each step of `features.STEP_SECONDS`.
    warnings : tuple of str
    """

    sections: dict[str, Any] = field(default_factory=lambda: dict.fromkeys(SOUND_SECTIONS, ()))
    start: float = 0.0
    rise: ndarray = field(default_factory=lambda: np.zeros(0))
    warnings: tuple[str, ...] = ()


class Listener:
    """Takes the packets of a container as they are read; those of its sound are decoded and measured.

    A track that is missing or cannot be decoded, and a detector of voices that is not installed, give a warning in `heard`.
    """

    def __init__(self) -> None:
        self._samples: SampleStream | None = None
        self._features: FeatureStream | None = None
        self._stream: AudioStream | None = None
        self._packets = 0
        self._warning = "The video has no sound that can be decoded; nothing was heard."
        self._video_start: float | None = None

    def begin(self, container: InputContainer) -> None:
        """Choose the sound of a container."""
        self._stream = sound_stream(container)
        if self._stream is None:
            return
        try:
            self._features = FeatureStream(VoiceDetector())
        except MissingLibraryError as error:
            self._warning = str(error)
            return
        self._samples = SampleStream(self._stream)

    def take(self, packet: Packet) -> None:
        """Take the next packet of any stream, in the order of the file."""
        # An empty one ends the decoder, and there may be more behind it.
        if self._samples is not None and packet.stream is self._stream and packet.size:
            self._packets += 1
            self._push(packet)

    def end(self, video_start: float) -> None:
        """Take note that all packets were read, and when the first frame is shown, in seconds as the container counts."""
        self._push(None)
        self._video_start = video_start

    def _push(self, packet: Packet | None) -> None:
        if self._samples is not None and self._features is not None:
            for samples in self._samples.samples(packet):
                self._features.push(samples)

    def heard(self, first: float, last: float) -> Heard:
        """Return what was heard between two times in seconds from the first frame of the video; to be asked for once."""
        samples, features, video_start = self._samples, self._features, self._video_start
        if samples is None or features is None or samples.start is None or video_start is None:
            return Heard(warnings=(self._warning,))
        start = samples.start - video_start
        measured = features.finish()
        sections = _sections(measured, start, max(0.0, first), min(last, start + measured.seconds))
        warnings = [f"{samples.failures} of {self._packets} packets of the sound could not be decoded."] * (samples.failures > 0)
        return Heard(sections, start, measured.rise, tuple(warnings))


def _sections(features: Features, start: float, first: float, last: float) -> dict[str, Any]:
    """Make the records of what lies between two times; `start` is that of the first block."""

    def within(stretches: list[tuple[float, float, Any]]) -> Iterator[tuple[float, float, Any]]:
        for begin, end, what in stretches:
            inside = max(first, start + begin), min(last, start + end)
            if inside[0] < inside[1]:
                yield round(inside[0], 3), round(inside[1], 3), what

    speech = speech_stretches(features.likelihood)
    onsets = [(start + time, strength) for time, strength in find_onsets(features.rise)]
    levels = [(start + time, level) for time, level in loudness_curve(features.power)]
    return {
        "speech": tuple(Speech(begin, end, round(sure, 3)) for begin, end, sure in within(speech)),
        "sounds": tuple(Sound(begin, end, kind) for begin, end, kind in within(kinds_of_sound(features, speech))),
        "onsets": tuple(Onset(round(time, 3), round(rise, 1)) for time, rise in onsets if first <= time < last),
        "loudness": tuple(Loudness(round(time, 3), level) for time, level in levels if first <= time < last),
    }


def loudness_curve(power: ndarray) -> list[tuple[float, float]]:
    """Return the level of at most `MOST_POINTS` stretches in dBFS, with the seconds from the first block to each.

    Parameters
    ----------
    power : (n,) float64
        Mean square of each block.
    """
    step = max(LEAST_BLOCKS, ceil(len(power) / MOST_POINTS))
    levels = (10.0 * np.log10(power[begin : begin + step].mean() + 1e-12) for begin in range(0, len(power), step))
    return [(place * step * BLOCK_SECONDS, round(min(0.0, max(QUIETEST_DB, level)), 1)) for place, level in enumerate(levels)]
