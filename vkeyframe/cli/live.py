"""`vkeyframe extract --follow`: what is still written or sent, with a line of JSON for what is found in it."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

from vkeyframe.cli.json_file import is_standard_output, write_json
from vkeyframe.cli.signals import ENDING
from vkeyframe.cli.terminal import ReaderLeftError, check_standard_output, emit, say
from vkeyframe.errors import UsageError, VkeyframeError
from vkeyframe.settings import OPTIONS, Settings
from vkeyframe.video.address import shown_address, stem_of

if TYPE_CHECKING:
    from vkeyframe.batch.plan import BatchPlan, Task
    from vkeyframe.live.options import LiveOptions
    from vkeyframe.process.isolation import Isolation
    from vkeyframe.report.records import Report

# What needs all of a video before anything can be chosen, or another pass over it.
WHOLE_ONLY = (
    "count",
    "per_minute",
    "per_shot",
    "max",
    "max_gap",
    "tokens",
    "like",
    "features",
    "text_model",
    "about",
    "min_sharpness",
    "cover",
    "explain",
    "audio",
    "start",
    "end",
)
WHOLE_ONLY_WORDS = ("words", "subtitles", "transcript")
WHOLE_ONLY_READING = ("decode", "decoder", "strict")
KEPT = ("content", "events")


def check_settings(plan: BatchPlan, json_to: str | None) -> None:
    """Refuse what cannot be done while a video comes.

    Raises
    ------
    UsageError
        With what to leave out.
    """
    settings = plan.settings
    for name in (*WHOLE_ONLY, *WHOLE_ONLY_READING, *WHOLE_ONLY_WORDS):
        group, item = OPTIONS[name]
        if getattr(getattr(settings, group), name) != item.default:
            flag = f"--{name.replace('_', '-')}"
            raise UsageError(f"{flag} needs the whole video; leave it out, or read the recording when it is finished.")
    if settings.selection.keep not in KEPT:
        raise UsageError(f"keep is '{settings.selection.keep}', but what is followed can be chosen by {' or '.join(KEPT)} only.")
    if plan.timeout is not None:
        raise UsageError("--timeout is for videos that end; leave it out, and stop what is followed with Ctrl-C.")
    if plan.skip_existing:
        raise UsageError("--skip-existing is for videos that end; give another -o.")
    if json_to is not None and is_standard_output(json_to):
        raise UsageError("What is found goes to standard output line by line; give --json a file for the report.")


def followed_task(video: str, output: str | None, writes_folder: bool) -> Task:
    """Name a stream or a recording, without passwords, and its output folder."""
    from vkeyframe.batch.plan import Task
    from vkeyframe.batch.storage import local_path
    from vkeyframe.output.naming import safe_name

    folder = (output or f"{safe_name(stem_of(video))}_keyframes") if writes_folder else None
    if folder is not None and local_path(folder) is None:
        raise UsageError("The keyframes of what is followed are written to this machine; give a local -o.")
    return Task(0, shown_address(video), folder)


class Follower:
    """Follows one stream or recording, and writes what it tells.

    Parameters
    ----------
    plan : BatchPlan
    options : LiveOptions
    isolation : Isolation
    quiet : bool
    """

    def __init__(self, plan: BatchPlan, options: LiveOptions, isolation: Isolation, quiet: bool) -> None:
        self._plan, self._options, self._isolation, self._quiet = plan, options, isolation, quiet
        self._heard = True
        self._stopped = False

    def follow(self, video: str, task: Task, json_to: str | None) -> int:
        """Follow it to its end, and write the report."""
        from vkeyframe.report.write import report_to_json

        check_standard_output()
        if not self._quiet:
            say(f"{task.video}: following; Ctrl-C ends with a report")
            if self._plan.settings.analysers:
                say(f"{task.video}: left out, because it is kept for each frame: {', '.join(self._plan.settings.analysers)}")
        try:
            with self._ended_by_signals():
                report, why = self._written(video, task)
        except VkeyframeError:
            if self._stopped:
                raise KeyboardInterrupt from None
            raise
        self._emit(_end_message(report, task.output, why))
        if json_to is not None:
            write_json(json_to, report_to_json(report, indent=1))
        return 0

    def _written(self, video: str, task: Task) -> tuple[Report, str]:
        from vkeyframe.export.registry import find_exporter
        from vkeyframe.export.run import write_forms
        from vkeyframe.output.folder import OutputFolder
        from vkeyframe.output.stale import remove_leftovers

        plan, settings = self._plan, replace(self._plan.settings, analysers=())
        if task.output is None:
            return self._watched(video, task.video, settings, None)
        for form in plan.exports:
            settings = settings.having(**find_exporter(form).settings)
        final = Path(task.output)
        for place in (final.absolute().parent, final):
            remove_leftovers(place, deep=False)
        with OutputFolder(final, plan.overwrite) as folder, folder.named_as_asked():
            report, why = self._watched(video, task.video, settings, folder.path if plan.pictures else None)
            if plan.exports:
                self._isolation.call(task.video, write_forms, report, folder.path, plan.exports, answer=None)
            return folder.commit(report), why

    def _watched(self, video: str, shown: str, settings: Settings, pictures: Path | None) -> tuple[Report, str]:
        from vkeyframe.analysis.registry import section_type
        from vkeyframe.process.wire import to_record
        from vkeyframe.report.records import Report

        given = video, settings, self._options, pictures
        report, why = self._isolation.call(shown, _watch, *given, answer=tuple[Report, str], tell=self._tell)
        sections = {name: to_record(section_type(name), value) for name, value in report.sections.items()}
        return replace(report, sections=sections), why

    def _tell(self, message: Mapping[str, Any]) -> None:
        if message.get("type") != "note":
            self._emit(message)
        elif not self._quiet:
            say(str(message.get("text")))

    def _emit(self, message: Mapping[str, Any]) -> None:
        """Write a line; when nobody reads any more, end with the report."""
        if not self._heard:
            return
        try:
            emit(json.dumps(message, ensure_ascii=False))
        except ReaderLeftError:
            self._heard = False
            self._isolation.stop()

    @contextmanager
    def _ended_by_signals(self) -> Iterator[None]:
        """Let the first signal end what is followed, so that the report is made; a second one interrupts that."""
        before = {number: signal.getsignal(number) for number in ENDING}

        def stop(number: int, _frame: FrameType | None) -> None:
            self._stopped = True
            self._isolation.stop()
            signal.signal(number, before[number])

        for number, handler in before.items():
            if handler is not signal.SIG_IGN:
                signal.signal(number, stop)
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def _watch(video: str, settings: Settings, options: LiveOptions, pictures: Path | None, tell: Any = None) -> tuple[Report, str]:
    # Numba and OpenCV are loaded where the work is done.
    from vkeyframe.live.run import watch

    return watch(video, settings, options, pictures, tell=tell)


def _end_message(report: Report, folder: str | None, why: str) -> dict[str, Any]:
    """Return what is told last: why it ended, and what was found."""
    found = {"keyframes": len(report.keyframes), "shots": len(report.shots), "duration": report.video.duration}
    return {"type": "end", "why": why, **found, "report": None if folder is None else f"{folder}/report.json"}
