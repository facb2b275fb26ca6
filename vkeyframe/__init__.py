"""Finds the frames worth keeping in a video."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vkeyframe.api import extract
    from vkeyframe.report.records import Report
    from vkeyframe.settings import Settings

__all__ = ["Report", "Settings", "extract"]
# Imported when they are first asked for, so that the command line starts at once.
_HOMES = {"Report": "vkeyframe.report.records", "Settings": "vkeyframe.settings", "extract": "vkeyframe.api"}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
