"""Subtitles beside a video: files with its name, and what their names say."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from vkeyframe.words.languages import is_language, language
from vkeyframe.words.options import WordOptions

SUFFIXES = (".srt", ".vtt", ".ass", ".ssa")
# Names that are looked at in the video's folder.
MOST_NAMES = 100_000
# What players write into the names of subtitles that hold foreign words only, or noises as well.
_FORCED, _NOISES = {"forced", "foreign"}, {"sdh", "cc", "hi"}


@dataclass(frozen=True, slots=True)
class Beside:
    """A file with subtitles beside a video.

    Attributes
    ----------
    path : Path
    language : str or None
        As `languages.language` names it.
    forced, noises : bool
        Whether it holds foreign words only, and whether it tells noises as well.
    """

    path: Path
    language: str | None
    forced: bool
    noises: bool


def find_beside(video: Path) -> list[Beside]:
    """List the files NAME.srt, NAME.LANG.srt and so on beside a video, those without a language first, then by name."""
    start = f"{video.stem}.".lower()
    found = []
    try:
        with os.scandir(video.absolute().parent) as entries:
            for number, entry in enumerate(entries):
                if number >= MOST_NAMES:
                    break
                # A folder or a pipe of that name holds no words.
                if entry.name.lower().startswith(start) and Path(entry.name).suffix.lower() in SUFFIXES and entry.is_file():
                    found.append(_described(video, entry.name))
    except OSError:
        return []
    kept = [each for each in found if each is not None]
    return sorted(kept, key=lambda each: (each.language or "", SUFFIXES.index(each.path.suffix.lower()), each.path.name))


def _described(video: Path, name: str) -> Beside | None:
    """Read the parts of a name; None where they say something else, as when it belongs to another video."""
    parts = [part.lower() for part in name[len(video.stem) + 1 :].split(".")[:-1]]
    forced, noises = bool(_FORCED.intersection(parts)), bool(_NOISES.intersection(parts[1:]) or parts == ["sdh"])
    rest = [part for part in parts if part not in _FORCED and part not in ("default", "full", "sdh", "cc") and part]
    rest = rest[:1] if len(rest) == 2 and rest[1] == "hi" else rest
    if len(rest) > 1 or (rest and not is_language(rest[0])):
        return None
    return Beside(video.parent / name, language(rest[0]) if rest else None, forced, noises)


def word_files(video: Path, name: str, options: WordOptions, base: str | None = None) -> list[Path]:
    """List the files from which the words of a video may come, which must not be written.

    Parameters
    ----------
    video : Path
    name : str
        The video's name, which a transcript's may hold.
    options : WordOptions
    base : str, optional
        The folder that a relative transcript starts from.
    """
    transcript = options.transcript_of(name)
    if transcript is not None:
        return [Path(base or "", transcript)]
    return [each.path for each in find_beside(video)] if options.asked_for else []
