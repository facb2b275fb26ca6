"""The report as JSON, for those who call a function."""

from typing import Any

from vkeyframe.report.living import SCHEMA
from vkeyframe.report.records import Report

__all__ = ["SCHEMA", "report_to_dict", "report_to_json"]


def report_to_dict(report: Report) -> dict[str, Any]:
    """Do what `Report.to_dict` does."""
    return report.to_dict()


def report_to_json(report: Report, indent: int | None = None) -> str:
    """Do what `Report.to_json` does."""
    return report.to_json(indent)
