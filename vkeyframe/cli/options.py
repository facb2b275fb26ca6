"""Options that several commands share, made from the options records so that defaults and ranges stand in one place."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import Field, replace
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vkeyframe.cli.command import GroupedOption, check_exports
from vkeyframe.cli.configuration import rank_of
from vkeyframe.errors import UsageError
from vkeyframe.presets import PRESETS
from vkeyframe.settings import BESIDE_TOKENS, OPTIONS, Settings
from vkeyframe.words.options import NAME

if TYPE_CHECKING:
    from vkeyframe.batch.plan import BatchPlan

Command = Callable[..., Any]


def settings_options(*names: str) -> Callable[[Command], Command]:
    """Add the options of some settings to a command, in this order; without names, of all settings."""

    def add(command: Command) -> Command:
        for name in reversed(names or tuple(OPTIONS)):
            command = _settings_option(*OPTIONS[name])(command)
        return command

    return add


def _settings_option(group: str, item: Field[Any]) -> Callable[[Command], Command]:
    limits = item.metadata
    flags = f"--{item.name.replace('_', '-')}", *([limits["flag"]] if "flag" in limits else [])
    shared: dict[str, Any] = {"help": limits["help"], "default": item.default, "cls": GroupedOption, "group": group}
    if isinstance(item.default, bool):
        return click.option(*flags, is_flag=True, **shared)
    if limits.get("repeatable"):
        return click.option(*flags, type=Areas(), multiple=True, metavar=limits["metavar"], show_default=False, **shared)
    shown = item.default is not None
    if "choices" in limits:
        return click.option(*flags, type=click.Choice(limits["choices"]), show_default=shown, **shared)
    if isinstance(limits.get("low"), float):
        kind = FiniteRange(limits["low"], limits.get("high"))
        return click.option(*flags, type=kind, metavar=limits.get("metavar"), show_default=shown, **shared)
    if "low" in limits:
        return click.option(*flags, type=click.IntRange(limits["low"], limits.get("high")), show_default=shown, **shared)
    return click.option(*flags, type=str, metavar=limits.get("metavar"), show_default=shown, **shared)


def preset_option(command: Command) -> Command:
    """Add --preset."""
    text = "Start from the options for a purpose; what is given beside it goes first."
    return click.option("--preset", type=click.Choice(tuple(PRESETS)), help=text, cls=GroupedOption, group="selection")(command)


# What cannot be asked for together; given in two places, the stronger place counts.
CONFLICTS: dict[str, set[str]] = {
    "count": {"per_minute", "per_shot", "max_gap"},
    "per_minute": {"count", "per_shot", "max_gap"},
    "per_shot": {"count", "per_minute"},
    "max": {"count", "per_minute", "per_shot", "max_gap"},
    "max_gap": {"count", "per_minute", "max"},
    "overwrite": {"resume", "skip_existing"},
    "resume": {"overwrite"},
    "skip_existing": {"overwrite"},
    "width": set(),
    "max_side": set(),
    "tokens": set(BESIDE_TOKENS),
}
for _name in BESIDE_TOKENS:
    CONFLICTS[_name].add("tokens")


def without_outranked(options: dict[str, Any]) -> dict[str, Any]:
    """Reset what contradicts an option that comes from a stronger place, as a number in a file one on the command line."""
    context = click.get_current_context()
    ranks = {name: rank for name in CONFLICTS if options.get(name) and (rank := rank_of(context, name)) is not None}
    weak = {name for name, rank in ranks.items() if any(ranks.get(other, rank) < rank for other in CONFLICTS[name])}
    return {name: (False if value is True else None) if name in weak else value for name, value in options.items()}


def chosen_settings(preset: str | None, options: dict[str, Any]) -> Settings:
    """Make settings of options; with a preset only those count that were given, whether here, in a file or the environment."""
    if preset is None:
        return Settings.of(**options)
    context = click.get_current_context()
    given = {name: value for name, value in options.items() if rank_of(context, name) is not None or name == "analysers"}
    chosen = Settings.from_preset(preset, **given)
    refused = {name for name in PRESETS[preset].get("analysers", ()) if rank_of(context, name) is not None}
    return replace(
        chosen, analysers=tuple(name for name in chosen.analysers if name in options["analysers"] or name not in refused)
    )


def check_name(option: str, value: str | None) -> None:
    """Refuse an empty name, which would mean the folder that the user works in.

    Raises
    ------
    UsageError
        With the option.
    """
    if value == "":
        raise UsageError(f"{option} has an empty name; give it one, or leave it out.")


def check_transcript(transcript: str | None, several: bool) -> None:
    """Refuse one transcript for several videos.

    Raises
    ------
    UsageError
        With how each video gets its own.
    """
    if several and transcript and NAME not in transcript:
        raise UsageError(f"--transcript is of one video; with {NAME} in it, as in 'words/{NAME}.srt', each video has its own.")


class Areas(click.types.StringParamType):
    """Texts with spaces in them, which semicolons divide in the environment."""

    envvar_list_splitter = ";"


class FiniteRange(click.FloatRange):
    """A range of numbers without those that are none, and without infinity."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the number, or fail."""
        number = super().convert(value, param, ctx)
        if not isfinite(number):
            self.fail(f"'{value}' is not a finite number.", param, ctx)
        return number


def quiet_option(command: Command) -> Command:
    """Add -q."""
    return click.option("-q", "--quiet", is_flag=True, help="Only errors on standard error.")(command)


def timeout_option(command: Command) -> Command:
    """Add --timeout."""
    limits = FiniteRange(0, min_open=True)
    return click.option("--timeout", type=limits, metavar="SECONDS", help="Give up on a video that takes longer in all.")(command)


def verbose_option(command: Command) -> Command:
    """Add -v, which lets the decoder's own messages through; OpenCV reads its log level when it is loaded."""

    def enable(_context: click.Context, _parameter: click.Parameter, value: bool) -> bool:
        if value:
            os.environ["OPENCV_LOG_LEVEL"] = "WARNING"
        return value

    return click.option("-v", "--verbose", is_flag=True, callback=enable, help="Show what the decoder says.")(command)


def work_options(command: Command) -> Command:
    """Add all options that `make_plan` reads, apart from the one that skips videos."""
    added = (
        preset_option,
        settings_options(),
        click.option("--no-images", is_flag=True, help="Write no pictures, only reports."),
        click.option("--overwrite", is_flag=True, help="Replace the output of an earlier run."),
        timeout_option,
        verbose_option,
    )
    for add in reversed(added):
        command = add(command)
    return command


def make_plan(given: dict[str, Any], root: str | None) -> BatchPlan:
    """Make a plan of the options of a command that has `work_options`.

    Parameters
    ----------
    given : dict
        The values of these options, of `resume` or `skip_existing`, and of the flags that `ExtractingCommand` adds.
    root : str or None
        As in `BatchPlan`.

    Raises
    ------
    UsageError
        If two of them cannot be meant together; with what to leave out.
    """
    from vkeyframe.batch.plan import BatchPlan

    options = without_outranked(given)
    exports, no_images, overwrite = (options.pop(name) for name in ("exports", "no_images", "overwrite"))
    skips = {name: options.pop(name) for name in ("resume", "skip_existing") if name in options}
    for name, skip in skips.items():
        if overwrite and skip:
            raise UsageError(f"--overwrite and --{name.replace('_', '-')} contradict each other; give one of them.")
    if options["reel"] is not None:
        exports = tuple(sorted({*exports, "reel"}))
    check_exports(exports, pictures=not no_images)
    for other in (name for name in exports if name.startswith("messages-") and options["tokens"] is not None):
        if options["tokens_for"] not in (None, other.removeprefix("messages-")):
            raise UsageError(f"--{other} is counted in another way than --for {options['tokens_for']}; leave one of them out.")
    return BatchPlan(
        timeout=options.pop("timeout"),
        verbose=options.pop("verbose"),
        settings=chosen_settings(options.pop("preset"), options),
        base=str(Path.cwd()),
        root=root,
        pictures=not no_images,
        exports=exports,
        overwrite=overwrite,
        **skips,
    )
