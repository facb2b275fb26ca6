"""The report as JSON, and its schema."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from importlib.resources import files
from typing import Any

from vkeyframe.report.records import Report

SCHEMA = "vkeyframe.report/1"


def report_to_dict(report: Report) -> dict[str, Any]:
    """Turn a report into plain JSON values in the order of the schema."""
    data: dict[str, Any] = {"schema": SCHEMA} | asdict(report)
    del data["video"]["declared_frames"]
    # A file name may hold bytes that are no text; JSON cannot.
    for part in (data["video"], data["settings"]):
        part.update({key: _as_text(value) for key, value in part.items() if isinstance(value, str)})
    return data


def report_to_json(report: Report, indent: int | None = None) -> str:
    """Write a report as JSON, on one line without `indent`; no NaN, keys in a fixed order."""
    return json.dumps(report_to_dict(report), indent=indent, ensure_ascii=False, allow_nan=False)


def _as_text(value: str) -> str:
    return os.fsencode(value).decode("utf-8", "replace")


def report_schema() -> str:
    """Return the JSON Schema of the report."""
    return files("vkeyframe.report").joinpath("report.schema.json").read_text("utf-8")
