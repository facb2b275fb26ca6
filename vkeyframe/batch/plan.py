"""What the parts of a batch hand to each other."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Protocol, Self

from vkeyframe.options import with_flags
from vkeyframe.report.records import Report
from vkeyframe.settings import Settings

if TYPE_CHECKING:
    from vkeyframe.export.index import Card
    from vkeyframe.library.entries import Entry

DONE, SKIPPED, FAILED, REMOVED = "done", "skipped", "failed", "removed"


@dataclass(frozen=True, slots=True)
class Task:
    """One video.

    Attributes
    ----------
    index : int
        Its place in the order given.
    video : str
        What the user calls it: a path, a URL, or ``-`` for standard input.
    output : str or None
        Path or URL of the folder for its keyframes; None writes none.
    error : str or None
        Why nothing can be done with it, which is known already.
    exit_code : int
        Of that error.
    known : (int, int, str) or None
        With which size, time of change and settings the library has it.
    """

    index: int
    video: str
    output: str | None
    error: str | None = None
    exit_code: int = 0
    known: tuple[int, int, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchPlan:
    """What is the same for all videos.

    Attributes
    ----------
    settings : Settings
    base : str
        The folder that relative paths of videos start from.
    root : str or None
        The folder, a path or URL, that all output folders lie in; links must not lead out of it. None if there is none.
    pictures : bool
        Whether to write pictures.
    exports : tuple of str
        Further forms to write.
    overwrite : bool
        Whether to replace the output of an earlier run.
    resume : bool
        Whether to skip a video of which an earlier run did the same.
    skip_existing : bool
        Whether to skip a video of which an earlier run left a report, whatever it did.
    timeout : float or None
        Seconds that a video may take.
    verbose : bool
        Whether what the decoder writes goes to the terminal.
    entries : bool
        Whether each outcome is to bring what a library keeps; then pictures are worked on as well as videos.
    """

    settings: Settings
    base: str
    root: str | None = None
    pictures: bool = True
    exports: tuple[str, ...] = ()
    overwrite: bool = False
    resume: bool = False
    skip_existing: bool = False
    timeout: float | None = None
    verbose: bool = False
    entries: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a video.

    Attributes
    ----------
    index : int
        Of the task.
    path : str
        The video.
    status : str
        ``done``, ``skipped`` (an earlier run did the same) or ``failed``; then `exit_code` is not 0. ``removed`` where a library
        had a file that is gone.
    report : str or None
        Where its report lies.
    complete : bool or None
        Whether all of the video could be read.
    decoder_messages : int
        How many lines the decoder wrote.
    seconds : float
        How long it took.
    content : Report or None
        The report itself, where the video was worked on by this machine.
    card : Card or None
        What the page of the batch shows of it, where that page is asked for.
    entry : Entry or None
        What a library is to keep.
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
    content: Report | None = None
    card: Card | None = None
    entry: Entry | None = None

    def to_json(self) -> str:
        """Write it on one line as the command line does, with flags; bytes of names that are no text are replaced."""
        written = replace(self, error=self.error and with_flags(self.error), content=None, card=None, entry=None)
        plain = {
            key: os.fsencode(value).decode("utf-8", "replace") if isinstance(value, str) else value
            for key, value in asdict(written).items()
            if key not in ("index", "content", "card", "entry")
        }
        return json.dumps(plain, ensure_ascii=False)


class Executor(Protocol):
    """Works off tasks, several at a time, within its `with`; leaving it early ends what is in work."""

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
