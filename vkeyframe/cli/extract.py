"""`vkeyframe extract`."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import closing
from typing import TYPE_CHECKING, Any

import click

from vkeyframe.cli.command import ExtractingCommand
from vkeyframe.cli.json_file import check_json, is_standard_output, write_json
from vkeyframe.cli.live import Follower, check_settings, followed_task
from vkeyframe.cli.live_options import live_options, take_live_options
from vkeyframe.cli.options import check_name, check_transcript, make_plan, quiet_option, work_options
from vkeyframe.cli.progress import progress_bar
from vkeyframe.cli.terminal import ReaderLeftError, complain, say, say_decoder_messages
from vkeyframe.timing import format_timecode
from vkeyframe.video.file import file_name, without_password

if TYPE_CHECKING:
    from vkeyframe.batch.plan import BatchPlan, Outcome, Task
    from vkeyframe.process.isolation import Isolation
    from vkeyframe.report.records import Report


# What most people want, as `--help` lists it first.
USUAL = ("output", "json", "overwrite", "preset", "count", "sensitivity", "start", "end", "width", "html")


@click.command(cls=ExtractingCommand, usual=USUAL)
@click.argument("videos", metavar="VIDEO...", nargs=-1, required=True)
@click.option(
    "-o",
    "--output",
    metavar="DIR",
    help="Output folder; a folder in it for each of several videos. [default: NAME_keyframes]",
)
@click.option(
    "--json",
    "json_to",
    metavar="FILE|-",
    help="Write the report there too; - is standard output. One line a video when there are several.",
)
@click.option("--skip-existing", is_flag=True, help="Skip videos whose output folder has a report.")
@live_options
@work_options
@quiet_option
def extract(videos: tuple[str, ...], output: str | None, json_to: str | None, quiet: bool, **options: Any) -> int:
    """Write the keyframes of videos and a report of each.

    VIDEO is a file, a URL, or - for standard input. Of a stream such as rtsp://…, or of a recording with --follow, each
    keyframe is a line of JSON on standard output as it comes. A failure in one of several videos does not stop the others;
    the exit code is the first failure's. With --no-images and --json but without -o, no folder is written either.
    """
    from vkeyframe.process.isolation import Isolation

    check_name("-o", output)
    check_transcript(options["transcript"], several=len(videos) > 1)
    live = take_live_options(options, videos)
    plan = make_plan(options, root=None)
    if live is not None:
        check_settings(plan, json_to)
    with Isolation(plan.timeout, verbose=plan.verbose) as isolation:
        # While the child loads what it needs, this process does the same.
        isolation.start("vkeyframe.pipeline" if live is None else "vkeyframe.live.run")
        if live is not None:
            task = followed_task(videos[0], output, writes_folder=json_to is None or output is not None or plan.pictures)
            _check_outputs([task], json_to, plan)
            return Follower(plan, live, isolation, quiet).follow(videos[0], task, json_to)
        return _extract(videos, output, json_to, quiet, plan, isolation)


def _extract(
    videos: tuple[str, ...], output: str | None, json_to: str | None, quiet: bool, plan: BatchPlan, isolation: Isolation
) -> int:
    from vkeyframe.batch.discovery import name_tasks
    from vkeyframe.batch.plan import Task

    if json_to and output is None and not plan.pictures:
        tasks = [Task(index, video, None) for index, video in enumerate(videos)]
    else:
        tasks = name_tasks(videos, output)
    _check_outputs(tasks, json_to, plan)
    return _run(plan, tasks, json_to, quiet, isolation)


def _check_outputs(tasks: Sequence[Task], json_to: str | None, plan: BatchPlan) -> None:
    """Refuse, before anything is decoded, outputs that are inputs."""
    from vkeyframe.batch.places import local_inputs, words_of
    from vkeyframe.batch.storage import local_path
    from vkeyframe.output.inputs import check_folder

    inputs = local_inputs([*(task.video for task in tasks), *plan.settings.selection.inputs])
    inputs += [path for task in tasks for path in words_of(task.video, plan)]
    folders = [path for task in tasks if task.output is not None and (path := local_path(task.output)) is not None]
    for folder in folders:
        check_folder(folder, inputs)
    check_json(json_to, inputs, folders, plan.overwrite)


def _run(plan: BatchPlan, tasks: Sequence[Task], json_to: str | None, quiet: bool, isolation: Isolation) -> int:
    """Work on the videos one after another, and return the exit code."""
    from vkeyframe.report.write import report_to_json

    texts: list[str] = []
    code = 0
    with closing(_outcomes(plan, tasks, quiet, isolation)) as outcomes:
        for task, outcome in zip(tasks, outcomes, strict=True):
            if outcome.content is None:
                complain(str(outcome.error))
                code = code or outcome.exit_code
                continue
            if not quiet:
                _say_result(task, outcome, plan.settings.selection.explain)
            text = report_to_json(outcome.content, indent=1 if len(tasks) == 1 else None)
            if json_to and is_standard_output(json_to):
                try:
                    write_json(json_to, text)
                except ReaderLeftError:
                    return code
            elif json_to:
                texts.append(text)
    if json_to and texts:
        write_json(json_to, "\n".join(texts))
    return code


def _outcomes(plan: BatchPlan, tasks: Sequence[Task], quiet: bool, isolation: Isolation) -> Generator[Outcome]:
    """Work in this thread, which a signal interrupts also while it waits for standard input."""
    from vkeyframe.batch.work import process_video

    for task in tasks:
        with progress_bar(file_name(task.video), quiet) as bar:
            outcome = process_video(task, plan, isolation, bar)
        yield outcome


def _say_result(task: Task, outcome: Outcome, explained: bool) -> None:
    from vkeyframe.batch.plan import SKIPPED

    report = outcome.content
    if report is None:
        return
    video = without_password(task.video)
    if outcome.status == SKIPPED:
        say(f"{video}: skipped, {task.output} exists")
        return
    for verdict in report.verdicts if explained else ():
        say(f"{format_timecode(verdict.time)}  {'keep' if verdict.kept else 'drop'}  shot {verdict.shot:<4} {verdict.reason}")
    for warning in report.decoding.warnings:
        say(f"{video}: {warning}")
    say_decoder_messages(video, report.run.decoder_messages)
    if report.settings.get("tokens") is not None:
        say(f"{video}: {_cost(report)}")
    place = f" in {task.output}" if task.output else ""
    say(f"{video}: {_count(report.keyframes, 'keyframe')} of {_count(report.shots, 'shot')}{place}")


def _cost(report: Report) -> str:
    """Say what was chosen for a number of tokens."""
    from vkeyframe.export.budget import cost

    maker, first = report.settings["tokens_for"], report.keyframes[0]
    tokens = cost(maker, len(report.keyframes), first.width, first.height)
    size = f"{_count(report.keyframes, 'picture')} of {first.width}×{first.height}"
    return f"{size} pixels cost {tokens:,} of {report.settings['tokens']:,} tokens with {maker}"


def _count(things: Sequence[object], name: str) -> str:
    return f"{len(things)} {name}{'s' * (len(things) != 1)}"
