"""Finds the frames worth keeping in a video."""

from vkeyframe.api import extract
from vkeyframe.report.records import Report
from vkeyframe.settings import Settings

__all__ = ["Report", "Settings", "extract"]
