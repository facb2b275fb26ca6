"""Transcripts as JSON: what Whisper and the programs that grew out of it write."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import Any

from vkeyframe.words.cues import Cue, rows_of

# What holds the pieces: OpenAI's Whisper, faster-whisper and WhisperX; whisper.cpp; pipelines of Transformers.
_LISTS = ("segments", "transcription", "chunks")


def read_whisper(text: str) -> list[Cue]:
    """Read a transcript.

    Understood are ``segments`` with ``start`` and ``end`` in seconds (OpenAI's program and service, faster-whisper, WhisperX),
    also as a list without anything around it; ``transcription`` with ``offsets`` in milliseconds (whisper.cpp); and ``chunks``
    with a ``timestamp`` (Transformers). Pieces without a text or a time are left out.

    Raises
    ------
    ValueError
        If it is none of these; with the cause.
    """
    try:
        data = json.loads(text)
    except json.JSONDecodeError as error:
        raise ValueError(f"it is no JSON ({error.msg}, line {error.lineno})") from None
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    pieces = data if isinstance(data, list) else next((data[key] for key in _LISTS if key in data), None)
    if not isinstance(pieces, list):
        raise ValueError(f"it has no list of {', '.join(_LISTS[:-1])} or {_LISTS[-1]} as Whisper writes them")
    return list(_cues(pieces))


def _cues(pieces: list[Any]) -> Iterator[Cue]:
    for piece in pieces:
        if not isinstance(piece, dict) or not isinstance(piece.get("text"), str):
            continue
        start, end = _times(piece)
        # Braces are no markup here.
        rows = rows_of(piece["text"].replace("{", r"\{").replace("}", r"\}"))
        if rows and math.isfinite(start):
            yield Cue(start, end, rows)


def _times(piece: dict[str, Any]) -> tuple[float, float]:
    """Return when a piece begins and ends, in seconds; NaN where that is not known."""
    offsets, stamp = piece.get("offsets"), piece.get("timestamp")
    if isinstance(offsets, dict):
        return _number(offsets.get("from")) / 1000.0, _number(offsets.get("to")) / 1000.0
    if isinstance(stamp, list) and len(stamp) == 2:
        return _number(stamp[0]), _number(stamp[1])
    return _number(piece.get("start")), _number(piece.get("end"))


def _number(value: Any) -> float:
    try:
        return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else math.nan
    except OverflowError:
        return math.nan
