"""The flags of the forms that a result can also be written in, for the commands that extract."""

from __future__ import annotations

from functools import cache
from typing import Any

import click

from vkeyframe.cli.options import say
from vkeyframe.errors import UsageError
from vkeyframe.export.registry import EXPORTERS, Exporter, exporters


@cache
def known_exporters() -> dict[str, Exporter]:
    """Return all forms; what is wrong with one of an installed package is said on standard error, once."""
    return exporters(lambda text: say(f"vkeyframe: {text}"))


class ExportingCommand(click.Command):
    """A command with a flag for each form; it hands its function the names of those given as `exports`, a tuple.

    Forms of installed packages are looked for only when the command is run or its help is shown, since other commands, and the
    list of all commands, have no need of them.
    """

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.params += [_flag(form, exporter) for form, exporter in EXPORTERS.items()]
        self._extra: list[click.Parameter] | None = None

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """Return all parameters, the flags of installed packages after the command's own."""
        if self._extra is None:
            used = {name for parameter in self.params for name in (*parameter.opts, parameter.name)}
            found = {form: exporter for form, exporter in known_exporters().items() if form not in EXPORTERS}
            for form in [form for form in found if {f"--{form}", form.replace("-", "_")} & used]:
                say(f"vkeyframe: The form '{form}' of an installed package has the name of an option; use vkeyframe export.")
                del found[form]
            self._extra = [_flag(form, exporter) for form, exporter in found.items()]
        own, shown_help = self.params, super().get_params(ctx)[len(self.params) :]
        return [*own, *self._extra, *shown_help]


def _flag(form: str, exporter: Exporter) -> click.Option:
    def collect(context: click.Context, _parameter: click.Parameter, given: bool) -> None:
        before: tuple[str, ...] = context.params.get("exports", ())
        context.params["exports"] = tuple(sorted({*before, form})) if given else before

    return click.Option([f"--{form}"], is_flag=True, help=exporter.help, callback=collect, expose_value=False)


def check_exports(exports: tuple[str, ...], pictures: bool) -> None:
    """Refuse forms that need pictures where none are written.

    Raises
    ------
    UsageError
        With what to leave out.
    """
    for form in exports:
        if known_exporters()[form].needs_pictures and not pictures:
            raise UsageError(f"--{form} needs pictures; leave out --no-images.")
