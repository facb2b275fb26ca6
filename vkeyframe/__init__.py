"""Finds the frames worth keeping in a video."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vkeyframe.api import extract
    from vkeyframe.report.records import Report
    from vkeyframe.settings import Settings

__all__ = ["Report", "Settings", "extract"]


def __getattr__(name: str) -> Any:
    # Imported when they are first asked for, so that the command line starts at once.
    if name == "extract":
        from vkeyframe.api import extract

        return extract
    if name == "Report":
        from vkeyframe.report.records import Report

        return Report
    if name == "Settings":
        from vkeyframe.settings import Settings

        return Settings
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
