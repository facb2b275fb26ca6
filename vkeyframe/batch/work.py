"""What is done with one video of a batch, wherever that runs."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from hashlib import blake2b
from importlib.metadata import version
from pathlib import Path
from time import perf_counter
from typing import Any

from vkeyframe.api import extract
from vkeyframe.batch.plan import DONE, FAILED, SKIPPED, BatchPlan, Outcome, Task
from vkeyframe.batch.storage import deliver, fetched, local_path, read_report, scratch_folder, state_of
from vkeyframe.errors import OutputError, VkeyframeError
from vkeyframe.output.folder import REPORT_NAME, SHEET_NAME, is_occupied
from vkeyframe.process.isolation import Isolation
from vkeyframe.report.write import SCHEMA, report_to_dict

Progress = Callable[[float, float], None]


def process(task: Task, order: BatchPlan, isolation: Isolation, progress: Progress | None = None) -> Outcome:
    """Extract the keyframes of one video into its folder; whatever goes wrong with it is an outcome, no exception.

    Parameters
    ----------
    task : Task
    order : BatchPlan
    isolation : Isolation
        The child process that decodes.
    progress : callable, optional
        Called with the seconds of video done and the seconds in all.
    """
    started = perf_counter()
    output = f"{order.output.rstrip('/')}/{task.name}"
    try:
        fingerprint = _fingerprint(task, order)
        earlier = _earlier_report(output)
        done = order.resume and earlier is not None and earlier["run"].get("fingerprint") == fingerprint
        if earlier is None or not done:
            report = _extract(task, order, output, earlier, fingerprint, isolation, progress)
        else:
            report = earlier
    except VkeyframeError as error:
        return failure(task, str(error), error.exit_code, perf_counter() - started)
    except Exception as error:
        # A defect, ours or a library's, is this video's misfortune only.
        return failure(task, f"{task.video}: {type(error).__name__}: {error}", 1, perf_counter() - started)
    return Outcome(
        index=task.index,
        path=task.video,
        status=SKIPPED if done else DONE,
        report=f"{output}/{REPORT_NAME}",
        shots=len(report["shots"]),
        keyframes=len(report["keyframes"]),
        complete=report["decoding"]["complete"],
        decoder_messages=report["run"].get("decoder_messages", 0),
        seconds=round(perf_counter() - started, 3),
    )


def failure(task: Task, error: str, exit_code: int, seconds: float = 0.0) -> Outcome:
    """Give the outcome of a video that failed."""
    return Outcome(task.index, task.video, FAILED, " ".join(error.split()), exit_code, seconds=round(seconds, 3))


def _fingerprint(task: Task, order: BatchPlan) -> str:
    """Give 32 hex digits that are the same for the same settings, input and version."""
    result = order.settings.for_report(), order.pictures, order.sheet, version("vkeyframe")
    said = repr((task.video, state_of(task.video, order.base), result))
    return blake2b(said.encode("utf-8", "surrogateescape"), digest_size=16).hexdigest()


def _earlier_report(output: str) -> dict[str, Any] | None:
    """Load the report of an earlier run, None where there is none that can be read."""
    try:
        report = json.loads(read_report(output) or b"")
        readable = report["schema"] == SCHEMA and {"shots", "keyframes", "decoding", "run"} <= set(report)
    except (ValueError, KeyError, TypeError):
        return None
    return report if readable else None


def _extract(
    task: Task,
    order: BatchPlan,
    output: str,
    earlier: dict[str, Any] | None,
    fingerprint: str,
    isolation: Isolation,
    progress: Progress | None,
) -> dict[str, Any]:
    final = local_path(output)
    replacing = order.overwrite or order.resume
    if not replacing and (earlier is not None if final is None else is_occupied(final)):
        raise OutputError(f"{output}: exists already; use --resume, --overwrite or another -o.")

    def write(path: Path, place: Path) -> dict[str, Any]:
        report = extract(
            path,
            order.settings,
            output=place,
            overwrite=replacing,
            sheet=order.sheet,
            pictures=order.pictures,
            label=task.video,
            fingerprint=fingerprint,
            isolation=isolation,
            progress=progress,
        )
        return report_to_dict(report)

    with fetched(task.video, order.base) as path:
        if final is not None:
            _make_parents(final, Path(order.output))
            return write(path, final)
        with scratch_folder() as scratch:
            report = write(path, scratch / "out")
            deliver(scratch / "out", output, _files_of(earlier))
            return report


def _make_parents(final: Path, top: Path) -> None:
    """Make the folders between the output folder and a video's, which links must not lead elsewhere.

    `extract` would take those away that it made when it fails, while another video may just have come to need them.
    """
    if not Path(os.path.realpath(final.parent)).is_relative_to(os.path.realpath(top)):
        raise OutputError(f"{final}: a link leads out of the output folder; remove it.")
    try:
        final.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{final}: cannot be written ({error.strerror}).") from None


def _files_of(report: dict[str, Any] | None) -> set[str]:
    """Name the files of an earlier output."""
    if report is None:
        return set()
    pictures = {str(keyframe["file"]) for keyframe in report["keyframes"] if keyframe["file"]}
    return {name for name in pictures | {REPORT_NAME, SHEET_NAME} if "/" not in name}
