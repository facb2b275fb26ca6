"""What installed packages add: an object for each of their entry points in a group, under its name."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from vkeyframe.errors import MissingLibraryError, UsageError

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

Kind = TypeVar("Kind")

# What can be the name of an option.
_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


def plugin_names(group: str) -> list[str]:
    """List the names in a group, without loading anything."""
    return [point.name for point in _entry_points(group)]


def load_plugin(group: str, name: str, check: Callable[[Any], bool]) -> Any:
    """Load the object of a name.

    Parameters
    ----------
    group, name : str
        The name must be in the group.
    check : callable
        Tells whether the object is of the right kind.

    Raises
    ------
    MissingLibraryError
        If it cannot be loaded, or is of another kind.
    """
    point = next(point for point in _entry_points(group) if point.name == name)
    what = f"'{name}' of the package {point.dist.name if point.dist is not None else point.value}"
    if not _NAME.fullmatch(name):
        raise MissingLibraryError(f"{what} cannot be an option's name.")
    try:
        found = point.load()
    # A package of somebody else's can raise anything when it is imported.
    except Exception as error:
        cause = " ".join(f"{type(error).__name__}: {error}".split())
        raise MissingLibraryError(f"{what} cannot be loaded ({cause}).") from None
    if not check(found):
        raise MissingLibraryError(f"{what} is not of the kind that the group {group} asks for ({point.value}).")
    return found


def with_plugins(
    own: Mapping[str, Kind],
    group: str,
    load: Callable[[str], Kind],
    warn: Callable[[str], None],
    names: Collection[str] | None = None,
) -> dict[str, Kind]:
    """Return our own objects by name, then those of installed packages, of these names if there are any given.

    `warn` gets a sentence for each that cannot be used.
    """
    known = dict(own)
    for name in plugin_names(group):
        if names is not None and name not in names:
            continue
        if name in known:
            warn(f"'{name}' in the group {group} has the name of another one, and is not used.")
            continue
        try:
            known[name] = load(name)
        except MissingLibraryError as error:
            warn(str(error))
    return known


def find_plugin(own: Mapping[str, Kind], group: str, load: Callable[[str], Kind], name: str, what: str) -> Kind:
    """Return the object of a name, our own or that of an installed package; no other is loaded.

    Parameters
    ----------
    own, group, load
        As of `with_plugins`.
    name : str
    what : str
        The word for such an object in the message.

    Raises
    ------
    UsageError
        If there is no such object; the message lists those that there are.
    MissingLibraryError
        If the package that has it cannot be loaded.
    """
    if name in own:
        return own[name]
    names = plugin_names(group)
    if name not in names:
        raise UsageError(f"There is no {what} '{name}'; there are {', '.join([*own, *names])}.")
    return load(name)


def _entry_points(group: str) -> list[EntryPoint]:
    # Looking through all installed packages takes some milliseconds, which only those pay who ask for it.
    from importlib.metadata import entry_points

    return sorted(entry_points(group=group), key=lambda point: point.name)
