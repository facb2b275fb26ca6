"""Writing a report in further forms: into a new output folder, or from one that is there already."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from vkeyframe.errors import OutputError, ReportError, VkeyframeError
from vkeyframe.export.registry import EXPORTERS, Exporter, find_exporter
from vkeyframe.export.source import video_of
from vkeyframe.output.addition import add_files, scratch_in
from vkeyframe.output.folder import REPORT_NAME, file_errors, named_instead
from vkeyframe.output.inputs import check_file
from vkeyframe.output.metadata import describe_derived
from vkeyframe.output.naming import name_key
from vkeyframe.output.tree import files_below
from vkeyframe.report.read import load_report
from vkeyframe.report.records import Report
from vkeyframe.video.file import VideoFile

SectionTypes = Callable[[Collection[str]], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Instead:
    """What goes before what a report says.

    Attributes
    ----------
    settings : mapping of str to object
        Options of forms.
    video : Path or None
        Where the video is, for forms that look into it.
    """

    settings: Mapping[str, Any] = field(default_factory=dict)
    video: Path | None = None


def write_forms(report: Report, folder: Path, forms: Iterable[str], video: VideoFile | None = None) -> None:
    """Write a report in several forms into the folder that holds its keyframes' pictures.

    Parameters
    ----------
    report : Report
    folder : Path
    forms : iterable of str
        Their names.
    video : VideoFile, optional
        The video of the report, for forms that look into it; without it, where the report says.

    Raises
    ------
    UsageError, MissingLibraryError
        If there is no such form, or it cannot be loaded.
    ReportError
        If a form needs pictures and the report has none.
    OutputError
        If a form cannot be written, whatever its exporter raised, or writes over what is there.
    """
    for form in forms:
        exporter = find_exporter(form)
        if exporter.needs_pictures and any(keyframe.file is None for keyframe in report.keyframes):
            raise ReportError(f"The form '{form}' needs the keyframes' pictures, which were not written.")
        before = _states(folder)
        try:
            written = _write(exporter, report, folder, video)
            missing = [name for name in written if not (folder / name).is_file()]
        except VkeyframeError:
            raise
        # An exporter may be somebody else's and raise anything.
        except Exception as error:
            cause = " ".join(f"{type(error).__name__}: {error}".split())
            raise OutputError(f"The form '{form}' cannot be written ({cause}).") from None
        if form in EXPORTERS and exporter.needs_pictures and not report.settings.get("no_metadata", True):
            describe_derived(report, folder, written)
        if missing:
            raise OutputError(f"The form '{form}' did not write {missing[0]}, although it says so.")
        _refuse_changes(form, report, before, _states(folder))


def export_output(
    source: Path,
    form: str,
    target: Path | None = None,
    overwrite: bool = False,
    section_types: SectionTypes | None = None,
    instead: Instead = Instead(),
) -> list[Path]:
    """Write the report of an earlier run in another form.

    Parameters
    ----------
    source : Path
        A ``report.json``, or the folder it lies in.
    form : str
        Name of the form.
    target : Path, optional
        Folder to write into, made if it is missing; without it the folder of the report, which then lists the new files.
    overwrite : bool
        Whether to replace files of the same names.
    section_types : callable, optional
        Gives for the names of the report's sections their types, as `load_report` takes them; without it they stay plain.
    instead : Instead
        What goes before what the report says.

    Returns
    -------
    list of Path
        The files that were written.

    Raises
    ------
    UsageError, MissingLibraryError, ReportError, OutputError
        As `write_forms`; also if there is no report that can be read, or files are in the way.
    """
    exporter = find_exporter(form)
    path = source / REPORT_NAME if source.is_dir() else source
    report = _read_with_sections(path, section_types)
    report = replace(report, settings={**report.settings, **instead.settings})
    file = video_of(report, instead.video) if exporter.write_of_video is not None else None
    folder = path.parent if target is None else target
    with scratch_in(folder) as scratch:
        pictures = _copy_pictures(report, path.parent, scratch) if exporter.needs_pictures else []
        with named_instead(scratch, folder):
            write_forms(report, scratch, [form], file)
        _remove_pictures(scratch, pictures)
        inputs = [path, *(path.parent / name for name in _pictures(report)), *([] if file is None else [file.path])]
        for name in files_below(scratch):
            check_file(folder / name, inputs)
        return [folder / name for name in add_files(scratch, overwrite)]


def _write(exporter: Exporter, report: Report, folder: Path, video: VideoFile | None) -> list[str]:
    if exporter.write_of_video is None or video is None:
        return exporter.write(report, folder)
    return exporter.write_of_video(report, folder, video)


def _read_with_sections(path: Path, types: SectionTypes | None) -> Report:
    report = _read(path, {})
    return _read(path, types(report.sections)) if types is not None and report.sections else report


def _remove_pictures(scratch: Path, names: Iterable[str]) -> None:
    """Remove the copies of the pictures, and the subfolders that held nothing else."""
    for name in names:
        (scratch / name).unlink()
        for inner in (scratch / name).parents:
            if inner == scratch or any(inner.iterdir()):
                break
            inner.rmdir()


def _read(path: Path, sections: Mapping[str, Any]) -> Report:
    try:
        return load_report(path.read_bytes(), sections)
    except FileNotFoundError:
        raise ReportError(f"{path}: no such file{_folder_meant(path)}.") from None
    except ReportError as error:
        what = "" if path.suffix == ".json" else f" Give the folder that was written for a video, or the {REPORT_NAME} in it."
        raise ReportError(f"{path}: {error}{what}") from None
    except (OSError, ValueError) as error:
        raise ReportError(f"{path}: cannot be read ({getattr(error, 'strerror', None) or error}).") from None


def _folder_meant(missing: Path) -> str:
    """Name the folder of a video, where a folder of several was given; these have their reports one or two levels below."""
    around = missing.parent
    found = (*around.glob(f"*/{REPORT_NAME}"), *around.glob(f"*/*/{REPORT_NAME}")) if missing.name == REPORT_NAME else ()
    return f"; give the folder of one video, such as {min(found).parent}" if found else ""


def _copy_pictures(report: Report, folder: Path, scratch: Path) -> list[str]:
    """Copy the pictures to where a form is written and return their names; through links, an exporter could write over them."""
    names = _pictures(report)
    for name in names:
        picture = folder / name
        if not picture.is_file():
            raise ReportError(f"{picture}: the picture is missing, although the report names it.")
        with file_errors(scratch.parent):
            (scratch / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(picture, scratch / name)
            # The copies count as old, so that what is written over one of them is seen to be newer.
            os.utime(scratch / name, (0, 0))
    return names


def _pictures(report: Report) -> list[str]:
    return list(dict.fromkeys(keyframe.file for keyframe in report.keyframes if keyframe.file is not None))


def _states(folder: Path) -> dict[str, tuple[int, int, int]]:
    """Describe each file in a folder, by its path from there on, so that a change is seen."""
    found = {name: (folder / name).lstat() for name in files_below(folder)}
    return {name: (status.st_ino, status.st_size, status.st_mtime_ns) for name, status in found.items()}


def _refuse_changes(
    form: str, report: Report, before: dict[str, tuple[int, int, int]], after: dict[str, tuple[int, int, int]]
) -> None:
    """Refuse a form that wrote over the pictures or other forms, or under their names or that of the report."""
    keys = {name_key(name) for name in (*before, REPORT_NAME, *_pictures(report))}
    for name in sorted(before.keys() | after.keys()):
        if after.get(name) != before.get(name) and name_key(name) in keys:
            raise OutputError(f"{name}: belongs to the output itself and is not replaced by the form '{form}'.")
