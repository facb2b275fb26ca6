"""`vkeyframe schema`; run as a module, it writes the schema in the package anew from the records."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from vkeyframe.cli.command import PlainCommand
from vkeyframe.cli.terminal import complain, emit


@click.command(cls=PlainCommand)
def schema() -> None:
    """Print the JSON Schema of the report."""
    from vkeyframe.analysis.registry import section_types

    emit(made_schema(section_types(complain)).rstrip("\n"))


def made_schema(sections: Mapping[str, Any]) -> str:
    """Make the text of the JSON Schema from the records; `sections` are the types of the sections."""
    import json

    from vkeyframe.report.schema import make_schema

    return json.dumps(make_schema(sections), indent=1) + "\n"


if __name__ == "__main__":
    from pathlib import Path

    import vkeyframe.report.schema as place
    from vkeyframe.analysis.registry import ANALYSERS, SECTIONS

    own = {name: kind.section for name, kind in ANALYSERS.items()} | SECTIONS
    Path(place.__file__).with_name(place.SCHEMA_FILE).write_text(made_schema(own), "utf-8")
