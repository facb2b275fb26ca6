"""What the tags of a video say of its recording: the camera, and when it began."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from av.container import InputContainer

# Clocks that were never set, and containers that have no date, give the first days of 1904, 1970 or 1980.
FIRST_YEAR = 1990
# The tags of QuickTime come first: phones write the same in a poorer form beside them.
MAKES = ("com.apple.quicktime.make", "com.android.manufacturer", "make")
MODELS = ("com.apple.quicktime.model", "com.android.model", "model")
# QuickTime's own date has the place's offset; `creation_time` comes from a field that is in UTC, also where FFmpeg shows no "Z".
DATES = ("com.apple.quicktime.creationdate", "creation_time")
LOCATIONS = ("com.apple.quicktime.location.iso6709", "location", "location-eng")
LONGEST_TEXT = 100


@dataclass(frozen=True, slots=True)
class Origin:
    """What is known of a recording.

    Attributes
    ----------
    make, model : str or None
        Of the camera.
    created : str or None
        When it began, as ISO 8601 with an offset from UTC.
    """

    make: str | None = None
    model: str | None = None
    created: str | None = None


def origin_of(container: InputContainer) -> Origin:
    """Read what an open container says of its recording."""
    tags = tags_of(container)
    makers = (str(stream.metadata.get("handler_name", "")) for stream in container.streams)
    make = _text(tags, MAKES) or ("GoPro" if any("GoPro" in name for name in makers) else None)
    return Origin(make, _text(tags, MODELS), _date(tags))


def tags_of(container: InputContainer) -> dict[str, str]:
    """Return the tags of a container and its streams with small letters; those of the container come first."""
    tags: dict[str, str] = {}
    for each in (container.metadata, *(stream.metadata for stream in container.streams)):
        tags = {name.lower(): text for name, text in each.items()} | tags
    return tags


def first_of(tags: Mapping[str, str], names: Iterable[str]) -> Iterator[str]:
    """Yield the texts of some tags that are not empty."""
    return (text for name in names if (text := tags.get(name, "").strip("\0 \t\r\n")))


def parse_date(text: str) -> datetime | None:
    """Read a date with a time of day; without an offset it counts as UTC. None where it cannot be read or cannot be true."""
    try:
        found = datetime.fromisoformat(text)
        found = found.replace(tzinfo=UTC) if found.tzinfo is None else found
        return found if found.astimezone(UTC).year >= FIRST_YEAR else None
    except (ValueError, OverflowError):
        return None


def _text(tags: Mapping[str, str], names: Iterable[str]) -> str | None:
    text = next(first_of(tags, names), None)
    return None if text is None else "".join(letter for letter in text[:LONGEST_TEXT] if letter.isprintable())


def _date(tags: Mapping[str, str]) -> str | None:
    dates = (parse_date(text) for text in first_of(tags, DATES))
    found = next((date for date in dates if date is not None), None)
    return None if found is None else found.isoformat()
