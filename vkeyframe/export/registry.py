"""The forms that a finished report can be written in, our own and those of installed packages.

A package adds a form with an entry point in the group ``vkeyframe.exporters``: its name is the form's, its object an `Exporter`.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vkeyframe.export.lists import LISTS, ListForm
from vkeyframe.plugins import find_plugin, load_plugin, with_plugins
from vkeyframe.report.records import Report

GROUP = "vkeyframe.exporters"


@dataclass(frozen=True, slots=True)
class Exporter:
    """A form that a report can be written in.

    Attributes
    ----------
    help : str
        A sentence for ``--help`` that says what is written.
    write : callable
        Takes the report and a folder, writes files into that folder and returns their names. It imports what it needs when it
        is called, so that ``--help`` stays quick.
    needs_pictures : bool
        Whether it needs the keyframes' pictures, which are in the folder then; else they may be missing there.
    settings : mapping of str to object
        Options without which the report lacks what it shows; they are set where it is asked for with the extraction.
    prepare : callable, optional
        Called before a video is looked at, where the form is asked for with it; raises MissingLibraryError where a package is
        missing.
    """

    help: str
    write: Callable[[Report, Path], list[str]]
    needs_pictures: bool = False
    settings: Mapping[str, Any] = field(default_factory=dict)
    prepare: Callable[[], object] | None = None


def _write_sheet(report: Report, folder: Path) -> list[str]:
    from vkeyframe.export.sheet import write_sheet

    return write_sheet(report, folder)


def _write_crops(report: Report, folder: Path) -> list[str]:
    from vkeyframe.export.crops import write_crops

    return write_crops(report, folder)


def _write_heatmaps(report: Report, folder: Path) -> list[str]:
    from vkeyframe.export.heatmap import write_heatmaps

    return write_heatmaps(report, folder)


def _write_masks(report: Report, folder: Path) -> list[str]:
    from vkeyframe.export.masks import write_masks

    return write_masks(report, folder)


def _messages_exporter(maker: str) -> Exporter:
    """Make an exporter of a request to the models of a maker."""

    def write(report: Report, folder: Path) -> list[str]:
        from vkeyframe.export.messages import write_messages

        return write_messages(report, folder, maker)

    title = "GPT" if maker == "gpt" else maker.capitalize()
    text = f"Add messages-{maker}.json, a request to {title} with the keyframes and their times."
    return Exporter(text, write, needs_pictures=True)


def _list_exporter(form: ListForm) -> Exporter:
    """Make an exporter of a form of a list of shots."""
    name = f"shots{form.suffix}"

    def write(report: Report, folder: Path) -> list[str]:
        from vkeyframe.output.folder import write_bytes
        from vkeyframe.report.shot_list import ShotList

        write_bytes(folder / name, form.load()(ShotList.of(report)).encode())
        return [name]

    return Exporter(f"Add {name}, {form.help}", write, prepare=form.load)


EXPORTERS: dict[str, Exporter] = {
    "crops": Exporter(
        "Add the key regions of each keyframe as pictures, NAME_crop1.jpg and so on.", _write_crops, needs_pictures=True
    ),
    "heatmap": Exporter(
        "Add each keyframe with its attention drawn over it, NAME_heatmap.jpg.",
        _write_heatmaps,
        needs_pictures=True,
        settings={"attention_maps": True},
    ),
    "masks": Exporter(
        "Add for each keyframe the pixels of the heaviest region, NAME_mask.png, and the thing cut out, NAME_cutout.png.",
        _write_masks,
        needs_pictures=True,
    ),
    **{f"messages-{maker}": _messages_exporter(maker) for maker in ("claude", "gpt", "gemini", "qwen")},
    "sheet": Exporter("Add sheet.jpg, all keyframes with their times on one picture.", _write_sheet, needs_pictures=True),
    **{name: _list_exporter(form) for name, form in LISTS.items()},
}


def exporters(warn: Callable[[str], None] = warnings.warn) -> dict[str, Exporter]:
    """Return all forms by name, our own first.

    Parameters
    ----------
    warn : callable
        Called with a sentence for each form of an installed package that cannot be used.
    """
    return with_plugins(EXPORTERS, GROUP, _load, warn)


def find_exporter(form: str) -> Exporter:
    """Return the exporter of a form; no other package's form is loaded.

    Raises
    ------
    UsageError
        If there is no such form; the message lists those that are known.
    MissingLibraryError
        If the package that has it cannot be loaded.
    """
    return find_plugin(EXPORTERS, GROUP, _load, form, "form")


def _load(form: str) -> Exporter:
    found: Exporter = load_plugin(GROUP, form, lambda found: isinstance(found, Exporter))
    return found
