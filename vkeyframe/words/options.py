"""Whether the words of a video are taken, and from where."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath

from vkeyframe.errors import UsageError
from vkeyframe.options import check_options, option

# Stands for the video's name without its suffix.
NAME = "{name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class WordOptions:
    """Whether the words of a video are taken, and from where.

    Raises
    ------
    UsageError
        If a value is of a wrong type, or two of them contradict each other.
    """

    words: bool = option(
        False,
        "Take what is said from subtitles: NAME.srt, .ass or .vtt beside the video, else a track in it; in the report's lines "
        "and the text of shots and keyframes.",
        only_if_given=True,
    )
    subtitles: str | None = option(
        None,
        "Take the subtitles of a language, such as en, or those of the track with this number, from 1; implies --words.",
        metavar="LANG|N",
        only_if_given=True,
    )
    transcript: str | None = option(
        None,
        "Take what is said from this file: SRT, ASS, WebVTT or the JSON of Whisper; {name} in it stands for the video's name "
        "without suffix. Implies --words.",
        metavar="FILE",
        only_if_given=True,
    )

    def __post_init__(self) -> None:
        check_options(self)
        if self.subtitles is not None and self.transcript is not None:
            raise UsageError("subtitles and transcript contradict each other; give one of them.")
        for name in ("subtitles", "transcript"):
            if getattr(self, name) == "":
                raise UsageError(f"{name} is empty; give it a value, or leave it out.")

    @property
    def asked_for(self) -> bool:
        """Whether words are asked for."""
        return self.words or self.subtitles is not None or self.transcript is not None

    def transcript_of(self, video: str) -> str | None:
        """Return the path of the transcript of a video of this name, None where none is given."""
        return None if self.transcript is None else self.transcript.replace(NAME, PurePath(PurePath(video).name).stem)
