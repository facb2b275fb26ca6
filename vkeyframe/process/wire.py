"""What a child process answers, as JSON: from the process that decodes untrusted files come values, never code.

Its owner says which records it expects. The other way pickle is used, because a child runs what its owner sends anyway.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints


def encode(value: Any) -> bytes:
    """Write records, tuples, lists, mappings with texts as keys and plain values as JSON; NaN and half characters survive.

    Raises
    ------
    TypeError
        If there is something else in it.
    """
    return json.dumps(_to_plain(value)).encode()


def decode(data: bytes) -> Any:
    """Read plain values.

    Raises
    ------
    ValueError
        If it is no JSON.
    """
    return json.loads(data)


def to_record(kind: Any, value: Any) -> Any:
    """Make a value of a type from plain values.

    Parameters
    ----------
    kind
        A record, ``tuple[...]``, ``None``, a plain type, one of these or None, or `Any` for what is left as it is.
    value
        What `decode` gave.

    Raises
    ------
    ValueError
        If the value is of another type.
    """
    if get_origin(kind) in (Union, UnionType):
        if value is None and NoneType in get_args(kind):
            return None
        (kind,) = (each for each in get_args(kind) if each is not NoneType)
    if kind is Any:
        return value
    if isinstance(kind, type) and is_dataclass(kind):
        _require(isinstance(value, dict) and value.keys() == {item.name for item in fields(kind)}, kind)
        hints = _hints(kind)
        return kind(**{name: to_record(hints[name], inner) for name, inner in value.items()})
    if get_origin(kind) is tuple:
        return _to_tuple(kind, value)
    if kind is None or kind is NoneType:
        _require(value is None, kind)
        return None
    plain = get_origin(kind) or kind
    accepted = (int, float) if plain is float else dict if issubclass(plain, Mapping) else plain
    _require(isinstance(value, accepted) and isinstance(value, bool) <= (plain is bool), kind)
    return float(value) if plain is float else value


def _to_tuple(kind: Any, value: Any) -> tuple[Any, ...]:
    _require(isinstance(value, list), kind)
    kinds = get_args(kind)
    if kinds[-1] is Ellipsis:
        kinds = kinds[:1] * len(value)
    _require(len(kinds) == len(value), kind)
    return tuple(to_record(each, inner) for each, inner in zip(kinds, value, strict=True))


def _require(right: bool, kind: Any) -> None:
    if not right:
        raise ValueError(f"the answer is no {getattr(kind, '__name__', kind)}")


def _to_plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return {item.name: _to_plain(getattr(value, item.name)) for item in fields(value)}
    if isinstance(value, Mapping):
        return {key: _to_plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_to_plain(inner) for inner in value]
    return value


@cache
def _hints(record: type) -> dict[str, Any]:
    return get_type_hints(record)
