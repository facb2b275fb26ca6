"""What a library may be asked by: a picture, a frame of a video, or a clip; as people write it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from vkeyframe.errors import InputError, UsageError
from vkeyframe.library.answers import CLIP, PICTURE
from vkeyframe.timing import Position, parse_position
from vkeyframe.video.file import VideoFile, is_picture


@dataclass(frozen=True, slots=True)
class Question:
    """What a library is asked by.

    Attributes
    ----------
    file : VideoFile
        A picture or a video.
    start, end : Position or None
        Of a video: a time alone for its frame there, both for a clip, neither for all of it.
    """

    file: VideoFile
    start: Position | None = None
    end: Position | None = None

    @property
    def asked(self) -> str:
        """Whether it is a picture or a clip."""
        return PICTURE if is_picture(str(self.file)) or (self.start is not None and self.end is None) else CLIP


def parse_question(text: str) -> Question:
    """Read ``PICTURE``, ``VIDEO``, ``VIDEO@TIME`` or ``VIDEO@START-END``.

    Raises
    ------
    InputError
        If there is no such file.
    UsageError
        If what stands behind the @ is no time, or the end lies before the start.
    """
    if _is_file(text):
        return Question(VideoFile.of(text))
    name, at, place = text.rpartition("@")
    if not at or not _is_file(name):
        raise InputError(f"{text}: there is no such file; give a picture, a video, VIDEO@TIME or VIDEO@START-END.")
    if is_picture(name):
        raise UsageError(f"{text}: a picture has no times; leave out @{place}.")
    start, dash, end = place.partition("-")
    question = Question(VideoFile.of(name), parse_position(start), parse_position(end) if dash else None)
    if question.end is not None and not _is_before(question.start, question.end):
        raise UsageError(f"{text}: the clip ends before it begins, or start and end are not both times or both frames.")
    return question


def _is_file(name: str) -> bool:
    try:
        return bool(name) and Path(name).is_file()
    except (OSError, ValueError):
        return False


def _is_before(start: Position | None, end: Position) -> bool:
    if start is None or (start.time is None) != (end.time is None):
        return False
    return (start.time or 0.0, start.frame or 0) < (end.time or 0.0, end.frame or 0)
