"""What the parts of a batch hand to each other."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from typing import Protocol, Self

from vkeyframe.settings import Settings

DONE, SKIPPED, FAILED = "done", "skipped", "failed"


@dataclass(frozen=True, slots=True)
class Task:
    """One video: its place in the order given, what the user calls it, and its folder below the output folder, ``/`` between."""

    index: int
    video: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchPlan:
    """What is the same for all videos of a batch.

    `output` is a folder's absolute path or a URL; `base` is the folder that relative paths of videos start from; `timeout` is
    in seconds, None for no limit; `verbose` shows what the decoder says.
    """

    output: str
    base: str
    settings: Settings
    pictures: bool = True
    sheet: bool = False
    overwrite: bool = False
    resume: bool = False
    timeout: float | None = None
    verbose: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a video; `report` is where its report lies, `complete` whether all of the video could be read.

    `status` is ``done``, ``skipped`` (an earlier run did the same) or ``failed``; then `exit_code` is not 0.
    `decoder_messages` are the lines that the decoder wrote.
    """

    index: int
    path: str
    status: str
    error: str | None = None
    exit_code: int = 0
    report: str | None = None
    shots: int | None = None
    keyframes: int | None = None
    complete: bool | None = None
    decoder_messages: int = 0
    seconds: float = 0.0

    def to_json(self) -> str:
        """Write it on one line; bytes of names that are no text are replaced."""
        plain = {
            key: os.fsencode(value).decode("utf-8", "replace") if isinstance(value, str) else value
            for key, value in asdict(self).items()
            if key != "index"
        }
        return json.dumps(plain, ensure_ascii=False)


class Executor(Protocol):
    """Works tasks off, several at a time, within its `with`; leaving it early ends what is under way."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *error: object) -> None: ...

    def capacity(self) -> int:
        """How many tasks it should have at a time."""
        ...

    def submit(self, task: Task) -> None:
        """Take a task."""
        ...

    def outcome(self) -> Outcome:
        """Wait for the next outcome, of whichever task is done first."""
        ...
