"""Options that come from a file or from the environment: which there are, and what is wrong with them.

The order is click's own: command line, environment, file (its `default_map`), default.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from vkeyframe.errors import UsageError

PREFIX = "VKEYFRAME_"
PROJECT_FILE = "pyproject.toml"
TABLE = "tool.vkeyframe"
# What is of one run: what it reads, what it writes, on which machines, and what is asked there and then.
_OF_READING = ("at", "box", "compare", "config", "from-file", "library", "merge", "null", "target", "text", "transcript")
_OF_WRITING = ("help", "json", "output", "parquet", "scheduler", "thumbnails", "to")
OF_ONE_RUN = frozenset((*_OF_READING, *_OF_WRITING))
# `shots --format` is the form of a list, and not the format of pictures, which has the same name.
OTHER_MEANING = frozenset((("shots", "format"),))
# The higher, the weaker.
RANKS = {ParameterSource.COMMANDLINE: 0, ParameterSource.ENVIRONMENT: 1, ParameterSource.DEFAULT_MAP: 2}
# More than anyone writes by hand.
_LONGEST = 1 << 20
# How near a name of the environment must be to that of an option to be taken for a slip: other programs have names there too.
_NEAR = 0.75
_META = "vkeyframe.configuration"


class UnknownOptionError(UsageError):
    """A file sets an option that there is not, unless an installed package has it."""


@dataclass(frozen=True, slots=True)
class Configuration:
    """What a file sets.

    Attributes
    ----------
    path : Path or None
        The file; None where there is none.
    values : mapping of str to Any
        For all commands, by the names of options without dashes in front.
    of_commands : mapping of str to mapping
        For one command each; these go before the others.
    """

    path: Path | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    of_commands: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


def key_of(option: click.Parameter) -> str:
    """Return the name of an option in a file: its long form without dashes in front."""
    return max(option.opts, key=len).lstrip("-")


def make_settable(command: str | None, option: click.Parameter) -> None:
    """Let an option come from the environment, and let the command line turn off a flag that was turned on elsewhere."""
    key = key_of(option)
    if not isinstance(option, click.Option) or key in OF_ONE_RUN or (command, key) in OTHER_MEANING:
        return
    option.envvar = PREFIX + key.upper().replace("-", "_")
    if option.is_flag and not option.secondary_opts:
        option.secondary_opts.append(f"--{key.removeprefix('no-')}" if key.startswith("no-") else f"--no-{key}")


def is_settable(option: click.Parameter) -> bool:
    """Whether an option can come from a file or the environment."""
    return isinstance(option, click.Option) and option.envvar is not None and key_of(option) not in OF_ONE_RUN


def configure(context: click.Context, given: str | None) -> None:
    """Give a command the values of a file, as click's `default_map`, and check the names in the environment.

    Parameters
    ----------
    context : click.Context
        Of the command, before its options are read.
    given : str or None
        A file; without one it is the nearest ``pyproject.toml``, here or above, that has our table.

    Raises
    ------
    UsageError
        If the file cannot be read, an option is not known or cannot be set there, or its value has a wrong type.
    """
    try:
        # A command that another one asks for its settings has the file of that one.
        found = context.meta[_META] if _META in context.meta else _found(context, given)
    except UnknownOptionError:
        # Those of installed packages are looked for only now; a command that has them itself reads its options once more.
        if getattr(context.command, "lacks_flags_of_packages", False) or not _add_flags_of_packages(context):
            raise
        found = _found(context, given)
    context.meta[_META] = found
    own = _known(context)[str(context.info_name)]
    values = {**found.values, **found.of_commands.get(str(context.info_name), {})}
    context.default_map = {
        str(own[key].name): _typed(found.path, key, value, own[key])
        for key, value in values.items()
        if key in own and is_settable(own[key])
    }


def origin(context: click.Context, option: click.Parameter) -> str | None:
    """Say where the value of an option comes from: the file, or the variable; None for the command line and for defaults."""
    source = context.get_parameter_source(str(option.name))
    if source is ParameterSource.ENVIRONMENT:
        return str(option.envvar)
    return str(context.meta[_META].path) if source is ParameterSource.DEFAULT_MAP else None


def place_of(context: click.Context, option: click.Parameter) -> str | None:
    """Say where the value of an option comes from, the command line too; None for a default."""
    is_given = context.get_parameter_source(str(option.name)) is ParameterSource.COMMANDLINE
    return "command line" if is_given else origin(context, option)


def file_of(context: click.Context) -> Path | None:
    """Return the file from which options came."""
    found: Configuration = context.meta[_META]
    return found.path


def rank_of(context: click.Context, name: str) -> int | None:
    """Return how weak the source of a parameter is, 0 for the command line; None for a default."""
    source = context.get_parameter_source(name)
    return None if source is None else RANKS.get(source)


def _commands(context: click.Context) -> Mapping[str, click.Command]:
    root = context.find_root().command
    return root.commands if isinstance(root, click.Group) else {str(context.info_name): context.command}


def _known(context: click.Context) -> dict[str, dict[str, click.Option]]:
    """Return the options of all commands by their names in a file."""
    return {
        name: {key_of(each): each for each in command.get_params(context) if isinstance(each, click.Option)}
        for name, command in _commands(context).items()
    }


def _add_flags_of_packages(context: click.Context) -> bool:
    others = [each for each in _commands(context).values() if getattr(each, "lacks_flags_of_packages", False)]
    for each in others:
        each.add_flags_of_packages()  # type: ignore[attr-defined]
    return bool(others)


def _found(context: click.Context, given: str | None) -> Configuration:
    known = _known(context)
    _check_environment(known)
    return _read(Path(given), known) if given else _find(known)


def _find(known: Mapping[str, Mapping[str, click.Option]]) -> Configuration:
    """Read the nearest project file that has our table."""
    here = Path.cwd()
    for folder in (here, *here.parents):
        path = folder / PROJECT_FILE
        try:
            data = path.read_bytes() if path.is_file() and path.stat().st_size <= _LONGEST else b""
        except OSError:
            continue
        # Most such files have no table of ours, and to read one takes longer than all else here.
        if b"vkeyframe" in data:
            table = _table(path, data)
            if table is not None:
                return _checked(path, table, known)
    return Configuration()


def _read(path: Path, known: Mapping[str, Mapping[str, click.Option]]) -> Configuration:
    """Read a file that was named: our table in it, or, where it is no project file, all of it."""
    try:
        with path.open("rb") as file:
            data = file.read(_LONGEST + 1)
    except (OSError, ValueError) as error:
        raise UsageError(f"{path}: cannot be read ({getattr(error, 'strerror', None) or error}); give --config a file.") from None
    if len(data) > _LONGEST:
        raise UsageError(f"{path}: is too large for a file of options; give --config another one.")
    table = _table(path, data)
    if table is None and path.name == PROJECT_FILE:
        raise UsageError(f"{path}: has no table [{TABLE}]; add one, or give --config another file.")
    return _checked(path, _parsed(path, data) if table is None else table, known)


def _table(path: Path, data: bytes) -> Mapping[str, Any] | None:
    """Return our table; None where there is none."""
    found: Any = _parsed(path, data)
    for name in TABLE.split("."):
        found = found.get(name) if isinstance(found, dict) else None
    if found is not None and not isinstance(found, dict):
        raise UsageError(f"{path}: {TABLE} is no table; write [{TABLE}] above the options.")
    return found


def _parsed(path: Path, data: bytes) -> dict[str, Any]:
    import tomllib

    try:
        return tomllib.loads(data.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UsageError(f"{path}: is no TOML that can be read ({error}).") from None


def _checked(path: Path, table: Mapping[str, Any], known: Mapping[str, Mapping[str, click.Option]]) -> Configuration:
    """Tell options from tables of commands, and refuse names that there are not."""
    every = {key: option for options in known.values() for key, option in options.items()}
    of_commands = {name: values for name, values in table.items() if name in known and isinstance(values, dict)}
    values = {name: value for name, value in table.items() if name not in of_commands}
    return Configuration(
        path,
        _with_dashes(path, values, every, "vkeyframe"),
        {name: _with_dashes(path, own, known[name], f"vkeyframe {name}") for name, own in of_commands.items()},
    )


def _with_dashes(path: Path, values: Mapping[str, Any], options: Mapping[str, click.Option], whose: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in values.items():
        key = name.replace("_", "-")
        if key in OF_ONE_RUN:
            raise UsageError(f"{path}: '{name}' is of one run; give --{key} on the command line.")
        if key not in options:
            raise UnknownOptionError(f"{path}: {whose} has no option '{name}'; {_nearest(key, options)}")
        if key in found:
            raise UsageError(f"{path}: '{key}' is there twice, with - and with _; keep one of them.")
        found[key] = value
    return found


def _nearest(key: str, options: Mapping[str, click.Option]) -> str:
    """Return the end of a sentence that names the nearest option."""
    from difflib import get_close_matches

    near = get_close_matches(key, [name for name, option in options.items() if is_settable(option)], 1)
    return f"did you mean '{near[0]}'?" if near else "vkeyframe config lists them."


def _check_environment(known: Mapping[str, Mapping[str, click.Option]]) -> None:
    """Refuse variables that are meant for options that there are not; names that are like none may be another program's."""
    names = sorted({name.removeprefix(PREFIX) for name in os.environ if name.startswith(PREFIX)} - {"CONFIG"})
    every = {key.upper().replace("-", "_"): key for options in known.values() for key in options} if names else {}
    for name in names:
        from difflib import get_close_matches

        if every.get(name) in OF_ONE_RUN:
            raise UsageError(f"{PREFIX}{name}: is of one run; give --{every[name]} on the command line.")
        near = [] if name in every else get_close_matches(name, every, 1, _NEAR)
        if near:
            raise UsageError(f"{PREFIX}{name}: there is no such option; did you mean {PREFIX}{near[0]}?")


def _typed(path: Path | None, key: str, value: Any, option: click.Option) -> Any:
    """Return the value as the command line would give it; TOML has types, which click would bend."""
    kind, is_right = _kind(option)
    values = value if option.multiple and isinstance(value, list) else [value]
    for each in values:
        if not is_right(each):
            raise UsageError(f"{path}: {key} is {_shown(each)}, but must be {kind}{' or a list of them' * option.multiple}.")
    return values if option.multiple else value if option.is_flag or isinstance(value, (int, float)) else str(value)


def _shown(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else repr(value)


def _kind(option: click.Option) -> tuple[str, Any]:
    """Say of which type a value must be, and return what tells it."""
    if option.is_flag:
        return "true or false", lambda value: isinstance(value, bool)
    if isinstance(option.type, click.types.IntParamType):
        return "a whole number", lambda value: isinstance(value, int) and not isinstance(value, bool)
    if isinstance(option.type, click.types.FloatParamType):
        return "a number", lambda value: isinstance(value, int | float) and not isinstance(value, bool)
    if option.metavar == "T":
        return (
            'a time such as 12.5 or "00:01:02.5"',
            lambda value: isinstance(value, int | float | str) and not isinstance(value, bool),
        )
    return "a text in quotes", lambda value: isinstance(value, str)
