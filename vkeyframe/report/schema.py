"""The JSON Schema of the report, made from the records."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import is_dataclass
from importlib.resources import files
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from vkeyframe.report.describe import LIMITS, json_fields
from vkeyframe.report.records import Report
from vkeyframe.report.write import SCHEMA

SCHEMA_FILE = "report.schema.json"
_TITLE = "vkeyframe report"
_DESCRIPTION = (
    "Frames are 0-based in display order, times are seconds from the first frame's presentation time, ends are inclusive."
)
_SIMPLE = {int: "integer", float: "number", str: "string", bool: "boolean", NoneType: "null"}


def make_schema(sections: Mapping[str, Any], required: Collection[str] = ("actions",)) -> dict[str, Any]:
    """Make the JSON Schema of a report.

    Parameters
    ----------
    sections : mapping of str to type
        The type of each analyser's section, such as ``{"actions": tuple[Action, ...]}``.
    required : collection of str
        Names of the sections that every report has.
    """
    properties: dict[str, Any] = {"schema": {"const": SCHEMA, "description": "Name and version of this form of report."}}
    hints = get_type_hints(Report)
    for item in json_fields(Report):
        if item.name == "sections":
            properties |= {name: _describe(kind, {"description": _first_line(kind)}) for name, kind in sections.items()}
        else:
            properties[item.name] = _describe(hints[item.name], item.metadata)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": _TITLE,
        "description": _DESCRIPTION,
        "type": "object",
        "properties": properties,
        "required": [name for name in properties if name not in sections or name in required],
        "additionalProperties": False,
    }


def report_schema() -> str:
    """Return the JSON Schema of the report, as it comes with the package."""
    return files("vkeyframe.report").joinpath(SCHEMA_FILE).read_text("utf-8")


def _describe(hint: Any, metadata: Mapping[str, Any]) -> dict[str, Any]:
    """Describe the values of a type, within the limits that a field sets."""
    described = {"description": metadata["description"]} if "description" in metadata else {}
    limits = {LIMITS[name]: value for name, value in metadata.items() if name in LIMITS}
    if "enum" in limits:
        return described | {"enum": list(limits["enum"])}
    return _of_type(hint, metadata.get("items")) | described | limits


def _of_type(hint: Any, items: Any) -> dict[str, Any]:
    if is_dataclass(hint):
        return _of_record(hint)
    if get_origin(hint) is tuple:
        return _of_tuple(get_args(hint), items)
    if get_origin(hint) in (Union, UnionType):
        kinds = [_of_type(kind, items) for kind in get_args(hint)]
        simple = all(kind.keys() == {"type"} for kind in kinds)
        return {"type": [kind["type"] for kind in kinds]} if simple else {"anyOf": kinds}
    if get_origin(hint) is not None and issubclass(get_origin(hint), Mapping):
        return {"type": "object"}
    return {} if hint is Any else {"type": _SIMPLE[hint]}


def _of_record(record: Any) -> dict[str, Any]:
    hints = get_type_hints(record)
    properties = {item.name: _describe(hints[item.name], item.metadata) for item in json_fields(record)}
    return {
        "type": "object",
        "description": _first_line(record),
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _of_tuple(kinds: tuple[Any, ...], items: Any) -> dict[str, Any]:
    if kinds[-1] is Ellipsis:
        return {"type": "array", "items": _describe(kinds[0], items or {})}
    each = [_describe(kind, limits) for kind, limits in zip(kinds, items or [{}] * len(kinds), strict=True)]
    return {"type": "array", "prefixItems": each, "minItems": len(each), "maxItems": len(each)}


def _first_line(kind: Any) -> str:
    """Return what the docstring of a record says first; of a list of records, that of the record."""
    while get_origin(kind) is tuple:
        kind = get_args(kind)[0]
    return (kind.__doc__ or "").partition("\n")[0]
