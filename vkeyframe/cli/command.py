"""The form of every command: its options in groups, and those of analysers and forms that installed packages add."""

from __future__ import annotations

from functools import cache
from typing import Any

import click

from vkeyframe.analysis.registry import ANALYSERS, AnalyserType, analysers
from vkeyframe.cli.configuration import PREFIX, UnknownOptionError, configure, key_of, make_settable, origin
from vkeyframe.cli.terminal import complain, emit
from vkeyframe.errors import UsageError
from vkeyframe.export.registry import EXPORTERS, Exporter, exporters, find_exporter
from vkeyframe.settings import OPTIONS, Settings

# Titles of the groups in `--help`, in this order; what has no group comes first, or, below the usual options, last.
GROUP_TITLES = {
    "": "Options",
    "usual": "Usual options",
    "selection": "Which frames",
    "spoken": "Words",
    "reading": "Reading",
    "pictures": "Pictures",
    "analysers": "Further analysis",
    "exports": "Further forms",
    "others": "Other options",
}


class GroupedOption(click.Option):
    """An option that `--help` lists in a group."""

    def __init__(self, *given: Any, group: str = "", **named: Any) -> None:
        super().__init__(*given, **named)
        self.group = group


class PlainCommand(click.Command):
    """A command whose help goes the way of all data, so that a standard output that is full or closed is an error like others."""

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """Return the help option."""
        option = super().get_help_option(ctx)
        if option is not None:
            option.callback = _show_help
        return option


class PlainGroup(PlainCommand, click.Group):
    """The same for a group of commands, which the help lists in the order in which they were added."""

    def list_commands(self, _ctx: click.Context) -> list[str]:
        """Return the names of the commands, in the order of the help."""
        return list(self.commands)


def _show_help(context: click.Context, _parameter: click.Parameter, value: bool) -> None:
    if value and not context.resilient_parsing:
        emit(context.get_help())
        context.exit()


class GroupedCommand(PlainCommand):
    """A command whose help lists its options in groups, and whose options may also come from a file and the environment.

    Parameters
    ----------
    *given, **named
        As for `click.Command`.
    usual : tuple of str
        Options that most people want, by their long names without dashes; the help lists them first, in this order.
    """

    def __init__(self, *given: Any, usual: tuple[str, ...] = (), **named: Any) -> None:
        super().__init__(*given, **named)
        self.usual = usual
        for option in self.params:
            make_settable(self.name, option)
        self.params.append(_config_option())

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the arguments; what is wrong with a value that was not given here is said with where it comes from.

        Raises
        ------
        UsageError
            If a value of a file or the environment cannot be used.
        """
        try:
            rest = super().parse_args(ctx, args)
        except click.BadParameter as error:
            place = None if error.param is None else origin(ctx, error.param)
            if error.param is None or place is None:
                raise
            raise UsageError(f"{place}: {key_of(error.param)} cannot be used; {error.message}") from None
        for option in () if ctx.resilient_parsing else self.get_params(ctx):
            place = origin(ctx, option) if option.name in OPTIONS else None
            if place is not None:
                _check_value(place, option, ctx.params[str(option.name)])
        return rest

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options, group by group."""
        groups: dict[str, list[tuple[str, str]]] = {group: [] for group in GROUP_TITLES}
        usual: dict[str, tuple[str, str]] = {}
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx) if isinstance(parameter, click.Option) else None
            if record is not None:
                group = getattr(parameter, "group", "") or ("others" if self.usual else "")
                # That --no-… turns off what a file turns on would be said again and again.
                shown = record[0].split(" / ")[0], record[1]
                if key_of(parameter) in self.usual:
                    usual[key_of(parameter)] = shown
                else:
                    groups[group].append(shown)
        groups["usual"] = [usual[key] for key in self.usual]
        for group, records in groups.items():
            if records:
                with formatter.section(GROUP_TITLES[group]):
                    formatter.write_dl(records)


def _config_option() -> click.Option:
    def read(context: click.Context, _parameter: click.Parameter, value: str | None) -> None:
        if not context.resilient_parsing:
            configure(context, value)

    text = "Take options from a TOML file. [default: the table tool.vkeyframe of the nearest pyproject.toml]"
    return click.Option(
        ["--config"], metavar="FILE", help=text, callback=read, expose_value=False, is_eager=True, envvar=f"{PREFIX}CONFIG"
    )


def _check_value(place: str, option: click.Parameter, value: Any) -> None:
    try:
        Settings.of(**{str(option.name): value})
    except UsageError as error:
        raise UsageError(f"{place}: {key_of(option)} cannot be used; {error}") from None


@cache
def known_analysers() -> dict[str, AnalyserType]:
    """Return all analysers; what is wrong with one of an installed package is said on standard error, once."""
    return analysers(complain)


@cache
def known_exporters() -> dict[str, Exporter]:
    """Return all forms; what is wrong with one of an installed package is said on standard error, once."""
    return exporters(complain)


class ExtractingCommand(GroupedCommand):
    """A command with a flag for each further analysis and each further form.

    It hands its function the names of those given as `analysers` and `exports`, tuples. What installed packages add is looked for
    only when the help is shown or an option is not known, for that takes some time.
    """

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        config = self.params.pop()
        self.params += [_flag("analysers", name, kind.help) for name, kind in ANALYSERS.items() if not kind.always]
        self.params += [_flag("exports", name, exporter.help) for name, exporter in EXPORTERS.items() if name not in OPTIONS]
        self.params.append(config)
        self._extra: list[click.Parameter] | None = None

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """Return all parameters, the flags of installed packages behind the command's own."""
        own, shown_help = self.params, super().get_params(ctx)[len(self.params) :]
        return [*own, *(self._extra or []), *shown_help]

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the arguments; without any of these flags both tuples are empty."""
        ctx.params.update(analysers=(), exports=())
        try:
            return super().parse_args(ctx, list(args))
        except (click.NoSuchOption, UnknownOptionError):
            if not self.lacks_flags_of_packages:
                raise
            self.add_flags_of_packages()
            return self.parse_args(ctx, args)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options, those of installed packages too."""
        self.add_flags_of_packages()
        super().format_options(ctx, formatter)

    @property
    def lacks_flags_of_packages(self) -> bool:
        """Whether the flags of installed packages have not been looked for."""
        return self._extra is None

    def add_flags_of_packages(self) -> None:
        """Look for the flags of installed packages, unless that is done."""
        if self._extra is None:
            self._extra = self._flags_of_packages()

    def _flags_of_packages(self) -> list[click.Parameter]:
        used = {name for parameter in self.params for name in (*parameter.opts, parameter.name)}
        found = [("analysers", name, kind.help) for name, kind in known_analysers().items() if name not in ANALYSERS]
        found += [("exports", name, exporter.help) for name, exporter in known_exporters().items() if name not in EXPORTERS]
        flags: list[click.Parameter] = []
        for group, name, text in found:
            if {f"--{name}", name.replace("-", "_")} & used:
                complain(f"'{name}' of an installed package has the name of an option, so it cannot be asked for.")
            else:
                used.add(f"--{name}")
                flags.append(_flag(group, name, text))
        return flags


def _flag(group: str, name: str, help: str) -> click.Option:
    def collect(context: click.Context, _parameter: click.Parameter, given: bool) -> None:
        if given:
            context.params[group] = tuple(sorted({*context.params[group], name}))

    flag = GroupedOption([f"--{name}"], is_flag=True, help=help, callback=collect, expose_value=False, group=group)
    make_settable(None, flag)
    return flag


def check_exports(exports: tuple[str, ...], pictures: bool) -> None:
    """Refuse forms that cannot be written, before a video is looked at.

    Raises
    ------
    UsageError
        If a form needs pictures where none are written; with what to leave out.
    MissingLibraryError
        If a form needs a package that is not installed.
    """
    for form in exports:
        exporter = find_exporter(form)
        if exporter.needs_pictures and not pictures:
            raise UsageError(f"--{form} needs pictures; leave out --no-images.")
        if exporter.prepare is not None:
            exporter.prepare()
