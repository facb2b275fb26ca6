"""Keeping the inputs of a batch safe from its output folder and its journal."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from vkeyframe.batch.journal import INDEX_NAME, JOURNAL_NAME
from vkeyframe.batch.plan import BatchPlan
from vkeyframe.batch.storage import STDIN, local_path
from vkeyframe.errors import UsageError, VkeyframeError
from vkeyframe.output.inputs import check_file
from vkeyframe.video.file import file_name


def check_places(output: Path, paths: Iterable[str], listing: str | None) -> None:
    """Find out before the work whether the output folder or the journal in it is an input.

    Whether the folder of a video is an input is found out when it is the video's turn.

    Parameters
    ----------
    output : Path
    paths : iterable of str
        As given by the user: files, folders, patterns, URLs.
    listing : str or None
        The file with more paths, ``-`` for standard input.

    Raises
    ------
    UsageError
        If one of them is an input.
    """
    inputs = local_inputs([*paths, *([listing] if listing is not None else [])])
    check_file(output, [path for path in inputs if not os.path.isdir(path)])  # noqa: PTH112  a name may be none
    for path in inputs:
        if os.path.realpath(path) == os.path.realpath(output) and output.is_dir():
            raise UsageError(f"{output}: is an input and the output folder at once; use another output=….")
    for name in (JOURNAL_NAME, INDEX_NAME):
        check_file(output / name, inputs)


def words_of(video: str, plan: BatchPlan) -> list[Path]:
    """List the files on this machine from which the words of a video may come."""
    from vkeyframe.words.beside import word_files

    if not plan.settings.takes_words:
        return []
    options = replace(plan.settings.spoken, words=True)
    return [
        path for local in local_inputs([video]) for path in word_files(plan.base / local, file_name(video), options, plan.base)
    ]


def marks_of_words(video: str, plan: BatchPlan) -> list[tuple[str, int, int]]:
    """Describe the present state of these files, which can change without the video: path, size and time."""
    found = []
    for path in words_of(video, plan):
        with suppress(OSError, ValueError):
            status = path.stat()
            found.append((str(path), status.st_size, status.st_mtime_ns))
    return found


def local_inputs(names: Iterable[str]) -> list[Path]:
    """Give the paths of those inputs that are on this machine; names that cannot be understood fail when it is their turn."""
    found = []
    for name in names:
        with suppress(VkeyframeError, ValueError):
            path = local_path(name) if name != STDIN else None
            if path is not None:
                found.append(path)
    return found
