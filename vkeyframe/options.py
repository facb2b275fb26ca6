"""Options as fields of records: each stands beside the code that it steers, with its default, its range and its help."""

from __future__ import annotations

import re
from dataclasses import Field, field, fields
from math import inf
from typing import Any

from vkeyframe.errors import UsageError
from vkeyframe.timing import Position


def option(default: Any, help: str, **limits: Any) -> Any:
    """Make a field of an options record that users can set.

    Parameters
    ----------
    default
        Its value if it is not given.
    help : str
        A sentence for ``--help``.
    **limits
        ``choices``, a tuple of what is allowed; ``low`` and ``high``, the range of a number (whole if `low` is an int);
        ``is_time`` for a `Position`; ``repeatable`` for a tuple of texts; ``metavar``, what ``--help`` shows for the value;
        ``affects_result``, False where the report does not depend on it; ``only_if_given``, True where the report names it only
        when it differs from its default; ``flag``, a second name on the command line. With none of these a default of None stands
        for a text that is not given.
    """
    return field(default=default, metadata={"help": help, **limits})


def option_fields(record: type) -> list[Field[Any]]:
    """List the fields of a record that users can set; others are for the program itself."""
    return [item for item in fields(record) if "help" in item.metadata]


def with_flags(text: str) -> str:
    """Turn the arguments that the library's messages name, such as ``max_pixels=…``, into flags of the command line."""
    return re.sub(r"\b([a-z]+(?:_[a-z]+)*)=…", lambda found: f"--{found[1].replace('_', '-')}", text)


def check_options(record: Any) -> None:
    """Refuse values of a wrong type or out of their range.

    Raises
    ------
    UsageError
        With the name, the value and what is allowed.
    """
    for item in option_fields(type(record)):
        value = getattr(record, item.name)
        if value is not None or item.default is not None:
            _check(item, value)


def _check(item: Field[Any], value: Any) -> None:
    name, limits = item.name, item.metadata
    if limits.get("repeatable") and not (isinstance(value, tuple | list) and all(isinstance(each, str) for each in value)):
        raise UsageError(f"{name} is {value!r}, which is of the wrong type.")
    low, high = limits.get("low"), limits.get("high", inf)
    if not isinstance(value, _kind(item)) or (isinstance(value, bool) and not isinstance(item.default, bool)):
        raise UsageError(f"{name} is {value!r}, which is of the wrong type.")
    if "choices" in limits and value not in limits["choices"]:
        raise UsageError(f"{name} is '{value}', but must be one of {', '.join(limits['choices'])}.")
    if low is not None and (not low <= value <= high or value == inf):
        highest = f" to {high}" if "high" in limits else " or more"
        raise UsageError(f"{name} is {value}, but must be {low}{highest}.")


def _kind(item: Field[Any]) -> type | tuple[type, ...]:
    """Return what type a value must have."""
    if item.metadata.get("is_time"):
        return Position
    low = item.metadata.get("low")
    if isinstance(low, float):
        return (int, float)
    if low is not None:
        return int
    return str if item.default is None else type(item.default)
