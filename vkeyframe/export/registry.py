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
from vkeyframe.video.file import VideoFile

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
    write_of_video : callable, optional
        Takes the report, the folder and the video, for a form that looks into the video; then it is called instead of `write`.
    prepare : callable, optional
        Called before a video is looked at, where the form is asked for with it; raises MissingLibraryError where a package is
        missing.
    """

    help: str
    write: Callable[[Report, Path], list[str]]
    needs_pictures: bool = False
    settings: Mapping[str, Any] = field(default_factory=dict)
    prepare: Callable[[], object] | None = None
    write_of_video: Callable[[Report, Path, VideoFile], list[str]] | None = None


def _write_sheet(report: Report, folder: Path) -> list[str]:
    from vkeyframe.export.sheet import write_sheet

    return write_sheet(report, folder)


def _write_animation(report: Report, folder: Path) -> list[str]:
    from vkeyframe.export.animation import write_animation

    return write_animation(report, folder)


def _write_collage(report: Report, folder: Path) -> list[str]:
    from vkeyframe.export.collage import write_collage

    return write_collage(report, folder)


def _write_crops(report: Report, folder: Path) -> list[str]:
    from vkeyframe.export.crops import write_crops

    return write_crops(report, folder)


def _write_heatmaps(report: Report, folder: Path) -> list[str]:
    from vkeyframe.export.heatmap import write_heatmaps

    return write_heatmaps(report, folder)


def _write_page(report: Report, folder: Path) -> list[str]:
    from vkeyframe.export.html import write_page

    return write_page(report, folder)


def _write_masks(report: Report, folder: Path) -> list[str]:
    from vkeyframe.export.masks import write_masks

    return write_masks(report, folder)


def _write_reel(report: Report, folder: Path, video: VideoFile) -> list[str]:
    from vkeyframe.export.reel import write_best_stretches

    return write_best_stretches(report, folder, video)


def _write_trickplay(report: Report, folder: Path, video: VideoFile) -> list[str]:
    from vkeyframe.export.previews import write_trickplay

    return write_trickplay(report, folder, video)


def _write_preview_list(report: Report, folder: Path, video: VideoFile) -> list[str]:
    from vkeyframe.export.previews import write_preview_list

    return write_preview_list(report, folder, video)


def _video_exporter(help: str, write_of_video: Callable[[Report, Path, VideoFile], list[str]]) -> Exporter:
    """Make an exporter that looks into the video, where it is found by the report if nobody says."""

    def write(report: Report, folder: Path) -> list[str]:
        from vkeyframe.export.source import video_of

        return write_of_video(report, folder, video_of(report))

    return Exporter(help, write, write_of_video=write_of_video)


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
        from vkeyframe.output.whole_file import write_text
        from vkeyframe.report.shot_list import ShotList

        write_text(folder / name, form.load()(ShotList.of(report)))
        return [name]

    return Exporter(f"Add {name}, {form.help}", write, prepare=form.load)


def _dataset_exporter(name: str, what: str, function: str) -> Exporter:
    """Make an exporter of a data set: a text that a function of `export.datasets` makes of a report."""

    def write(report: Report, folder: Path) -> list[str]:
        from vkeyframe.export import datasets
        from vkeyframe.output.whole_file import write_text

        write_text(folder / name, getattr(datasets, function)(report))
        return [name]

    return Exporter(f"Add {name}, {what}", write, needs_pictures=True)


EXPORTERS: dict[str, Exporter] = {
    "animation": Exporter(
        "Add the keyframes one after another as a moving picture, animation.webp, .gif or .png.",
        _write_animation,
        needs_pictures=True,
    ),
    "collage": Exporter(
        "Add collage.jpg, all keyframes side by side in filled rows, without captions.", _write_collage, needs_pictures=True
    ),
    "crops": Exporter(
        "Add the key regions of each keyframe as pictures, NAME_crop1.jpg and so on.", _write_crops, needs_pictures=True
    ),
    "heatmap": Exporter(
        "Add each keyframe with its attention drawn over it, NAME_heatmap.jpg.",
        _write_heatmaps,
        needs_pictures=True,
        settings={"attention_maps": True},
    ),
    "html": Exporter(
        "Add report.html, a page that shows why these frames, without any other file.",
        _write_page,
        needs_pictures=True,
        settings={"explain": True, "attention_maps": True, "analysers": ("curves",)},
    ),
    "masks": Exporter(
        "Add for each keyframe the pixels of the heaviest region, NAME_mask.png, and the thing cut out, NAME_cutout.png.",
        _write_masks,
        needs_pictures=True,
    ),
    **{f"messages-{maker}": _messages_exporter(maker) for maker in ("claude", "gpt", "gemini", "qwen")},
    "reel": _video_exporter("Add reel.mp4, the best stretches of the video with their sound.", _write_reel),
    "sheet": Exporter("Add sheet.jpg, all keyframes with their times on one picture.", _write_sheet, needs_pictures=True),
    "trickplay": _video_exporter(
        "Add NAME.trickplay, sheets of previews of the whole video as Jellyfin keeps them.", _write_trickplay
    ),
    "vtt": _video_exporter("Add previews.vtt, previews of the whole video for the time line of players.", _write_preview_list),
    **{name: _list_exporter(form) for name, form in LISTS.items()},
    "coco": _dataset_exporter("coco.json", "the key regions as a data set of COCO.", "write_coco"),
    "colmap": _dataset_exporter("image_list.txt", "the names of the pictures, as COLMAP reads them.", "write_image_list"),
    "cvat": _dataset_exporter("cvat.xml", "the key regions for CVAT, form 'CVAT for images 1.1'.", "write_cvat"),
    "labelstudio": _dataset_exporter(
        "labelstudio.json", "the key regions as tasks with predictions for Label Studio.", "write_label_studio"
    ),
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
