"""The records of what is heard, which stand in the report with --audio; as others of the report they need no NumPy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from vkeyframe.report.describe import about

KINDS = ("speech", "music", "silence", "other")


@dataclass(frozen=True, slots=True)
class Speech:
    """A stretch in which somebody speaks; who, is not known."""

    start_time: float = about("Where it begins, in seconds from the first frame of the video.", minimum=0)
    end_time: float = about("Where it ends, in seconds.", minimum=0)
    confidence: float = about(
        "Mean over the stretch of how likely a voice is to be heard, 0 to 1; pauses of up to half a second are part of it.",
        minimum=0,
        maximum=1,
    )


@dataclass(frozen=True, slots=True)
class Sound:
    """A stretch with one kind of sound; its ends are exact to about half a second."""

    start_time: float = about("Where it begins, in seconds from the first frame of the video.", minimum=0)
    end_time: float = about("Where it ends, in seconds.", minimum=0)
    kind: str = about("What is mostly heard in it; 'other' is noise, and single sounds such as a click.", choices=KINDS)


@dataclass(frozen=True, slots=True)
class Onset:
    """A moment at which a sound sets in."""

    time: float = about("When it sets in, in seconds from the first frame of the video.", minimum=0)
    strength: float = about("By how many dB the sound rises at that moment, mean over its bands of frequency.", minimum=0)


@dataclass(frozen=True, slots=True)
class Loudness:
    """How loud it is at a time; in a long video a point stands for some seconds."""

    time: float = about("Where the stretch that the point stands for begins, in seconds from the first frame.", minimum=0)
    level: float = about(
        "Level of the stretch in dBFS: root mean square of all channels mixed into one, where a sample of full scale is 0; "
        "at least -100.",
        minimum=-100,
        maximum=0,
    )


SOUND_SECTIONS: dict[str, Any] = {
    "speech": tuple[Speech, ...],
    "sounds": tuple[Sound, ...],
    "onsets": tuple[Onset, ...],
    "loudness": tuple[Loudness, ...],
}
