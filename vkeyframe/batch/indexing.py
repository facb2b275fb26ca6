"""What a batch needs to know of a library that it fills, and what that loses."""

from __future__ import annotations

import os
from collections.abc import Collection, Generator, Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from vkeyframe.batch.places import marks_of_words
from vkeyframe.batch.plan import DONE, REMOVED, SKIPPED, BatchPlan, Outcome, Task
from vkeyframe.batch.storage import STDIN, local_path, state_of
from vkeyframe.errors import UsageError, VkeyframeError
from vkeyframe.library.making import Source, place_of, settings_text
from vkeyframe.library.merge import merge
from vkeyframe.library.store import Library
from vkeyframe.models.files import state_of_model
from vkeyframe.process.isolation import Isolation
from vkeyframe.video.file import is_url


def source_of(video: str, plan: BatchPlan, isolation: Isolation) -> Source:
    """Describe the present state of a file of which an entry is to be made.

    Its settings are empty where nobody can say whether it has changed.

    Raises
    ------
    InputError
        If it is missing.
    UsageError
        If it is standard input, which a library cannot find again.
    """
    if video == STDIN:
        raise UsageError("Standard input has no name by which a library could find it; keep it as a file first.")
    state, base, settings = state_of(video, plan.base, isolation), plan.base, plan.settings
    path = local_path(video)
    features = settings.selection.features
    marks = "" if features is None else repr(state_of_model(Path(base, features)))
    if words := marks_of_words(video, plan):
        marks += repr(words)
    if path is None:
        return Source(place_of(video, base), 0, 0, "" if state is None else settings_text(settings, state + marks))
    status = os.stat(os.path.join(base, path))  # noqa: PTH116, PTH118  as the bytes are
    return Source(place_of(str(path), base), status.st_size, status.st_mtime_ns, settings_text(settings, marks))


def known_to(library: Library, tasks: Iterable[Task], base: str) -> Iterator[Task]:
    """Tell each task what the library has of its file; `base` is where relative paths start from."""
    for task in tasks:
        known = None
        # What cannot be understood fails when it is its turn.
        with suppress(UsageError, ValueError):
            path = local_path(task.video)
            known = library.state(place_of(task.video if path is None else str(path), base))
        yield replace(task, known=known)


def without_output(tasks: Iterable[Task]) -> Iterator[Task]:
    """Yield tasks that fill nothing but a library."""
    return (replace(task, output=None) for task in tasks)


def take_over(library: Library, paths: Iterable[str]) -> Generator[Outcome]:
    """Take over all that is in other libraries, and yield an outcome for each file in them.

    Raises
    ------
    LibraryError
        If one of them cannot be read.
    OutputError
        If the library cannot be written.
    """
    for path in paths:
        with Library.open(path) as other:
            for video, taken in merge(library, other):
                yield Outcome(-1, video, DONE if taken else SKIPPED)


def prune(library: Library, paths: Collection[str], base: str, failed: Collection[str] = ()) -> Generator[Outcome]:
    """Remove what is no longer there from a library.

    What cannot be looked at stays, and so does every URL.

    Parameters
    ----------
    library : Library
    paths : collection of str
        Files and folders in which it is looked for; without any, everywhere.
    base : str
        The folder that relative paths start from.
    failed : collection of str
        Those of the paths in which nothing was found, such as a disk that is not there: what was in them stays.
    """
    given = [place_of(str(path), base) for path in _local(paths)]
    without = {place_of(str(path), base) for path in _local(failed)}
    for video in library.videos():
        path = video.path
        searched = not paths or path in given or any(_lies_in(path, folder) for folder in given if folder not in without)
        if searched and not is_url(path) and not _may_be_there(path):
            library.remove([path])
            yield Outcome(-1, path, REMOVED)


def _local(paths: Iterable[str]) -> Iterator[object]:
    for path in paths:
        with suppress(VkeyframeError, ValueError):
            if (local := local_path(path)) is not None:
                yield local


def _lies_in(path: str, folder: str) -> bool:
    return path.startswith(folder.rstrip(os.sep) + os.sep)


def _may_be_there(path: str) -> bool:
    try:
        os.stat(path)  # noqa: PTH116  as the bytes are
    except (FileNotFoundError, NotADirectoryError):
        return False
    except (OSError, ValueError):
        return True
    return True
