"""Where a frame was filmed."""

from __future__ import annotations

from dataclasses import dataclass

from vkeyframe.report.describe import about


@dataclass(frozen=True, slots=True)
class Location:
    """Where the camera was."""

    latitude: float = about("Degrees north of the equator, WGS 84; south is negative.", minimum=-90, maximum=90)
    longitude: float = about("Degrees east of Greenwich; west is negative.", minimum=-180, maximum=180)
    altitude: float | None = about("Metres above sea level; null where it is not known.", default=None)
    utc: str | None = about("Time of the satellites' clock, as ISO 8601; null where it is not known.", default=None)
