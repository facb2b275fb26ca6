"""Where videos come from and results go: local paths, and URLs that fsspec can reach."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from vkeyframe.batch import remote
from vkeyframe.errors import InputError, OutputError, UsageError, VkeyframeError
from vkeyframe.output.folder import REPORT_NAME, read_report_in
from vkeyframe.output.naming import safe_name
from vkeyframe.output.stale import clear_temporary_folder, temporary_folder
from vkeyframe.output.whole_file import unused_name
from vkeyframe.output.wholeness import sizes_in
from vkeyframe.process.isolation import HangError, Isolation
from vkeyframe.video.file import VideoFile, file_name, is_url, without_password

# What stands for standard input.
STDIN = "-"


def local_path(place: str) -> Path | None:
    """Give the path of a local place, None for one that must be fetched.

    Raises
    ------
    UsageError
        If it looks like a URL, but is none.
    """
    if not is_url(place):
        return Path(place)
    try:
        parts = urlsplit(place)
    except ValueError as error:
        raise UsageError(f"{place}: is no URL ({error}).") from None
    if parts.scheme.lower() != "file" or parts.netloc not in ("", "localhost"):
        return None
    from urllib.request import url2pathname

    return Path(url2pathname(parts.path))


def remote_videos(url: str) -> list[tuple[str, str, str]]:
    """List the files that a URL means, each with where ``cp -r`` would put it.

    A URL that ends with a slash stands for all files below it, one with ``*`` for those that match.

    Returns
    -------
    list of (str, str, str)
        URL, place and nothing; or the URL of a folder that cannot be listed, nothing, and why.

    Raises
    ------
    InputError
        If none of them can be listed.
    """
    folder = url.endswith("/")
    if not folder and "*" not in url:
        return [(url, file_name(url), "")]
    with Isolation() as isolation:
        files, errors = _ask(isolation, url, InputError, remote.list_files, url)
    parent = url.rstrip("/").rpartition("/")[0] + "/"
    found = [(each, unquote(each.removeprefix(parent)) if folder else file_name(each), "") for each in files]
    return found + [(each, "", error) for each, error in errors.items()]


def state_of(video: str, base: str, isolation: Isolation) -> str | None:
    """Describe the present state of a video, so that a change of it can be told without reading it.

    It is None for a remote one of which the server says nothing but its size: that may have changed at any time.

    Raises
    ------
    InputError
        If it is missing.
    """
    path = local_path(video)
    if path is None:
        marks = _ask(isolation, video, InputError, remote.describe, video)
        return repr(marks) if any(mark != "size" for mark, _ in marks) else None
    try:
        status = (base / path).stat()
    except FileNotFoundError:
        raise InputError(f"{video}: no such file.") from None
    except (OSError, ValueError) as error:
        raise InputError(f"{video}: cannot be opened ({getattr(error, 'strerror', None) or error}).") from None
    if (base / path).is_dir():
        raise InputError(f"{video}: the folder cannot be searched.")
    return repr([("size", status.st_size), ("mtime_ns", status.st_mtime_ns)])


@contextmanager
def fetched(video: str, base: str, isolation: Isolation | None = None) -> Iterator[VideoFile]:
    """Give a video as a local file; a remote one and standard input are copied, and the copy is deleted afterwards.

    Copies that killed runs have left are removed.

    Containers need seeking, which a pipe cannot do. A remote one is copied by a child process, for which the limits of its
    isolation hold; standard input is copied in the thread of the caller, which a signal interrupts if it is the main one.

    Parameters
    ----------
    video : str
        A path, a URL, or ``-`` for standard input.
    base : str
        The folder that relative paths start from.
    isolation : Isolation, optional
        The child process that copies; without it, one is started for that.

    Raises
    ------
    InputError, OutputError
        If it cannot be read, or the copy not be written.
    DecoderError
        If it takes longer than the isolation allows.
    """
    clear_temporary_folder()
    path = local_path(video)
    if video != STDIN and path is not None:
        yield VideoFile.of(base / path, video)
        return
    with scratch_folder() as folder:
        if video == STDIN:
            yield VideoFile.of(_copy_of_stdin(folder), "stdin")
            return
        copy = folder / safe_name(file_name(video))
        with Isolation() if isolation is None else nullcontext(isolation) as child:
            _ask(child, video, InputError, remote.fetch, video, str(copy))
        yield VideoFile.of(copy, without_password(video))


def _copy_of_stdin(folder: Path) -> Path:
    copy = folder / "stdin"

    def read() -> bytes:
        try:
            return sys.stdin.buffer.read(1 << 20)
        except OSError as error:
            raise InputError(f"standard input: cannot be read ({error.strerror}).") from None

    try:
        with copy.open("wb") as file:
            for part in iter(read, b""):
                file.write(part)
    except InputError:
        raise
    except OSError as error:
        cause = f"cannot be kept in {folder.parent} ({error.strerror}); give another folder in TMPDIR"
        raise OutputError(f"standard input: {cause}.") from None
    return copy


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """Give a temporary folder whose name says which process made it, so that a later run knows when that is gone."""
    try:
        folder = unused_name(temporary_folder())
    except FileNotFoundError:
        raise OutputError("No folder for temporary files can be written; set TMPDIR to one.") from None
    try:
        try:
            folder.mkdir(0o700)
        except OSError as error:
            raise OutputError(f"{folder.parent}: no temporary folder can be made ({error.strerror}); set TMPDIR.") from None
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def read_report(output: str, isolation: Isolation) -> bytes | None:
    """Read the report in a video's output folder, None where there is none.

    Raises
    ------
    OutputError
        If a remote folder cannot be reached.
    """
    path = local_path(output)
    if path is not None:
        return read_report_in(path)
    with scratch_folder() as folder:
        copy = folder / REPORT_NAME
        found = _ask(isolation, output, OutputError, remote.fetch_report, output, str(copy))
        return copy.read_bytes() if found else None


@contextmanager
def file_in(output: str, name: str, isolation: Isolation) -> Iterator[Path]:
    """Give a file of a video's output folder as a local one; of a remote one a copy, which is deleted afterwards.

    Raises
    ------
    InputError
        If a remote one cannot be read.
    OutputError
        If the copy cannot be written.
    """
    path = local_path(output)
    if path is not None:
        yield path / name
        return
    with scratch_folder() as folder:
        url = f"{output}/{name}"
        _ask(isolation, url, InputError, remote.fetch, url, str(folder / "copy"))
        yield folder / "copy"


def beginning_of(url: str, length: int) -> str | None:
    """Return the first bytes of a remote file as a text, None where there is no such file; a child process of its own asks.

    Raises
    ------
    OutputError
        If it cannot be reached.
    """
    with Isolation() as isolation:
        found: str | None = _ask(isolation, url, OutputError, remote.beginning_of, url, length)
    return found


def sizes_of_files(output: str, isolation: Isolation) -> dict[str, int]:
    """Return the size in bytes of each file in a video's output folder; what cannot be looked at is left out.

    Raises
    ------
    OutputError
        If a remote folder cannot be reached.
    """
    path = local_path(output)
    if path is not None:
        return sizes_in(path)
    found: dict[str, int] = _ask(isolation, output, OutputError, remote.sizes_of_files, output)
    return found


def deliver(folder: Path, output: str, replaced: set[str], isolation: Isolation) -> None:
    """Upload the files of a folder, the report last, so that where a report lies all is there.

    Parameters
    ----------
    folder : Path
        A complete output folder.
    output : str
        URL of the folder to fill.
    replaced : set of str
        Names of files of an earlier run there, which are removed, the report first.
    isolation : Isolation
        The child process that uploads.

    Raises
    ------
    OutputError
        If they cannot be written.
    """
    _ask(isolation, output, OutputError, remote.deliver, str(folder), output, sorted(replaced))


def upload(file: Path, url: str) -> None:
    """Upload one file, by a child process of its own."""
    with Isolation() as isolation:
        _ask(isolation, url, OutputError, remote.upload, str(file), url)


def _ask(isolation: Isolation, url: str, kind: type[VkeyframeError], function: Callable[..., Any], *given: Any) -> Any:
    """Have the child process do something over the network; a server that is silent is an error of this kind."""
    try:
        return isolation.call(without_password(url), function, *given)
    except HangError:
        raise kind(f"{without_password(url)}: nothing came from there for too long.") from None
