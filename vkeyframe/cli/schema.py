"""`vkeyframe schema`."""

from __future__ import annotations

import click


@click.command()
def schema() -> None:
    """Print the JSON Schema of the report."""
    from vkeyframe.report.serialize import report_schema

    click.echo(report_schema(), nl=False)
