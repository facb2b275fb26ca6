"""Finding the videos of a batch, one after another, and naming their output folders."""

from __future__ import annotations

import glob
import os
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from itertools import count
from pathlib import Path, PurePath, PurePosixPath

from vkeyframe.batch.journal import INDEX_NAME, JOURNAL_NAME
from vkeyframe.batch.plan import Task
from vkeyframe.batch.storage import STDIN, local_path, remote_videos
from vkeyframe.errors import InputError, UsageError, VkeyframeError
from vkeyframe.output.folder import REPORT_NAME
from vkeyframe.output.naming import name_key, numbered, safe_name
from vkeyframe.video.file import file_name, is_picture, is_url

_VIDEO = re.compile(
    r"[^.].*\.(3g2|3gp|amv|asf|avi|divx|dv|f4v|flv|gif|gxf|ivf|m1v|m2t|m2ts|m2v|m4v|mj2|mjpeg|mjpg|mk3d|mkv|mov|mp4|mpe|mpeg|mpg|mpv"
    r"|mts|mxf|nsv|nut|ogm|ogv|qt|rm|rmvb|roq|ts|vob|webm|wmv|wtv|y4m)",
    re.IGNORECASE | re.DOTALL,
)
# Stands for the owner of a folder that holds the output folders of several videos.
_FOLDER = b"folder"


@dataclass(frozen=True, slots=True)
class Unusable:
    """A path that means no video, and why."""

    path: str
    error: VkeyframeError


@dataclass(frozen=True, slots=True)
class _Search:
    """Where nothing is looked for, and whether folders are searched for pictures too."""

    output: str
    pictures: bool

    def is_wanted(self, name: str) -> bool:
        """Whether a file in a folder is taken, by its name."""
        return bool(_VIDEO.fullmatch(name) or (self.pictures and is_picture(name)))

    def passes_over(self, entries: Iterable[os.DirEntry[str]]) -> bool:
        """Whether a folder is left out: pictures that an earlier run wrote come from videos, and are not looked for."""
        return self.pictures and any(entry.name == REPORT_NAME for entry in entries)


def find_tasks(paths: Iterable[str | Unusable], output: str, pictures: bool = False) -> Iterator[Task]:
    """Yield a task for every video that the paths mean, in a fixed order.

    A file is itself, whatever its name. A folder stands for all files below it with a usual suffix of videos; hidden ones and
    the output folder are left out, links to folders not followed. A pattern with ``*``, ``?`` or ``[`` stands for the folders
    that match it and for the files with a usual suffix or the pattern's own. The output folders lie as ``cp -r`` would lay
    the videos, each named after the whole file name, and none lies in another; one whose name is taken, also by case only, gets
    a number.

    A path that is missing, cannot be listed or understood, or stands for no video at all is one task that fails.

    Parameters
    ----------
    paths : iterable of str or Unusable
        Files, folders, patterns and URLs.
    output : str
        The output folder, which is not looked into.
    pictures : bool
        Whether folders and patterns stand for pictures as well; folders with a ``report.json`` are left out then.
    """
    search = _Search(output, pictures)
    used_names: dict[bytes, bytes] = {_key(JOURNAL_NAME): b"", _key(INDEX_NAME): b""}
    index = count()
    for path in paths:
        for video, place in [(path, "")] if isinstance(path, Unusable) else _found(path, search):
            if isinstance(video, Unusable):
                yield Task(next(index), video.path, None, str(video.error), video.error.exit_code)
                continue
            wanted = "/".join(safe_name(part) for part in PurePosixPath(place).parts)
            name = _free_name(wanted or safe_name(place), video, used_names)
            if name is not None:
                yield Task(next(index), video, f"{output.rstrip('/')}/{name}")


def _found(path: str, search: _Search) -> Iterator[tuple[str | Unusable, str]]:
    """Yield the videos that a path means, each with where ``cp -r`` would put it; what goes wrong is the last of them."""
    try:
        nothing = True
        for found in _videos(path, search):
            nothing = False
            yield found
        if nothing and not _is_output(path, search.output):
            what = "video or picture" if search.pictures else "video"
            raise InputError(f"{path}: no {what} is there; folders are searched for the usual suffixes.")
    except VkeyframeError as error:
        yield Unusable(path, error), ""
    except (OSError, ValueError, RecursionError) as error:
        cause = getattr(error, "strerror", None) or error
        yield Unusable(path, InputError(f"{path}: cannot be understood or searched ({cause}).")), ""


def name_tasks(videos: Sequence[str], output: str | None) -> list[Task]:
    """Make a task for each of some videos, with a folder named after its stem.

    A single video's folder is `output` itself, else each lies in it; without it they are named ``STEM_keyframes``.
    """
    names = unique_stems(videos)
    if len(videos) == 1:
        return [Task(0, videos[0], output or f"{names[0]}_keyframes")]
    places = [f"{output.rstrip('/')}/{name}" if output else f"{name}_keyframes" for name in names]
    return [Task(index, video, place) for index, (video, place) in enumerate(zip(videos, places, strict=True))]


def unique_stems(videos: Sequence[str]) -> list[str]:
    """Name what is made of some videos after their stems; where these are the same, suffixes and then numbers tell them apart."""
    stems = ["stdin" if video == STDIN else safe_name(PurePath(file_name(video)).stem) for video in videos]
    if len(videos) == 1:
        return stems
    counts = Counter(map(name_key, stems))
    used_names: set[str] = set()
    names = []
    for video, stem in zip(videos, stems, strict=True):
        name = stem if counts[name_key(stem)] == 1 else safe_name(file_name(video))
        unique = next(name for name in numbered(name) if name_key(name) not in used_names)
        used_names.add(name_key(unique))
        names.append(unique)
    return names


def _videos(path: str, search: _Search) -> Iterator[tuple[str | Unusable, str]]:
    """Yield the videos that a path means, each with where ``cp -r`` would put it."""
    if not path:
        raise UsageError("A PATH is empty; give . for the folder that you work in.")
    local = local_path(path)
    if local is None:
        for video, place, error in remote_videos(path):
            if error:
                yield Unusable(video, InputError(error)), ""
            elif video == path or _is_video(PurePosixPath(place), path, search):
                yield video, place
    elif _is(local.is_dir):
        if not _same(str(local), search.output):
            yield from _below(str(local), _top(local), search)
    elif os.path.lexists(local) or not glob.has_magic(path):
        yield path, local.name
    else:
        yield from _matching(path, search)


def _matching(pattern: str, search: _Search) -> Iterator[tuple[str, str]]:
    """Yield the videos that a pattern means; one that matches nothing is taken for a name."""
    found = sorted(glob.iglob(pattern, recursive=True))  # noqa: PTH207  Path.glob refuses absolute patterns
    for entry in map(Path, found):
        if _is(entry.is_dir):
            # With ** what is in a folder matches as well as the folder itself.
            if "**" not in pattern and not _same(str(entry), search.output):
                yield from _below(str(entry), _top(entry), search)
        elif _is_video(entry, pattern, search) and not any(_same(str(parent), search.output) for parent in entry.parents):
            yield str(entry), entry.name
    if not found:
        yield pattern, Path(pattern).name


def _below(top: str, top_place: str, search: _Search) -> Iterator[tuple[str, str]]:
    """Yield the videos below a folder, files before folders; one that cannot be searched stands for itself, and fails later."""
    waiting = [(top, top_place)]
    while waiting:
        folder, place = waiting.pop()
        try:
            with os.scandir(folder) as listing:
                entries = sorted((entry for entry in listing if not entry.name.startswith(".")), key=lambda entry: entry.name)
        except OSError:
            yield folder, place
            continue
        if search.passes_over(entries):
            continue
        for entry in entries:
            if search.is_wanted(entry.name) and _is(entry.is_file):
                yield entry.path, place + entry.name
        # The output folder may have appeared since; to resolve each path would take a minute in folders a thousand deep.
        left_out = _identity(search.output)
        inner = [entry for entry in entries if entry.is_dir(follow_symlinks=False) and not _is_at(entry, left_out)]
        waiting += [(entry.path, f"{place}{entry.name}/") for entry in reversed(inner)]


def _is_video(file: PurePath, pattern: str, search: _Search) -> bool:
    """Whether a file that matches a pattern has a usual suffix of videos, or the pattern's own."""
    return search.is_wanted(file.name) or file.suffix == PurePath(pattern).suffix != ""


def _top(folder: Path) -> str:
    return "" if folder.name in ("", "..") else f"{folder.name}/"


def _is(kind: Callable[[], bool]) -> bool:
    """Ask what kind of file something is; what cannot be looked at is of none."""
    try:
        return kind()
    except OSError:
        return False


def _is_output(path: str, output: str) -> bool:
    local = local_path(path)
    return local is not None and _same(str(local), output)


def _identity(output: str) -> os.stat_result | None:
    """Give what tells the output folder from others, None where it is not there or not on this machine."""
    place = local_path(output)
    try:
        return None if place is None else place.stat()
    except OSError:
        return None


def _is_at(entry: os.DirEntry[str], place: os.stat_result | None) -> bool:
    return place is not None and _is(lambda: os.path.samestat(entry.stat(), place))


def _same(folder: str, output: str) -> bool:
    place = local_path(output)
    return place is not None and os.path.realpath(folder) == os.path.realpath(place)


def _free_name(name: str, video: str, used_names: dict[bytes, bytes]) -> str | None:
    """Give a name that no other video has, also by case, and that lies in no other's; None for a video that had its turn.

    `used_names` keeps about 200 bytes for each video and each folder of videos, whatever the length of its name.
    """
    source = _digest(video if is_url(video) or "\0" in video else os.path.realpath(video))
    *folders, last = name.split("/")
    place = ""
    for folder in folders:
        place += _free_part(place, folder, used_names, _FOLDER) + "/"
        used_names[_key(place[:-1])] = _FOLDER
    unique = place + _free_part(place, last, used_names, source)
    if _key(unique) in used_names:
        return None
    used_names[_key(unique)] = source
    return unique


def _free_part(place: str, name: str, used_names: dict[bytes, bytes], owner: bytes) -> str:
    """Give a name within a place, with a number where another owner has it."""
    return next(part for part in numbered(name) if used_names.get(_key(place + part), owner) == owner)


def _key(name: str) -> bytes:
    return _digest(name_key(name))


def _digest(text: str) -> bytes:
    return blake2b(text.encode("utf-8", "surrogateescape"), digest_size=8).digest()
