"""What is done with one video, wherever that runs."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from hashlib import blake2b
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

from vkeyframe.api import produce
from vkeyframe.batch.places import marks_of_words, words_of
from vkeyframe.batch.plan import DONE, FAILED, SKIPPED, BatchPlan, Outcome, Task
from vkeyframe.batch.storage import deliver, fetched, local_path, read_report, scratch_folder, sizes_of_files, state_of
from vkeyframe.errors import OutputError, ReportError, VkeyframeError, from_foreign
from vkeyframe.models.files import state_of_model
from vkeyframe.output.destination import Destination
from vkeyframe.output.folder import REPORT_NAME, file_errors, in_the_way
from vkeyframe.output.inputs import check_folder
from vkeyframe.output.stale import remove_leftovers
from vkeyframe.output.wholeness import is_whole, with_pictures
from vkeyframe.process.isolation import Isolation
from vkeyframe.report.read import load_report
from vkeyframe.report.records import Report
from vkeyframe.video.file import is_picture

if TYPE_CHECKING:
    from vkeyframe.export.index import Card

Progress = Callable[[float, float], None]


def process_video(task: Task, plan: BatchPlan, isolation: Isolation, progress: Progress | None = None) -> Outcome:
    """Extract the keyframes of one video; whatever goes wrong with it is an outcome, no exception.

    Parameters
    ----------
    task : Task
    plan : BatchPlan
    isolation : Isolation
        The child process that decodes.
    progress : callable, optional
        Called with the seconds of video done and the seconds in all.
    """
    started = perf_counter()
    if task.error is not None:
        return failure(task, task.error, task.exit_code)
    try:
        with isolation.one_deadline():
            outcome = (_into_library if plan.entries else _into_folder)(task, plan, isolation, progress)
    except VkeyframeError as error:
        return failure(task, str(error), error.exit_code, perf_counter() - started)
    except Exception as error:
        # A defect, ours or a library's, must not end the other videos.
        ours = from_foreign(task.video, error)
        return failure(task, str(ours), ours.exit_code, perf_counter() - started)
    return replace(outcome, seconds=round(perf_counter() - started, 3))


def _into_folder(task: Task, plan: BatchPlan, isolation: Isolation, progress: Progress | None) -> Outcome:
    report, done = _report_of(task, plan, isolation, progress)
    card = _card(task, plan, report, isolation)
    return Outcome(
        index=task.index,
        path=task.video,
        status=SKIPPED if done else DONE,
        report=None if task.output is None else f"{task.output}/{REPORT_NAME}",
        shots=len(report.shots),
        keyframes=len(report.keyframes),
        complete=report.decoding.complete,
        decoder_messages=report.run.decoder_messages,
        content=report,
        card=card,
    )


def _card(task: Task, plan: BatchPlan, report: Report, isolation: Isolation) -> Card | None:
    """Make what the page of the batch shows, where that is asked for."""
    if plan.root is None or "html" not in plan.exports:
        return None
    # Loads what draws pages.
    from vkeyframe.batch.index import card_of

    return card_of(task, report, isolation)


def _into_library(task: Task, plan: BatchPlan, isolation: Isolation, progress: Progress | None) -> Outcome:
    """Make the entry of a library as well, or only that where the task has no output; what the library has is skipped."""
    # NumPy and SQLite are loaded only where there is a library.
    from vkeyframe.batch.indexing import source_of
    from vkeyframe.library.making import collecting, entry_of_picture, entry_of_video

    source = source_of(task.video, plan, isolation)
    known = source.settings != "" and task.known == source.state
    if known and task.output is None:
        return Outcome(task.index, task.video, SKIPPED)
    with scratch_folder() as scratch:
        if task.output is None and is_picture(task.video):
            with fetched(task.video, plan.base, isolation) as file:
                entry = entry_of_picture(source, file, plan.settings, isolation, scratch)
            return Outcome(task.index, task.video, DONE, shots=0, keyframes=1, complete=True, entry=entry)
        found = scratch / "found"
        mine = replace(plan, settings=collecting(plan.settings, found))
        if not known:
            # What lies in the output folder may be of a run that had no library, or was killed before that had it all.
            mine = replace(mine, overwrite=plan.overwrite or plan.resume, resume=False, skip_existing=False)
        outcome = _into_folder(task, mine, isolation, progress)
        report = outcome.content
        if report is None or outcome.status == SKIPPED:
            return outcome
        return replace(outcome, entry=entry_of_video(source, report, found))


def _report_of(task: Task, plan: BatchPlan, isolation: Isolation, progress: Progress | None) -> tuple[Report, bool]:
    """Return the report of a video, and whether an earlier run made it."""
    earlier = _earlier_report(task.output, isolation)
    fingerprint = None if plan.root is None else _fingerprint(task, plan, isolation)
    if earlier and (plan.skip_existing or (plan.resume and _is_same(earlier, fingerprint, task, isolation))):
        return earlier, True
    return _extract(task, plan, fingerprint, isolation, progress), False


def failure(task: Task, error: str, exit_code: int, seconds: float = 0.0) -> Outcome:
    """Return the outcome of a video that failed."""
    return Outcome(task.index, task.video, FAILED, " ".join(error.split()), exit_code, seconds=round(seconds, 3))


def _is_same(earlier: Report, fingerprint: str | None, task: Task, isolation: Isolation) -> bool:
    """Whether an earlier run did the same, and all its files are there as it wrote them."""
    if fingerprint is None or task.output is None:
        return False
    sizes = sizes_of_files(task.output, isolation)
    return earlier.run.fingerprint == with_pictures(fingerprint, earlier, sizes) and is_whole(earlier, sizes)


def _fingerprint(task: Task, plan: BatchPlan, isolation: Isolation) -> str | None:
    """Return 32 hex digits that are the same for the same settings, input and version; None if the input may have changed."""
    from importlib.metadata import version

    state = state_of(task.video, plan.base, isolation)
    if state is None:
        return None
    result = plan.settings.for_report(), plan.pictures, plan.exports, version("vkeyframe")
    selection = plan.settings.selection
    models = [state_of_model(Path(plan.base, name)) for name in (selection.features, selection.text_model) if name is not None]
    words = [marks_of_words(task.video, plan)] if plan.settings.takes_words else []
    # Without a model and words the text is that of earlier versions, whose work is not done again.
    text = repr((task.video, state, result, *words, *models))
    return blake2b(text.encode("utf-8", "surrogateescape"), digest_size=16).hexdigest()


def _earlier_report(output: str | None, isolation: Isolation) -> Report | None:
    """Load the report of an earlier run, None where there is none that can be read."""
    if output is None:
        return None
    # A run that was killed while it filled a folder in place leaves its hidden folder, and may have moved the report there.
    if (final := local_path(output)) is not None:
        remove_leftovers(final, deep=False)
    try:
        return load_report(read_report(output, isolation) or b"")
    except ReportError:
        return None


def _extract(task: Task, plan: BatchPlan, fingerprint: str | None, isolation: Isolation, progress: Progress | None) -> Report:
    with fetched(task.video, plan.base, isolation) as file:
        if task.output is None:
            return produce(file, plan.settings, None, isolation, progress=progress)
        replacing = plan.overwrite or plan.resume

        def write(folder: Path) -> Report:
            destination = Destination(folder, replacing, plan.pictures, plan.exports)
            return produce(file, plan.settings, destination, isolation, fingerprint, progress)

        final = local_path(task.output)
        if final is not None:
            beside = [Path(plan.base, name) for name in plan.settings.selection.inputs]
            check_folder(final, [file.path, *beside, *words_of(task.video, plan)])
            if plan.root is None:
                remove_leftovers(final.absolute().parent, deep=False)
            else:
                _make_parents(final, Path(plan.root))
            return write(final)
        earlier = _earlier_report(task.output, isolation)
        if earlier is not None and not replacing:
            raise in_the_way(task.output)
        with scratch_folder() as scratch:
            report = write(scratch / "out")
            deliver(scratch / "out", task.output, set(earlier.files) if earlier else set(), isolation)
            return report


def _make_parents(final: Path, root: Path) -> None:
    """Make the folders between the root and a video's folder, which links must not lead elsewhere.

    When `produce` fails, it removes the folders that it has made, while another video may just need them.
    """
    if not Path(os.path.realpath(final.parent)).is_relative_to(os.path.realpath(root)):
        raise OutputError(f"{final}: a link leads out of the output folder; remove it.")
    with file_errors(final):
        for parent in reversed([parent for parent in final.parents if not parent.exists()]):
            parent.mkdir(exist_ok=True)
