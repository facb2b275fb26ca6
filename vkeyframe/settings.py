"""Every setting once, with its default, its range and its help."""

from __future__ import annotations

from dataclasses import Field, asdict, dataclass, field, fields
from typing import Any

from vkeyframe.errors import UsageError
from vkeyframe.naming import check_template
from vkeyframe.timing import parse_position


def _option(default: Any, help: str, **limits: Any) -> Any:
    return field(default=default, metadata={"help": help, **limits})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What to extract and how; the command line has the same options with the same defaults.

    Raises
    ------
    UsageError
        If a value is out of its range, or two values contradict each other.
    """

    count: int | None = _option(None, "Give N keyframes; without it, as many as the video has to show.", low=1)
    start: str | float | None = _option(
        None, "Leave out what comes before T: 12.5, 00:01:02.5 or 150f.", metavar="T", kind=(str, int, float)
    )
    end: str | float | None = _option(None, "Leave out what comes from T on.", metavar="T", kind=(str, int, float))
    decode: str = _option(
        "sampled",
        "Analyse about 8 frames a second, every frame, or only the codec's own key frames.",
        choices=("sampled", "every", "codec"),
    )
    decoder: str = _option("opencv", "What decodes the video.", choices=("opencv", "pyav"))
    format: str = _option("jpg", "Picture format.", choices=("jpg", "png", "webp"))
    quality: int = _option(90, "Picture quality for jpg and webp.", low=1, high=100)
    width: int | None = _option(None, "Scale pictures down to this width in pixels.", low=1, high=65535)
    name: str = _option(
        "{name}_{index}_{timecode}",
        "Name template, with {name} {index} {shot} {frame} {rank} {ms} {timecode}.",
        metavar="TEMPLATE",
    )
    strict: bool = _option(False, "Fail when the video is damaged or cut off, instead of using what is there.")
    threads: int = _option(0, "Decoder threads; 0 lets the decoder choose.", low=0, high=64, affects_result=False)

    def __post_init__(self) -> None:
        for item in fields(self):
            _check(item, getattr(self, item.name))
        check_template(self.name)
        start = parse_position(self.start) if self.start is not None else None
        end = parse_position(self.end) if self.end is not None else None
        if start is None or end is None:
            return
        if (start.frame is None) == (end.frame is None) and (start.frame or start.time or 0) >= (end.frame or end.time or 0):
            raise UsageError(f"The range is empty: start {self.start} is not before end {self.end}.")

    def for_report(self) -> dict[str, Any]:
        """All settings that bear on the result."""
        skipped = {item.name for item in fields(self) if not item.metadata.get("affects_result", True)}
        return {name: value for name, value in asdict(self).items() if name not in skipped}


def _check(item: Field[Any], value: Any) -> None:
    name, limits = item.name, item.metadata
    if value is None and item.default is None:
        return
    kind = limits.get("kind") or (int if "low" in limits else type(item.default))
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise UsageError(f"{name} is {value!r}, which is of the wrong type.")
    if "choices" in limits and value not in limits["choices"]:
        raise UsageError(f"{name} is '{value}', but must be one of {', '.join(limits['choices'])}.")
    if ("low" in limits and value < limits["low"]) or ("high" in limits and value > limits["high"]):
        highest = f" to {limits['high']}" if "high" in limits else " or more"
        raise UsageError(f"{name} is {value}, but must be {limits['low']}{highest}.")
