"""Transcripts as the programs write them."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest

from vkeyframe.words.whisper import read_whisper

# As `whisper film.mp4 --output_format json` writes it; that of faster-whisper's and WhisperX's programs has the same form.
OPENAI = {
    "text": " Hello there. How are you?",
    "segments": [
        {"id": 0, "seek": 0, "start": 0.0, "end": 2.4, "text": " Hello there.", "tokens": [50364], "temperature": 0.0,
         "avg_logprob": -0.2, "compression_ratio": 1.2, "no_speech_prob": 0.01,
         "words": [{"word": " Hello", "start": 0.0, "end": 1.0, "probability": 0.9}]},
        {"id": 1, "seek": 0, "start": 2.4, "end": 4.0, "text": " How are you?", "tokens": [], "avg_logprob": math.nan},
    ],
    "language": "en",
}  # fmt: skip
# As `whisper-cli -oj` of whisper.cpp writes it; -ojf adds the tokens.
CPP = {
    "systeminfo": "AVX = 1", "model": {"type": "base"}, "params": {"model": "ggml-base.bin"}, "result": {"language": "en"},
    "transcription": [
        {"timestamps": {"from": "00:00:00,000", "to": "00:00:02,400"}, "offsets": {"from": 0, "to": 2400},
         "text": " Hello there.",
         "tokens": [{"text": "[_BEG_]", "offsets": {"from": 0, "to": 0}, "id": 50364, "p": 0.9}]},
        {"timestamps": {"from": "00:00:02,400", "to": "00:00:04,000"}, "offsets": {"from": 2400, "to": 4000},
         "text": " How are you?"},
    ],
}  # fmt: skip
# A pipeline of Transformers with return_timestamps; the last end may be missing.
CHUNKS = {
    "text": "…",
    "chunks": [{"timestamp": [0.0, 2.4], "text": " Hello there."}, {"timestamp": [2.4, None], "text": " How are you?"}],
}


def found(data: Any) -> list[tuple[float, float, str]]:
    return [(cue.start, cue.end, *cue.rows) for cue in read_whisper(json.dumps(data))]


SAID = [(0.0, 2.4, "Hello there."), (2.4, 4.0, "How are you?")]


@pytest.mark.parametrize("data", [OPENAI, OPENAI["segments"], CPP], ids=["openai", "a list", "whisper.cpp"])
def test_what_each_program_writes(data: Any) -> None:
    assert found(data) == SAID


def test_an_end_that_is_missing_is_not_known() -> None:
    first, second = found(CHUNKS)
    assert first == SAID[0]
    assert (second[0], math.isnan(second[1]), second[2]) == (2.4, True, "How are you?")


def test_pieces_without_text_or_time_are_left_out() -> None:
    pieces = [1, None, {}, {"text": "a"}, {"text": 3, "start": 0}, {"start": 1, "end": 2}, {"text": "b", "start": True, "end": 2}]
    pieces += [
        {"text": "c", "start": 10**400, "end": 2},
        {"text": " ", "start": 1, "end": 2},
        {"text": "{d}", "start": 1, "end": 2},
    ]
    assert found(pieces) == [(1.0, 2.0, "{d}")]


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("{", "it is no JSON"),
        ("[" * 100_000, "it is nested too deeply"),
        ('{"text": "no times"}', "it has no list of segments, transcription or chunks as Whisper writes them"),
        ('{"segments": {"0": 1}}', "it has no list of segments"),
    ],
)
def test_what_is_none_of_these_is_refused(text: str, cause: str) -> None:
    with pytest.raises(ValueError, match=cause):
        read_whisper(text)
