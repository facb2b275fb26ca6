"""`vkeyframe export`."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import click

from vkeyframe.cli.command import GroupedCommand, known_exporters
from vkeyframe.cli.options import quiet_option
from vkeyframe.cli.terminal import complain, say


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
@quiet_option
def export(report: Path, form: str, output: Path | None, overwrite: bool, quiet: bool) -> None:
    """Write the result of an earlier run in another form.

    REPORT is a report.json, or the folder it lies in. The pictures beside it may be used and stay as they are.
    """
    from vkeyframe.analysis.registry import section_types
    from vkeyframe.export.run import export_output

    written = export_output(report, form, output, overwrite, partial(section_types, complain))
    if not quiet:
        for path in written:
            say(f"{path}: written")
