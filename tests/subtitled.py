"""Videos with subtitle tracks and sound that begin when the tests say, put together by PyAV alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.stream import Disposition

# Seconds from its beginning to its end, and what is said.
Cue = tuple[float, float, str]
MILLISECOND = Fraction(1, 1000)
ASS_HEADER = (
    "[Script Info]\nScriptType: v4.00+\n\n[V4+ Styles]\nFormat: Name, Fontname, Fontsize\nStyle: Default,Arial,20\n\n"
    "[Events]\nFormat: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n"
)


@dataclass(frozen=True)
class Track:
    """A subtitle track; `begin` is when the container says that its time 0 is."""

    cues: Sequence[Cue]
    codec: str = "subrip"
    language: str | None = None
    disposition: str | None = None


def put_together(path: Path, video: Path, *tracks: Track, begin: float = 0.0, sound: tuple[float, str] | None = None) -> Path:
    """Copy the pictures of a video, of which the first is shown at `begin`, and add tracks whose times stay as they are.

    `sound` is when the sound begins, and its language.
    """
    with av.open(str(video)) as source, av.open(str(path), "w") as target:
        pictures = target.add_stream_from_template(source.streams.video[0])
        packets = []
        tone = _add_sound(target, sound) if sound is not None else None
        streams = []
        for track in tracks:
            stream = target.add_stream(track.codec)
            stream.codec_context.subtitle_header = ASS_HEADER.encode()
            if track.language is not None:
                stream.metadata["language"] = track.language
            if track.disposition is not None:
                stream.disposition = Disposition[track.disposition]
            streams.append(stream)
        for packet in source.demux(source.streams.video[0]):
            if packet.size:
                shift = round(begin / packet.time_base)
                packet.pts, packet.dts = packet.pts + shift, packet.dts + shift
                packet.stream = pictures
                packets.append((float(packet.dts * packet.time_base), packet))
        for stream, track in zip(streams, tracks, strict=True):
            packets += [(cue[0], _packet(stream, track.codec, number, cue)) for number, cue in enumerate(track.cues)]
        if tone is not None and sound is not None:
            packets += [(float(packet.pts * packet.time_base), packet) for packet in _tone(tone, sound[0])]
        for _, packet in sorted(packets, key=lambda each: each[0]):
            target.mux(packet)
    return path


def _packet(stream: av.subtitles.stream.SubtitleStream, codec: str, number: int, cue: Cue) -> av.Packet:
    start, end, text = cue
    data = text.encode()
    if codec == "mov_text":
        data = len(data).to_bytes(2, "big") + data
    elif codec == "ass":
        data = f"{number},0,Default,,0,0,0,,{text}".encode()
    packet = av.Packet(data)
    packet.stream, packet.time_base = stream, MILLISECOND
    packet.pts = packet.dts = round(1000 * start)
    packet.duration = round(1000 * (end - start))
    packet.is_keyframe = True
    return packet


def _add_sound(target: av.container.OutputContainer, sound: tuple[float, str]) -> av.audio.stream.AudioStream:
    stream = target.add_stream("aac", rate=16000, layout="mono")
    stream.metadata["language"] = sound[1]
    return stream


def _tone(stream: av.audio.stream.AudioStream, begin: float) -> list[av.Packet]:
    packets = []
    for number in range(20):
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
        frame.sample_rate, frame.time_base, frame.pts = 16000, Fraction(1, 16000), round(16000 * begin) + 1024 * number
        packets += stream.encode(frame)
    return packets + stream.encode(None)
