"""Finds the frames worth keeping in a video."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vkeyframe.api import extract, track
    from vkeyframe.library.answers import Answer, SearchOptions
    from vkeyframe.queries import load_report, match, search, shots
    from vkeyframe.report.records import Report
    from vkeyframe.report.tracks import Tracks
    from vkeyframe.selection.match_options import MatchOptions
    from vkeyframe.settings import Settings
    from vkeyframe.tracking.request import TrackRequest

    __version__: str

__all__ = [
    "Answer",
    "MatchOptions",
    "Report",
    "SearchOptions",
    "Settings",
    "TrackRequest",
    "Tracks",
    "__version__",
    "extract",
    "load_report",
    "match",
    "search",
    "shots",
    "track",
]
_ASKED = {"load_report", "match", "search", "shots", "Answer", "MatchOptions", "SearchOptions"}


def __getattr__(name: str) -> Any:
    """Import a name when it is first asked for, so that the command line starts at once."""
    if name == "__version__":
        from importlib.metadata import version

        return version("vkeyframe")
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from vkeyframe import api, queries

    return getattr(queries if name in _ASKED else api, name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
