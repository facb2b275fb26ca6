"""The report as JSON."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import is_dataclass
from typing import Any

from vkeyframe.report.describe import json_fields
from vkeyframe.report.records import Report

SCHEMA = "vkeyframe.report/2"


def report_to_dict(report: Report) -> dict[str, Any]:
    """Turn a report into plain JSON values in the order of the schema.

    Bytes in names that are no text are replaced, since JSON cannot hold them.
    """
    data: dict[str, Any] = {"schema": SCHEMA}
    for item in json_fields(report):
        value = _to_plain(getattr(report, item.name))
        data |= value if item.name == "sections" else {item.name: value}
    return data


def report_to_json(report: Report, indent: int | None = None) -> str:
    """Write a report as JSON, on one line without `indent`; no NaN, keys in a fixed order.

    Raises
    ------
    ValueError
        If a number is NaN or infinite.
    """
    return json.dumps(report_to_dict(report), indent=indent, ensure_ascii=False, allow_nan=False)


def _to_plain(value: Any) -> Any:
    if is_dataclass(value):
        return {item.name: _to_plain(getattr(value, item.name)) for item in json_fields(value)}
    if isinstance(value, Mapping):
        return {_to_plain(key): _to_plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_to_plain(inner) for inner in value]
    return os.fsencode(value).decode("utf-8", "replace") if isinstance(value, str) else value
