"""Messages of a child process: what it may say, and the errors that it may name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vkeyframe import errors
from vkeyframe.errors import DecoderError, VkeyframeError
from vkeyframe.process.wire import decode, to_record


def read_message(subject: str, data: bytes) -> tuple[str, Any]:
    """Read a message of the child, whose kind tells what its value is."""
    try:
        kind, value = to_record(tuple[str, Any], decode(data))
        kinds: dict[str, Any] = {
            "starved": float,
            "progress": tuple[float, float],
            "told": Mapping[str, Any],
            "error": tuple[str, str, tuple[str, ...]],
        }
        return kind, to_record(kinds.get(kind, Any), value)
    except (ValueError, RecursionError):
        text = "the decoder's process did not answer as it should; the file may be harmful"
        raise DecoderError(f"{subject}: {text}.") from None


def error_of(described: tuple[str, str, tuple[str, ...]]) -> VkeyframeError:
    """Make the error that the child has described; it can name none but ours."""
    name, text, notes = described
    kind = getattr(errors, name, None)
    error = kind(text) if isinstance(kind, type) and issubclass(kind, VkeyframeError) else errors.InternalError(text)
    for note in notes:
        error.add_note(note)
    return error
