"""Where a video was filmed: GoPro's track in it, DJI's subtitles beside it, or one place in its tags."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

import av
from av.container import InputContainer

from vkeyframe.process.heartbeat import tick
from vkeyframe.report.location import Location
from vkeyframe.video.container import open_container
from vkeyframe.video.ffmpeg_log import silenced
from vkeyframe.video.file import VideoFile
from vkeyframe.video.gpmf import gps_fixes
from vkeyframe.video.origin import LOCATIONS, first_of, tags_of

# The farthest second from a frame whose place still counts as its own; satellites are lost in tunnels. Set by eye.
FARTHEST_SECONDS = 5.0
# Balloons carry cameras to some 40 km.
HIGHEST_M = 100_000.0
# Subtitles of an hour, 30 a second, have 30 MB.
LARGEST_SUBTITLES = 1 << 26
# A second of a GoPro's track has some 10 KB.
LARGEST_PACKET = 1 << 22
GPMF_DEVICE = b"DEVC"
_NUMBER = r"[-+]?\d+(?:\.\d+)?"
_CLOCK = re.compile(r"(\d+):(\d\d):(\d\d)[,.](\d{1,3})\s*-->")
# Newer drones; early ones wrote "longtitude".
_NAMED = re.compile(rf"latitude\s*:\s*({_NUMBER}).*?long?t?itude\s*:\s*({_NUMBER})", re.S | re.I)
_HEIGHT = re.compile(rf"(?:abs_alt|altitude)\s*:\s*({_NUMBER})", re.I)
# Older ones: longitude first.
_LISTED = re.compile(rf"GPS\s*\(\s*({_NUMBER})\s*,\s*({_NUMBER})\s*(?:,\s*({_NUMBER}))?", re.I)
_ISO_6709 = re.compile(r"([-+]\d+(?:\.\d+)?)([-+]\d+(?:\.\d+)?)([-+]\d+(?:\.\d+)?)?(?:CRS\w+)?/?")

Timed = tuple[float, Location]


class Route:
    """Places with their times.

    Parameters
    ----------
    places : sequence of (float, Location)
        With seconds from the first frame.
    only : Location, optional
        The place at all times without another.
    """

    def __init__(self, places: Sequence[Timed], only: Location | None = None) -> None:
        self._places = sorted(places, key=lambda timed: timed[0])
        self._times = [time for time, _ in self._places]
        self._only = only

    def at(self, time: float) -> Location | None:
        """Return the place that is nearest in time, at most 5 seconds away; None where it is not known."""
        found = bisect_left(self._times, time)
        near = min(self._places[max(0, found - 1) : found + 1], key=lambda timed: abs(timed[0] - time), default=None)
        return near[1] if near is not None and abs(near[0] - time) <= FARTHEST_SECONDS else self._only


def read_route(file: VideoFile, max_pixels: int) -> Route:
    """Find out where a video was filmed; a file that tells nothing gives an empty route."""
    places: list[Timed] = []
    only = None
    with silenced(), suppress(av.FFmpegError, UnicodeError, IndexError), open_container(file.path, max_pixels) as container:
        only = next(filter(None, map(parse_iso_6709, first_of(tags_of(container), LOCATIONS))), None)
        # Damage in the middle leaves what was read before it.
        with suppress(av.FFmpegError, IndexError):
            _read_gpmf(container, places)
    return Route(places or _read_subtitles(file.path), only)


def parse_iso_6709(text: str) -> Location | None:
    """Read a place such as ``+48.8577+002.2950+035.0/``, also in degrees, minutes and seconds; None where it cannot be read."""
    found = _ISO_6709.fullmatch(text.strip())
    if found is None:
        return None
    height = None if found[3] is None else float(found[3])
    return _location(_degrees(found[1], 2), _degrees(found[2], 3), height)


def parse_subtitles(text: str) -> list[Timed]:
    """Read times and places of DJI's subtitles; blocks without a place are left out."""
    places = []
    clocks = list(_CLOCK.finditer(text))
    ends = [*(clock.start() for clock in clocks), len(text)][1:]
    for clock, end in zip(clocks, ends, strict=False):
        location = _block(text[clock.end() : end])
        if location is not None:
            hours, minutes, seconds = (float(clock[number]) for number in (1, 2, 3))
            places.append((3600 * hours + 60 * minutes + seconds + float(f"0.{clock[4]}"), location))
    return places


def _block(text: str) -> Location | None:
    named, listed = _NAMED.search(text), _LISTED.search(text)
    if named is not None:
        height = _HEIGHT.search(text)
        return _location(float(named[1]), float(named[2]), None if height is None else float(height[1]))
    if listed is not None:
        return _location(float(listed[2]), float(listed[1]), None if listed[3] is None else float(listed[3]))
    return None


def _location(latitude: float, longitude: float, altitude: float | None, utc: str | None = None) -> Location | None:
    """Make a place; what is not on Earth, and the point that drones and phones write without satellites, is none."""
    if not (abs(latitude) <= 90.0 and abs(longitude) <= 180.0) or (latitude == 0.0 and longitude == 0.0):
        return None
    height = None if altitude is None or not abs(altitude) <= HIGHEST_M else round(altitude, 2)
    return Location(round(latitude, 7), round(longitude, 7), height, utc)


def _degrees(text: str, digits: int) -> float:
    """Read degrees, or degrees with minutes and seconds, by the number of digits before the point."""
    whole, _, part = text[1:].partition(".")
    minutes, seconds = whole[digits : digits + 2], whole[digits + 2 : digits + 4]
    parts = [part for part in (whole[:digits], minutes, seconds) if part]
    parts[-1] += f".{part or 0}"
    degrees: float = sum(float(each) / 60**power for power, each in enumerate(parts))
    return -degrees if text[0] == "-" else degrees


def _read_gpmf(container: InputContainer, places: list[Timed]) -> None:
    """Add what a GoPro wrote, which FFmpeg knows only as data."""
    tracks = container.streams.data
    start = (container.start_time or 0) / av.time_base
    for packet in container.demux(*tracks) if tracks else ():
        data = bytes(packet) if 0 < packet.size <= LARGEST_PACKET else b""
        if packet.pts is not None and packet.time_base is not None and data.startswith(GPMF_DEVICE):
            tick()
            begin, length = (float(units * packet.time_base) for units in (packet.pts, packet.duration or 0))
            for fix in gps_fixes(data):
                utc = None if fix.utc is None else fix.utc.isoformat()
                found = _location(fix.latitude, fix.longitude, fix.altitude, utc)
                places.extend([] if found is None else [(begin - start + fix.share * length, found)])


def _read_subtitles(video: Path) -> list[Timed]:
    """Read the subtitles of the same name beside a video."""
    for path in _beside(video):
        with suppress(OSError):
            if path.is_file() and path.stat().st_size <= LARGEST_SUBTITLES:
                return parse_subtitles(path.read_bytes().decode("utf-8", "replace"))
    return []


def _beside(video: Path) -> Iterable[Path]:
    return (video.with_suffix(suffix) for suffix in (".srt", ".SRT") if video.name.strip("."))
