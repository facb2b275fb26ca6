"""Where videos come from and results go: local paths, and URLs that fsspec can reach."""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex
from typing import Any
from urllib.parse import unquote, urlsplit
from urllib.request import url2pathname

from vkeyframe.errors import InputError, MissingLibraryError, OutputError, UsageError, VkeyframeError
from vkeyframe.output.folder import REPORT_NAME
from vkeyframe.output.naming import safe_name
from vkeyframe.video.file import VideoFile

# What stands for standard input.
STDIN = "-"
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")
# What tells one state of a remote file from another, by the names that the file systems have for it.
MARKS = ("size", "ETag", "etag", "Content-MD5", "md5Hash", "mtime", "modified", "last_modified", "LastModified", "Last-Modified")


def is_url(place: str) -> bool:
    """Whether a place is a URL, also one of a local file."""
    return _URL.match(place) is not None


def local_path(place: str) -> Path | None:
    """Give the path of a local place, None for one that must be fetched."""
    if not is_url(place):
        return Path(place)
    parts = urlsplit(place)
    if parts.scheme.lower() != "file" or parts.netloc not in ("", "localhost"):
        return None
    return Path(url2pathname(parts.path))


def remote_videos(url: str) -> list[tuple[str, str]]:
    """List the files that a URL means, each with where ``cp -r`` would put it.

    A URL that ends with a slash stands for all files below it, one with ``*`` for those that match.

    Raises
    ------
    InputError
        If they cannot be listed.
    """
    folder = url.endswith("/")
    if not folder and "*" not in url:
        return [(url, _file_name(url))]
    with _telling(url, InputError, "cannot be listed"):
        system, path = _file_system(url)
        found = sorted(system.find(path) if folder else system.glob(path))
        urls = [str(system.unstrip_protocol(entry)) for entry in found]
    parent = url.rstrip("/").rpartition("/")[0] + "/"
    return [(each, unquote(each.removeprefix(parent)) if folder else _file_name(each)) for each in urls]


def _file_name(url: str) -> str:
    return unquote(urlsplit(url).path).rpartition("/")[2]


def state_of(video: str, base: str) -> str:
    """Describe the present state of a video, so that a change of it can be told without reading it.

    Raises
    ------
    InputError
        If it is missing.
    """
    path = local_path(video)
    if path is None:
        with _telling(video, InputError, "cannot be reached"):
            system, remote = _file_system(video)
            found = system.info(remote)
        return repr([(mark, str(found[mark])) for mark in MARKS if found.get(mark) is not None])
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
def fetched(video: str, base: str) -> Iterator[VideoFile]:
    """Give a video as a local file; a remote one and standard input are copied, and the copy is deleted afterwards.

    Containers need seeking, which a pipe cannot do.

    Raises
    ------
    InputError, OutputError
        If it cannot be read, or the copy not be written.
    """
    path = local_path(video)
    if video != STDIN and path is not None:
        yield VideoFile.of(base / path, video)
        return
    with scratch_folder() as folder:
        if video == STDIN:
            yield VideoFile.of(_copy_of_stdin(folder), "stdin")
            return
        copy = folder / safe_name(_file_name(video))
        with _telling(video, InputError, "cannot be fetched"):
            system, remote = _file_system(video)
            system.get_file(remote, str(copy))
        yield VideoFile.of(copy, video)


def _copy_of_stdin(folder: Path) -> Path:
    copy = folder / "stdin"
    try:
        with copy.open("wb") as file:
            shutil.copyfileobj(sys.stdin.buffer, file, 1 << 20)
    except OSError as error:
        cause = f"cannot be kept in {folder.parent} ({error.strerror}); give another folder in TMPDIR"
        raise OutputError(f"standard input: {cause}.") from None
    return copy


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """Give a temporary folder that carries this process's number, so that a later run knows when its owner is gone."""
    try:
        parent = Path(tempfile.gettempdir())
    except OSError:
        raise OutputError("No folder for temporary files can be written; set TMPDIR to one.") from None
    folder = parent / f".vkeyframe-{os.getpid()}-{token_hex(8)}"
    try:
        try:
            folder.mkdir(0o700)
        except OSError as error:
            raise OutputError(f"{folder.parent}: no temporary folder can be made ({error.strerror}); set TMPDIR.") from None
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def read_report(output: str) -> bytes | None:
    """Read the report in a video's output folder, None where there is none."""
    path = local_path(output)
    if path is not None:
        report = path / REPORT_NAME
        try:
            return report.read_bytes()
        except OSError:
            return None
    with _telling(output, OutputError, "cannot be reached"):
        system, remote = _file_system(output)
        try:
            content: bytes = system.cat_file(f"{remote}/{REPORT_NAME}")
        except FileNotFoundError:
            return None
        return content


def deliver(folder: Path, output: str, replaced: set[str]) -> None:
    """Upload the files of a folder, the report last, so that where a report lies all is there.

    Parameters
    ----------
    folder : Path
        A complete output folder.
    output : str
        URL of the folder to fill.
    replaced : set of str
        Names of files of an earlier run there, which are removed, the report first.
    """
    with _telling(output, OutputError, "cannot be written"):
        system, remote = _file_system(output)
        for name in sorted(replaced, key=lambda name: (name != REPORT_NAME, name)):
            if system.exists(f"{remote}/{name}"):
                system.rm_file(f"{remote}/{name}")
        system.makedirs(remote, exist_ok=True)
        for file in sorted(folder.iterdir(), key=lambda file: (file.name == REPORT_NAME, file.name)):
            system.put_file(str(file), f"{remote}/{file.name}")


def upload(file: Path, url: str) -> None:
    """Upload one file."""
    with _telling(url, OutputError, "cannot be written"):
        system, remote = _file_system(url)
        system.put_file(str(file), remote)


def _file_system(url: str) -> tuple[Any, str]:
    """Give the file system of a URL and the path in it."""
    try:
        from fsspec.core import url_to_fs
    except ImportError:
        raise MissingLibraryError(f"{url}: URLs need fsspec; pip install 'vkeyframe[cluster]'.") from None
    try:
        system, path = url_to_fs(url)
    except ImportError as error:
        raise MissingLibraryError(f"{url}: {str(error).rstrip('.')}.") from None
    except ValueError as error:
        raise UsageError(f"{url}: {str(error).rstrip('.')}; known are file, http, https, s3 and what fsspec has.") from None
    return system, path


@contextmanager
def _telling(place: str, kind: type[VkeyframeError], what: str) -> Iterator[None]:
    """Turn what a file system raises, each its own errors, into ours."""
    try:
        yield
    except VkeyframeError:
        raise
    except Exception as error:
        told = "no such file" if isinstance(error, FileNotFoundError) else " ".join(str(error).split()) or type(error).__name__
        raise kind(f"{place}: {what} ({told}).") from None
