"""The records of the analysers' sections of the report.

They need no NumPy: who reads a report, such as a process that leaves the work to a child, need not load what made it.
"""

from __future__ import annotations

from dataclasses import dataclass

from vkeyframe.report.describe import about

_EARLIER = "null only in a report of an earlier version."


@dataclass(frozen=True, slots=True)
class Action:
    """What happens: before a still camera from coming in to leaving, else a burst of motion that is not the camera's."""

    start_frame: int = about("First frame of the action, 0-based in display order.", minimum=0)
    end_frame: int = about("Last analysed frame of the action, inclusive.", minimum=0)
    start_time: float = about("Presentation time of the first frame, in seconds from the first frame of the video.", minimum=0)
    end_time: float = about("Presentation time of the last frame, in seconds.", minimum=0)
    peak_frame: int = about("The analysed frame in which most is to be seen of it.", minimum=0)
    energy: float = about(
        "How much happens, in grey levels, 0 to 255: by how much the brightness differs from the background, or with a moving "
        "camera from an analysed frame shortly before; mean over the picture and over the action's frames.",
        minimum=0,
    )
    shot: int | None = about(f"Index of the shot in which it happens; {_EARLIER}", default=None, minimum=0)
    peak_time: float | None = about(f"Presentation time of 'peak_frame', in seconds; {_EARLIER}", default=None, minimum=0)
    box: tuple[int, int, int, int] | None = about(
        "Where it is in 'peak_frame': left edge, top edge, width and height in pixels of the video as displayed, to about a 64th "
        f"of its width; {_EARLIER}",
        default=None,
        items=({"minimum": 0}, {"minimum": 0}, {"minimum": 1}, {"minimum": 1}),
    )
    track: int | None = about("Number of the track that follows it; null where there is none.", default=None, minimum=1)
    keyframe: int | None = about("Index of the keyframe that shows it best; null where none does.", default=None, minimum=0)


@dataclass(frozen=True, slots=True)
class Novelty:
    """How unusual what moves in an analysed frame of a still camera is."""

    frame: int = about("0-based number of the frame in the video, in display order.", minimum=0)
    time: float = about("Presentation time of the frame, in seconds from the first frame of the video.", minimum=0)
    value: float = about(
        "Negative logarithm of how likely anything so fast is where it is, after all that moved there before in the shot; "
        "of the place where that is least likely. About 1 is usual.",
        minimum=0,
    )


@dataclass(frozen=True, slots=True)
class Moving:
    """What moves in an analysed frame of a still camera."""

    frame: int = about("0-based number of the frame in the video, in display order.", minimum=0)
    time: float = about("Presentation time of the frame, in seconds from the first frame of the video.", minimum=0)
    share: float = about("Share of the picture that differs from the background, 0 to 1.", minimum=0, maximum=1)
    box: tuple[int, int, int, int] | None = about(
        "The largest connected part of that: left edge, top edge, width and height in pixels of the video as displayed; null "
        "where nothing moves.",
        items=({"minimum": 0}, {"minimum": 0}, {"minimum": 1}, {"minimum": 1}),
    )


@dataclass(frozen=True, slots=True)
class Moment:
    """How the video is at a time: one analysed frame, in a long video several, of which the highest values count."""

    time: float = about(
        "Presentation time of the first of these frames, in seconds from the first frame of the video.", minimum=0
    )
    change: float = about(
        "How much the picture differs from the analysed frame before: mean difference of its colours in grey levels, 0 to 255.",
        minimum=0,
    )
    novelty: float = about(
        "How unlike all earlier moments the picture is: 1 less the highest correlation with one of them; 1 at the start.",
        minimum=0,
        maximum=1,
    )
    sharpness: float = about("Root mean square of the gradient of the brightness, in grey levels for each pixel.", minimum=0)
    attention: float = about(
        "How much attention the moment gets from all moments of the video, by likeness, in multiples of the mean: above 1 where "
        "others look like it, below 1 where it lies between what is shown, as in a transition.",
        minimum=0,
    )


@dataclass(frozen=True, slots=True)
class Line:
    """What is said at a time, as subtitles or a transcript have it."""

    start_time: float = about("When it begins, in seconds from the first frame of the video.", minimum=0)
    end_time: float = about("When it ends, in seconds.", minimum=0)
    text: str = about("The words, in one row and without markup.")
    keyframe: int | None = about(
        "Index of the keyframe that was chosen for it with --keep lines; else, and where there is none, null.",
        default=None,
        minimum=0,
    )


@dataclass(frozen=True, slots=True)
class ModelShare:
    """What the user's model had to do with a keyframe."""

    keyframe: int = about("Index of the keyframe.", minimum=0)
    share: float = about(
        "Share of what is new in the keyframe, against those of a better rank, that the model saw and not our own measures, "
        "0 to 1; 0 where nothing is new.",
        minimum=0,
        maximum=1,
    )
    relevance: float | None = about(
        "Cosine between the model's vectors of the picture and of the words that were asked about; null without words.",
        minimum=-1,
        maximum=1,
    )


@dataclass(frozen=True, slots=True)
class ModelUse:
    """What the user's model had to do with the choice."""

    name: str = about("32 hex digits that are the same for the same model with the same settings.", pattern="^[0-9a-f]{32}$")
    dimensions: int = about("How many numbers the model makes of a picture.", minimum=1)
    weight: float = about("Share of the model's likeness in the likeness of two frames.", minimum=0, maximum=1)
    stands_out: bool | None = about(
        "Whether something in the video stands out for the words that were asked about; null without words."
    )
    keyframes: tuple[ModelShare, ...] = about("One for each keyframe, in order of time.")
