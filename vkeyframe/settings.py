"""Every setting once, with its default, its range and its help."""

from __future__ import annotations

from dataclasses import Field, asdict, dataclass, field, fields
from math import inf
from typing import Any, Self

from vkeyframe.errors import UsageError
from vkeyframe.output.naming import check_template
from vkeyframe.timing import parse_position


def _option(default: Any, help: str, **limits: Any) -> Any:
    return field(default=default, metadata={"help": help, **limits})


# What each purpose asks for; see `Settings.from_preset`.
PRESETS: dict[str, dict[str, Any]] = {
    "summary": {"max": 12, "min_gap": 1.0, "sensitivity": 0.4, "skip_dark": True, "skip_flat": True},
    "slides": {"keep": "states"},
    "surveillance": {"keep": "events"},
    "photogrammetry": {"keep": "steps"},
    "thumbnail": {"count": 1, "min_sharpness": 0.5, "skip_dark": True, "skip_flat": True},
    "dataset": {"sensitivity": 1.0, "min_gap": 1.0, "min_sharpness": 0.5, "skip_dark": True, "skip_flat": True},
}
# Of these only one can be given.
BUDGETS = ("count", "per_minute", "per_shot")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What to extract and how; the command line has the same options with the same defaults.

    Raises
    ------
    UsageError
        If a value is out of its range, or two values contradict each other.
    """

    keep: str = _option(
        "content",
        "What a keyframe stands for: new content; each lasting state of a still picture, once it is complete; states and the "
        "events between them; equal steps along the camera's path.",
        choices=("content", "states", "events", "steps"),
    )
    count: int | None = _option(None, "Give exactly N keyframes; without it, as many as the video has to show.", low=1)
    per_minute: float | None = _option(None, "Give R keyframes for each minute.", low=0.001, high=600.0, metavar="R")
    per_shot: int | None = _option(None, "Give N keyframes for each shot.", low=1, high=100)
    max: int | None = _option(None, "Give no more than N keyframes.", low=1)
    min_gap: str | float | None = _option(
        None, "Leave at least T between keyframes: 2.5, 00:00:02.5 or 50f.", metavar="T", kind=(str, int, float)
    )
    max_gap: str | float | None = _option(
        None, "Leave no more than T without a keyframe, whatever it shows.", metavar="T", kind=(str, int, float)
    )
    sensitivity: float = _option(
        0.5, "How little must change before another keyframe is worth it: 0 much, 1 hardly anything.", low=0.0, high=1.0
    )
    min_sharpness: float = _option(
        0.0, "Leave out frames less sharp than this share of the sharpest of their shot.", low=0.0, high=1.0
    )
    skip_dark: bool = _option(False, "Leave out frames that are nearly black.")
    skip_flat: bool = _option(False, "Leave out frames of nearly one colour.")
    explain: bool = _option(False, "Say for every candidate why it is a keyframe or none, in the report and as a table.")
    start: str | float | None = _option(
        None, "Leave out what comes before T: 12.5, 00:01:02.5 or 150f.", metavar="T", kind=(str, int, float)
    )
    end: str | float | None = _option(None, "Leave out what comes from T on.", metavar="T", kind=(str, int, float))
    decode: str = _option(
        "sampled",
        "Analyse about 8 frames a second, every frame, 8 only where something happens, or the codec's own key frames.",
        choices=("sampled", "every", "skim", "codec"),
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
    max_pixels: int = _option(
        150_000_000,
        "Refuse videos whose pictures have more pixels than this, before memory is taken for them.",
        low=1,
        affects_result=False,
    )
    threads: int = _option(0, "Decoder threads; 0 takes two for each core.", low=0, high=64, affects_result=False)

    def __post_init__(self) -> None:
        for item in fields(self):
            _check(item, getattr(self, item.name))
        check_template(self.name)
        if not _in_order(self.start, self.end):
            raise UsageError(f"The range is empty: start {self.start} is not before end {self.end}.")
        if not _in_order(self.min_gap, self.max_gap):
            raise UsageError(f"min_gap {self.min_gap} is not below max_gap {self.max_gap}.")
        budgets = [name for name in BUDGETS if getattr(self, name) is not None]
        if len(budgets) > 1:
            raise UsageError(f"{budgets[0]} and {budgets[1]} contradict each other; give one of them.")
        if self.max_gap is not None and (self.count or self.per_minute or self.max):
            raise UsageError("max_gap adds keyframes as it needs them; leave out count, per_minute and max.")

    @classmethod
    def from_preset(cls, preset: str, **given: Any) -> Self:
        """Return the settings for a purpose; what is given beside it goes first.

        Raises
        ------
        UsageError
            If there is no such preset, and as the class.
        """
        if preset not in PRESETS:
            raise UsageError(f"preset is '{preset}', but must be one of {', '.join(PRESETS)}.")
        usual = dict(PRESETS[preset])
        if given.keys() & {*BUDGETS, "max_gap"}:
            usual = {name: value for name, value in usual.items() if name not in (*BUDGETS, "max")}
        return cls(**{**usual, **given})

    def for_report(self) -> dict[str, Any]:
        """All settings that bear on the result."""
        skipped = {item.name for item in fields(self) if not item.metadata.get("affects_result", True)}
        return {name: value for name, value in asdict(self).items() if name not in skipped}


def _in_order(first: str | float | None, second: str | float | None) -> bool:
    """Whether two places are in order, as far as it can be told without the frame rate; both must be readable."""
    one, other = (None if text is None else parse_position(text) for text in (first, second))
    if one is None or other is None or (one.frame is None) != (other.frame is None):
        return True
    return (one.frame or one.time or 0) < (other.frame or other.time or 0)


def _check(item: Field[Any], value: Any) -> None:
    name, limits = item.name, item.metadata
    if value is None and item.default is None:
        return
    low = limits.get("low")
    kind = limits.get("kind") or ((int, float) if isinstance(low, float) else int if low is not None else type(item.default))
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise UsageError(f"{name} is {value!r}, which is of the wrong type.")
    if "choices" in limits and value not in limits["choices"]:
        raise UsageError(f"{name} is '{value}', but must be one of {', '.join(limits['choices'])}.")
    if low is not None and not low <= value <= limits.get("high", inf):
        highest = f" to {limits['high']}" if "high" in limits else " or more"
        raise UsageError(f"{name} is {value}, but must be {low}{highest}.")
