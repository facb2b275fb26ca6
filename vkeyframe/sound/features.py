"""What is measured of sound as it comes, so little of it that hours fit into memory: about 2 MB an hour."""

from __future__ import annotations

from array import array
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy import ndarray

from vkeyframe.process.heartbeat import tick
from vkeyframe.sound.samples import RATE
from vkeyframe.sound.voice import BLOCK, VoiceDetector

# So many blocks are looked at together.
BATCH = 64
# Rises of the sound are measured every 16 ms.
STEP = BLOCK // 2
STEP_SECONDS = STEP / RATE
# Blocks of one slot, for which one kind of sound is told: 0.26 s; its tones are looked for in as many slots.
SLOT, SLOTS = 8, 5


@dataclass(frozen=True, slots=True)
class FeatureTuning:
    """How sound is looked at; set by eye.

    Attributes
    ----------
    bands : int
        Bands of frequency in which a rise is looked for, as wide as each other on a logarithmic scale.
    lowest_hz : float
        Where the first of them begins.
    floor : float
        Power in a band, where 1 is full scale, below which nothing is heard: −70 dB.
    tone_bins : (int, int)
        Bins of 15.6 Hz in which tones are looked for: 94 Hz to 4 kHz, which a telephone carries, too.
    smooth_bins : int
        Width of the median that gives the spectrum without its tones.
    """

    bands: int = 16
    lowest_hz: float = 60.0
    floor: float = 1e-7
    tone_bins: tuple[int, int] = (6, 256)
    smooth_bins: int = 21


TUNING = FeatureTuning()
_NARROW, _WIDE = np.hanning(BLOCK).astype(np.float32), np.hanning(2 * BLOCK).astype(np.float32)


@dataclass(frozen=True, slots=True)
class Features:
    """What was measured.

    Attributes
    ----------
    likelihood : (n,) float64
        Of each block of 32 ms, how likely a voice is in it.
    power : (n,) float64
        Mean square of each block.
    rise : (m,) float64
        Of each step of 16 ms, by how many dB the sound rises, mean over the bands.
    tones : (k,) float64
        Of each slot of 8 blocks, how far tones stand out of the spectrum around it: its deviation from a smooth one, in the
        natural logarithm of power.
    seconds : float
        Length of the sound.
    """

    likelihood: ndarray
    power: ndarray
    rise: ndarray
    tones: ndarray
    seconds: float


class FeatureStream:
    """Takes samples of 16 kHz in any portions."""

    def __init__(self, voice: VoiceDetector) -> None:
        self._voice = voice
        self._waiting: list[ndarray] = []
        self._count = 0
        self._samples = 0
        self._before = np.zeros(BLOCK, np.float32)
        self._levels = np.full((2, TUNING.bands), 10 * np.log10(TUNING.floor))
        self._likelihood, self._power, self._rise, self._tones = array("f"), array("f"), array("f"), array("f")
        # Sums of the power spectra of the last slots, and the spectra of a slot that is not complete.
        self._slots: deque[ndarray] = deque(maxlen=SLOTS)
        self._open: list[ndarray] = []
        self._slots_seen = 0

    def push(self, samples: ndarray) -> None:
        """Take the next samples, (n,) float32."""
        self._waiting.append(samples)
        self._count += len(samples)
        self._samples += len(samples)
        if self._count >= BATCH * BLOCK:
            whole = np.concatenate(self._waiting)
            used = len(whole) // BLOCK * BLOCK
            for begin in range(0, used, BATCH * BLOCK):
                self._take(whole[begin : min(used, begin + BATCH * BLOCK)].reshape(-1, BLOCK))
            # A copy, for a view would keep all of it.
            self._waiting, self._count = [whole[used:].copy()], len(whole) - used

    def finish(self) -> Features:
        """Return what was measured, when all samples have come; a last block that is not whole is filled with silence."""
        rest = np.concatenate([*self._waiting, np.zeros(-self._count % BLOCK, np.float32)])
        if len(rest):
            self._take(rest.reshape(-1, BLOCK))
        if self._open:
            self._close_slot()
        # The windows of the last slots have less and less behind them.
        held = list(self._slots)
        for slot in range(len(self._tones), self._slots_seen):
            begin = max(0, slot - SLOTS // 2) - (self._slots_seen - len(held))
            self._tones.append(_tones(held[begin:]))
        likelihood, power, rise, tones = (
            np.array(values, np.float64) for values in (self._likelihood, self._power, self._rise, self._tones)
        )
        return Features(likelihood, power, rise, tones, self._samples / RATE)

    def _take(self, blocks: ndarray) -> None:
        """Measure some blocks, (k, `BLOCK`)."""
        tick()
        self._likelihood.extend(map(self._voice.likelihood, blocks))
        self._power.extend(np.square(blocks, dtype=np.float64).mean(axis=1).tolist())
        line = np.concatenate([self._before, blocks.ravel()])
        self._rise.extend(self._rises(line[BLOCK - STEP :]).tolist())
        pairs = np.lib.stride_tricks.sliding_window_view(line, 2 * BLOCK)[::BLOCK]
        first, behind = TUNING.tone_bins
        for spectrum in _power_spectra(pairs, _WIDE)[:, first:behind]:
            self._open.append(spectrum.copy())
            if len(self._open) == SLOT:
                self._close_slot()
        self._before = blocks[-1].copy()

    def _rises(self, line: ndarray) -> ndarray:
        """Measure the rise of each step against the louder of the two steps before, of samples that begin a step earlier."""
        windows = np.lib.stride_tricks.sliding_window_view(line, BLOCK)[::STEP]
        edges = np.geomspace(TUNING.lowest_hz, RATE / 2, TUNING.bands + 1) * BLOCK / RATE
        first = np.maximum.accumulate(np.round(edges[:-1]).astype(int))
        bands = np.add.reduceat(_power_spectra(windows, _NARROW), first, axis=1)
        levels = np.concatenate([self._levels, 10 * np.log10(bands + TUNING.floor)])
        self._levels = levels[-2:]
        rises = levels[2:] - np.maximum(levels[1:-1], levels[:-2])
        return np.asarray(np.maximum(rises, 0.0).mean(axis=1))

    def _close_slot(self) -> None:
        self._slots.append(np.sum(self._open, axis=0))
        self._open = []
        self._slots_seen += 1
        # A slot is in the middle of its window.
        if self._slots_seen > SLOTS // 2:
            self._tones.append(_tones(self._slots))


def _power_spectra(windows: ndarray, shape: ndarray) -> ndarray:
    """Return the power in each bin, (k, bins) float64, such that a sine of full scale has 0.5 in all."""
    spectra = np.fft.rfft(windows * shape, axis=1)
    return np.asarray(np.abs(spectra) ** 2 * (2.0 / (windows.shape[1] * np.square(shape, dtype=np.float64).sum())))


def _tones(slots: Sequence[ndarray]) -> float:
    """Tell how far tones stand out of the sum of some spectra; noise gives about 0.16, and music mostly more than 0.5."""
    spectrum = np.log(np.sum(list(slots), axis=0) + 1e-15)
    windows = np.lib.stride_tricks.sliding_window_view(spectrum, TUNING.smooth_bins)
    side = TUNING.smooth_bins // 2
    return float((spectrum[side:-side] - np.median(windows, axis=1)).std())
