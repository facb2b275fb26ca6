"""What opening a container tells of its main video stream."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import av
from av.container import InputContainer

from vkeyframe.video.colour import ColourTags, tags_of
from vkeyframe.video.container import main_stream, start_timecode
from vkeyframe.video.origin import Origin, origin_of


@dataclass(frozen=True, slots=True)
class StreamFacts:
    """What opening a container tells of its main video stream.

    Attributes
    ----------
    codec : str
        FFmpeg's name of it.
    time_base : Fraction or None
        Seconds of one unit of the packets' times.
    pixels : float
        Declared pixels of all frames together, 0 where unknown.
    indexed_frames : int
        How many frames the container's index names, 0 where it has none.
    rate : Fraction or None
        Frames a second as declared.
    start_timecode : str or None
        SMPTE timecode of the first frame.
    colour : ColourTags
        What the stream says of its colours.
    origin : Origin
        What the tags say of the recording.
    """

    codec: str
    time_base: Fraction | None
    pixels: float
    indexed_frames: int
    rate: Fraction | None
    start_timecode: str | None
    colour: ColourTags
    origin: Origin


def stream_facts(container: InputContainer) -> StreamFacts | None:
    """Return them; None where there is no video stream."""
    stream = main_stream(container)
    if stream is None:
        return None
    seconds = (container.duration or 0) / av.time_base
    pixels = seconds * float(stream.average_rate or 0) * stream.width * stream.height
    return StreamFacts(
        codec=stream.codec_context.codec.canonical_name,
        time_base=stream.time_base,
        pixels=pixels,
        indexed_frames=stream.frames,
        rate=stream.average_rate or None,
        start_timecode=start_timecode(container),
        colour=tags_of(stream.codec_context),
        origin=origin_of(container),
    )
