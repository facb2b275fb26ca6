"""Adding files to a folder that is there already: all of them or none, and listed in the report that lies there."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from shutil import rmtree

from vkeyframe.errors import OutputError, ReportError
from vkeyframe.output.folder import REPORT_NAME, file_errors, read_report_in
from vkeyframe.output.moving import move_up
from vkeyframe.output.stale import remove_leftovers
from vkeyframe.output.tree import files_below, top_of
from vkeyframe.output.whole_file import unused_name, write_bytes, write_text
from vkeyframe.report.read import load_report, parse_report
from vkeyframe.report.records import Report
from vkeyframe.report.write import report_to_dict


@contextmanager
def scratch_in(folder: Path) -> Iterator[Path]:
    """Give a hidden folder within a folder, which is made if it is missing; both are removed again if nothing comes of it.

    Raises
    ------
    OutputError
        If they cannot be made.
    """
    scratch, is_new = unused_name(folder.absolute()), not folder.exists()
    try:
        with file_errors(folder):
            scratch.parent.mkdir(parents=True, exist_ok=True)
            remove_leftovers(scratch.parent, deep=False)
            scratch.mkdir()
        yield scratch
    finally:
        rmtree(scratch, ignore_errors=True)
        if is_new:
            # Only an empty folder can be removed.
            with suppress(OSError):
                folder.rmdir()


def add_files(scratch: Path, overwrite: bool) -> list[str]:
    """Move the files in a scratch folder to the folder around it, all or none.

    A report in the folder lists the files from then on. It is written first: a file that it lists and that is missing does no
    harm, but a file that it does not list would keep the folder from being replaced by a later run.

    Parameters
    ----------
    scratch : Path
        As `scratch_in` gives it.
    overwrite : bool
        Whether to replace files that are there already, and folders of an earlier run; the report and the keyframes' pictures
        are never replaced.

    Returns
    -------
    list of str
        The paths of the files from the folder on, sorted.

    Raises
    ------
    OutputError
        If a file is in the way or the file system refuses; then all is as it was.
    """
    folder = scratch.parent
    with file_errors(folder):
        files = files_below(scratch)
        names = list(dict.fromkeys(map(top_of, files)))
        data, report = _read(folder / REPORT_NAME)
        kept = {REPORT_NAME} | {top_of(str(keyframe.file)) for keyframe in (report.keyframes if report else ())}
        listed = set(report.files) if report else set[str]()
        _refuse_replacing(folder, names, kept, overwrite, listed)
        if report is not None:
            left = {name for name in listed if top_of(name) not in names and (folder / name).exists()}
            text = _with_files(data, report, sorted(left | set(files) | {REPORT_NAME}))
            write_text(folder / REPORT_NAME, text)
        try:
            move_up(scratch, names)
        except BaseException:
            if report is not None:
                write_bytes(folder / REPORT_NAME, data)
            raise
    return files


def _read(path: Path) -> tuple[bytes, Report | None]:
    """Read a report, None where there is none that can be read."""
    try:
        data = read_report_in(path.parent) or b""
        return data, load_report(data)
    except ReportError:
        return b"", None


def _with_files(data: bytes, report: Report, files: list[str]) -> str:
    """Write a report with other files; what only a later version knows of stays in it, and version 1 becomes version 2."""
    plain = parse_report(data)
    current = report_to_dict(report)
    plain = (plain if plain["schema"] == current["schema"] else current) | {"files": files}
    return json.dumps(plain, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _refuse_replacing(folder: Path, names: list[str], kept: Collection[str], overwrite: bool, listed: Collection[str]) -> None:
    for name in names:
        place = folder / name
        if name in kept:
            raise OutputError(f"{place}: belongs to the output itself and is not replaced.")
        is_ours = place.is_dir() and not place.is_symlink() and _is_listed(place, listed)
        if place.is_dir() and not (is_ours and overwrite):
            raise OutputError(f"{place}: is a folder and is not replaced.")
        if not overwrite and (place.exists() or place.is_symlink()):
            raise OutputError(f"{place}: exists already; use overwrite=… or another output=….")


def _is_listed(folder: Path, listed: Collection[str]) -> bool:
    """Whether a folder holds files, and a report lists all of them."""
    names = {f"{folder.name}/{name}" for name in files_below(folder)}
    return bool(names) and names <= set(listed)
