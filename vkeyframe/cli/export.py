"""`vkeyframe export`."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from vkeyframe.cli.command import GroupedCommand, known_exporters
from vkeyframe.cli.options import quiet_option, settings_options
from vkeyframe.cli.terminal import complain, say
from vkeyframe.export.options import FormOptions
from vkeyframe.options import option_fields

# What the pictures cost is settled when they are written.
_OF_EXTRACTION = ("tokens", "tokens_for")
FORM_OPTIONS = (
    *(item.name for item in option_fields(FormOptions) if item.name not in _OF_EXTRACTION),
    "crop_margin",
    "crop_aspect",
)


class _ExportCommand(GroupedCommand):
    """Lists all forms below the options; they are looked for only then."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of forms."""
        with formatter.section("Forms"):
            formatter.write_dl([(form, exporter.help) for form, exporter in known_exporters().items()])
        super().format_epilog(ctx, formatter)


@click.command(cls=_ExportCommand)
@click.argument("report", type=click.Path(path_type=Path))
@click.option("--to", "form", required=True, metavar="FORM", help="The form to write; all forms are listed below.")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), metavar="DIR", help="Folder to write into. [default: the report's]"
)
@click.option("--overwrite", is_flag=True, help="Replace files of the same names.")
@click.option(
    "--video",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The video of the report, for forms that look into it. [default: where the report says]",
)
@settings_options(*FORM_OPTIONS)
@quiet_option
def export(
    report: Path, form: str, output: Path | None, overwrite: bool, video: Path | None, quiet: bool, **options: Any
) -> None:
    """Write the result of an earlier run in another form.

    REPORT is a report.json, or the folder it lies in. The pictures beside it may be used and stay as they are. Options of the
    forms that are given go before those that the report was made with.
    """
    from vkeyframe.analysis.registry import section_types
    from vkeyframe.export.run import Instead, export_output

    source = click.get_current_context().get_parameter_source
    given = {name: value for name, value in options.items() if source(name) is not ParameterSource.DEFAULT}
    types = partial(section_types, complain)
    written = export_output(report, form, output, overwrite, types, Instead(given, video))
    if not quiet:
        for path in written:
            say(f"{path}: written")
