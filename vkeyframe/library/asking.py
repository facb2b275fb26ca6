"""Asking a library: by a picture, a frame of a video, a clip, or words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from vkeyframe.analysis.analyser import analyse
from vkeyframe.library.answers import (
    CLIP,
    CLIP_THRESHOLD,
    PICTURE,
    PICTURE_THRESHOLD,
    TEXT,
    Answer,
    Find,
    SearchOptions,
    answer_of,
)
from vkeyframe.library.clips import find_clip
from vkeyframe.library.entries import KeyframeRow, Moments
from vkeyframe.library.likeness import Look
from vkeyframe.library.moments import MomentCollector
from vkeyframe.library.questions import Question
from vkeyframe.library.search import Searcher
from vkeyframe.library.store import Library
from vkeyframe.matching import load_picture
from vkeyframe.timing import format_timecode
from vkeyframe.video.attempts import read_with_care
from vkeyframe.video.one_frame import frame_shown
from vkeyframe.video.open import open_video
from vkeyframe.video.options import ReadOptions

Progress = Callable[[float, float], None]


def ask(
    question: Question, library: str, options: SearchOptions, reading: ReadOptions, progress: Progress | None = None
) -> Answer:
    """Look for what a library has that is like a picture or a clip.

    Parameters
    ----------
    question : Question
    library : str
        Its path.
    options : SearchOptions
    reading : ReadOptions
        How a video that is asked about is read.
    progress : callable, optional
        Called with the seconds of a clip done and all of them.

    Raises
    ------
    LibraryError, InputError, UsageError
    """
    with Library.open(library) as opened:
        look = _by_picture if question.asked == PICTURE else _by_clip
        return look(question, opened, options, reading, progress)


def ask_words(words: str, library: str, options: SearchOptions) -> Answer:
    """Look for lines that have all of some words.

    Raises
    ------
    LibraryError
    """
    with Library.open(library) as opened:
        kinds = {row.id: row.kind for row in opened.videos()}
        finds = [
            Find(
                video=row.path,
                kind=kinds.get(row.video, "video"),
                time=row.start_time,
                end_time=row.end_time,
                timecode=format_timecode(row.start_time),
                text=row.snippet,
                keyframe=_keyframe_at(opened, row.video, row.start_time),
            )
            for row in opened.find_lines(words.replace("\0", " "), options.top)
        ]
    return answer_of(words, TEXT, 0.0, finds)


def _by_picture(
    question: Question, library: Library, options: SearchOptions, reading: ReadOptions, _progress: Progress | None
) -> Answer:
    if question.start is None:
        picture = load_picture(question.file, reading.max_pixels)
    else:
        picture = frame_shown(question.file, question.start, reading).picture
    look = Look(picture)
    finds = [
        Find(
            video=hit.keyframe.path,
            kind=hit.keyframe.kind,
            time=hit.keyframe.time,
            end_time=hit.keyframe.time,
            timecode=format_timecode(hit.keyframe.time),
            similarity=round(hit.likeness.similarity, 4),
            mirrored=hit.likeness.mirrored,
            frame=hit.keyframe.frame,
            shot=hit.keyframe.shot,
            keyframe=hit.keyframe.id,
        )
        for hit in Searcher(library).by_look(look, options.top)
    ]
    note = "the picture has but one colour, there is nothing to search by" if look.is_flat else None
    return answer_of(_name(question), PICTURE, _threshold(options, PICTURE_THRESHOLD), finds, note)


def _by_clip(
    question: Question, library: Library, options: SearchOptions, reading: ReadOptions, progress: Progress | None
) -> Answer:
    clip = clip_moments(question, reading, progress)
    finds = [
        Find(
            video=hit.video.path,
            kind=hit.video.kind,
            time=round(hit.start_time, 3),
            end_time=round(hit.end_time, 3),
            timecode=format_timecode(hit.start_time),
            similarity=round(hit.similarity, 4),
            mirrored=hit.mirrored,
            offset=round(hit.offset, 3),
            keyframe=_keyframe_at(library, hit.video.id, (hit.start_time + hit.end_time) / 2),
        )
        for hit in find_clip(clip, library, options.top)
    ]
    note = None if clip.descriptors.any() else "the clip has but one colour all the time, there is nothing to search by"
    return answer_of(_name(question), CLIP, _threshold(options, CLIP_THRESHOLD), finds, note)


def clip_moments(question: Question, reading: ReadOptions, progress: Progress | None = None) -> Moments:
    """Describe a clip from moment to moment, the first at 0 s."""

    def look(reading: ReadOptions) -> Moments:
        collector = MomentCollector()
        with open_video(question.file, reading) as reader:
            analyse(reader, [collector], progress)
        return collector.finish()

    moments = read_with_care(replace(reading, start=question.start, end=question.end), look)
    return Moments(moments.times - moments.times[:1], moments.descriptors)


def _name(question: Question) -> str:
    """Return a question as it was written, but for how its times are."""
    if question.start is None:
        return str(question.file)
    return f"{question.file}@{question.start}" + (f"-{question.end}" if question.end is not None else "")


def _threshold(options: SearchOptions, measured: float) -> float:
    return measured if options.threshold is None else options.threshold


def _keyframe_at(library: Library, video: int, time: float) -> int | None:
    """Return the keyframe of a video that is nearest to a time."""
    rows: Sequence[KeyframeRow] = library.keyframes(video)
    return min(rows, key=lambda row: (abs(row.time - time), row.number)).id if rows else None
