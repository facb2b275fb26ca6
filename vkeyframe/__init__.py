"""Finds the frames worth keeping in a video."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vkeyframe.api import extract, track
    from vkeyframe.report.records import Report
    from vkeyframe.report.tracks import Tracks
    from vkeyframe.settings import Settings
    from vkeyframe.tracking.request import TrackRequest

__all__ = ["Report", "Settings", "TrackRequest", "Tracks", "extract", "track"]


def __getattr__(name: str) -> Any:
    """Import a name when it is first asked for, so that the command line starts at once."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from vkeyframe import api

    return getattr(api, name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
