"""`vkeyframe shots`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vkeyframe.cli.command import GroupedCommand, GroupedOption
from vkeyframe.cli.json_file import check_json, is_standard_output
from vkeyframe.cli.options import FiniteRange, check_name, quiet_option, settings_options, verbose_option
from vkeyframe.cli.progress import progress_bar
from vkeyframe.cli.shot_lists import Listed, ShotJson, ShotOutput, make_output
from vkeyframe.cli.terminal import complain, say, say_decoder_messages
from vkeyframe.errors import UsageError, VkeyframeError
from vkeyframe.export.lists import LISTS
from vkeyframe.settings import Settings
from vkeyframe.timing import Position, parse_position

if TYPE_CHECKING:
    from vkeyframe.process.isolation import Isolation
    from vkeyframe.video.options import ReadOptions

CLIPS = "clips"


class _ShotsCommand(GroupedCommand):
    """Lists all forms below the options."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of forms."""
        forms = [(name, form.help[0].upper() + form.help[1:]) for name, form in LISTS.items()]
        with formatter.section("Forms"):
            formatter.write_dl([*forms, (CLIPS, "Each shot as a video file of its own, in a folder.")])
        super().format_epilog(ctx, formatter)


@click.command(cls=_ShotsCommand)
@click.argument("videos", metavar="VIDEO...", nargs=-1, required=True)
@click.option("--to", "form", type=click.Choice([*LISTS, CLIPS]), help="Write this form of the list; all are described below.")
@click.option(
    "-o",
    "--output",
    metavar="FILE|DIR",
    help="What --to writes, instead of standard output; a folder for several videos, unless they share one table, and for clips.",
)
@click.option("--json", "json_to", metavar="FILE|-", help="Write the list as JSON there; - is standard output.")
@click.option(
    "--format",
    "plain",
    type=click.Choice(["json", "csv"]),
    help="Form of the list on standard output without --to. [default: json]",
)
@click.option("--overwrite", is_flag=True, help="Replace what is in the place of the output.")
@click.option(
    "--reencode", is_flag=True, help="With --to clips, encode anew, so that each clip has exactly the frames of its shot."
)
@click.option(
    "--min-length",
    metavar="T",
    cls=GroupedOption,
    group="selection",
    help="Join shots that are shorter than T with the next one: 0.5, 00:00:00.5 or 12f.",
)
@click.option(
    "--sensitivity",
    "shot_sensitivity",
    type=FiniteRange(0, 1),
    default=0.5,
    show_default=True,
    cls=GroupedOption,
    group="selection",
    help="How little must change between two shots: 0 much, 1 hardly anything.",
)
@settings_options("start", "end", "decode", "crop", "ignore", "strict", "max_pixels", "threads")
@quiet_option
@verbose_option
def shots(videos: tuple[str, ...], quiet: bool, verbose: bool, **options: Any) -> int:
    """List the shots of videos with their transitions.

    Frames are 0-based; ends are inclusive unless they say exclusive. A frame inside a gradual transition belongs to the nearer
    shot. A failure in one of several videos does not stop the others; the exit code is the first failure's.
    """
    from vkeyframe.batch.places import local_inputs
    from vkeyframe.process.isolation import Isolation

    check_name("-o", options["output"])
    outputs = _outputs(videos, local_inputs(videos), options)
    least, sensitivity = options.pop("min_length"), options.pop("shot_sensitivity")
    wanted = None if least is None else parse_position(least)
    reading = Settings.of(**options).reading
    code = 0
    with Isolation(verbose=verbose) as isolation:
        for number, video in enumerate(videos):
            try:
                _list(number, video, reading, (sensitivity, wanted), outputs, isolation, quiet)
            except VkeyframeError as error:
                complain(str(error))
                code = code or error.exit_code
    for output in outputs:
        output.finish()
    return code


def _outputs(videos: tuple[str, ...], inputs: list[Path], options: dict[str, Any]) -> list[ShotOutput]:
    """Take the options of the output out of all options, and make what writes the lists."""
    given = {name: options.pop(name) for name in ("form", "output", "json_to", "plain", "overwrite", "reencode")}
    form, json_to, plain = given["form"], given["json_to"], given["plain"]
    if form is None and given["output"] is not None:
        raise UsageError("-o is the place of what --to writes; give a form with --to, or use --json.")
    if form is not None and plain is not None:
        raise UsageError(f"--format {plain} and --to {form} contradict each other; give one of them.")
    if given["reencode"] and form != CLIPS:
        raise UsageError("--reencode is for clips; give --to clips, or leave it out.")
    if plain is not None and json_to is not None:
        raise UsageError(f"--format {plain} and --json contradict each other; give one of them.")
    if form is not None and form != CLIPS and given["output"] is None and json_to is not None and is_standard_output(json_to):
        raise UsageError("--json - and --to would both write to standard output; give -o a file.")
    check_json(json_to, inputs, [], given["overwrite"])
    outputs: list[ShotOutput] = []
    if form is not None:
        outputs.append(make_output(form, given["output"], videos, inputs, given["overwrite"], given["reencode"]))
    if json_to is not None or form is None:
        outputs.append(ShotJson(json_to or "-", len(videos), plain == "csv"))
    return outputs


def _list(
    number: int,
    video: str,
    reading: ReadOptions,
    wanted: tuple[float, Position | None],
    outputs: list[ShotOutput],
    isolation: Isolation,
    quiet: bool,
) -> None:
    """Find the shots of one video and write them everywhere."""
    from vkeyframe.batch.storage import fetched
    from vkeyframe.queries import shots_of, shots_without_opencv
    from vkeyframe.report.shot_list import ShotList, without_short_shots

    sensitivity, least = wanted
    with fetched(video, str(Path.cwd())) as file:
        with progress_bar(Path(video).name, quiet) as bar:
            given = file, reading, sensitivity
            found = isolation.call(video, shots_of, *given, answer=ShotList, on_crash=shots_without_opencv, progress=bar)
        if not quiet:
            for warning in found.decoding.warnings:
                say(f"{video}: {warning}")
            say_decoder_messages(video, isolation.messages)
        if least is not None:
            found = without_short_shots(found, least)
        for output in outputs:
            output.write(Listed(number, file, found, isolation, quiet, reading.max_pixels))
