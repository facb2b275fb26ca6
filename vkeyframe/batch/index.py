"""The page of a batch: ``index.html`` in its output folder, with a card for each video."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from stat import S_ISREG
from urllib.parse import quote

from vkeyframe.batch.journal import INDEX_NAME
from vkeyframe.batch.plan import FAILED, Outcome, Task
from vkeyframe.batch.storage import beginning_of, file_in, local_path, scratch_folder, upload
from vkeyframe.errors import OutputError, VkeyframeError
from vkeyframe.export.html import PAGE_NAME
from vkeyframe.export.index import BEGINNING, Card, draw_index, small_cover
from vkeyframe.options import with_flags
from vkeyframe.output.folder import file_errors
from vkeyframe.output.whole_file import write_text
from vkeyframe.process.isolation import Isolation
from vkeyframe.report.records import Report
from vkeyframe.video.file import file_name, without_password


def card_of(task: Task, report: Report, isolation: Isolation) -> Card:
    """Make the card of a video whose output is written; a cover that cannot be read is left out."""
    best = min(report.keyframes, key=lambda keyframe: keyframe.rank)
    cover = ""
    with suppress(VkeyframeError):
        if task.output is not None and best.file is not None:
            with file_in(task.output, best.file, isolation) as path:
                cover = isolation.call(best.file, small_cover, path, answer=str)
    return Card(
        index=task.index,
        name=report.video.name,
        cover=cover,
        duration=report.video.duration,
        shots=len(report.shots),
        keyframes=len(report.keyframes),
        warnings=report.decoding.warnings,
    )


class IndexPage:
    """The page; it is written in the end, whole or not at all, in place of one of an earlier batch.

    It keeps a card for each video, 4 to 8 kB, unlike the batch itself, which keeps nothing.

    Parameters
    ----------
    output : str
        Path or URL of the output folder.

    Raises
    ------
    OutputError
        If something else is in its place.
    """

    def __init__(self, output: str) -> None:
        self._output = output.rstrip("/") or "/"
        self._cards: list[Card] = []
        self._check()

    def add(self, outcome: Outcome) -> None:
        """Take what became of a video."""
        shown = _text(without_password(outcome.path))
        name = _text(file_name(shown))
        folder = shown.removesuffix(name).rstrip("/")
        if outcome.status == FAILED or outcome.card is None:
            # The card has the name already, with which the sentence begins.
            error = _text(with_flags(outcome.error or "")).removeprefix(f"{shown}: ")
            self._cards.append(Card(outcome.index, name, folder, error=error[:1].upper() + error[1:]))
            return
        page = f"{(outcome.report or '').removeprefix(self._output).lstrip('/').rpartition('/')[0]}/{PAGE_NAME}"
        self._cards.append(replace(outcome.card, name=name, folder=folder, page=quote(os.fsencode(page))))

    def write(self) -> None:
        """Write it.

        Raises
        ------
        OutputError
            If it cannot be written, or something else has come in its place.
        """
        self._check()
        folder = local_path(self._output)
        title = _text(file_name(without_password(self._output)) if folder is None else folder.absolute().name)
        text = draw_index(title or "Videos", self._cards)
        if folder is not None:
            with file_errors(folder / INDEX_NAME):
                write_text(folder / INDEX_NAME, text)
            return
        with scratch_folder() as scratch:
            with file_errors(scratch / INDEX_NAME):
                write_text(scratch / INDEX_NAME, text)
            upload(scratch / INDEX_NAME, f"{self._output}/{INDEX_NAME}")

    def _check(self) -> None:
        """Refuse what is no page of a batch, is a link, or has another name as well."""
        folder = local_path(self._output)
        if folder is None:
            found = beginning_of(f"{self._output}/{INDEX_NAME}", len(BEGINNING))
        else:
            found = _beginning_of_file(folder / INDEX_NAME)
        if found is not None and found != BEGINNING:
            place = f"{without_password(self._output)}/{INDEX_NAME}"
            raise OutputError(
                f"{place}: is not the page of a batch, which is to be written there; move it or use another output=…."
            )


def _beginning_of_file(path: Path) -> str | None:
    """Return what a file begins with, nothing for what is no plain file of this name alone; None where there is nothing."""
    with file_errors(path):
        if not os.path.lexists(path):
            return None
        status = path.lstat()
        if not S_ISREG(status.st_mode) or status.st_nlink > 1:
            return ""
        with path.open("rb") as file:
            return file.read(len(BEGINNING)).decode("utf-8", "replace")


def _text(name: str) -> str:
    """Replace the bytes of a name that are no text."""
    return os.fsencode(name).decode("utf-8", "replace")
