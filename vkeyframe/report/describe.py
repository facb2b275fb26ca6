"""Fields that say what they are: from their descriptions and limits the schema is made, and a report that is read is checked."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import MISSING, Field, field, fields, is_dataclass
from typing import Any

# Limits of a value, under the names that they have here and in JSON Schema.
LIMITS = {
    "minimum": "minimum",
    "maximum": "maximum",
    "above": "exclusiveMinimum",
    "choices": "enum",
    "pattern": "pattern",
    "min_items": "minItems",
}


def about(description: str, *, default: Any = MISSING, in_json: bool = True, optional: bool = False, **limits: Any) -> Any:
    """Make a field of a record of the report.

    Parameters
    ----------
    description : str
        Sentences that say what the value is, with its unit and range.
    default
        Its value where it is not given; a report without the field can then still be read.
    in_json : bool
        Whether it is written.
    optional : bool
        Whether it is left out where it is None.
    **limits
        ``minimum``, ``maximum`` and ``above`` (a minimum that is excluded) of a number; ``choices``, a tuple of all values;
        ``pattern``, a regular expression that a text matches; ``min_items`` of a list; ``items``, the limits of each item of
        a list, a dict, or of a tuple of fixed length, a tuple of dicts.
    """
    unknown = limits.keys() - LIMITS.keys() - {"items"}
    if unknown:
        raise TypeError(f"unknown limits: {', '.join(sorted(unknown))}")
    return field(default=default, metadata={"description": description, "in_json": in_json, "optional": optional, **limits})


def json_fields(record: Any) -> list[Field[Any]]:
    """List the fields of a record, or of its type, that are written."""
    return [item for item in fields(record) if item.metadata.get("in_json", True)]


def to_plain(value: Any) -> Any:
    """Turn records, tuples and mappings into dicts and lists; bytes in texts that are no text are replaced."""
    if is_dataclass(value):
        each = ((item, getattr(value, item.name)) for item in json_fields(value))
        return {item.name: to_plain(inner) for item, inner in each if inner is not None or not item.metadata.get("optional")}
    if isinstance(value, Mapping):
        return {to_plain(key): to_plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [to_plain(inner) for inner in value]
    return os.fsencode(value).decode("utf-8", "replace") if isinstance(value, str) else value
