"""`vkeyframe schema`; run as a module, it writes the schema in the package anew from the records."""

from __future__ import annotations

from typing import Any

import click

from vkeyframe.cli.options import emit


@click.command()
def schema() -> None:
    """Print the JSON Schema of the report."""
    from vkeyframe.report.schema import report_schema

    emit(report_schema().rstrip("\n"))


def section_types() -> dict[str, Any]:
    """Return the type of each analyser's section of the report."""
    from vkeyframe.analysis.actions import Action

    return {"actions": tuple[Action, ...]}


def made_schema() -> str:
    """Make the text of the JSON Schema from the records."""
    import json

    from vkeyframe.report.schema import make_schema

    return json.dumps(make_schema(section_types()), indent=1) + "\n"


if __name__ == "__main__":
    from pathlib import Path

    import vkeyframe.report.schema as place

    Path(place.__file__).with_name(place.SCHEMA_FILE).write_text(made_schema(), "utf-8")
