"""Writing a report in further forms: into a new output folder, or from one that is there already."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from vkeyframe.errors import OutputError, ReportError, VkeyframeError
from vkeyframe.export.registry import find_exporter
from vkeyframe.output.addition import add_files, scratch_in
from vkeyframe.output.folder import REPORT_NAME
from vkeyframe.report.read import load_report
from vkeyframe.report.records import Report


def write_forms(report: Report, folder: Path, forms: Iterable[str]) -> None:
    """Write a report in several forms into the folder that holds its keyframes' pictures.

    Raises
    ------
    UsageError, MissingLibraryError
        If there is no such form, or it cannot be loaded.
    ReportError
        If a form needs pictures and the report has none.
    OutputError
        If a form cannot be written, whatever its exporter raised.
    """
    for form in forms:
        exporter = find_exporter(form)
        if exporter.needs_pictures and any(keyframe.file is None for keyframe in report.keyframes):
            raise ReportError(f"The form '{form}' needs the keyframes' pictures, which were not written.")
        try:
            written = exporter.write(report, folder)
            missing = [name for name in written if not (folder / name).is_file()]
        except VkeyframeError:
            raise
        # An exporter may be somebody else's and raise anything.
        except Exception as error:
            cause = " ".join(f"{type(error).__name__}: {error}".split())
            raise OutputError(f"The form '{form}' cannot be written ({cause}).") from None
        if missing:
            raise OutputError(f"The form '{form}' did not write {missing[0]}, although it says so.")


def export_output(
    source: Path, form: str, target: Path | None = None, overwrite: bool = False, sections: Mapping[str, Any] | None = None
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
    sections : mapping of str to type, optional
        The types of the analysers' sections, as for `load_report`.

    Returns
    -------
    list of Path
        The files that were written.

    Raises
    ------
    UsageError, MissingLibraryError, ReportError, OutputError
        As `write_forms`; also if there is no report that can be read, or files are in the way.
    """
    find_exporter(form)
    path = source / REPORT_NAME if source.is_dir() else source
    report = _read(path, sections or {})
    folder = path.parent if target is None else target
    with scratch_in(folder) as scratch:
        _link_pictures(report, path.parent, scratch)
        write_forms(report, scratch, [form])
        return [folder / name for name in add_files(scratch, overwrite)]


def _read(path: Path, sections: Mapping[str, Any]) -> Report:
    try:
        return load_report(path.read_bytes(), sections)
    except FileNotFoundError:
        raise ReportError(f"{path}: no such file.") from None
    except ReportError as error:
        raise ReportError(f"{path}: {error}") from None
    except (OSError, ValueError) as error:
        raise ReportError(f"{path}: cannot be read ({getattr(error, 'strerror', None) or error}).") from None


def _link_pictures(report: Report, folder: Path, scratch: Path) -> None:
    """Let the pictures be found in another folder; where there are no links, by copies."""
    for keyframe in report.keyframes:
        if keyframe.file is None:
            continue
        picture, link = (folder / keyframe.file).absolute(), scratch / keyframe.file
        if not picture.is_file():
            raise ReportError(f"{folder / keyframe.file}: the picture is missing, although the report names it.")
        try:
            link.symlink_to(picture)
        except OSError:
            shutil.copyfile(picture, link)
