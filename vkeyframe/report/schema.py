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
_KNOWN = "int, float, str, bool, tuple[…], Mapping[str, Any], Any and records, or one of these | None"


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
            properties |= {name: describe_section(kind) for name, kind in sections.items()}
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


def describe_section(kind: Any) -> dict[str, Any]:
    """Describe the section of an analyser.

    Raises
    ------
    TypeError
        If there is a type in it that no report can hold, with its place and the types that can be used.
    """
    return _describe(kind, {"description": _first_line(kind)})


def _describe(hint: Any, metadata: Mapping[str, Any]) -> dict[str, Any]:
    """Describe the values of a type, within the limits that a field sets."""
    described = {"description": metadata["description"]} if "description" in metadata else {}
    limits = {LIMITS[name]: value for name, value in metadata.items() if name in LIMITS}
    if "enum" in limits:
        return described | {"enum": list(limits["enum"])}
    return _of_type(hint, metadata.get("items")) | described | limits


def _of_type(hint: Any, items: Any) -> dict[str, Any]:
    kinds = get_args(hint)
    if isinstance(hint, type) and is_dataclass(hint):
        return _of_record(hint)
    if get_origin(hint) is tuple and kinds:
        return _of_tuple(kinds, items)
    if get_origin(hint) in (Union, UnionType) and len(kinds) == 2 and NoneType in kinds:
        each = [_of_type(kind, items) for kind in kinds]
        simple = all(kind.keys() == {"type"} for kind in each)
        return {"type": [kind["type"] for kind in each]} if simple else {"anyOf": each}
    plain = get_origin(hint) or hint
    if isinstance(plain, type) and issubclass(plain, Mapping):
        return {"type": "object"}
    if hint is Any:
        return {}
    if hint not in _SIMPLE:
        raise TypeError(f"{getattr(hint, '__name__', hint) if get_origin(hint) is None else hint} is none of {_KNOWN}")
    return {"type": _SIMPLE[hint]}


def _of_record(record: Any) -> dict[str, Any]:
    hints = get_type_hints(record)
    properties = {}
    for item in json_fields(record):
        try:
            properties[item.name] = _describe(hints[item.name], item.metadata)
        except TypeError as error:
            raise TypeError(f"{record.__name__}.{item.name}: {error}") from None
    return {
        "type": "object",
        "description": _first_line(record),
        "properties": properties,
        "required": [item.name for item in json_fields(record) if not item.metadata.get("optional")],
        "additionalProperties": False,
    }


def _of_tuple(kinds: tuple[Any, ...], items: Any) -> dict[str, Any]:
    if kinds[-1] is Ellipsis:
        return {"type": "array", "items": _describe(kinds[0], items or {})}
    each = [_describe(kind, limits) for kind, limits in zip(kinds, items or [{}] * len(kinds), strict=True)]
    return {"type": "array", "prefixItems": each, "minItems": len(each), "maxItems": len(each)}


def _first_line(kind: Any) -> str:
    """Return what the docstring of a record says first; of records, or a record that may be missing, that of the record."""
    while get_origin(kind) in (tuple, Union, UnionType):
        kind = get_args(kind)[0]
    return (kind.__doc__ or "").partition("\n")[0]
