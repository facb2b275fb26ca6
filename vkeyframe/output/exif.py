"""EXIF: the block of numbers and texts that cameras write into pictures."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from vkeyframe.output.facts import PictureFacts
from vkeyframe.report.location import Location

# Types of values, as TIFF numbers them.
_BYTE, _ASCII, _LONG, _RATIONAL, _UNDEFINED = 1, 2, 4, 5, 7
_SIZES = {_BYTE: 1, _ASCII: 1, _LONG: 4, _RATIONAL: 8, _UNDEFINED: 1}
_HEAD = b"MM\0*\0\0\0\x08"
# Tags that lead to a further directory.
_EXIF_PLACE, _GPS_PLACE = 0x8769, 0x8825


@dataclass(frozen=True, slots=True)
class _Entry:
    """One value of a directory: its tag, its type, and its bytes with the highest first."""

    tag: int
    kind: int
    data: bytes


def exif_block(facts: PictureFacts) -> bytes:
    """Write what is known of a picture as EXIF 2.32, a TIFF file without a picture; the same facts give the same bytes.

    Texts are UTF-8, as most programs write and read them, although the standard knows only ASCII.

    References
    ----------
    CIPA DC-008-2019, "Exchangeable image file format for digital still cameras: Exif Version 2.32".
    """
    first = [
        _text(0x010E, facts.description),
        *([] if facts.make is None else [_text(0x010F, facts.make)]),
        *([] if facts.model is None else [_text(0x0110, facts.model)]),
        _text(0x0131, facts.software),
    ]
    details = [_Entry(0x9000, _UNDEFINED, b"0232"), *([] if facts.taken is None else _times(facts.taken))]
    place = [] if facts.location is None else _gps(facts.location)
    pointers = [_pointer(_EXIF_PLACE, 0), *([_pointer(_GPS_PLACE, 0)] if place else [])]
    behind_first = len(_HEAD) + len(_directory([*first, *pointers], 0))
    inner = _directory(details, behind_first)
    pointers = [_pointer(_EXIF_PLACE, behind_first), *([_pointer(_GPS_PLACE, behind_first + len(inner))] if place else [])]
    last = _directory(place, behind_first + len(inner)) if place else b""
    return _HEAD + _directory([*first, *pointers], len(_HEAD)) + inner + last


def _times(taken: datetime) -> list[_Entry]:
    """Write when the frame was taken, in the place's own time, to the millisecond."""
    rounded = taken + timedelta(microseconds=500)
    date, offset = rounded.strftime("%Y:%m:%d %H:%M:%S"), rounded.strftime("%z")
    shift, part = f"{offset[:3]}:{offset[3:5]}", f"{rounded.microsecond // 1000:03d}"
    # Times of taking and of digitising are one in a video.
    texts = (0x9003, date), (0x9004, date), (0x9011, shift), (0x9012, shift), (0x9291, part), (0x9292, part)
    return [_text(tag, text) for tag, text in texts]


def _gps(location: Location) -> list[_Entry]:
    entries = [
        _Entry(0, _BYTE, b"\x02\x03\0\0"),
        _text(1, "S" if location.latitude < 0 else "N"),
        _degrees(2, location.latitude),
        _text(3, "W" if location.longitude < 0 else "E"),
        _degrees(4, location.longitude),
    ]
    if location.altitude is not None:
        entries.append(_Entry(5, _BYTE, b"\x01" if location.altitude < 0 else b"\0"))
        entries.append(_rationals(6, [(round(abs(location.altitude) * 100), 100)]))
    utc = None if location.utc is None else datetime.fromisoformat(location.utc)
    if utc is not None:
        entries.append(_rationals(7, [(utc.hour, 1), (utc.minute, 1), (utc.second * 1000 + utc.microsecond // 1000, 1000)]))
    entries.append(_text(0x12, "WGS-84"))
    return entries if utc is None else [*entries, _text(0x1D, utc.strftime("%Y:%m:%d"))]


def _degrees(tag: int, angle: float) -> _Entry:
    """Write an angle as degrees, minutes and seconds, to a third of a millimetre."""
    parts = round(abs(angle) * 3600 * 100_000)
    degrees, rest = divmod(parts, 3600 * 100_000)
    minutes, rest = divmod(rest, 60 * 100_000)
    return _rationals(tag, [(degrees, 1), (minutes, 1), (rest, 100_000)])


def _rationals(tag: int, values: Sequence[tuple[int, int]]) -> _Entry:
    return _Entry(tag, _RATIONAL, b"".join(struct.pack(">LL", *value) for value in values))


def _pointer(tag: int, place: int) -> _Entry:
    return _Entry(tag, _LONG, struct.pack(">L", place))


def _text(tag: int, text: str) -> _Entry:
    return _Entry(tag, _ASCII, text.encode("utf-8", "replace") + b"\0")


def _directory(entries: Sequence[_Entry], place: int) -> bytes:
    """Write a directory that begins at a place in the block; values of more than four bytes stand behind it."""
    behind = place + 2 + 12 * len(entries) + 4
    table, values = struct.pack(">H", len(entries)), b""
    for entry in sorted(entries, key=lambda entry: entry.tag):
        table += struct.pack(">HHL", entry.tag, entry.kind, len(entry.data) // _SIZES[entry.kind])
        if len(entry.data) <= 4:
            table += entry.data.ljust(4, b"\0")
        else:
            table += struct.pack(">L", behind + len(values))
            values += entry.data + b"\0" * (len(entry.data) % 2)
    return table + b"\0\0\0\0" + values
