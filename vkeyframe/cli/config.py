"""`vkeyframe config`."""

from __future__ import annotations

import json
from typing import Any

import click

from vkeyframe.cli.command import GroupedCommand
from vkeyframe.cli.configuration import file_of, is_settable, key_of, place_of, rank_of
from vkeyframe.cli.json_file import check_json, write_json
from vkeyframe.cli.options import chosen_settings, preset_option, without_outranked
from vkeyframe.cli.terminal import check_standard_output, emit, printable
from vkeyframe.errors import UsageError
from vkeyframe.settings import OPTIONS
from vkeyframe.timing import Position


@click.command(cls=GroupedCommand)
@click.argument("command", default="extract")
@click.option("--json", "json_to", metavar="FILE|-", help="Write JSON there instead of a table; - is standard output.")
@click.option("--overwrite", is_flag=True, help="Replace a file at --json that is no JSON of vkeyframe.")
@preset_option
@click.pass_context
def config(context: click.Context, command: str, json_to: str | None, overwrite: bool, preset: str | None) -> None:
    """Show the settings of a command, and where each comes from.

    COMMAND is extract unless another one is named. The order is: command line, environment (VKEYFRAME_COUNT=5), file, preset,
    default. What belongs to one run, such as videos and output folders, is given on the command line only.
    """
    if json_to is None:
        check_standard_output()
    check_json(json_to, [], [], overwrite)
    commands = context.find_root().command
    if not isinstance(commands, click.Group) or not isinstance(commands.commands.get(command), GroupedCommand):
        raise UsageError(f"'{command}' is no command that has settings; give {_with_settings(commands)}.")
    path = file_of(context)
    # What a file says of the preset, the command finds itself.
    rows = _effective(commands.commands[command], command, context, preset if rank_of(context, "preset") == 0 else None)
    if json_to is not None:
        settings = {key: {"value": value, "from": place} for key, value, place in rows}
        file = None if path is None else str(path)
        write_json(json_to, json.dumps({"command": command, "file": file, "settings": settings}, indent=1, ensure_ascii=False))
        return
    shown = [(key, "-" if value in (None, ()) else json.dumps(value, ensure_ascii=False), place) for key, value, place in rows]
    widths = [max(len(row[column]) for row in shown) for column in (0, 1)]
    for key, value, place in shown:
        emit(printable(f"{key:{widths[0]}}  {value:{widths[1]}}  {place}"))


def _with_settings(commands: click.Command) -> str:
    known = commands.commands.items() if isinstance(commands, click.Group) else ()
    return ", ".join(name for name, each in known if isinstance(each, GroupedCommand))


def _effective(command: click.Command, name: str, context: click.Context, preset: str | None) -> list[tuple[str, Any, str]]:
    """Read the options of a command as it would itself; give the name, the value and the source of each that can be set."""
    arguments = [f"--preset={preset}"] if preset is not None and any(each.name == "preset" for each in command.params) else []
    for parameter in command.params:
        if parameter.required:
            arguments += [parameter.opts[-1], "-"] if isinstance(parameter, click.Option) else ["-"]
    with command.make_context(name, arguments, parent=context).scope(cleanup=False) as read:
        given = without_outranked(dict(read.params))
        preferred = _of_preset(given)
        flags = {*given.get("analysers", ()), *given.get("exports", ())}
        rows = []
        for option in filter(is_settable, command.get_params(read)):
            option_name, key = str(option.name), key_of(option)
            value, place = given.get(option_name, key in flags), place_of(read, option)
            if given.get(option_name) != read.params.get(option_name):
                place = None
            if place is None and preferred.get(option_name, value) != value:
                value, place = preferred[option_name], f"preset {given['preset']}"
            rows.append((key, value, place or "default"))
    return rows


def _of_preset(given: dict[str, Any]) -> dict[str, Any]:
    """Return the settings that a preset, and what is given beside it, makes, as plain values; empty without one."""
    if given.get("preset") is None:
        return {}
    options = {name: value for name, value in given.items() if name in OPTIONS or name == "analysers"}
    settings = chosen_settings(given["preset"], options)
    found = {name: getattr(getattr(settings, group), name) for name, (group, _) in OPTIONS.items()}
    plain = {name: value.plain() if isinstance(value, Position) else value for name, value in found.items()}
    return plain | dict.fromkeys((name.replace("-", "_") for name in settings.analysers), True)
