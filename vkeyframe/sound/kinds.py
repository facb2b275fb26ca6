"""Kinds of sound by stretch: speech, music, silence, other."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

import numpy as np
from numpy import ndarray

from vkeyframe.sound.features import SLOT, SLOTS, Features
from vkeyframe.sound.voice import BLOCK_SECONDS

SLOT_SECONDS = SLOT * BLOCK_SECONDS


@dataclass(frozen=True, slots=True)
class KindTuning:
    """What tells kinds apart; set by eye on 60 clips of a second, of which it tells 59 right, and a few real videos.

    Attributes
    ----------
    silence_db : float
        Below this level, in dBFS, there is silence; the loudest silent clip has −61, the quietest spoken one −38.
    range_db : float
        Levels further below the loudest of the window are as good as silent.
    voice_alone : float
        Of what sounds like a voice speech has this or more: likelihood of a voice + deviation of its level / `pausing_db`. Who
        sings or is accompanied does not pause between syllables (Scheirer, Slaney, "Construction and evaluation of a robust
        multifeature speech/music discriminator", ICASSP 1997, doi:10.1109/ICASSP.1997.596192).
    pausing_db : float
    tones : float
        From this on tones stand out, see `Features.tones`, and there is music; set by eye, also rooms and motors have tones.
    faint_tones, loud_db : float
        From this on it is music if it is at least so loud, in dBFS; noise has up to 0.21 in a second, the least tonal metal 0.24.
    shortest_seconds : float
        A shorter stretch takes the kind of one beside it, so that a pause between words is no silence.
    shortest_speech_seconds : float
    """

    silence_db: float = -56.0
    range_db: float = 35.0
    voice_alone: float = 0.95
    pausing_db: float = 12.0
    tones: float = 0.5
    faint_tones: float = 0.225
    loud_db: float = -30.0
    shortest_seconds: float = 0.8
    shortest_speech_seconds: float = 0.3


TUNING = KindTuning()


def kinds_of_sound(features: Features, speech: list[tuple[float, float, float]]) -> list[tuple[float, float, str]]:
    """Tell what is heard.

    Parameters
    ----------
    features : Features
    speech : list of (start, end, confidence)
        Stretches of speech in seconds from the first block on.

    Returns
    -------
    list of (start, end, kind)
        In seconds, without gaps from the first block to the last.
    """
    blocks = len(features.power)
    if not blocks:
        return []
    spoken = np.zeros(blocks, bool)
    for start, end, _ in speech:
        spoken[round(start / BLOCK_SECONDS) : round(end / BLOCK_SECONDS)] = True
    kinds = [_kind(features, spoken, slot) for slot in range(len(features.tones))]
    stretches, begin = [], 0
    for kind, length in _without_short(_joined([(kind, 1) for kind in kinds])):
        end = begin + length
        stretches.append((begin * SLOT_SECONDS, min(end * SLOT, blocks) * BLOCK_SECONDS, kind))
        begin = end
    return stretches


def _kind(features: Features, spoken: ndarray, slot: int) -> str:
    inside = slice(slot * SLOT, (slot + 1) * SLOT)
    power = features.power[inside].mean()
    level = 10 * np.log10(power + 1e-12)
    if spoken[inside].mean() >= 0.5:
        around = slice(max(0, (slot - SLOTS // 2) * SLOT), (slot + SLOTS // 2 + 1) * SLOT)
        levels = 10 * np.log10(features.power[around] + 1e-12)
        deviation = np.maximum(levels, levels.max() - TUNING.range_db).std()
        if features.likelihood[around].mean() + deviation / TUNING.pausing_db >= TUNING.voice_alone:
            return "speech"
    elif level < TUNING.silence_db:
        return "silence"
    least = TUNING.faint_tones if level >= TUNING.loud_db else TUNING.tones
    return "music" if features.tones[slot] >= least else "other"


def _joined(runs: list[tuple[str, int]]) -> list[tuple[str, int]]:
    """Join runs of the same kind that follow each other; each is a kind and its number of slots."""
    return [(kind, sum(length for _, length in same)) for kind, same in groupby(runs, key=lambda run: run[0])]


def _without_short(runs: list[tuple[str, int]]) -> list[tuple[str, int]]:
    """Give runs that are too short to those beside them, speech last and the shortest first: to speech, or else the longer."""
    while True:
        short = [place for place, (kind, length) in enumerate(runs) if length * SLOT_SECONDS < _shortest(kind)]
        if not short or len(runs) == 1:
            return runs
        place = min(short, key=lambda place: (runs[place][0] == "speech", runs[place][1]))
        beside = [other for other in (place - 1, place + 1) if 0 <= other < len(runs)]
        taking = max(beside, key=lambda other: (runs[other][0] == "speech", runs[other][1]))
        runs = _joined([*runs[:place], (runs[taking][0], runs[place][1]), *runs[place + 1 :]])


def _shortest(kind: str) -> float:
    return TUNING.shortest_speech_seconds if kind == "speech" else TUNING.shortest_seconds
