"""The forms that a finished report can be written in, our own and those of installed packages.

A package adds a form with an entry point in the group ``vkeyframe.exporters``: its name is the form's, its object an `Exporter`.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from vkeyframe.errors import MissingLibraryError, UsageError
from vkeyframe.report.records import Report

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

GROUP = "vkeyframe.exporters"
_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class Exporter:
    """A form that a report can be written in.

    Attributes
    ----------
    help : str
        A sentence for ``--help`` that says what is written.
    write : callable
        Takes the report and the folder that holds the keyframes' pictures, writes files into that folder and returns their
        names. It imports what it needs when it is called, so that ``--help`` stays quick.
    needs_pictures : bool
        Whether it needs the keyframes' pictures.
    """

    help: str
    write: Callable[[Report, Path], list[str]]
    needs_pictures: bool = False


def _write_sheet(report: Report, folder: Path) -> list[str]:
    from vkeyframe.export.sheet import write_sheet

    return write_sheet(report, folder)


EXPORTERS: dict[str, Exporter] = {
    "sheet": Exporter("Add sheet.jpg, all keyframes with their times on one picture.", _write_sheet, needs_pictures=True),
}


def exporters(warn: Callable[[str], None] = warnings.warn) -> dict[str, Exporter]:
    """Return all forms by name, our own first.

    Parameters
    ----------
    warn : callable
        Called with a sentence for each form of an installed package that cannot be used.
    """
    known = dict(EXPORTERS)
    for point in _entry_points():
        try:
            if point.name in known:
                raise MissingLibraryError(f"The form '{point.name}' of {_package(point)} has the name of another one.")
            known[point.name] = _load(point)
        except MissingLibraryError as error:
            warn(str(error))
    return known


def find_exporter(form: str) -> Exporter:
    """Return the exporter of a form; no other package's form is loaded.

    Raises
    ------
    UsageError
        If there is no such form; the message lists those that are known.
    MissingLibraryError
        If the package that has it cannot be loaded.
    """
    if form in EXPORTERS:
        return EXPORTERS[form]
    points = {point.name: point for point in reversed(_entry_points())}
    if form not in points:
        raise UsageError(f"There is no form '{form}'; known are {', '.join([*EXPORTERS, *sorted(points)])}.")
    return _load(points[form])


def _entry_points() -> list[EntryPoint]:
    # Looking through all installed packages takes some milliseconds, which only those pay who ask for it.
    from importlib.metadata import entry_points

    return sorted(entry_points(group=GROUP), key=lambda point: point.name)


def _load(point: EntryPoint) -> Exporter:
    if not _NAME.fullmatch(point.name):
        raise MissingLibraryError(f"The form '{point.name}' of {_package(point)} cannot be an option's name.")
    try:
        found = point.load()
    # A package of somebody else's can raise anything when it is imported.
    except Exception as error:
        cause = " ".join(f"{type(error).__name__}: {error}".split())
        raise MissingLibraryError(f"The form '{point.name}' of {_package(point)} cannot be loaded ({cause}).") from None
    if not isinstance(found, Exporter):
        raise MissingLibraryError(f"The form '{point.name}' of {_package(point)} is not an Exporter ({point.value}).")
    return found


def _package(point: EntryPoint) -> str:
    return point.dist.name if point.dist is not None else point.value
