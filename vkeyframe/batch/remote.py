"""What is done over a network by fsspec; it runs in the child process of an `Isolation`, which can be ended at any moment.

Arguments and results are texts, numbers, lists and dicts only.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from vkeyframe.errors import InputError, MissingLibraryError, OutputError, UsageError, VkeyframeError
from vkeyframe.output.folder import REPORT_NAME
from vkeyframe.output.tree import files_below
from vkeyframe.process.heartbeat import tick
from vkeyframe.video.file import without_password

# What tells one state of a remote file from another, by the names that the file systems have for it. The size alone does not.
MARKS = (
    "ETag",
    "etag",
    "Content-MD5",
    "md5Hash",
    "Digest",
    "mtime",
    "modified",
    "last_modified",
    "LastModified",
    "Last-Modified",
)
# Seconds between two looks at the size of a copy.
LOOK = 1.0
# Seconds to wait for a connection.
CONNECT = 30.0


def list_files(url: str) -> tuple[list[str], dict[str, str]]:
    """List the URLs of the files that a URL means, and of the folders below it that cannot be listed, with why.

    A URL that ends with a slash stands for all files below it, one with ``*`` for those that match.

    Raises
    ------
    InputError
        If the folder itself, or what a pattern needs, cannot be listed.
    """
    with _reached(url, InputError, "cannot be listed") as (system, path):
        errors: dict[str, str] = {}
        if not url.endswith("/"):
            # HTTP's file system leaves out silently what it cannot list.
            found = system.glob(path, **({"on_error": "raise"} if _is_http(url) else {}))
        elif _is_http(url):
            found, errors = _walk(system, path)
        else:
            found = system.find(path)
        return sorted(str(system.unstrip_protocol(entry)) for entry in found), errors


def _walk(system: Any, top: str) -> tuple[list[str], dict[str, str]]:
    """List the files below a folder of an HTTP server, and the folders that cannot be listed."""
    found: list[str] = []
    errors: dict[str, str] = {}
    waiting, seen = [top], {top}
    while waiting:
        folder = waiting.pop()
        try:
            entries = system.ls(folder, detail=True)
        except Exception as error:
            if folder == top:
                raise
            errors[folder] = f"{folder}: cannot be listed ({_cause(error)})."
            continue
        tick()
        found += [entry["name"] for entry in entries if entry["type"] == "file"]
        inner = {entry["name"] for entry in entries if entry["type"] == "directory"} - seen
        seen |= inner
        waiting += inner
    return found, errors


def describe(url: str) -> list[list[str]]:
    """Describe the present state of a file: its size, and the marks that its file system has of its content.

    Raises
    ------
    InputError
        If it is missing or cannot be reached.
    """
    with _reached(url, InputError, "cannot be reached") as (system, path):
        found = system.info(path)
    return [[mark, str(found[mark])] for mark in ("size", *MARKS) if found.get(mark) is not None]


def fetch(url: str, copy: str) -> None:
    """Copy a file to a local path.

    Raises
    ------
    InputError
        If it cannot be read.
    OutputError
        If the copy cannot be written.
    """
    with _reached(url, InputError, "cannot be fetched") as (system, path):
        _copy(system, path, copy)


def fetch_report(output: str, copy: str) -> bool:
    """Copy the report in an output folder to a local path; return False if there is none.

    Raises
    ------
    OutputError
        If the folder cannot be reached.
    """
    with _reached(output, OutputError, "cannot be reached") as (system, path):
        try:
            _copy(system, f"{path}/{REPORT_NAME}", copy)
        except FileNotFoundError as error:
            if isinstance(_root_of(error), FileNotFoundError):
                return False
            raise
        return True


def beginning_of(url: str, length: int) -> str | None:
    """Return the first bytes of a file as a text, None where there is no such file.

    Raises
    ------
    OutputError
        If it cannot be reached.
    """
    with _reached(url, OutputError, "cannot be reached") as (system, path):
        if not system.exists(path):
            return None
        with system.open(path, "rb") as file:
            return str(file.read(length).decode("utf-8", "replace"))


def sizes_of_files(output: str) -> dict[str, int]:
    """Return the size in bytes of each file in an output folder and its subfolders, by its path from there on.

    Raises
    ------
    OutputError
        If the folder cannot be reached.
    """
    with _reached(output, OutputError, "cannot be reached") as (system, path):
        found: dict[str, int | None] = {}
        waiting = [("", path)]
        while waiting:
            inner, place = waiting.pop()
            for entry in system.ls(place, detail=True):
                name, size = f"{inner}{PurePosixPath(entry['name']).name}", entry.get("size")
                if entry["type"] == "file":
                    found[name] = system.info(entry["name"]).get("size") if size is None else size
                elif entry["type"] == "directory":
                    waiting.append((f"{name}/", entry["name"]))
        return {name: size for name, size in found.items() if size is not None}


def deliver(folder: str, output: str, replaced: list[str]) -> None:
    """Upload the files of a folder, the report last, so that where a report lies all is there.

    Parameters
    ----------
    folder : str
        Path of a complete output folder.
    output : str
        URL of the folder to fill.
    replaced : list of str
        Names of files of an earlier run there, which are removed, the report first.

    Raises
    ------
    OutputError
        If they cannot be written.
    """
    with _reached(output, OutputError, "cannot be written") as (system, path):
        for name in sorted(replaced, key=lambda name: (name != REPORT_NAME, name)):
            if system.exists(f"{path}/{name}"):
                system.rm_file(f"{path}/{name}")
            tick()
        system.makedirs(path, exist_ok=True)
        for name in sorted(files_below(Path(folder)), key=lambda name: (name == REPORT_NAME, name)):
            if "/" in name:
                system.makedirs(f"{path}/{name}".rpartition("/")[0], exist_ok=True)
            system.put_file(str(Path(folder, name)), f"{path}/{name}")
            tick()


def upload(file: str, url: str) -> None:
    """Upload one file.

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    with _reached(url, OutputError, "cannot be written") as (system, path):
        system.put_file(file, path)


def _copy(system: Any, path: str, copy: str) -> None:
    """Copy a file; whatever arrives is a sign of life."""
    from fsspec.callbacks import Callback

    class Ticks(Callback):  # type: ignore[misc, unused-ignore]
        def relative_update(self, inc: int = 1) -> None:
            tick()
            super().relative_update(inc)

    with _ticking_while_it_grows(Path(copy)):
        system.get_file(path, copy, callback=Ticks())


@contextmanager
def _ticking_while_it_grows(path: Path) -> Iterator[None]:
    """Give signs of life while a file grows; not every file system says itself how far it is."""
    ended = threading.Event()

    def watch() -> None:
        size = 0
        while not ended.wait(LOOK):
            now = path.stat().st_size if path.exists() else 0
            if now != size:
                size = now
                tick()

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        ended.set()
        watcher.join()


def _is_http(url: str) -> bool:
    return urlsplit(url).scheme.lower() in ("http", "https")


def _file_system(url: str) -> tuple[Any, str]:
    """Give the file system of a URL and the path in it."""
    try:
        from fsspec.core import url_to_fs
    except ImportError:
        raise MissingLibraryError(f"{url}: URLs need fsspec; pip install 'vkeyframe[cluster]'.") from None
    try:
        options: dict[str, Any] = {}
        if _is_http(url):
            from aiohttp import ClientTimeout

            # Of its own accord it gives up after five minutes, in which a large video may well be on its way.
            options["client_kwargs"] = {"timeout": ClientTimeout(total=None, sock_connect=CONNECT)}
        system, path = url_to_fs(url, **options)
    except ImportError as error:
        raise MissingLibraryError(f"{url}: {str(error).rstrip('.')}.") from None
    except ValueError as error:
        raise UsageError(f"{url}: {str(error).rstrip('.')}; known are file, http, https, s3 and what fsspec has.") from None
    # The child may have asked before; what is there now counts.
    system.invalidate_cache()
    return system, path


@contextmanager
def _reached(place: str, kind: type[VkeyframeError], what: str) -> Iterator[tuple[Any, str]]:
    """Give the file system of a URL and the path in it; what that raises, each its own errors, becomes one of ours."""
    try:
        yield _file_system(place)
    except VkeyframeError:
        raise
    except Exception as error:
        shown = without_password(place)
        raise kind(f"{shown}: {what} ({_cause(error).replace(place, shown)}).") from None


def _cause(error: BaseException) -> str:
    """Say in words why a file system failed."""
    root = _root_of(error)
    status = getattr(root, "status", None)
    if isinstance(root, FileNotFoundError) or status in (404, 410):
        return "no such file"
    if isinstance(status, int):
        return f"the server answers {status} {getattr(root, 'message', '')}".rstrip()
    if isinstance(root, OSError) and (root.errno or 0) > 0:
        return os.strerror(root.errno or 0)
    return " ".join(str(root).split()) or type(root).__name__


def _root_of(error: BaseException) -> BaseException:
    """Find what an error was made of: HTTP's file system calls every failure a missing file."""
    while error.__cause__ is not None:
        error = error.__cause__
    return error
