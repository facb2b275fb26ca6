"""Reading reports, of this version and of the one before; whatever the data are, they are understood or refused."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import MISSING, is_dataclass
from functools import cache
from types import MappingProxyType, NoneType, UnionType
from typing import Any, NoReturn, Union, get_args, get_origin, get_type_hints

from vkeyframe.errors import ReportError
from vkeyframe.report.describe import json_fields
from vkeyframe.report.records import Report
from vkeyframe.report.write import SCHEMA

SCHEMA_1 = "vkeyframe.report/1"
# Version 1 did not list its files; these lay beside the pictures.
_FILES_1 = ("report.json", "sheet.jpg")
# Levels of lists and objects within each other; a report has 5, an analyser's section may have some more.
_DEEPEST = 50
_NAMES = {dict: "an object", list: "a list", str: "a text", bool: "true or false", int: "a number", float: "a number"}
_NO_SECTIONS: Mapping[str, Any] = MappingProxyType({})
_hints = cache(get_type_hints)


def load_report(data: bytes, sections: Mapping[str, Any] = _NO_SECTIONS) -> Report:
    """Read a report of version 1 or 2.

    Fields that no record has, as a later version may have them, are left out. A field that is missing has its default.

    Parameters
    ----------
    data : bytes
        The content of a ``report.json``.
    sections : mapping of str to type
        The types of the sections that the caller knows; the others stay plain lists, dicts, numbers and texts.

    Raises
    ------
    ReportError
        If it is no such report, or damaged; the message names the first thing that is wrong.
    """
    try:
        return _report(parse_report(data), sections)
    except (ValueError, RecursionError) as error:
        cause = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise ReportError(f"This is no report that can be read: {cause}.") from None


def parse_report(data: bytes) -> dict[str, Any]:
    """Read a JSON object as plain values, of which none is left out.

    Raises
    ------
    ValueError
        If it is none, or holds what could not be written again.
    """
    try:
        found = json.loads(data.decode("utf-8"), parse_constant=_refuse_number, parse_float=_finite)
    except UnicodeDecodeError:
        raise ValueError("it is not UTF-8") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"it is not JSON ({error.msg}, line {error.lineno})") from None
    if not isinstance(found, dict):
        raise ValueError("it is not a JSON object")
    _check_plain(found)
    return found


def _refuse_number(text: str) -> NoReturn:
    raise ValueError(f"the number {text} is not allowed in it")


def _finite(text: str) -> float:
    number = float(text)
    return number if math.isfinite(number) else _refuse_number(text)


def _check_plain(found: dict[str, Any]) -> None:
    """Refuse what could be read but not be written again: half characters, and lists in lists without end."""
    level: list[Any] = [found]
    for _ in range(_DEEPEST):
        objects = [value for value in level if isinstance(value, dict)]
        texts = [value for value in level if isinstance(value, str)] + [key for value in objects for key in value]
        try:
            "".join(texts).encode("utf-8")
        except UnicodeEncodeError:
            raise ValueError("a text in it holds half a character") from None
        level = [inner for value in objects for inner in value.values()] + [
            inner for value in level if isinstance(value, list) for inner in value
        ]
        if not level:
            return
    raise RecursionError


def _report(data: dict[str, Any], sections: Mapping[str, Any]) -> Report:
    if data.get("schema") == SCHEMA_1:
        data = _upgraded(data)
    elif data.get("schema") != SCHEMA:
        raise ValueError(f"its schema is neither {SCHEMA} nor {SCHEMA_1}")
    core = {item.name for item in json_fields(Report)} | {"schema"}
    found = {name: _value(sections.get(name, Any), data[name], name, {}) for name in data if name not in core}
    report: Report = _record(Report, data | {"sections": found}, "")
    return report


def _upgraded(data: dict[str, Any]) -> dict[str, Any]:
    """Make version 2 of version 1, as far as it has what it should."""
    keyframes = data.get("keyframes")
    found = [keyframe.get("file") for keyframe in keyframes if isinstance(keyframe, dict)] if isinstance(keyframes, list) else []
    files = {name for name in found if isinstance(name, str)}
    run = data.get("run")
    return data | {
        "files": sorted(files.union(_FILES_1)),
        "run": {"threads": 0} | run if isinstance(run, dict) else run,
    }


def _value(hint: Any, value: Any, place: str, limits: Mapping[str, Any]) -> Any:
    """Make a value of a type from plain JSON, or refuse it."""
    if get_origin(hint) in (Union, UnionType):
        if value is None and NoneType in get_args(hint):
            return None
        (hint,) = (kind for kind in get_args(hint) if kind is not NoneType)
    if is_dataclass(hint):
        return _record(hint, value, place)
    if get_origin(hint) is tuple:
        return _tuple(get_args(hint), value, place, limits)
    if hint is Any:
        return value
    _require(value, get_origin(hint) or hint, place)
    _check_limits(value, place, limits)
    return float(value) if hint is float else value


def _record(record: Any, value: Any, place: str) -> Any:
    _require(value, dict, place)
    hints = _hints(record)
    found = {}
    for item in json_fields(record):
        where = f"{place}.{item.name}" if place else item.name
        if item.name in value:
            found[item.name] = _value(hints[item.name], value[item.name], where, item.metadata)
        elif item.default is MISSING:
            raise ValueError(f"{where} is missing")
    return record(**found)


def _tuple(kinds: tuple[Any, ...], value: Any, place: str, limits: Mapping[str, Any]) -> tuple[Any, ...]:
    _require(value, list, place)
    items = limits.get("items", {})
    if kinds[-1] is Ellipsis:
        if len(value) < limits.get("min_items", 0):
            raise ValueError(f"{place} has too few items")
        kinds, items = kinds[:1] * len(value), [items] * len(value)
    elif len(value) != len(kinds):
        raise ValueError(f"{place} has {len(value)} items instead of {len(kinds)}")
    each = zip(kinds, value, items or [{}] * len(kinds), strict=True)
    return tuple(_value(kind, one, f"{place}[{number}]", inner) for number, (kind, one, inner) in enumerate(each))


def _require(value: Any, kind: type, place: str) -> None:
    accepted = (int, float) if kind is float else dict if issubclass(kind, Mapping) else kind
    is_wrong_bool = isinstance(value, bool) and kind is not bool
    if is_wrong_bool or not isinstance(value, accepted):
        raise ValueError(f"{place or 'it'} is not {_NAMES.get(kind, 'an object')}")


def _check_limits(value: Any, place: str, limits: Mapping[str, Any]) -> None:
    """Refuse what the schema refuses, but not a choice that a later version may have."""
    if isinstance(value, str):
        if "pattern" in limits and not re.search(limits["pattern"], value):
            raise ValueError(f"{place} has the wrong form")
        return
    if isinstance(value, dict):
        return
    if value < limits.get("minimum", value) or value > limits.get("maximum", value) or value <= limits.get("above", -math.inf):
        raise ValueError(f"{place} is {value}, which is out of its range")
    if isinstance(value, int) and abs(value) >= 1 << 63:
        raise ValueError(f"{place} is larger than any such number can be")
