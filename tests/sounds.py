"""Sounds that the tests draw: clicks and spoken words at known times, under a video that may begin earlier or later.

Words are spoken by `espeak-ng`; a test that needs them is skipped where it is missing.
"""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy import ndarray

from tests.clips import ffmpeg, tool

RATE = 48000
# Quiet noise of a room, so that silence is not a row of zeros.
ROOM = 10 ** (-75 / 20)
# Level below the loudest sample at which a spoken word begins to be heard, in dB.
HEARD_DB = -30.0
WORDS = "The quick brown fox jumps over the lazy dog"


@dataclass(frozen=True)
class Form:
    """How the sound is stored: FFmpeg's encoder, the suffix of the file, rate, channels, and by how much it starts later."""

    encoder: str
    suffix: str
    rate: int = 48000
    channels: int = 2
    delay: float = 0.0


FORMS = {
    "aac": Form("aac", ".mp4", 44100, 2),
    "aac late": Form("aac", ".mp4", 48000, 1, 1.5),
    "aac early": Form("aac", ".mkv", 48000, 2, -0.4),
    "opus": Form("libopus", ".mkv", 48000, 1),
    "opus 5.1": Form("libopus", ".mkv", 48000, 6, 0.75),
    "mp3": Form("libmp3lame", ".mp4", 44100, 2),
    "mp3 ts": Form("libmp3lame", ".ts", 48000, 2, 0.5),
    "pcm 8 kHz": Form("pcm_s16le", ".mov", 8000, 1),
    "pcm 5.1": Form("pcm_s16le", ".mkv", 48000, 6, 1.5),
    "flac": Form("flac", ".mkv", 16000, 1),
}


@cache
def spoken(words: str = WORDS, voice: str = "en-us") -> ndarray:
    """Speak words at `RATE`, from the first sample that can be heard on; (n,) float32."""
    told = subprocess.run([tool("espeak-ng"), "-v", voice, "--stdout", words], capture_output=True, check=True)
    data = ffmpeg("-i", "-", "-f", "f32le", "-ac", "1", "-ar", str(RATE), "-", data=told.stdout)
    samples = np.frombuffer(data, np.float32)
    heard = np.flatnonzero(np.abs(samples) > np.abs(samples).max() * 10 ** (HEARD_DB / 20))
    return samples[heard[0] : heard[-1] + 1]


def track(seconds: float, clicks: Sequence[float] = (), words: Sequence[float] = (), seed: int = 0) -> ndarray:
    """Draw a sound with clicks of 3 ms and spoken words that begin at these seconds; (n,) float32 at `RATE`."""
    source = np.random.default_rng(seed)
    samples = source.normal(0.0, ROOM, round(seconds * RATE)).astype(np.float32)
    for time in clicks:
        click = source.uniform(-0.7, 0.7, RATE * 3 // 1000).astype(np.float32)
        samples[round(time * RATE) :][: len(click)] += click
    for time in words:
        place = samples[round(time * RATE) :]
        said = spoken()[: len(place)]
        place[: len(said)] += said
    return samples


def chord(seconds: float, tones: Sequence[float] = (220.0, 277.2, 329.6)) -> ndarray:
    """Draw music: a chord of tones with overtones, that is struck twice a second; (n,) float32 at `RATE`."""
    time = np.arange(round(seconds * RATE)) / RATE
    waves = sum(np.sin(2 * np.pi * tone * part * time) / part for tone in tones for part in (1, 2, 3))
    return np.asarray(0.05 * waves * np.exp(-2.0 * (time % 0.5)), np.float32)


def with_sound(path: Path, picture: Path, samples: ndarray, form: Form = FORMS["flac"]) -> Path:
    """Put a sound under the video of a file; a delay below 0 lets the video begin later instead."""
    raw = ["-f", "f32le", "-ar", str(RATE), "-ac", "1"]
    layout = {1: "mono", 2: "stereo", 6: "5.1"}[form.channels]
    late, early = max(0.0, form.delay), max(0.0, -form.delay)
    sources = ["-itsoffset", str(early), "-i", picture, "-itsoffset", str(late), *raw, "-i", "-"]
    made = ["-c:v", "copy", "-c:a", form.encoder, "-af", f"aformat=channel_layouts={layout}", "-ar", str(form.rate)]
    ffmpeg(*sources, "-map", "0:v", "-map", "1:a", *made, path, data=samples.tobytes())
    return path
