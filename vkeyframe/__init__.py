"""Finds the frames worth keeping in a video."""

from vkeyframe.api import extract, track
from vkeyframe.report.records import Report
from vkeyframe.report.tracks import Tracks
from vkeyframe.settings import Settings
from vkeyframe.tracking.request import TrackRequest

__all__ = ["Report", "Settings", "TrackRequest", "Tracks", "extract", "track"]
