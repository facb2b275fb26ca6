"""Recordings that know where and when they were made, drawn and packed by the tests."""

from __future__ import annotations

import struct
from fractions import Fraction
from pathlib import Path

import av

from tests import clips

# Latitude, longitude and altitude; a place in the sea, west and south of nothing private.
PLACE = (-33.5000123, -70.2500456, -12.5)
ISO_6709 = "-33.5000-070.2500-012.500/"


def item(name: str, kind: str, size: int, data: bytes) -> bytes:
    """Pack one item of GPMF."""
    return struct.pack(">4scBH", name.encode(), kind.encode(), size, len(data) // size) + data + b"\0" * (-len(data) % 4)


def gps5(*places: tuple[float, float, float], fix: int = 3, utc: str = "230704101530.250") -> bytes:
    """Pack places as cameras before 2022 did, all at one time."""
    scale = (10_000_000, 10_000_000, 1000, 1000, 100)
    rows = b"".join(struct.pack(">5l", *(round(a * b) for a, b in zip((*place, 1, 1), scale, strict=True))) for place in places)
    items = item("STNM", "c", 1, b"GPS (Lat., Long., Alt.)"), item("GPSF", "L", 4, struct.pack(">L", fix))
    unit = item("GPSU", "U", 16, utc.encode()), item("SCAL", "l", 4, struct.pack(">5l", *scale)), item("GPS5", "l", 20, rows)
    return device(b"".join((*items, *unit)))


def gps9(*places: tuple[float, float, float], fix: int = 3) -> bytes:
    """Pack places as later cameras do, each with days since 2000, seconds of the day, precision and fix."""
    scale = (10_000_000, 10_000_000, 1000, 1000, 100, 1, 1000, 100, 1)
    rows = b""
    for number, place in enumerate(places):
        values = (*place, 1, 1, 8585, 36930.25 + number, 1.5, fix)
        rows += struct.pack(">7l2H", *(round(a * b) for a, b in zip(values, scale, strict=True)))
    kind = item("TYPE", "c", 1, b"lllllllSS")
    return device(kind + item("SCAL", "l", 4, struct.pack(">9l", *scale)) + item("GPS9", "?", 32, rows))


def device(stream: bytes) -> bytes:
    """Put a stream, and one without places before it, into a device."""
    other = item("STRM", "\0", 1, item("ACCL", "s", 6, struct.pack(">6h", *range(6))))
    return item("DEVC", "\0", 1, item("DVNM", "c", 1, b"Hero") + other + item("STRM", "\0", 1, stream))


def gopro(path: Path, packets: list[bytes]) -> Path:
    """Draw a clip with a track of GPMF, one packet a second."""
    empty = path.with_name("empty.bin")
    empty.write_bytes(bytes(64))
    seed = path.with_name("seed.mov")
    clip = clips.write_clip(path.with_name("clip.mp4"), clips.scenes(range(2), 25))
    clips.ffmpeg("-i", clip, "-f", "data", "-i", empty, "-map", "0", "-map", "1", "-c", "copy", "-tag:d", "gpmd", seed)
    with av.open(str(seed)) as source, av.open(str(path), "w") as target:
        pictures = target.add_stream_from_template(source.streams.video[0])
        data = target.add_stream_from_template(source.streams.data[0])
        for packet in source.demux(source.streams.video[0]):
            if packet.size:
                packet.stream = pictures
                target.mux(packet)
        for second, content in enumerate(packets):
            packet = av.Packet(content)
            packet.stream, packet.time_base = data, Fraction(1, 1000)
            packet.pts = packet.dts = second * 1000
            packet.duration = 1000
            target.mux(packet)
    return path


def phone(path: Path, **tags: str) -> Path:
    """Draw a clip with a phone's tags."""
    plain = clips.write_clip(path.with_name("plain.mp4"), clips.scenes(range(2), 25))
    given = [text for name, value in tags.items() for text in ("-metadata", f"{name.replace('__', '.')}={value}")]
    clips.ffmpeg("-i", plain, "-c", "copy", *given, "-movflags", "use_metadata_tags", path)
    return path
