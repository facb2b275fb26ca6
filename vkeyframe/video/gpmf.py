"""GoPro's metadata (GPMF): where the camera was."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import isfinite

# A name of four letters, a type, the size of one item in bytes, how many items; then the items, filled up to 4 bytes.
_HEAD = struct.Struct(">4scBH")
# One item of GPS9, as the item TYPE beside it says: 7 long, 2 unsigned short.
_GPS9 = struct.Struct(">7l2H")
_NUMBERS = {b"b": "b", b"B": "B", b"s": "h", b"S": "H", b"l": "l", b"L": "L", b"f": "f", b"d": "d"}
# GPS9 counts days from here.
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
# No satellites below this: 2 is a fix in the plane, 3 one in space.
LEAST_FIX = 2
DEEPEST = 8


@dataclass(frozen=True, slots=True)
class GpsFix:
    """Where a camera was.

    Attributes
    ----------
    share : float
        When, as a share of the time of the packet, 0 up to 1.
    latitude, longitude : float
        In degrees, WGS 84.
    altitude : float
        In metres.
    utc : datetime or None
        By the satellites' clock, where it is known.
    """

    share: float
    latitude: float
    longitude: float
    altitude: float
    utc: datetime | None = None


def gps_fixes(packet: bytes) -> list[GpsFix]:
    """Read the places in one packet of a GPMF track; empty where there are none, or the camera saw too few satellites.

    A camera that writes both GPS9 and the older GPS5 gives those of GPS9. What is damaged is left out.

    References
    ----------
    GoPro, "GPMF introduction", https://github.com/gopro/gpmf-parser.
    """
    streams = list(_streams(packet, 0))
    for read in (_gps9, _gps5):
        for items in streams:
            found = read(items)
            if found:
                return found
    return []


def _streams(data: bytes, depth: int) -> Iterator[dict[bytes, tuple[bytes, int, bytes]]]:
    """Yield the items of each stream: type, size of one item in bytes, and all bytes, by name."""
    items = {}
    for name, kind, size, payload in _items(data):
        if kind != b"\0":
            items[name] = kind, size, payload
        elif depth < DEEPEST:
            yield from _streams(payload, depth + 1)
    yield items


def _items(data: bytes) -> Iterator[tuple[bytes, bytes, int, bytes]]:
    place = 0
    while place + _HEAD.size <= len(data):
        name, kind, size, repeat = _HEAD.unpack_from(data, place)
        place += _HEAD.size
        if place + size * repeat > len(data):
            return
        yield name, kind, size, data[place : place + size * repeat]
        place += -(-size * repeat // 4) * 4


def _values(item: tuple[bytes, int, bytes] | None) -> list[float]:
    """Read the numbers of an item; empty where it holds none."""
    if item is None or item[0] not in _NUMBERS:
        return []
    kind = struct.Struct(">" + _NUMBERS[item[0]])
    return [kind.unpack_from(item[2], place)[0] for place in range(0, len(item[2]) - kind.size + 1, kind.size)]


def _gps5(items: dict[bytes, tuple[bytes, int, bytes]]) -> list[GpsFix]:
    """Read latitude, longitude, altitude and two speeds; one time and one fix for all of them."""
    values, scale, fix = (_values(items.get(name)) for name in (b"GPS5", b"SCAL", b"GPSF"))
    if not values or not _is_scale(scale, 5) or (fix and fix[0] < LEAST_FIX):
        return []
    utc = _utc(items.get(b"GPSU"))
    rows = [values[place : place + 3] for place in range(0, len(values) - 4, 5)]
    found = []
    for number, row in enumerate(rows):
        latitude, longitude, altitude = (value / unit for value, unit in zip(row, scale, strict=False))
        found.append(GpsFix(number / len(rows), latitude, longitude, altitude, utc))
    return [fix for fix in found if _on_earth(fix)]


def _gps9(items: dict[bytes, tuple[bytes, int, bytes]]) -> list[GpsFix]:
    """Read the same with days, seconds, precision and fix of each."""
    kind, size, data = items.get(b"GPS9", (b"", 0, b""))
    scale = _values(items.get(b"SCAL"))
    if kind != b"?" or size != _GPS9.size or not _is_scale(scale, 9):
        return []
    found, count = [], len(data) // size
    for number in range(count):
        raw = _GPS9.unpack_from(data, number * size)
        row = [value / unit for value, unit in zip(raw, scale, strict=True)]
        if row[8] >= LEAST_FIX:
            utc = _EPOCH + timedelta(days=row[5], seconds=row[6]) if 0 <= row[5] < 1e5 and 0 <= row[6] < 1e5 else None
            found.append(GpsFix(number / count, row[0], row[1], row[2], utc))
    return [fix for fix in found if _on_earth(fix)]


def _is_scale(values: list[float], count: int) -> bool:
    return len(values) == count and all(isfinite(value) and abs(value) >= 1.0 for value in values)


def _on_earth(fix: GpsFix) -> bool:
    return abs(fix.latitude) <= 90.0 and abs(fix.longitude) <= 180.0


def _utc(item: tuple[bytes, int, bytes] | None) -> datetime | None:
    """Read a time such as ``170419160354.200``, year to milliseconds."""
    if item is None:
        return None
    text, _, part = item[2].rstrip(b"\0").decode("ascii", "replace").partition(".")
    try:
        return datetime.strptime(f"{text}.{part or 0}", "%y%m%d%H%M%S.%f").replace(tzinfo=UTC)
    except ValueError:
        return None
