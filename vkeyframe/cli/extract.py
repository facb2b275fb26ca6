"""`vkeyframe extract`."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import chain, count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vkeyframe.cli.options import (
    RESULT_OPTIONS,
    chosen_settings,
    emit,
    local_video,
    preset_option,
    quiet_option,
    refuse_contradictions,
    say,
    settings_options,
    tell_decoder_lines,
    timeout_option,
    verbose_option,
)
from vkeyframe.cli.progress import progress_bar
from vkeyframe.errors import OutputError, VkeyframeError
from vkeyframe.output.naming import safe_name
from vkeyframe.report.records import Report
from vkeyframe.settings import Settings
from vkeyframe.timing import format_timecode

if TYPE_CHECKING:
    from vkeyframe.process.isolation import Isolation


@dataclass(frozen=True, slots=True)
class _Job:
    video: str
    output: Path | None


@click.command()
@click.argument("videos", metavar="VIDEO...", nargs=-1, required=True)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Output folder; a folder in it for each of several videos. [default: NAME_keyframes]",
)
@click.option(
    "--json",
    "json_to",
    metavar="FILE|-",
    help="Write the report there too; - is standard output. One line a video when there are several.",
)
@preset_option
@settings_options(*RESULT_OPTIONS, "max_pixels", "threads")
@click.option("--no-images", is_flag=True, help="Write no pictures; with --json and without -o, no folder either.")
@click.option("--sheet", is_flag=True, help="Add sheet.jpg, all keyframes with their times on one picture.")
@click.option("--overwrite", is_flag=True, help="Replace an output folder of an earlier run.")
@click.option("--skip-existing", is_flag=True, help="Skip videos whose output folder has a report.")
@timeout_option
@quiet_option
@verbose_option
def extract(
    videos: tuple[str, ...],
    output: Path | None,
    json_to: str | None,
    no_images: bool,
    sheet: bool,
    overwrite: bool,
    skip_existing: bool,
    timeout: float | None,
    quiet: bool,
    verbose: bool,
    preset: str | None,
    **options: Any,
) -> int:
    """Write the keyframes of videos and a report of each.

    VIDEO is a file, or - for standard input. A failure in one of several videos does not stop the others; the exit
    code is the first failure's.
    """
    refuse_contradictions(overwrite, skip_existing, sheet, no_images, "--skip-existing")
    settings = chosen_settings(preset, options)
    jobs = _plan(videos, output, folder=not (no_images and json_to and output is None))
    from vkeyframe.process.isolation import Isolation

    reports: list[str] = []
    code = 0
    with Isolation(timeout, verbose=verbose) as isolation:
        for job in jobs:
            try:
                text = _existing_report(job) if skip_existing else None
                if text is None:
                    text = _extract(job, settings, overwrite, sheet, not no_images, quiet, len(jobs) == 1, isolation)
                elif not quiet:
                    say(f"{job.video}: skipped, {job.output} exists")
            except VkeyframeError as error:
                if len(jobs) == 1:
                    raise
                say(f"vkeyframe: {error}")
                code = code or error.exit_code
                continue
            if json_to == "-":
                emit(text)
            elif json_to:
                reports.append(text)
    if json_to and json_to != "-" and reports:
        _write_json(Path(json_to), reports)
    return code


def _plan(videos: tuple[str, ...], output: Path | None, folder: bool) -> list[_Job]:
    """Give every video an output folder of its own; where stems collide, their suffixes and then numbers tell them apart."""
    if not folder:
        return [_Job(video, None) for video in videos]
    names = ["stdin" if video == "-" else safe_name(Path(video).stem) for video in videos]
    if len(videos) == 1:
        return [_Job(videos[0], output or Path(f"{names[0]}_keyframes"))]
    stems = Counter(names)
    taken: set[str] = set()
    jobs = []
    for video, stem in zip(videos, names, strict=True):
        name = stem if stems[stem] == 1 else safe_name(Path(video).name)
        unique = next(n for n in chain([name], (f"{name}-{i}" for i in count(2))) if n not in taken)
        taken.add(unique)
        jobs.append(_Job(video, output / unique if output else Path(f"{unique}_keyframes")))
    return jobs


def _existing_report(job: _Job) -> str | None:
    """Read the report of an earlier run; on one line, None where there is none."""
    import json

    from vkeyframe.output.folder import REPORT_NAME

    if job.output is None or not (job.output / REPORT_NAME).is_file():
        return None
    try:
        return json.dumps(json.loads((job.output / REPORT_NAME).read_text("utf-8")), ensure_ascii=False)
    except (OSError, ValueError):
        raise OutputError(f"{job.output / REPORT_NAME}: cannot be read; use --overwrite to make it anew.") from None


def _extract(
    job: _Job,
    settings: Settings,
    overwrite: bool,
    sheet: bool,
    pictures: bool,
    quiet: bool,
    single: bool,
    isolation: Isolation,
) -> str:
    from vkeyframe.api import extract as extract_keyframes
    from vkeyframe.report.write import report_to_json

    with local_video(job.video) as (path, label):
        report = extract_keyframes(
            path,
            settings,
            output=job.output,
            overwrite=overwrite,
            sheet=sheet,
            pictures=pictures,
            label=label,
            isolation=isolation,
            progress=progress_bar(Path(job.video).name, quiet),
        )
    if not quiet:
        _tell(job, report)
    return report_to_json(report, indent=1 if single else None)


def _tell(job: _Job, report: Report) -> None:
    for verdict in report.verdicts:
        say(f"{format_timecode(verdict.time)}  {'keep' if verdict.kept else 'drop'}  shot {verdict.shot:<4} {verdict.reason}")
    for warning in report.decoding.warnings:
        say(f"{job.video}: {warning}")
    tell_decoder_lines(job.video, report.run["decoder_messages"])
    place = f" in {job.output}" if job.output else ""
    say(f"{job.video}: {len(report.keyframes)} keyframes of {len(report.shots)} shots{place}")


def _write_json(path: Path, reports: list[str]) -> None:
    from vkeyframe.output.folder import write_text

    try:
        write_text(path, "".join(text + "\n" for text in reports))
    except OSError as error:
        raise OutputError(f"{path}: cannot be written ({error.strerror}).") from None
