"""The words of a video: from the transcript that is given, from beside the video, or from a track in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from vkeyframe.analysis.sections import Line
from vkeyframe.errors import InputError
from vkeyframe.video.file import VideoFile
from vkeyframe.video.location import parse_subtitles
from vkeyframe.words.beside import Beside, find_beside
from vkeyframe.words.cues import Cue, lines_of
from vkeyframe.words.files import FileWords, decode_text, read_bytes, read_file
from vkeyframe.words.languages import language
from vkeyframe.words.options import WordOptions
from vkeyframe.words.tracks import Contents, Track, contents_of, read_track

# Characters at the start of subtitles by which a drone's are told from words.
_START = 1 << 14


@dataclass(frozen=True, slots=True)
class Words:
    """What is said in a video.

    Attributes
    ----------
    lines : tuple of Line
        In order of time, in seconds from the first frame.
    notes : tuple of str
        Where they come from, and what the user should know of that, one sentence each.
    """

    lines: tuple[Line, ...] = ()
    notes: tuple[str, ...] = ()


def read_words(file: VideoFile, options: WordOptions, max_pixels: int) -> Words:
    """Read what is said in a video.

    A transcript comes first, then a file beside the video, then a track in it. Of several files or tracks it is one in the
    language of the sound, if that is known, and rather one that is neither for foreign words only nor tells noises too.

    Parameters
    ----------
    file : VideoFile
    options : WordOptions
    max_pixels : int
        As of `ReadOptions`.

    Raises
    ------
    InputError
        If the transcript cannot be read, or there are no such subtitles as are asked for; with those that there are.
    """
    file.check_readable()
    contents = contents_of(file, max_pixels)
    transcript = options.transcript_of(file.name)
    if transcript is not None:
        return _of_file(read_file(Path(transcript), transcript), contents, transcript)
    notes: list[str] = []
    if options.subtitles is None or not options.subtitles.isdecimal():
        for beside in _ordered(find_beside(file.path), options.subtitles, contents.spoken):
            # The video's own name may be that of a copy.
            shown = beside.path.name
            try:
                found = read_file(beside.path, shown)
                if _is_of_drone(beside.path, shown):
                    notes.append(f"{shown}: holds a drone's log and no words.")
                    continue
            except InputError as error:
                notes.append(str(error))
                continue
            words = _of_file(found, contents, shown)
            return Words(words.lines, (*notes, *words.notes))
    return _of_track(file, options, max_pixels, contents, notes)


def _of_file(found: FileWords, contents: Contents, shown: str) -> Words:
    """Count times from the first frame; those of a file begin with the container, those of Whisper with the sound."""
    begins = contents.sound if found.of_sound else contents.beginning
    return _words(found.cues, begins - contents.first_frame, [*found.notes], shown)


def _of_track(file: VideoFile, options: WordOptions, max_pixels: int, contents: Contents, notes: list[str]) -> Words:
    track = _chosen(contents, options.subtitles)
    if track is None:
        if options.subtitles is not None:
            there = ", ".join(map(str, contents.tracks)) or "none"
            raise InputError(f"{file}: has no subtitles {options.subtitles} in it or beside it; its subtitle tracks: {there}.")
        why = "it has no subtitle track, and no NAME.srt, .vtt or .ass lies beside it"
        return Words((), (*notes, f"No words were found: {why}; give them with transcript=…."))
    if not track.is_text:
        what = "is of a kind that cannot be read" if track.codec is None else "holds pictures of words"
        return Words((), (*notes, f"No words were found: subtitle track {track} {what}; give the words with transcript=…."))
    cues, whole = read_track(file, max_pixels, track.number)
    if not whole:
        notes.append(f"Subtitle track {track} is damaged; what could be read of it is used.")
    others = [str(other) for other in contents.tracks if other != track and other.is_text]
    more = f"; there are also {', '.join(others)}, see subtitles=…" if others and options.subtitles is None else ""
    return _words(cues, -contents.first_frame, notes, f"subtitle track {track}{more}")


def _words(cues: list[Cue], shift: float, notes: list[str], shown: str) -> Words:
    lines, broken = lines_of(cues, shift)
    if broken:
        notes.append(f"{broken} of {len(cues)} lines end before they begin, and are left out.")
    count = f"{len(lines)} line{'s' * (len(lines) != 1)}"
    return Words(lines, (*notes, f"Words: {count} of {shown}."))


def _ordered(files: Sequence[Beside], asked: str | None, spoken: str | None) -> list[Beside]:
    """Return the files that may be meant, the best first; a file without a language may be in any."""
    wanted = language(asked)
    meant = [each for each in files if wanted is None or each.language == wanted]
    return sorted(meant, key=lambda each: (each.forced, each.language not in (None, wanted or spoken), each.noises))


def _chosen(contents: Contents, asked: str | None) -> Track | None:
    """Choose a track; one with pictures only where there is no other."""
    if asked is not None and asked.isdecimal():
        return next((track for track in contents.tracks if track.number == int(asked)), None)
    wanted = language(asked)
    meant = [track for track in contents.tracks if wanted is None or track.language == wanted]
    spoken = wanted or contents.spoken

    def worth(track: Track) -> tuple[bool, ...]:
        return not track.is_text, track.forced, spoken is not None and track.language != spoken, not track.default, track.noises

    return min(meant, key=worth, default=None)


def _is_of_drone(path: Path, shown: str) -> bool:
    return bool(parse_subtitles(decode_text(read_bytes(path, shown), shown)[0][:_START]))
