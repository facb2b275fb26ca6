"""All settings: the options of each room, side by side."""

from __future__ import annotations

from dataclasses import Field, dataclass, field, replace
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Self

from vkeyframe.errors import UsageError
from vkeyframe.export.options import FormOptions
from vkeyframe.options import option_fields
from vkeyframe.output.options import PictureOptions
from vkeyframe.presets import PRESETS
from vkeyframe.selection.options import NUMBERS, SelectionOptions
from vkeyframe.timing import Position, parse_position
from vkeyframe.video.options import ReadOptions
from vkeyframe.words.options import WordOptions

if TYPE_CHECKING:
    from vkeyframe.selection.sink import Beside


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What to extract and how; the command line has the same options with the same defaults.

    Attributes
    ----------
    selection : SelectionOptions
    reading : ReadOptions
    pictures : PictureOptions
    exports : FormOptions
    spoken : WordOptions
    analysers : tuple of str
        Analysers to run besides those that always run.
    beside : Beside, optional
        For the program itself: what takes more than the report of the pass over the video.
    """

    selection: SelectionOptions = field(default_factory=SelectionOptions)
    reading: ReadOptions = field(default_factory=ReadOptions)
    pictures: PictureOptions = field(default_factory=PictureOptions)
    exports: FormOptions = field(default_factory=FormOptions)
    spoken: WordOptions = field(default_factory=WordOptions)
    analysers: tuple[str, ...] = ()
    beside: Beside | None = None

    def __post_init__(self) -> None:
        """Refuse what contradicts in two records."""
        for name in BESIDE_TOKENS if self.exports.tokens is not None else ():
            if getattr(getattr(self, OPTIONS[name][0]), name) is not None:
                raise UsageError(f"tokens=… sets the number and the size of the keyframes; leave out {name}=….")

    @classmethod
    def of(cls, **given: Any) -> Self:
        """Make settings of plain options, such as ``Settings.of(count=5, start="00:01:00", width=640)``.

        Raises
        ------
        UsageError
            If there is no such option, a value is out of its range, or two values contradict each other.
        """
        analysers = tuple(given.pop("analysers", ()))
        groups: dict[str, dict[str, Any]] = {name: {} for name in GROUPS}
        for name, value in given.items():
            if name not in OPTIONS:
                raise _unknown(name)
            group, item = OPTIONS[name]
            is_time = item.metadata.get("is_time") and value is not None and not isinstance(value, Position)
            is_several = item.metadata.get("repeatable") and isinstance(value, list)
            groups[group][name] = parse_position(value) if is_time else tuple(value) if is_several else value
        records = {name: record(**groups[name]) for name, record in GROUPS.items()}
        return cls(**records, analysers=analysers)

    @classmethod
    def from_preset(cls, preset: str, **given: Any) -> Self:
        """Return the settings for a purpose; what is given beside it goes first.

        Raises
        ------
        UsageError
            If there is no such preset, and as `of`.
        """
        if preset not in PRESETS:
            raise UsageError(f"preset is '{preset}', but must be one of {', '.join(PRESETS)}.")
        usual = dict(PRESETS[preset])
        if given.keys() & {*NUMBERS, "max_gap", "tokens"}:
            usual = {name: value for name, value in usual.items() if name not in (*NUMBERS, "max")}
        analysers = tuple(sorted({*usual.pop("analysers", ()), *given.pop("analysers", ())}))
        return cls.of(**{**usual, **given}, analysers=analysers)

    def having(self, **given: Any) -> Self:
        """Return these settings with some options set anew, and with the given `analysers` besides; raises as `of`."""
        analysers = tuple(sorted({*self.analysers, *given.pop("analysers", ())}))
        changed = replace(self, analysers=analysers)
        for name, value in given.items():
            if name not in OPTIONS:
                raise _unknown(name)
            group = OPTIONS[name][0]
            changed = replace(changed, **{group: replace(getattr(changed, group), **{name: value})})
        return changed

    @property
    def takes_words(self) -> bool:
        """Whether what is said is asked for."""
        return self.spoken.asked_for or self.selection.keep == "lines"

    def for_report(self) -> dict[str, Any]:
        """Return all options that bear on the result, as plain values."""
        values = {}
        for name, (group, item) in OPTIONS.items():
            value = getattr(getattr(self, group), name)
            is_named = value != item.default or not item.metadata.get("only_if_given", False)
            if is_named and item.metadata.get("affects_result", True):
                values[name] = (
                    list(value) if isinstance(value, tuple) else value.plain() if isinstance(value, Position) else value
                )
        return values | ({"analysers": list(self.analysers)} if self.analysers else {})


# What tokens=… sets itself.
BESIDE_TOKENS = (*NUMBERS, "max_gap", "width", "max_side")
# The records of options by their names in `Settings`; `--help` is grouped by them.
GROUPS: dict[str, Any] = {
    "selection": SelectionOptions,
    "reading": ReadOptions,
    "pictures": PictureOptions,
    "exports": FormOptions,
    "spoken": WordOptions,
}
OPTIONS: dict[str, tuple[str, Field[Any]]] = {
    item.name: (group, item) for group, record in GROUPS.items() for item in option_fields(record)
}


def _unknown(name: str) -> UsageError:
    """Make the error for an option that does not exist; it names the nearest one."""
    if name == "preset":
        return UsageError("There is no option 'preset'; Settings.from_preset(name) starts from one.")
    near = "".join(f", but there is '{option}'" for option in get_close_matches(name, OPTIONS, 1))
    return UsageError(f"There is no option '{name}'{near}; all are {', '.join(OPTIONS)}.")
