"""Which analysers there are; reading this costs nothing, an analyser is imported when it is made.

An installed package adds its own by an entry point in the group ``vkeyframe.analysers``: the name of the section, and a
subclass of `Analyser` with an attribute `section`, the type of what it gives. The first line of its docstring is its help.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from vkeyframe.analysis.sections import Action, Line, ModelUse, Moment, Moving, Novelty
from vkeyframe.errors import MissingLibraryError
from vkeyframe.plugins import find_plugin, load_plugin, with_plugins
from vkeyframe.report.describe import json_fields
from vkeyframe.report.records import Report
from vkeyframe.sound.sections import SOUND_SECTIONS

if TYPE_CHECKING:
    from vkeyframe.analysis.analyser import Analyser

GROUP = "vkeyframe.analysers"
OTHER_PARTS = {"schema", *(item.name for item in json_fields(Report))}


@dataclass(frozen=True, slots=True)
class AnalyserType:
    """A kind of analyser.

    Attributes
    ----------
    help : str
        A sentence for ``--help``.
    section : type
        What its section of the report is: a record, or a tuple of records.
    load : callable
        Imports and returns its class.
    always : bool
        Whether it runs without being asked for.
    """

    help: str
    section: Any
    load: Callable[[], type[Analyser[Any]]]
    always: bool = False


def _actions() -> type[Analyser[Any]]:
    from vkeyframe.analysis.actions import ActionFinder

    return ActionFinder


def _novelty() -> type[Analyser[Any]]:
    from vkeyframe.analysis.novelty import NoveltyFinder

    return NoveltyFinder


def _moving() -> type[Analyser[Any]]:
    from vkeyframe.analysis.moving import MovingFinder

    return MovingFinder


def _curves() -> type[Analyser[Any]]:
    from vkeyframe.analysis.curves import CurveFinder

    return CurveFinder


ANALYSERS: dict[str, AnalyserType] = {
    "actions": AnalyserType(
        "What happens before a still camera, and bursts of motion.", tuple[Action, ...], _actions, always=True
    ),
    "novelty": AnalyserType("How unusual the motion in each analysed frame of a still camera is.", tuple[Novelty, ...], _novelty),
    "moving": AnalyserType("How much of the picture moves before a still camera, and where.", tuple[Moving, ...], _moving),
    "curves": AnalyserType("Change, novelty, sharpness and attention from moment to moment.", tuple[Moment, ...], _curves),
}

# Sections that no analyser makes.
SECTIONS: dict[str, Any] = {"lines": tuple[Line, ...], "model": ModelUse, **SOUND_SECTIONS}


def analysers(warn: Callable[[str], None] = warnings.warn) -> dict[str, AnalyserType]:
    """Return all analysers by the names of their sections, our own first.

    Parameters
    ----------
    warn : callable
        Called with a sentence for each analyser of an installed package that cannot be used.
    """
    return with_plugins(ANALYSERS, GROUP, _plugin, warn)


def _plugin(name: str) -> AnalyserType:
    from vkeyframe.analysis.analyser import Analyser
    from vkeyframe.report.schema import describe_section

    # Its section stands beside the other parts of the report.
    if name in OTHER_PARTS or name in SECTIONS:
        raise MissingLibraryError(f"'{name}' in the group {GROUP} has the name of another part of the report, and is not used.")

    def is_usable(found: Any) -> bool:
        return isinstance(found, type) and issubclass(found, Analyser) and found.section is not None

    kind = load_plugin(GROUP, name, is_usable)
    try:
        describe_section(kind.section)
    # Its types are somebody else's text, which is evaluated.
    except Exception as error:
        cause = "it holds itself" if isinstance(error, RecursionError) else " ".join(str(error).split())
        raise MissingLibraryError(f"'{name}' in the group {GROUP} has a section that no report can hold ({cause}).") from None
    return AnalyserType((kind.__doc__ or "").strip().partition("\n")[0], kind.section, lambda: kind)


def make_analysers(asked_for: Collection[str]) -> dict[str, Analyser[Any]]:
    """Make the analysers that always run and those that are asked for, by the names of their sections; no others are loaded.

    Raises
    ------
    UsageError
        If there is no such analyser.
    MissingLibraryError
        If the package that has it cannot be loaded.
    """
    kinds = {name: kind for name, kind in ANALYSERS.items() if kind.always} | {name: _find(name) for name in asked_for}
    return {name: kind.load()() for name, kind in kinds.items()}


def _find(name: str) -> AnalyserType:
    return find_plugin(ANALYSERS, GROUP, _plugin, name, "analyser")


def section_type(name: str) -> Any:
    """Return the type of the section of one analyser, as far as it is known here; else it stays plain."""
    return SECTIONS[name] if name in SECTIONS else _find(name).section


def section_types(warn: Callable[[str], None] = warnings.warn, names: Collection[str] | None = None) -> dict[str, Any]:
    """Return the types of the sections, for the schema and for reading reports; `warn` is as of `analysers`.

    With `names` only the analysers of these are loaded, as far as they are known here.
    """
    found = {name: kind.section for name, kind in with_plugins(ANALYSERS, GROUP, _plugin, warn, names).items()}
    return found | {name: kind for name, kind in SECTIONS.items() if names is None or name in names}
