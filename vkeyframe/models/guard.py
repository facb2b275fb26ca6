"""A crash or a hang of a model, told from one of the decoder."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from vkeyframe.errors import DecoderError
from vkeyframe.process.isolation import HangError
from vkeyframe.process.spawn import CrashError


@contextmanager
def crashes_of(model: str) -> Iterator[None]:
    """Say of a call in a child process that it was a model that crashed or hung.

    Raises
    ------
    DecoderError
        With the model.
    """
    try:
        yield
    except (CrashError, HangError):
        raise DecoderError(f"{model}: onnxruntime crashed on it, or hung; export it anew, or leave features=… out.") from None
