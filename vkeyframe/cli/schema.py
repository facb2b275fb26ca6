"""`vkeyframe schema`."""

from __future__ import annotations

import click

from vkeyframe.cli.options import emit


@click.command()
def schema() -> None:
    """Print the JSON Schema of the report."""
    from vkeyframe.report.write import report_schema

    emit(report_schema().rstrip("\n"))
